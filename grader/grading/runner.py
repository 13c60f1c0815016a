"""Running the checks of a rubric over accounts, in one pytest session.

pytest finds the functions, rewrites their assertions and resolves their fixtures, once; then each item runs for each
account in turn. What a check raises becomes its outcome. A check of a course that stops with an error of its own leaves
its row open, and nothing else; one of ours ends the grading of that account. Neither is ever a zero.
"""

from __future__ import annotations

import io
import sys
import traceback
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from grader.calls.nouns import NOUNS, same_for_every_set
from grader.containment import Alarm, InternalError, limited
from grader.errors import CheckError, EvidenceError, GraderError, Manual, Missing, Pending, Unverified, UsageError
from grader.evidence import Question, refusals_of
from grader.evidence.tracking import Remark, reading
from grader.foreign_text import shorten
from grader.grading import pytest_plugin
from grader.grading.check_modules import compiled_here, forget, loaded
from grader.grading.plan import Plan
from grader.grading.results import Outcome, Verdict
from grader.model.doubt import doubt
from grader.model.findings import Finding, denials, known
from grader.model.lab import Lab
from grader.rubric import is_ours
from grader.rubric.trust import conftests

Verdicts = Mapping[str, Verdict]
# pytest's own plugins that a check has no use for: each costs time around every check.
_UNNEEDED = (
    "cacheprovider", "capture", "debugging", "doctest", "faulthandler", "junitxml", "logging", "monkeypatch",
    "pastebin", "pytester", "recwarn", "setuponly", "setupplan", "stepwise", "threadexception", "tmpdir", "unittest",
    "unraisableexception", "warnings", "legacypath", "subtests",
)  # fmt: skip
_INI = Path(__file__).with_name("checks.ini")


@dataclass(frozen=True, slots=True)
class Job:
    """One account to judge, by each of its candidate sets, with the rows (check ids) that apply to it."""

    labs: tuple[Lab, ...]
    rows: frozenset[str]


@contextmanager
def _streams(output: Any, errors: Any) -> Iterator[None]:
    with redirect_stdout(output), redirect_stderr(errors):
        yield


VerdictsOfSets = Sequence[Verdicts]
"""The verdicts on each candidate set, in the order of ``Job.labs``."""
Deliver = Callable[[Job, "VerdictsOfSets | GraderError"], None]
Choose = Callable[[Job, VerdictsOfSets], int]


def run_checks(
    plan: Plan,
    jobs: Iterable[Job],
    deliver: Deliver,
    *,
    choose: Choose = lambda job, judged: 0,
    html: Callable[[Job], Path] | None = None,
) -> None:
    """Judge each job as it comes and hand its verdicts (or what went wrong with it) to ``deliver``.

    ``html`` tells where pytest-html writes its report of a job, of the candidate set that ``choose`` takes; it writes
    at the end of a session, so each job then has a session of its own. Raises ``CheckError`` where a check module
    cannot be loaded.
    """
    if html is None:
        waiting = iter(jobs)
        while _run(plan, waiting, deliver, choose):
            pass  # what broke may have left fixtures behind: the accounts that follow get a new session
        return
    for job in jobs:
        _run(plan, [job], deliver, choose, html(job))


def _run(plan: Plan, jobs: Iterable[Job], deliver: Deliver, choose: Choose, html: Path | None = None) -> bool:
    """One session of pytest; whether it ended before the last job."""
    heard = partial(_streams, sys.stdout, sys.stderr)
    session = _Session(plan, jobs, deliver, heard, choose, reports=html is not None)
    arguments = [
        "-c", str(_INI), "--rootdir", str(plan.modules[0].parent), "--import-mode=importlib", "-v",
        "--disable-plugin-autoload", "--no-header", "--noconftest",
    ]  # fmt: skip
    for name in _UNNEEDED:
        arguments += ["-p", f"no:{name}"]
    if html is not None:
        arguments += ["-p", "pytest_metadata.plugin", "-p", "pytest_html.plugin"]
        arguments += [f"--html={html}", "--self-contained-html"]
    # pytest's own words, and whatever a check prints, are not the result; reading and delivering accounts is heard.
    said = io.StringIO()
    with redirect_stdout(said), redirect_stderr(said), compiled_here(plan.modules):
        plugins = [pytest_plugin, *map(loaded, conftests(plan.modules)), session]
        code = pytest.main([*arguments, *map(str, plan.modules)], plugins=plugins)
    forget(plan.modules)
    if session.error is not None:
        raise session.error
    if code is pytest.ExitCode.INTERRUPTED:
        raise KeyboardInterrupt
    if code not in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED, pytest.ExitCode.NO_TESTS_COLLECTED):
        last = [line for line in said.getvalue().splitlines() if line.strip()][-1:]
        raise CheckError(f"pytest could not run the checks: {' '.join(last) or code}.")
    return session.ended_early


