"""``grader schema``: the JSON Schemas of what the grader reads and writes."""

from __future__ import annotations

from pathlib import Path

import click

SCHEMAS = Path(__file__).parents[1] / "schemas"
NAMES = ("rubric", "evidence", "result")


@click.command(epilog="\b\nExample:\n  grader schema rubric > rubric.schema.json")
@click.argument("name", type=click.Choice(NAMES))
def schema(name: str) -> int:
    """Print the JSON Schema of a rubric, of evidence or of a result.

    With this first line in a rubric, an editor can complete and check it:

    \b
    # yaml-language-server: $schema=rubric.schema.json
    """
    click.echo((SCHEMAS / f"{name}.schema.json").read_text(encoding="utf-8"), nl=False)
    return 0
