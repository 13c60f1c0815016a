"""The command line. Commands are thin: they read options, and say what to do; what they need is imported late."""

from __future__ import annotations

import gc
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path
from threading import current_thread, main_thread
from typing import TYPE_CHECKING

import click

from grader import __version__
from grader.cli import completion
from grader.cli.access import access_command
from grader.cli.authoring import COMMANDS
from grader.cli.class_ import class_command, lint_roster
from grader.cli.completion import FILE
from grader.cli.export import export
from grader.cli.options import (
    STANDARD_OUTPUT,
    AccessOptions,
    GradingOptions,
    OutputOptions,
    RubricOptions,
    RunningOptions,
    access_options,
    evidence_options,
    grading_options,
    output_options,
    redact_option,
    rubric_options,
    running_options,
)
from grader.cli.schema import schema
from grader.cli.why import why
from grader.containment import contained, limited
from grader.errors import CannotGrade, EvidenceError, GraderError, UsageError
from grader.foreign_text import one_line

if TYPE_CHECKING:
    from grader.cli.outputs import Outputs
    from grader.collect import Access
    from grader.collect.background import Reading
    from grader.evidence import Evidence
    from grader.rubric import Rubric
    from grader.rubric.scheme import Item

EXIT_CODES = """\b
Exit codes:
  0  graded, and all points earned (or --fail-under reached)
  1  graded, points lost
  2  wrong usage, or a file that cannot be used
  3  graded, but some points are open
  4  could not grade: no credentials, no such account, no network
  5  the grader itself failed; the message says how to report it
"""


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100}, epilog=EXIT_CODES)
@click.version_option(__version__, prog_name="grader")
@click.option(
    "--color",
    type=click.Choice(("auto", "always", "never")),
    default="auto",
    help="When to colour the output (auto: in a terminal, unless NO_COLOR is set or TERM is dumb).",
)
@click.pass_context
def cli(context: click.Context, color: str) -> None:
    """Grade a cloud lab from what is in an AWS account. The grader reads accounts and never changes them.

    \b
    grader check              grade the account that the AWS CLI uses
    grader class roster.csv   grade a class
    grader demo               try it on an emulated account, without AWS
    """
    if color == "never" or (color == "auto" and (os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb")):
        context.color = False
    elif color == "always":
        context.color = True


@cli.command(epilog="\b\nExample:\n  grader check --profile lab --region eu-west-1")
@grading_options
@access_options
@click.option("--evidence", metavar="FILE", type=FILE, help="Also save the evidence (.json or .json.gz).")
@evidence_options
@output_options
def check(
    grading: GradingOptions,
    access: AccessOptions,
    evidence: str | None,
    keep_all: bool,
    redact: bool,
    output: OutputOptions,
) -> int:
    """Read an account and grade it.

    Uses the same credentials as the AWS CLI. Changes nothing in the account. Sends a few requests to the application
    behind the load balancer, unless --no-probe is given.
    """
    return _check(access.accesses(), grading, replace(output, evidence=evidence, keep_all=keep_all, redact=redact))


@cli.command(epilog="\b\nExample:\n  grader collect --profile lab --evidence lab.json.gz")
@rubric_options
@access_options
@click.option(
    "--evidence",
    metavar="FILE", type=FILE,
    default="evidence-{account}.json",
    show_default=True,
    help="Where to write; - is standard output.",
)
@evidence_options
def collect(rubric: RubricOptions, access: AccessOptions, evidence: str, keep_all: bool, redact: bool) -> int:
    """Read an account and save the AWS responses for `grader grade`."""
    from grader.collect.background import Reading

    accesses = access.accesses()
    with Reading(accesses) as reading:
        from grader.cli.outputs import Outputs

        wanted = OutputOptions({}, evidence=evidence, keep_all=keep_all, redact=redact)
        outputs = Outputs(wanted, several=len(accesses) > 1)
        read = rubric.read()
        _ask(reading, read, rubric)
        for kept in _evidence(reading, outputs, read, accesses):
            outputs.codes.append(0)
            if evidence != STANDARD_OUTPUT:
                click.echo(one_line(f"account {kept.account}: {kept.source}"))
    return max(outputs.codes, default=CannotGrade.exit_code)


@cli.command(epilog="\b\nExample:\n  grader grade lab.json.gz --json result.json")
@click.argument("files", nargs=-1, required=True, metavar="FILE...", type=FILE)
@grading_options
@redact_option
@output_options
def grade(files: tuple[str, ...], grading: GradingOptions, redact: bool, output: OutputOptions) -> int:
    """Grade saved evidence without asking AWS; - is standard input."""
    from grader.cli.outputs import Outputs, check_threshold
    from grader.evidence import load_evidence
    from grader.evidence.redacting import redacted

    output.spare((*files, *filter(None, (grading.rubric,))))
    with closing(Outputs(output, several=len(files) > 1)) as outputs:

        def accounts() -> Iterator[Evidence]:
            for file in files:
                try:
                    with limited(file):
                        evidence = load_evidence(Path(file))
                        evidence = redacted(evidence) if redact else evidence
                except GraderError as error:
                    outputs.failed(error)
                    continue
                yield evidence

        rubric = grading.read()
        check_threshold(rubric, grading.variant, output.fail_under)
        _grade(accounts(), rubric, grading, outputs)
        return outputs.finish()


@cli.command(epilog="\b\nExample:\n  grader diff monday.json today.json")
@click.argument("old", metavar="OLD", type=FILE)
@click.argument("new", metavar="NEW", type=FILE)
@running_options
@click.option("--html", metavar="FILE", type=FILE, help="Write the comparison as a page.")
@click.option("--markdown", metavar="FILE", type=FILE, help="Write the comparison as Markdown.")
def diff(old: str, new: str, running: RunningOptions, html: str | None, markdown: str | None) -> int:
    """Compare two evidence or result files: points gained and lost, and the account changes behind them."""
    from grader.cli.files import write_text
    from grader.cli.outputs import supports_unicode
    from grader.compare.comparison import compare
    from grader.report.diff import html as page
    from grader.report.diff import markdown as summary
    from grader.report.diff import terminal

    if html == markdown == STANDARD_OUTPUT:
        raise UsageError("only one of --html and --markdown can go to standard output.", remedy="Name a file.")
    comparison = compare(Path(old), Path(new), running.read(), variant=running.variant)
    for target, render in ((html, page.render), (markdown, summary.render)):
        if target:
            write_text(target, render(comparison))
    if STANDARD_OUTPUT not in (html, markdown):
        click.echo(terminal.render(comparison, unicode=supports_unicode()))
    return 0


@cli.command(epilog="\b\nExample:\n  grader policy > grader-policy.json")
@rubric_options
@click.option("--minimal", is_flag=True, help="Leave out reads that only explain failures and affect no points.")
@click.option("--explain", is_flag=True, help="List instead which items need each action.")
def policy(rubric: RubricOptions, minimal: bool, explain: bool) -> int:
    """Print the IAM policy that a rubric needs: exactly its read actions, nothing else."""
    import json

    from grader.collect import policy_document
    from grader.rubric.needs import operations_for

    read = rubric.read()
    items = read.applicable(read.variant(rubric.variant))
    if explain:
        _explain(read, items, rubric.variant)
        return 0
    click.echo(json.dumps(policy_document(operations_for(items), explaining=not minimal), indent=2))
    return 0


def _explain(rubric: Rubric, items: tuple[Item, ...], variant: str | None) -> None:
    """One line for each action: the items that stay open without it, and those for which it is read as well."""
    from grader.grading.permissions import permissions

    found = permissions(rubric, items, variant)
    width = max((len(one.action) for one in found), default=0)
    decided = max((len(", ".join(one.decides)) for one in found), default=0)
    click.echo(f"{'action':{width}}  {'open without it':{decided}}  also read for")
    for one in found:
        line = f"{one.action:{width}}  {', '.join(one.decides) or '-':{decided}}  {', '.join(one.read_for) or '-'}"
        click.echo(line.rstrip())


@cli.command(epilog="\b\nExample:\n  grader lint my-rubric.yaml\n  grader lint roster.csv")
@click.argument("rubric", required=False, metavar="[FILE]", type=FILE)
def lint(rubric: str | None) -> int:
    """Check a rubric (also what it expects of AWS responses) or a roster, and list every mistake with its line."""
    from grader.classes.roster_rows import is_roster
    from grader.rubric import default_rubric
    from grader.rubric.bundled import lint_rubric

    path = Path(rubric) if rubric else default_rubric()
    if rubric and is_roster(path):
        return lint_roster(path)
    mistakes, read = lint_rubric(path)
    if mistakes or read is None:
        from grader.cli.outputs import print_error

        for mistake in mistakes:
            print_error(mistake)
        return UsageError.exit_code
    checks = sum(len(item.checks) for item in read.items)
    name = one_line(path.name)
    counts = f"{len(read.items)} items, {checks} checks, {float(read.max_score):g} points"
    click.echo(f"{name}: {counts}. The rubric is valid.")
    return 0


@cli.command(epilog="\b\nExample:\n  grader demo --fault nat-in-private-subnet")
@click.option(
    "--fault", "faults", metavar="NAME", multiple=True, shell_complete=completion.faults,
        help="A fault to add to the account first; repeatable.",
)  # fmt: skip
@click.option("--list-faults", is_flag=True, help="List the faults and the points that each costs.")
@click.option(
    "--serve", is_flag=True, help="Grade nothing: keep the account running, and print the variables that point AWS"
                                  " tools to it."
)
@grading_options
@click.option("--evidence", metavar="FILE", type=FILE, help="Also save the evidence (.json or .json.gz).")
@output_options
def demo(
    faults: tuple[str, ...],
    list_faults: bool,
    serve: bool,
    grading: GradingOptions,
    evidence: str | None,
    output: OutputOptions,
) -> int:
    """Grade an emulated account on this machine, with the same code as `check`."""
    from grader.cli.demo import demonstrate, keep_up, listed_faults

    if list_faults:
        click.echo(listed_faults())
        return 0
    if serve:
        return keep_up(faults)
    wanted = replace(output, evidence=evidence)
    return demonstrate(faults, lambda access: _check((access,), grading, wanted))


cli.add_command(why)
cli.add_command(export)
cli.add_command(schema)


def _check(accesses: tuple[Access, ...], grading: GradingOptions, output: OutputOptions) -> int:
    from grader.collect.background import Reading

    several = len(accesses) > 1
    with gc_disabled(not several), Reading(accesses) as reading:
        from grader.cli.outputs import Outputs, check_threshold

        with closing(Outputs(output, several)) as outputs:
            rubric = grading.read()
            check_threshold(rubric, grading.variant, output.fail_under)
            _ask(reading, rubric, grading)
            outputs.prepare()
            _grade(_evidence(reading, outputs, rubric, accesses), rubric, grading, outputs)
            return outputs.finish()


def _grade(accounts: Iterator[Evidence], rubric: Rubric, grading: GradingOptions, outputs: Outputs) -> None:
    from grader.cli.outputs import graded_once
    from grader.grading.pipeline import grade_all

    grade_all(
        rubric,
        accounts,
        graded_once(outputs),
        variant=grading.variant,
        binds=grading.binds,
        pytest_html=outputs.raw_run if outputs.wanted.pytest_html else None,
    )


@contextmanager
def gc_disabled(wanted: bool) -> Iterator[None]:
    """No search for reference cycles while one account is read and graded: a tenth of its time, for no memory."""
    if not wanted:
        yield
        return
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def _ask(reading: Reading, rubric: Rubric, options: RubricOptions) -> None:
    """Ask the accounts what the rubric needs."""
    from grader.rubric.needs import operations_for

    reading.ask(operations_for(rubric.applicable(rubric.variant(options.variant))))


def _evidence(reading: Reading, outputs: Outputs, rubric: Rubric, accesses: tuple[Access, ...]) -> Iterator[Evidence]:
    """The evidence of each account, as it is read; what cannot be read is said and left out."""
    if outputs.wanted.keep_all:
        click.echo(
            click.style("warning: ", fg="yellow", bold=True)
            + "--keep-all: the evidence contains every value that AWS returned, including passwords. Do not share it.",
            err=True,
        )
    for access, found in zip(accesses, reading, strict=False):
        if isinstance(found, GraderError):
            outputs.failed(found)
            continue
        if access.profile:
            found["meta"]["profile"] = access.profile
        try:
            with contained("an account that was read"):
                evidence = outputs.kept_evidence(found, rubric)
        except EvidenceError as error:
            outputs.failed(error)
            continue
        yield evidence


cli.add_command(class_command)
cli.add_command(access_command)


for _command in COMMANDS:
    cli.add_command(_command)


def main(arguments: list[str] | None = None) -> None:
    """The entry point: run a command and leave with its exit code, with one sentence for what went wrong."""
    terminated = _interrupt_at_term()
    try:
        with contained("this command", but=(click.ClickException, click.Abort, click.exceptions.Exit, BrokenPipeError)):
            code = cli.main(arguments, prog_name="grader", standalone_mode=False)
    except click.ClickException as error:
        error.show()
        code = error.exit_code
    except click.Abort:
        click.echo("stopped.", err=True)
        code = 143 if terminated else 130
    except GraderError as error:
        from grader.cli.outputs import print_error

        print_error(error)
        code = error.exit_code
    except (BrokenPipeError, SystemExit) as error:
        # Whoever read the output has left: click makes that exit code 1, which here would be a grade. A shell that
        # completes a command gets click's own.
        code = error.code if isinstance(error, SystemExit) and "_GRADER_COMPLETE" in os.environ else 141
    sys.exit(_after_output(code if isinstance(code, int) else 0))


def _interrupt_at_term() -> list[int]:
    """From now on TERM is an interruption, so that nothing is left half done or running; a list of those that came."""
    came: list[int] = []

    def interrupt(number: int, _: object) -> None:
        came.append(number)
        raise KeyboardInterrupt

    # Somebody who handles or ignores it already knows better, and only the main thread may say what it does.
    if current_thread() is main_thread() and signal.getsignal(signal.SIGTERM) is signal.SIG_DFL:
        signal.signal(signal.SIGTERM, interrupt)
    return came


def _after_output(code: int) -> int:
    """The exit code, once both outputs have taken what waits for them; Python's own at its end would be 120."""
    # A stream is None where whoever started the grader closed it.
    for stream in filter(None, (sys.stdout, sys.stderr)):
        try:
            stream.flush()
        except OSError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
            code = code if code not in (0, 1, 3) else UsageError.exit_code
    return code
