"""``grader class`` and ``grader lint roster.csv``: what a TA does with many accounts."""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import Executor
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from grader.cli.completion import FILE, FOLDER
from grader.cli.options import GradingOptions, grading_options, parsed_sets
from grader.errors import CannotGrade, GraderError, UsageError

if TYPE_CHECKING:
    from grader.class_run.folder import Folder
    from grader.class_run.run import Tally
    from grader.class_run.state import State
    from grader.classes.decisions import Decisions
    from grader.classes.roster import Roster
    from grader.classes.students import Mistake, Student
    from grader.cli.live_table import Lines, LiveTable
    from grader.rubric import Rubric

REPORTS = "reports"
INTERRUPTED = 130
CHANGES_SHOWN = 50


@dataclass(frozen=True, slots=True)
class ClassOptions:
    """What the command line says beside the roster and the rubric."""

    out: str | None
    role_arn: str
    external_id: str
    secret_file: str | None
    overrides: str | None
    regions: tuple[str, ...]
    endpoint_url: str | None
    connect_to: tuple[str, ...]
    no_probe: bool
    at_once: int | None
    rate: float
    regrade: bool
    retry: str | None
    forget: str | None
    share: bool
    no_html: bool
    scheduler: str | None


@click.command(
    "class",
    epilog="\b\nExample:\n  grader class roster.csv\n  grader class evidence/ --regrade --rubric corrected.yaml",
)
@click.argument("roster", metavar="ROSTER", type=FILE)
@grading_options
@click.option(
    "--out", metavar="FOLDER", type=FOLDER, help="The run's folder (default: reports/ and the roster's name)."
)
@click.option("--role-arn", metavar="ARN", default="", help="Role for rows without access; {account}, {student}.")
@click.option("--external-id", metavar="ID", default="", help="External id for that role; {account}, {student}.")
@click.option(
    "--secret-file", metavar="FILE", type=FILE, help="Derive external ids from this secret, like grader access."
)
@click.option(
    "--overrides", metavar="FILE", type=FILE, help="Decisions by people (default: overrides.yaml next to the roster)."
)
@click.option(
    "--region", "regions", metavar="REGION", multiple=True, help="Region to search; repeatable (default: all)."
)
@click.option("--endpoint-url", metavar="URL", help="Send every call to this URL instead of AWS.")
@click.option(
    "--connect-to", metavar="HOST:PORT:TO_HOST:TO_PORT", multiple=True, help="Reach applications elsewhere; repeatable."
)
@click.option("--no-probe", is_flag=True, help="Send no request to the applications.")
@click.option("--at-once", type=click.IntRange(1, 1000), metavar="N", help="Accounts read at once (default: 8 a core).")
@click.option("--rate", type=click.FloatRange(0.1), default=50.0, show_default=True, metavar="N",
              help="Maximum requests per second to each service of each account.")  # fmt: skip
@click.option("--regrade", is_flag=True, help="Grade everything again without asking AWS, and list changed scores.")
@click.option("--retry", type=click.Choice(["open"]), help="Read accounts with open points again.")
@click.option("--forget", metavar="STUDENT", help="Delete a student's data from the folder, and do nothing else.")
@click.option("--share", is_flag=True, help="Mask e-mail addresses and account ids in class.html.")
@click.option("--no-html", is_flag=True, help="Do not write student pages.")
@click.option("--scheduler", metavar="ADDRESS", help="Run on a Dask cluster, such as tcp://10.0.0.5:8786.")
def class_command(roster: str, grading: GradingOptions, **given: Any) -> int:
    """Read and grade a class: the accounts in a ROSTER (CSV or YAML), or a folder of evidence files.

    Everything goes into one folder: each student's evidence, result and page, class.html, scores.csv, manual.csv.
    Run the same command again to continue a stopped run. It does only what is missing or has changed.
    """
    options = ClassOptions(**given)
    from grader.class_run.folder import Folder
    from grader.class_run.state import State

    try:
        read = _read_roster(Path(roster), options)
    except _mistaken() as error:
        return _print_errors(error.mistakes)
    name = Path(roster).absolute().name.partition(".")[0]
    folder = Folder(Path(options.out) if options.out else Path(REPORTS) / name)
    folder.prepare()
    lock = folder.locked()
    state = State(folder.state)
    try:
        parameters = _given_by_roster(grading, read.students)
        rubric = replace(grading, sets=(*_values_of_one(grading, read.students, parameters), *grading.sets)).read()
        decisions = _decisions(Path(roster), folder, rubric, read.students, options)
        if options.forget is not None:
            return _forget(folder, state, rubric, read.students, options)
        return _run(folder, state, rubric, read, decisions, grading, options, parameters)
    finally:
        state.close()
        lock.release()


