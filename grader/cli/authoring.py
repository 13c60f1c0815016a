"""Commands for authors of rubrics: what can be asked, a first draft, trying a row, and testing a rubric."""

from __future__ import annotations

import time
from pathlib import Path

import click

from grader.cli.completion import FILE, item_then_file
from grader.cli.options import RunningOptions, running_argument
from grader.errors import GraderError, UsageError


@click.command(epilog="\b\nExample:\n  grader operations ec2.DescribeVpcs")
@click.argument("name", required=False, metavar="[SERVICE[.OPERATION]]")
def operations(name: str | None) -> int:
    """List what a rubric can ask: all services, a service's operations, or an operation's parameters and members."""
    from grader.rubric.catalogue import of_operation, of_service, services

    if name is None:
        lines = services()
    elif "." in name:
        lines = of_operation(name)
    else:
        lines = of_service(name)
    click.echo("\n".join(lines))
    return 0


@click.command(epilog="\b\nExample:\n  grader new --from lab.json.gz > my-rubric.yaml")
@click.option(
    "--from", "evidence", metavar="EVIDENCE", type=FILE, help="Evidence of a correct account, to make a rubric from."
)
@click.option(
    "--services", metavar="NAMES", help="Services such as ec2,sqs: print a rubric that collects their evidence."
)
@click.option("--lab", metavar="TITLE", default="My lab", show_default=True, help="The name of the lab.")
def new(evidence: str | None, services: str | None, lab: str) -> int:
    """Print a first draft of a rubric.

    First `grader new --services ec2,sqs > draft.yaml` and `grader collect --rubric draft.yaml --evidence right.json`
    on an account with a correct solution. Then `grader new --from right.json` drafts rows for what is in it.
    """
    from grader.rubric.drafting import draft, draft_of_services

    if (evidence is None) == (services is None):
        raise UsageError(
            "a draft needs either evidence or services.", remedy="Give --from FILE, or --services ec2,sqs."
        )
    if services is not None:
        click.echo(draft_of_services([one.strip() for one in services.split(",") if one.strip()], lab))
        return 0
    from grader.evidence import load_evidence

    assert evidence is not None
    click.echo(draft(load_evidence(Path(evidence)), lab))
    return 0


@click.command("try", epilog="\b\nExample:\n  grader try my-rubric.yaml 1.2 lab.json.gz --watch")
@running_argument
@click.argument("rest", nargs=-1, required=True, metavar="[ITEM] EVIDENCE", shell_complete=item_then_file)
@click.option("--watch", is_flag=True, help="Run again whenever the rubric is saved.")
def try_(running: RunningOptions, rest: tuple[str, ...], watch: bool) -> int:
    """Show how a row gets its verdict: what was found for each thing, why, and the value at each step of a path."""
    if len(rest) > 2:
        raise UsageError("too many arguments: name at most one item.", remedy="grader try RUBRIC [ITEM] EVIDENCE")
    item, evidence = (rest[0], rest[1]) if len(rest) == 2 else ("", rest[0])
    file = Path(str(running.rubric))
    seen = 0.0
    while True:
        changed = file.stat().st_mtime if file.exists() else 0.0
        if changed != seen:
            seen = changed
            try:
                click.echo("\n".join(_tried(running, item, evidence)))
            except GraderError as error:
                if not watch:
                    raise
                click.echo(f"error: {error}", err=True)
        if not watch:
            return 0
        time.sleep(0.5)


def _tried(running: RunningOptions, item: str, evidence: str) -> list[str]:
    from grader.evidence import load_evidence
    from grader.grading.trying import tried

    return tried(running.read(), load_evidence(Path(evidence)), item)


@click.command(epilog="\b\nExample:\n  grader selftest my-rubric.yaml right.json.gz")
@running_argument
@click.argument("evidence", metavar="EVIDENCE", type=FILE)
def selftest(running: RunningOptions, evidence: str) -> int:
    """Change a correct account in every way that a rubric's rows could notice, and report what they miss.

    Fails if a row passes on an empty account, if no change makes it fail, or if a refusal makes it lose points.
    """
    from grader.evidence.json_files import JsonFile
    from grader.grading.selftest import checked_document, self_test

    document = checked_document(JsonFile("an evidence file").read(Path(evidence)), evidence)
    result = self_test(running.read(), document, source=evidence)
    for title, rows in (
        ("Rows that fail on this account, which should be correct:", result.not_passed),
        ("Rows that pass on an empty account:", result.free),
        ("Rows that no change makes fail:", result.deaf),
        ("Rows that lose points because of a refusal:", result.charged),
        ("Changes that stopped grading:", result.broken),
    ):
        if rows:
            click.echo(title)
            click.echo("\n".join(f"  {row}" for row in rows[:40]))
    if result.unnoticed:
        click.echo(f"Members that no row notices ({len(result.unnoticed)}):")
        click.echo("\n".join(f"  {member}" for member in result.unnoticed[:60]))
    click.echo(f"{result.tried} changes, {len(result.rows)} rows: {'fine' if result.is_fine else 'not fine'}.")
    return 0 if result.is_fine else 1


COMMANDS = (operations, new, try_, selftest)
"""What ``grader`` has for authors."""
