"""``grader export``: results into the file that a gradebook exported, or into a table."""

from __future__ import annotations

from pathlib import Path

import click

from grader.cli.completion import FILE
from grader.errors import UsageError


@click.command(epilog="\b\nExample:\n  grader export --into gradebook.csv results/*.json")
@click.argument("results", nargs=-1, required=True, metavar="RESULTS...", type=FILE)
@click.option("--into", metavar="FILE", type=FILE, help="Fill in this file, as exported from Canvas or Moodle.")
@click.option("--csv", "table", metavar="FILE", type=FILE, help="Write a CSV table for any other system.")
@click.option("--column", metavar="NAME", help="Column for the total (default: the one named like the lab).")
@click.option("--scale", is_flag=True, help="Convert the points to the column's maximum.")
@click.option("--roster", metavar="FILE", type=FILE, help="CSV file that maps each student to an account.")
@click.option("--out", metavar="FILE", type=FILE, help="Write to this file and leave the exported file unchanged.")
def export(
    results: tuple[str, ...],
    into: str | None,
    table: str | None,
    column: str | None,
    scale: bool,
    roster: str | None,
    out: str | None,
) -> int:
    """Put results (--json of grade and check) into a gradebook.

    Only the lab's cells change. Students without a grade are left out of the file, so an import does not change their
    grades. If the gradebook would reject a value, the command stops and writes nothing.
    """
    from grader.cli.files import write_bytes, write_text
    from grader.gradebook.filling import fill, unchanged
    from grader.gradebook.graded import read_grades
    from grader.gradebook.plain_csv import table as written

    if (into is None) == (table is None):
        raise UsageError("name one of --into and --csv.", remedy="grader export --into FILE RESULTS...")
    grades = read_grades([Path(name) for name in results], Path(roster) if roster else None)
    if table is not None:
        write_text(table, written(grades))
        return 0
    assert into is not None
    filled = fill(Path(into), grades, column=column, scaled=scale)
    unchanged(filled)
    write_bytes(out or into, filled.content)
    said = f"{out or into}: filled in {filled.column!r} of {filled.layout.system} for {filled.graded} students."
    click.echo(said, err=True)
    if filled.left_out:
        click.echo(f"Students left out because they have no grade: {filled.left_out}.", err=True)
    for label in filled.unjudged:
        click.echo(f"{label}: no check could be decided, so there is no grade.", err=True)
    return 0
