"""``grader why``: the reason for one loss, from kept evidence."""

from __future__ import annotations

import shutil
from pathlib import Path

import click

from grader.cli.completion import item_then_file
from grader.cli.options import GradingOptions, grading_options
from grader.errors import GraderError, UsageError


@click.command(epilog="\b\nExample:\n  grader why 5.4 lab.json.gz")
@click.argument("arguments", nargs=-1, required=True, metavar="[ITEM] FILE", shell_complete=item_then_file)
@grading_options
def why(arguments: tuple[str, ...], grading: GradingOptions) -> int:
    """Explain why an item lost its points: what AWS shows, how to fix it, and where the traffic stops.

    Without ITEM, it explains the largest loss. FILE is saved evidence; AWS is not asked.
    """
    if len(arguments) > 2:
        raise UsageError("why takes one file and at most one item.", remedy="Write: grader why 5.4 lab.json.gz")
    named, file = (None, arguments[0]) if len(arguments) == 1 else arguments
    from grader.cli.outputs import supports_unicode
    from grader.evidence import Evidence, load_evidence
    from grader.grading.pipeline import Graded, grade_all
    from grader.report.why import item_of, render_why

    rubric = grading.read()
    found: list[Graded] = []

    def deliver(evidence: Evidence, result: Graded | GraderError) -> None:
        if isinstance(result, GraderError):
            raise result
        found.append(result)

    accounts = iter((load_evidence(Path(file)),))
    grade_all(rubric, accounts, deliver, variant=grading.variant, binds=grading.binds)
    item = item_of(found[0].result, named)
    if item is None:
        click.echo("No points are lost.")
        return 0
    width = min(shutil.get_terminal_size((96, 24)).columns, 110)
    click.echo(render_why(found[0], item, unicode=supports_unicode(), width=width))
    return 0