def _given_by_roster(grading: GradingOptions, students: Sequence[Student]) -> tuple[str, ...]:
    """The parameters of the rubric for which the roster has a column."""
    from grader.class_run.plan import values_of
    from grader.rubric import default_rubric, parameter_names

    names = parameter_names(Path(grading.rubric) if grading.rubric else default_rubric())
    return tuple(name for name in names if any(name in values_of(student, (name,)) for student in students))


def _values_of_one(
    grading: GradingOptions, students: Sequence[Student], parameters: tuple[str, ...]
) -> tuple[str, ...]:
    """One student's values as ``--set`` takes them: the rubric of the class is read with them."""
    from grader.class_run.plan import values_of

    given = [values_of(student, parameters) for student in students]
    found = {name: value for values in reversed(given) for name, value in values.items()}
    return tuple(f"{name}={value}" for name, value in found.items())


def _read_roster(path: Path, options: ClassOptions) -> Roster:
    from grader.classes.external_ids import read_secret
    from grader.classes.roster import Pattern, read_roster, students_of_folder

    if path.is_dir():
        return students_of_folder(path)
    if options.external_id and not options.role_arn:
        raise UsageError("there is no role for the external id.", where="--external-id", remedy="Add --role-arn.")
    secret = read_secret(Path(options.secret_file)) if options.secret_file else b""
    lenient = options.regrade or options.forget is not None
    return read_roster(path, Pattern(options.role_arn, options.external_id, secret, may_lack=lenient))


def _decisions(
    roster: Path, folder: Folder, rubric: Rubric, students: Sequence[Student], options: ClassOptions
) -> Decisions:
    from grader.classes.decisions import read_decisions

    beside = (roster if roster.is_dir() else roster.parent) / "overrides.yaml"
    overrides = Path(options.overrides) if options.overrides else beside if beside.exists() else None
    return read_decisions(overrides, folder.manual, rubric, [student.id for student in students])


def _forget(
    folder: Folder, state: State, rubric: Rubric, students: Sequence[Student], options: ClassOptions
) -> int:
    from grader.class_run.forget import forget
    from grader.class_run.outputs import write_outputs

    name = str(options.forget)
    forget(folder, state, name)
    write_outputs(folder, state, rubric, [one for one in students if one.id != name], (), options.share)
    click.echo(f"Deleted all data of {name} from {folder.path}.")
    if any(student.id == name for student in students):
        click.echo("The roster still lists this student. Remove the row, or the next run reads the account again.")
    return 0


def _run(
    folder: Folder, state: State, rubric: Rubric, roster: Roster, decisions: Decisions, grading: GradingOptions,
    options: ClassOptions, parameters: tuple[str, ...],
) -> int:  # fmt: skip
    from grader.class_run.folder import OutOfSpace
    from grader.class_run.log import Log
    from grader.class_run.outputs import write_outputs
    from grader.class_run.plan import Reach, Wanted, scheme_of
    from grader.class_run.run import ClassRun, Event
    from grader.cli.live_table import display

    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    at_once = options.at_once or 8 * cores
    rubric_file = Path(grading.rubric).absolute() if grading.rubric else None
    values = parsed_sets(grading.sets)
    log = Log(folder)
    log.say(f"run of {len(roster.students)} students")
    with ExitStack() as stack:
        stack.callback(log.close)
        shown = display(len(roster.students))
        stack.enter_context(shown)
        executor, remote = _executor(stack, options, cores, at_once, shown)

        def heard(event: Event) -> None:
            log.event(event)
            shown.heard(event)

        run = ClassRun(
            folder=folder,
            state=state,
            rubric=rubric,
            scheme=scheme_of(rubric, rubric_file, grading.variant, grading.binds.items(), values.items()),
            students=roster.students,
            decisions=decisions.by_student,
            reach=Reach(
                at_once, options.rate, options.regions, options.endpoint_url, options.connect_to, not options.no_probe
            ),
            wanted=Wanted(options.regrade, options.retry == "open", not options.no_html, options.share),
            executor=executor,
            heard=heard,
            looked=shown.looked,
            remote=remote,
            graders=6 * cores if not remote else 64,
            parameters=parameters,
        )
        try:
            tally = run.run()
        except KeyboardInterrupt:
            executor.shutdown(wait=False, cancel_futures=True)
            log.say("stopped")
            stack.close()
            return _stopped(state)
        except OutOfSpace:
            executor.shutdown(wait=False, cancel_futures=True)
            raise
    overview = write_outputs(folder, state, rubric, roster.students, decisions.mistakes, options.share)
    code = _print_errors(overview.mistakes) if overview.mistakes else 0
    _tell(folder, tally, len(overview.questions))
    return max(code, _exit_code(state))


