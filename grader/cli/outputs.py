"""Where results go: the table in the terminal, the page, and every other format that was asked for."""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from fractions import Fraction
from importlib import import_module
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import click

from grader.cli.files import check_folder, reserve, write_text, write_texts
from grader.cli.names import FileNames, tells_apart
from grader.cli.options import OutputOptions
from grader.containment import InternalError, TookTooLong, contained, limited
from grader.errors import CannotGrade, CheckError, GraderError, UsageError
from grader.evidence import Evidence, RefusalKind
from grader.evidence.contradictions import SeenVpcs
from grader.evidence.redacting import Redaction
from grader.evidence.scrubbing import scrubbed
from grader.foreign_text import one_line, whole
from grader.grading.keeping import kept_by
from grader.grading.result_document import source_name
from grader.grading.results import Outcome, Result, points
from grader.report.formats import FORMATS, renderer

if TYPE_CHECKING:
    from grader.compare.baseline import Baseline
    from grader.grading.pipeline import Graded
    from grader.rubric import Rubric

REPORTS = "reports"


@dataclass(slots=True)
class Outputs:
    """Takes one account after another; ``finish`` writes what covers all of them and gives the exit code."""

    wanted: OutputOptions
    several: bool
    codes: list[int] = field(default_factory=list)
    kept: list[Graded] = field(default_factory=list)
    documents: IO[str] | None = None
    names: FileNames = field(default_factory=FileNames)
    baseline: Baseline | None = None

    def __post_init__(self) -> None:
        if self.wanted.baseline is not None:
            from grader.compare.baseline import read_baseline

            self.baseline = read_baseline(Path(self.wanted.baseline))
        named = (
            ("--html", self.wanted.html),
            ("--evidence", self.wanted.evidence),
            ("--pytest-html", self.wanted.pytest_html),
        )
        for option, target in named:
            if self.several and target is not None and not tells_apart(target):
                raise UsageError(
                    "several accounts cannot share one file.",
                    where=option,
                    remedy="Put {account}, {source} or {profile} into its name.",
                )
        alone = [FORMATS[name].option for name in self.wanted.formats if not FORMATS[name].several]
        if self.several and alone:
            raise UsageError("this format holds only one account.", where=alone[0], remedy="Grade accounts one by one.")
        if self.wanted.pytest_html is not None and not tells_apart(str(Path(self.wanted.pytest_html).parent)):
            check_folder(self.wanted.pytest_html)

    def kept_evidence(self, document: dict[str, Any], rubric: Rubric) -> Evidence:
        """The evidence of an account that was read, after writing it where that was asked for.

        Private values leave it here, before anything is graded or written, so that it is graded as it is kept.
        """
        if not self.wanted.keep_all:
            document = scrubbed(document, kept_by(rubric, document))
        if self.wanted.redact:
            document = Redaction().document(document)
        meta = document["meta"]
        account = str(meta.get("account", "unknown"))
        source = f"account {account}"
        if self.wanted.evidence is None:
            return Evidence(document, source=source)
        target = self.target(self.wanted.evidence, account, source, str(meta.get("profile", "")))
        write_text(target, whole(json.dumps(document, indent=1, ensure_ascii=False)) + "\n")
        return Evidence(document, source=target)

    def raw_run(self, evidence: Evidence) -> Path:
        """Where pytest-html writes the report of one account; it does so itself, so the place is tried before."""
        profile = evidence.meta.text("profile", "")
        return reserve(self.target(self.wanted.pytest_html or "", evidence.account, evidence.source, profile))

    def prepare(self) -> None:
        """Load what writes, while the account is still being read."""
        if not self.wanted.no_html:
            from grader.report.page.page import page_template

            page_template()
        import_module("grader.report.terminal")
        for name in self.wanted.formats:
            renderer(name)

    def take(self, evidence: Evidence, graded: Graded | GraderError) -> None:
        """Write what belongs to one account, and say what went wrong with it, if something did."""
        if isinstance(graded, GraderError):
            self.failed(graded)
            return
        result = graded.result
        for error in broken_checks(result):
            print_error(error)
        try:
            self.codes.append(self._code(result))
        except UsageError as error:
            self.failed(error)
        self._show_and_write(graded)
        if "json" in self.wanted.formats:
            from grader.grading.result_document import result_document

            self._keep(json.dumps(result_document(result), indent=2))
        if set(self.wanted.formats) - {"json"}:
            self.kept.append(graded)

    def _show_and_write(self, graded: Graded) -> None:
        """The score first, then the page: one that cannot be written must not swallow the score."""
        result = graded.result
        if self.wanted.table and not self.several:
            self._show(result)
        page = ""
        try:
            page = self._page(graded)
        except UsageError as error:
            self.failed(error)
        if self.wanted.table and self.several:
            self._row(result, page)
        elif self.wanted.table and page:
            click.echo(f"Report: {page}")

    def _code(self, result: Result) -> int:
        """The exit code of one account; what got worse than the baseline is said on standard error."""
        if self.baseline is None:
            return exit_code(result, self.wanted.fail_under)
        worse = self.baseline.worse(result)
        for words, checks in (("lost since the baseline", worse.lost), ("open since the baseline", worse.opened)):
            for check in checks:
                click.echo(one_line(f"{words}: {check}"), err=True)
        if self.wanted.fail_under is None:
            return worse.exit_code
        return max(worse.exit_code, exit_code(result, self.wanted.fail_under), key=(0, 3, 1).index)

    def failed(self, error: GraderError) -> None:
        """An account that could not be graded."""
        print_error(error)
        self.codes.append(error.exit_code)

    def finish(self) -> int:
        """Write the formats that cover every account; the highest exit code."""
        for name, target in self.wanted.formats.items():
            if name == "json":
                if self.documents is not None:
                    write_texts(target, self._documents(self.documents))
            elif self.kept:
                write_text(target, self._rendered(renderer(name)))
        return max(self.codes, default=CannotGrade.exit_code)

    def close(self) -> None:
        """Let go of what waits on disk."""
        if self.documents is not None:
            self.documents.close()

    def _keep(self, document: str) -> None:
        """Results wait on disk: a class of them must not grow in memory."""
        if self.documents is None:
            self.documents = tempfile.TemporaryFile("w+", encoding="utf-8", errors="backslashreplace")  # noqa: SIM115
        elif self.several:
            self.documents.write(",\n")
        self.documents.write(document)

    def _documents(self, kept: IO[str]) -> Iterator[str]:
        """One object, or a list of several."""
        kept.seek(0)
        yield "[\n" if self.several else ""
        yield from iter(lambda: kept.read(65536), "")
        yield "\n]\n" if self.several else "\n"

    def target(self, template: str, account: str, source: str, profile: str) -> str:
        """A file name with what is in braces filled in, a number added where an earlier account has taken it."""
        return self.names.take(template, {"account": account, "source": source, "profile": profile})

    def _rendered(self, render: Callable[[list[Graded]], str]) -> str:
        """A format over all accounts; one that it cannot be made of is left out, said, and keeps none of the others."""
        try:
            with contained("all accounts together"):
                return render(self.kept)
        except InternalError as error:
            whole_error = error
        fit = []
        for one in self.kept:
            try:
                with contained(one.evidence.source):
                    render([one])
                fit.append(one)
            except InternalError as error:
                self.failed(error)
        if len(fit) == len(self.kept):
            raise whole_error
        with contained("all accounts together"):
            return render(fit)

    def _page(self, graded: Graded) -> str:
        if self.wanted.no_html:
            return ""
        from grader.report.page.page import render_page

        result = graded.result
        name = self.wanted.html or f"{REPORTS}/{{account}}.html"
        target = self.target(name, result.account, result.source, result.profile)
        write_text(target, render_page(graded))
        return target

    def _show(self, result: Result) -> None:
        from grader.report.terminal import render_result

        click.echo(render_result(result, unicode=supports_unicode()))

    def _row(self, result: Result, page: str) -> None:
        """A line of several. The file is last: two of one account must be told apart here too."""
        from grader.report.terminal import render_summary

        click.echo(render_summary([(result, " ".join(filter(None, (page, source_name(result.source)))))]))


