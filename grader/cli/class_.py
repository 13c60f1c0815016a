"""``grader class`` and ``grader lint roster.csv``: what a TA does with many accounts."""

from __future__ import annotations

from pathlib import Path

import click


@click.command("class", epilog="\b\nExample:\n  grader class roster.csv")
@click.argument("roster", metavar="ROSTER")
def class_command(roster: str) -> int:
    """Grade a class."""
    return 0


def lint_roster(path: Path) -> int:
    """Say every mistake of a roster with its line; 0 where there is none, else 2."""
    from grader.classes.roster import Pattern, missing_files, read_roster
    from grader.classes.students import RosterError
    from grader.cli.outputs import complain
    from grader.errors import UsageError

    try:
        roster = read_roster(path, Pattern(may_lack=True))
    except RosterError as error:
        for mistake in error.mistakes:
            complain(UsageError(mistake.problem, where=mistake.where, remedy=mistake.remedy))
        return error.exit_code
    missing = missing_files(roster.students)
    for mistake in missing:
        complain(UsageError(mistake.problem, where=mistake.where, remedy=mistake.remedy))
    click.echo(f"{path.name}: {len(roster.students)} students. {'' if missing else 'Nothing to correct.'}".strip())
    without = sum(student.way.is_none for student in roster.students)
    if without:
        click.echo(f"{without} of them give no way in: grade them with --role-arn.")
    return UsageError.exit_code if missing else 0
