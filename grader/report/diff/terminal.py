"""A comparison in a terminal."""

from __future__ import annotations

import shutil
import textwrap
from collections.abc import Iterator
from itertools import groupby

import click

from grader.compare.changes import AccountComparison, Comparison
from grader.foreign_text import one_line, printable, quoted
from grader.report.diff.wording import ChangeWords, ItemWords, closing, headline, items, sides

_ASCII = str.maketrans({"→": "->", "−": "-", "±": "+/-", "·": "*", "…": "..."})
_COLOURS = {"gained": "green", "lost": "red", "opened": "cyan", "changed": "yellow"}


def render(comparison: Comparison, *, unicode: bool = True, width: int | None = None) -> str:
    """The comparison as text with colours (``click.echo`` leaves them out where there is no terminal)."""
    width = min(width or shutil.get_terminal_size((96, 24)).columns, 110)
    text = "\n".join(_lines(comparison, max(width, 40)))
    return text if unicode else text.translate(_ASCII)


def _lines(comparison: Comparison, width: int) -> Iterator[str]:
    for number, account in enumerate(comparison.accounts):
        if number:
            yield ""
        yield from _account(account, width)
    for word, accounts in (("first", comparison.only_old), ("second", comparison.only_new)):
        for lonely in accounts:
            yield f"account {quoted(lonely)} is only in the {word} file"
    if not comparison.accounts:
        yield "The two files have no account in common."


def _account(account: AccountComparison, width: int) -> Iterator[str]:
    old, new = sides(account)
    yield from _wrapped(old, "old  ", width)
    yield from _wrapped(new, "new  ", width)
    yield ""
    yield click.style(headline(account), bold=True)
    if not account.items:
        yield "No check is judged otherwise."
    for item in items(account):
        yield ""
        yield from _item(item, width)
    last = closing(account)
    if last:
        yield ""
        yield from _wrapped(last, "", width)


def _item(item: ItemWords, width: int) -> Iterator[str]:
    cause = f", because of {item.because_of}" if item.because_of else ""
    effect = click.style(one_line(f"{item.effect}{cause}"), fg=_COLOURS[item.kind])
    yield f"{click.style(one_line(f'{item.id}  {item.title}'), bold=True)}  {effect}"
    for check in item.checks:
        yield from _wrapped(check, "  · ", width)
    for where, changes in groupby(item.changes, key=lambda change: change.where):
        yield from _wrapped(where, "    ", width, fg="bright_black")
        for change in changes:
            yield from _change(change, width)
    if item.note:
        yield from _wrapped(item.note, "    ", width, fg="bright_black")


def _change(change: ChangeWords, width: int) -> Iterator[str]:
    if len(change.field) + len(change.old) + len(change.new) + 12 <= width:
        old, new = click.style(change.old, fg="red"), click.style(change.new, fg="green")
        yield f"      {printable(change.field)}: {old} → {new}"
        return
    yield from _wrapped(change.field, "      ", width)
    yield from _wrapped(change.old, "      − ", width, fg="red")
    yield from _wrapped(change.new, "      + ", width, fg="green")


def _wrapped(text: str, label: str, width: int, fg: str | None = None) -> Iterator[str]:
    lines = textwrap.wrap(text, max(20, width - len(label)), break_on_hyphens=False) or [""]
    for number, line in enumerate(lines):
        start = label if number == 0 else " " * len(label)
        line = printable(line)  # the log of a CI service obeys a line that starts like a command
        yield click.style(f"{start}{line}", fg=fg) if fg else f"{start}{line}"