def exit_code(result: Result, fail_under: Fraction | None) -> int:
    """0 every point earned (or the threshold reached), 1 points lost, 3 some points open.

    Compared is the score that leaves. Raises ``UsageError`` for a threshold that nobody can reach.
    """
    if fail_under is not None:
        low, high = result.feed_range
        most = result.feed_max + result.bonus * result.scale
        _check_reachable(fail_under, most)
        return 0 if low >= fail_under else 3 if high >= fail_under else 1
    return 3 if result.open else 1 if result.lost else 0


def check_threshold(rubric: Rubric, variant: str | None, fail_under: Fraction | None) -> None:
    """Raise ``UsageError`` for a threshold that no account can reach, before one is read."""
    if fail_under is None:
        return
    bonus = sum((award for award, _ in rubric.bonus.awards), Fraction(0))
    scales = [rubric.max_score]
    for one in rubric.variants.values() if variant is None else [rubric.variants[variant]]:
        scales.append(one.convert_to if one.feeds_converted and one.convert_to is not None else Fraction(0))
    _check_reachable(fail_under, max(scales) + bonus)


def _check_reachable(fail_under: Fraction, most: Fraction) -> None:
    if fail_under > most:
        raise UsageError(
            f"{points(fail_under)} is more than the maximum of {points(most)} points.",
            where="--fail-under",
            remedy="Choose a score that can be reached.",
        )