def _executor(
    stack: ExitStack, options: ClassOptions, cores: int, at_once: int, shown: Lines | LiveTable
) -> tuple[Executor, bool]:
    """Who does the work, and whether it happens on machines that do not see the folder."""
    if options.scheduler:
        from grader.class_run.cluster import cluster

        return stack.enter_context(cluster(options.scheduler)), True
    from grader.class_run.crew import Crew

    crew = Crew(cores, max(4, -(-at_once // cores) + 3), shown.progress)
    stack.callback(crew.shutdown, wait=False)
    return crew, False


def _stopped(state: State) -> int:
    known = state.known().values()
    done = sum(one.is_graded for one in known)
    click.echo(f"stopped. {done} of {len(known)} students are graded. Run the same command to continue.", err=True)
    return INTERRUPTED


def _tell(folder: Folder, tally: Tally, questions: int) -> None:
    """What the run did, in a few lines."""
    if tally.changes:
        click.echo(f"{len(tally.changes)} scores changed:")
        for change in tally.changes[:CHANGES_SHOWN]:
            why = "; ".join(change.why) or "the points are the same, but the reasons changed"
            click.echo(f"  {change.student}: {change.before:g} to {change.after:g}: {why}")
        if len(tally.changes) > CHANGES_SHOWN:
            click.echo(f"  and {len(tally.changes) - CHANGES_SHOWN} more")
    parts = [f"{tally.asked} accounts read", f"{tally.graded} graded"]
    if tally.failed:
        parts.append(f"{tally.failed} failed")
    if questions:
        parts.append("1 question for you" if questions == 1 else f"{questions} questions for you")
    click.echo(f"{', '.join(parts)}. Open {folder.path / 'class.html'}")


def _exit_code(state: State) -> int:
    """The highest of all students."""
    codes = [0]
    for known in state.known().values():
        codes.append(known.exit_code)
        if not known.error and not known.is_graded:
            codes.append(CannotGrade.exit_code)
    for _, _, summary, _ in state.summaries():
        if summary is not None:
            codes.append(3 if summary["open"] else 1 if summary["lost"] else 0)
    return max(codes)


def _mistaken() -> type[Any]:
    from grader.classes.students import RosterError

    return RosterError


def _print_errors(mistakes: Sequence[Mistake]) -> int:
    """Say each mistake on standard error."""
    from grader.cli.outputs import print_error

    for mistake in mistakes:
        print_error(UsageError(mistake.problem, where=mistake.where, remedy=mistake.remedy))
    return GraderError.exit_code if not mistakes else UsageError.exit_code


def lint_roster(path: Path) -> int:
    """Say every mistake of a roster with its line; 0 where there is none, else 2."""
    from grader.classes.roster import Pattern, missing_files, read_roster
    from grader.classes.students import RosterError

    try:
        roster = read_roster(path, Pattern(may_lack=True))
    except RosterError as error:
        return _print_errors(error.mistakes)
    missing = missing_files(roster.students)
    if missing:
        _print_errors(missing)
    click.echo(f"{path.name}: {len(roster.students)} students. {'' if missing else 'No problems found.'}".strip())
    without = sum(student.way.is_none for student in roster.students)
    if without:
        click.echo(f"{without} of them have no access details: grade them with --role-arn.")
    return UsageError.exit_code if missing else 0