class _Session:
    """The plugin that replaces pytest's loop over items with one over accounts and items."""

    def __init__(
        self,
        plan: Plan,
        jobs: Iterable[Job],
        deliver: Deliver,
        heard: Callable[[], Any],
        choose: Choose,
        *,
        reports: bool,
    ) -> None:
        self.plan = plan
        self.jobs = iter(jobs)
        self.deliver = deliver
        self.heard = heard
        self.choose = choose
        self.reports = reports
        self.reporting = False
        self.ended_early = False
        self.error: BaseException | None = None
        self.broken: list[str] = []
        self.raised: BaseException | None = None
        self.denied: Finding | None = None
        self.last_denied: Callable[[], Finding | None] = lambda: None
        self.items: dict[str, pytest.Item] = {}
        self.arguments = {
            row.id: tuple(name for name in row.function.arguments if name not in row.values)
            for row in plan.rows
        }

    def pytest_configure(self, config: pytest.Config) -> None:
        config.stash[pytest_plugin.PLAN] = self.plan

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.failed:
            lines = [line for line in str(report.longrepr).splitlines() if line.startswith("E ")]
            self.broken.append(f"{report.nodeid or 'checks'}: {(lines or ['cannot be loaded'])[-1].lstrip('E ')}")

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        found = {f"{item.path.name}::{item.nodeid.partition('::')[2]}": item for item in items}
        self.items = {row.id: found[row.id] for row in self.plan.rows if row.id in found}
        items[:] = self.items.values()

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        missing = [row.id for row in self.plan.rows if row.id not in self.items]
        if self.broken or missing:
            self.error = CheckError(
                f"check modules could not be loaded: {'; '.join(self.broken or missing)}.", remedy="Correct the module."
            )
            return True
        try:
            while not self.ended_early and (job := self._next_job()) is not None:
                said = self._contained(session, job)
                with self.heard():
                    self.deliver(job, said)
        except BaseException as error:  # pytest would print it as an error of its own
            self.error = error
            raise
        return True

    def _next_job(self) -> Job | None:
        with self.heard():
            return next(self.jobs, None)

    def _contained(self, session: pytest.Session, job: Job) -> VerdictsOfSets | GraderError:
        """The verdicts, or what kept this account from having any; it keeps no other from having theirs."""
        try:
            with limited(job.labs[0].evidence.source, but=(pytest.exit.Exception,)):
                return self._judged(session, job)
        except (InternalError, EvidenceError) as error:
            self.ended_early = True
            return error

    def _judged(self, session: pytest.Session, job: Job) -> VerdictsOfSets | GraderError:
        """The verdicts on each candidate set of one account, or the first thing that kept a check from giving one.

        A check that says the same of every set runs once.
        """
        wanted = {identifier: item for identifier, item in self.items.items() if identifier in job.rows}
        judged: list[Verdicts] = []
        for lab in job.labs:
            known_already = {
                identifier: judged[0][identifier]
                for identifier in wanted
                if judged and same_for_every_set(self.arguments[identifier])
            }
            said = self._said(session, lab, {i: item for i, item in wanted.items() if i not in known_already})
            if isinstance(said, GraderError):
                return said
            judged.append({**known_already, **said})
        if self.reports:
            # pytest-html gets the set that is graded, by pytest's own protocol.
            self.reporting = True
            said = self._said(session, job.labs[self.choose(job, judged)], wanted)
            self.reporting = False
            return said if isinstance(said, GraderError) else judged
        return judged

    def _said(self, session: pytest.Session, lab: Lab, wanted: Mapping[str, pytest.Item]) -> Verdicts | GraderError:
        """The verdicts on one candidate set, or the first thing that kept a check from giving one.

        Every item runs even then, so that pytest takes down the fixtures of this set before the next.
        """
        session.config.stash[pytest_plugin.LAB] = lab
        following = [*list(wanted.values())[1:], None]
        verdicts: dict[str, Verdict] = {}
        broken: GraderError | None = None
        for (identifier, item), after in zip(wanted.items(), following, strict=True):
            try:
                verdicts[identifier] = self._verdict(lab, identifier, item, after)
            except (EvidenceError, UsageError, InternalError) as error:
                broken = broken or error
        return broken or verdicts

    def _verdict(self, lab: Lab, identifier: str, item: Any, after: pytest.Item | None) -> Verdict:
        self.raised = self.denied = None
        item._initrequest()  # a fresh set of fixtures: the same item runs for each account
        with reading() as read, denials() as self.last_denied:
            for name in item.fixturenames:
                if name in NOUNS:  # its fixture may be made already; this check rests on it as well
                    known(partial(getattr, lab, name), None)
            item.ihook.pytest_runtest_protocol(item=item, nextitem=after)
        if isinstance(self.raised, Alarm):
            raise self.raised
        if self.raised is not None and not isinstance(self.raised, _FORESEEN) and is_ours(item.path):
            raise InternalError.of(lab.evidence.source, self.raised)
        verdict = _verdict(identifier, item.path, self.raised, self.denied, read)
        return _in_doubt(lab, self.arguments[identifier], verdict) if verdict.outcome is Outcome.FAILED else verdict

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_protocol(self, item: Any, nextitem: pytest.Item | None) -> bool | None:
        """Setup, call and teardown as pytest's own protocol has them, without its hooks and reports around each.

        Those cost more than the check does, and a whole class waits for them. pytest-html needs them, so there
        pytest's own protocol runs.
        """
        if self.reporting:
            return None
        state = item.session._setupstate

        def check() -> None:
            state.setup(item)
            item.runtest()

        leave = (KeyboardInterrupt, pytest.exit.Exception, Alarm)
        for phase in (check, partial(state.teardown_exact, nextitem)):
            self._saw(pytest.CallInfo.from_call(phase, "call", reraise=leave))
        return True

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_makereport(self, call: pytest.CallInfo[None]) -> None:
        """See what a check raised where pytest's own protocol runs it; the report is pytest's."""
        self._saw(call)

    def _saw(self, call: pytest.CallInfo[Any]) -> None:
        if call.excinfo is not None and self.raised is None:
            self.raised = call.excinfo.value
            self.denied = self.last_denied()


