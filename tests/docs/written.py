"""The parts of README.md and docs/ that are written by the program: help texts, the policy, tables, an example result.

They stand between ``<!-- written: NAME -->`` and ``<!-- end -->``. ``make written`` writes them anew; a test says when
they have become untrue.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import click
import yaml
from click.testing import CliRunner

from grader.cli.commands import EXIT_CODES, cli
from grader.cli.schema import SCHEMAS
from grader.collect import policy_document
from grader.grading.results import Outcome
from grader.report.formats import FORMATS
from grader.report.terminal import render_result
from grader.rubric import open_rubric
from grader.rubric.needs import operations_for
from tests.cases import grade_one, patched

TOP = Path(__file__).resolve().parents[2]
PAGES = (TOP / "README.md", *sorted((TOP / "docs").rglob("*.md")))
"""Every page for users, by its path."""
WIDTH = 96
"""Columns of help texts and of the example result."""

_BLOCK = re.compile(r"<!-- written: (?P<name>[^>]+?) -->\n(?P<body>.*?)<!-- end -->", re.DOTALL)


def blocks(text: str) -> dict[str, str]:
    """The written parts of a text, by name, as they stand."""
    return {found["name"]: found["body"] for found in _BLOCK.finditer(text)}


def rewritten(text: str) -> str:
    """The text with every written part as it should be; raises ``KeyError`` for a name that nobody writes."""
    return _BLOCK.sub(lambda found: f"<!-- written: {found['name']} -->\n{write(found['name'])}<!-- end -->", text)


def write(name: str) -> str:
    """One part, by name."""
    kind, _, rest = name.partition(" ")
    return _WRITERS[kind](rest)


def help_of(command: str) -> str:
    """What ``grader COMMAND --help`` prints at ``WIDTH`` columns."""
    said = CliRunner().invoke(cli, [*command.split(), "--help"], prog_name="grader", terminal_width=WIDTH)
    if said.exit_code:
        raise KeyError(command)
    return said.output.rstrip()


def _help(command: str) -> str:
    return f"```text\n$ {' '.join(f'grader {command} --help'.split())}\n{help_of(command)}\n```\n"


def _policy(_: str) -> str:
    return f"```json\n{json.dumps(policy_document(operations_for(open_rubric().items)), indent=2)}\n```\n"


def exit_codes() -> dict[int, str]:
    """The exit codes as the program's help tells them."""
    return {int(code): meaning for code, meaning in re.findall(r"^ +(\d) +(.+)$", EXIT_CODES, re.MULTILINE)}


def _exit_codes(_: str) -> str:
    rows = "".join(f"| {code} | {meaning} |\n" for code, meaning in exit_codes().items())
    return f"| exit code | meaning |\n| --- | --- |\n{rows}"


def _formats(_: str) -> str:
    rows = "".join(f"| `{each.option}` | {each.help} |\n" for each in FORMATS.values())
    return f"| option | what it writes |\n| --- | --- |\n{rows}"


def _result(cases: str) -> str:
    """The items of a result that have something to say, and its end."""
    result = grade_one(patched(*cases.split())).result
    silent = {item.id for item in result.items if item.outcome is Outcome.PASSED}
    shown = []
    keep = True
    for line in render_result(result, width=WIDTH).splitlines():
        plain = click.unstyle(line)
        item = re.match(r"  \S +(\d+\.\d+) ", plain)
        if item:
            keep = item[1] not in silent
        elif plain and not plain.startswith(" "):
            keep = plain.startswith(("why:", "Score", "Next"))
        if keep and plain.strip():
            shown.append(plain)
    return "```text\n" + "\n".join(shown) + "\n```\n"


def _file(name: str) -> str:
    return f"```{Path(name).suffix.removeprefix('.').replace('yml', 'yaml')}\n{(TOP / name).read_text('utf-8')}```\n"


def _inputs(_: str) -> str:
    action = yaml.safe_load((TOP / "action.yml").read_text("utf-8"))
    rows = "".join(f"| `{name}` | {each['description']} |\n" for name, each in action["inputs"].items())
    return f"| input | meaning |\n| --- | --- |\n{rows}"


def _result_members(_: str) -> str:
    """Every member of a result, its items and its checks, as the schema has them."""
    shapes = json.loads((SCHEMAS / "result.schema.json").read_text("utf-8"))["$defs"]
    parts = []
    for name, shape in shapes.items():
        rows = "".join(f"| `{member}` | {each['description']} |\n" for member, each in shape["properties"].items())
        parts.append(f"## {name.capitalize()}\n\n| member | meaning |\n| --- | --- |\n{rows}")
    return "\n".join(parts)


_WRITERS: dict[str, Callable[[str], str]] = {
    "help": _help,
    "policy": _policy,
    "exit-codes": _exit_codes,
    "file": _file,
    "formats": _formats,
    "inputs": _inputs,
    "result": _result,
    "result-members": _result_members,
}


if __name__ == "__main__":
    for page in PAGES:
        page.write_text(rewritten(page.read_text("utf-8")), "utf-8")
