"""Lost and open points as GitHub workflow commands: they show as annotations of the run.

Print them alone. Whatever else a step prints to standard output may come from an account and belongs between
``::stop-commands::`` and its token, or a tag named ``::add-mask::`` would be obeyed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import zip_longest

from grader.foreign_text import command_property, command_value
from grader.grading.causes import in_order
from grader.grading.pipeline import Graded
from grader.grading.results import ItemResult, Result
from grader.report.wording import advice, labels, score_words, whose_words, why_of, worth

SHOWN = {"error": 9, "warning": 10, "notice": 10}
"""GitHub shows ten annotations of each kind and step. One error is left to whoever says that the step failed."""


@dataclass(frozen=True, slots=True)
class _Annotation:
    title: str
    message: str


def render(graded: Sequence[Graded]) -> str:
    """One command a line; an error for each item that lost points, a warning for each that is open.

    Of several accounts the first of each come first. What GitHub would not show is counted in the last of its kind.
    """
    named = list(zip(labels(graded), (each.result for each in graded), strict=True))
    several = len(named) > 1
    errors = [list(_errors(one, who if several else "")) for who, one in named]
    warnings = [list(_warnings(one, who if several else "")) for who, one in named]
    notices = [
        [_Annotation("Score", f"{one.lab}: {score_words(one)}. {whose_words(one)}")]
        for _, one in sorted(named, key=lambda each: -each[1].lost)
    ]
    lines = [
        *_commands("error", errors, "more steps lost points"),
        *_commands("warning", warnings, "more warnings"),
        *_commands("notice", notices, "more accounts"),
    ]
    return "".join(f"{line}\n" for line in lines)


def _commands(kind: str, by_account: Sequence[Sequence[_Annotation]], rest: str) -> Iterator[str]:
    """The first of every account, then the second: each account keeps its order, causes before what they stop."""
    found = [one for rank in zip_longest(*by_account) for one in rank if one is not None]
    most = SHOWN[kind]
    shown = found if len(found) <= most else found[: most - 1]
    for one in shown:
        yield _command(kind, one.title, one.message)
    if len(shown) < len(found):
        yield _command(kind, "And more", f"{len(found) - len(shown)} {rest}. The summary and the page list all of"
                                         " them.")


def _errors(result: Result, who: str) -> Iterator[_Annotation]:
    """An item that lost points each; the first that the diagnosis explains has its words."""
    said = False
    for item in in_order(result.items):
        why = "" if said else next(filter(None, (why_of(result, check) for check in item.checks)), "")
        said = said or bool(why)
        yield _about(item, f"{_said(item)}{f' Why: {why}' if why else ''}", who)


def _warnings(result: Result, who: str) -> Iterator[_Annotation]:
    for notice in result.notices:
        yield _Annotation(f"Before you read the score{f' of {who}' if who else ''}", notice)
    for item in sorted((item for item in result.items if item.open), key=lambda item: -item.open):
        yield _about(item, _waits(item), who)


def _about(item: ItemResult, said: str, who: str) -> _Annotation:
    return _Annotation(f"{f'{who}: ' if who else ''}{item.id} {item.title}", said)


def _said(item: ItemResult) -> str:
    found = "; ".join(f"{check.message}. {advice(check)}" for check in item.checks if check.outcome == "failed")
    return f"{worth(item.lost)} lost: {found}"


def _waits(item: ItemResult) -> str:
    reasons = "; ".join(check.message or check.title for check in item.checks if check.outcome.is_open)
    return f"{worth(item.open)} open, not counted against the score: {reasons}"


def _command(kind: str, title: str, message: str) -> str:
    return f"::{kind} title={command_property(title)}::{command_value(message)}"