def _in_doubt(lab: Lab, arguments: Iterable[str], verdict: Verdict) -> Verdict:
    """The verdict on a claim that failed: unknown, where a refused question may hide what it is about."""
    for name in arguments:
        refusal = doubt(lab, name) if name in NOUNS else None
        if refusal is not None:
            found = f"{refusal}, so the lab's own may be hidden; of what was found: {verdict.found}"
            return replace(verdict, outcome=Outcome.UNVERIFIED, found=found, refusals=refusals_of(refusal))
    return verdict


_OUTCOMES: tuple[tuple[type[BaseException], Outcome], ...] = (
    (Missing, Outcome.FAILED),
    (Unverified, Outcome.UNVERIFIED),
    (Pending, Outcome.PENDING),
    (Manual, Outcome.MANUAL),
    (AssertionError, Outcome.FAILED),
)
_FORESEEN = (AssertionError, GraderError)
"""What one of our own checks may raise."""


def _verdict(
    identifier: str,
    path: Path,
    raised: BaseException | None,
    denied: Finding | None,
    noted: Iterable[Question | Remark],
) -> Verdict:
    """What a check in the file ``path`` that ``raised`` this says; ``denied`` is the last finding it took as false."""
    noted = frozenset(noted)
    read = frozenset(one for one in noted if isinstance(one, Question))
    remarks = tuple(sorted(one.text for one in noted if isinstance(one, Remark)))
    if raised is None:
        return Verdict(Outcome.PASSED, read=read, remarks=remarks)
    if isinstance(raised, (EvidenceError, UsageError)):
        raise raised.with_traceback(None)
    for kind, outcome in _OUTCOMES:
        if isinstance(raised, kind):
            refusals = refusals_of(raised) if isinstance(raised, Unverified) else ()
            asserts = isinstance(raised, AssertionError) and not isinstance(raised, Missing)
            found, expected = _asserted(raised, denied) if asserts else (str(raised), "")
            return Verdict(outcome, found, expected, refusals, read, remarks, isinstance(raised, Missing))
    said = shorten(f"{type(raised).__name__}: {raised}".removesuffix(": "), 160)
    frames = [(Path(frame.filename), frame.lineno) for frame in traceback.extract_tb(raised.__traceback__)]
    theirs = [f"{file.name}:{line}" for file, line in frames if file.parent == path.parent]
    place = theirs[-1] if theirs else path.name
    found = f"the check {identifier} of this lab stopped with {said} ({place})"
    return Verdict(Outcome.UNVERIFIED, found, read=read, remarks=remarks, is_broken=True)


def _asserted(error: BaseException, denied: Finding | None) -> tuple[str, str]:
    """What an assertion found and expected: its finding's own words, or the sentence of any other assertion.

    The last finding that was taken as false is not always what the assertion is about (``assert a or b``, or a course's
    own ``assert count == 2``), so pytest's text has to be that of the finding.
    """
    lines = str(error).splitlines() or ["the claim does not hold"]
    said = lines[0].removeprefix("assert ").strip()
    if denied is not None and _is_text_of(said, denied):
        return denied.found, denied.expected
    return said, ""


def _is_text_of(said: str, finding: Finding) -> bool:
    """Whether pytest printed ``finding``: on one line, and with its middle cut out where it is long."""
    text = repr(finding).replace("\n", "\\n").strip()
    start, cut, end = said.partition("...")
    return said == text or (bool(cut) and len(said) < len(text) and text.startswith(start) and text.endswith(end))