def print_error(error: GraderError) -> None:
    """Say on standard error what went wrong, in one sentence. Where nobody can be told, the exit code says it."""
    with suppress(OSError):
        click.echo(click.style("error: ", fg="red", bold=True, reset=True) + one_line(str(error)), err=True)


def broken_checks(result: Result) -> Iterator[CheckError]:
    """What the author of the lab has to correct: a check that stopped with an error in this account."""
    place = f"{result.source or 'this account'}, account {result.account}"
    for item, check in result.broken:
        yield CheckError(
            f"{item.id} {check.title}: {check.found}.",
            where=place,
            remedy="Its points are open, not lost. Fix the check.",
        )


def preflight(graded: Graded) -> str:
    """What the caller's permissions leave open, item by item; empty where nothing is."""
    lines = []
    for item in graded.result.items:
        refused = [
            refusal
            for check in item.checks
            if check.outcome is Outcome.UNVERIFIED
            for refusal in check.refusals
            if refusal.kind is not RefusalKind.NOT_ASKED
        ]
        if refused:
            actions = dict.fromkeys(f"{one.action} ({one.kind})" for one in refused)
            lines.append("  " + one_line(f"{item.id} {item.title}: {', '.join(list(actions)[:4])}"))
    if not lines:
        return ""
    caller = graded.result.caller or "the caller"
    head = f"AWS denies {one_line(caller)} the actions that these items need. Their points stay open, not lost:"
    return "\n".join([head, *lines, "To allow them, attach the policy that `grader policy` prints."])


def graded_once(outputs: Outputs) -> Callable[[Evidence, Graded | GraderError], None]:
    """Deliver an account to ``outputs`` with its preflight first, on standard error."""

    seen = SeenVpcs()

    def deliver(evidence: Evidence, graded: Graded | GraderError) -> None:
        try:
            with limited(evidence.source, but=(BrokenPipeError,)):
                if not isinstance(graded, GraderError):
                    notices = (*graded.result.notices, *seen.notices(evidence))
                    graded = replace(graded, result=replace(graded.result, notices=notices))
                    if not outputs.several and (text := preflight(graded)):
                        click.echo(click.style(text, fg="cyan"), err=True)
                outputs.take(evidence, graded)
        except (InternalError, TookTooLong) as error:
            outputs.failed(error)

    return deliver


def supports_unicode() -> bool:
    """Whether standard output can show the marks; else plain ones are written."""
    try:
        "✔→".encode(getattr(sys.stdout, "encoding", None) or "ascii")
    except (UnicodeEncodeError, LookupError):
        return False
    return True
