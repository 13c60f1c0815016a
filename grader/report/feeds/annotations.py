"""Lost and open points as GitHub workflow commands: they show as annotations of the run.

Print them alone. Whatever else a step prints to standard output may come from an account and belongs between
``::stop-commands::`` and its token, or a tag named ``::add-mask::`` would be obeyed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from grader.foreign_text import command_property, command_value
from grader.grading.causes import in_order
from grader.grading.pipeline import Graded
from grader.grading.results import ItemResult, Result
from grader.report.wording import advice, score_words, worth

SHOWN = 10
"""GitHub shows so many annotations of each kind and step; the largest losses come first."""


def render(graded: Sequence[Graded]) -> str:
    """One command a line; an error for each item that lost points, a warning for each that is open."""
    return "".join(f"{line}\n" for each in graded for line in _lines(each.result))


def _lines(result: Result) -> Iterator[str]:
    for notice in result.notices:
        yield _command("warning", "Before you read the score", notice)
    for item in in_order(result.items)[:SHOWN]:
        yield _command("error", f"{item.id} {item.title}", _said(item))
    waiting = sorted((item for item in result.items if item.open), key=lambda item: -item.open)
    for item in waiting[:SHOWN]:
        yield _command("warning", f"{item.id} {item.title}", _waits(item))
    yield _command("notice", "Score", f"{result.lab}, account {result.account}: {score_words(result)}")


def _said(item: ItemResult) -> str:
    found = "; ".join(f"{check.message}. {advice(check)}" for check in item.checks if check.outcome == "failed")
    return f"{worth(item.lost)} lost: {found}"


def _waits(item: ItemResult) -> str:
    reasons = "; ".join(check.message or check.title for check in item.checks if check.outcome.is_open)
    return f"{worth(item.open)} open, not counted against the score: {reasons}"


def _command(kind: str, title: str, message: str) -> str:
    return f"::{kind} title={command_property(title)}::{command_value(message)}"
