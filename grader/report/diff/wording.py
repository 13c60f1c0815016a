"""The words of a comparison, for the terminal, Markdown and HTML alike.

All text that comes from an account leaves here as one plain line.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import groupby

from grader.compare.account_changes import FieldChange
from grader.compare.changes import AccountComparison, CheckChange, ItemChange, Side, SideOfCheck
from grader.evidence import GLOBAL
from grader.foreign_text import plain
from grader.grading.results import points
from grader.report.wording import named

_VALUE = 200
# What comes in an ARN before the name of the thing says nothing here: the operation and the region do.
_ARN = re.compile(r"arn:[^:;]*:[^:;]*:[^:;]*:[^:;]*:")


@dataclass(frozen=True, slots=True)
class ChangeWords:
    """One change in the account: where it is (operation, region, field) and both values."""

    where: str
    field: str
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class ItemWords:
    """An item of a comparison. ``kind`` is ``gained``, ``lost``, ``opened`` or ``changed``.

    ``changes`` are those that no earlier item has told; ``note`` says where the others are, or why there
    are none.
    """

    id: str
    title: str
    kind: str
    effect: str
    because_of: str
    checks: tuple[str, ...]
    changes: tuple[ChangeWords, ...]
    note: str


def signed(value: Fraction) -> str:
    """``+0.25``, ``−0.25``, ``±0``."""
    if not value:
        return "±0"
    return f"{'+' if value > 0 else '−'}{points(abs(value))}"


def headline(account: AccountComparison) -> str:
    """``10.00 → 9.75 of 10.00 points (−0.25)``, with the ranges where something is open."""
    old, new = account.old, account.new
    limit = points(new.max_score)
    if old.max_score != new.max_score:
        return f"{_score(old)} of {points(old.max_score)} → {_score(new)} of {limit} points ({signed(account.gained)})"
    return f"{_score(old)} → {_score(new)} of {limit} points ({signed(account.gained)})"


def _score(side: Side) -> str:
    return points(side.score) + (f" (up to {points(side.highest)})" if side.highest != side.score else "")


def sides(account: AccountComparison) -> tuple[str, str]:
    """What was compared, each side with its file, account and time."""
    old, new = (
        f"{plain(side.source)}: account {plain(side.account)}" + (f", read {plain(side.when)}" if side.when else "")
        for side in (account.old, account.new)
    )
    return old, new


def closing(account: AccountComparison) -> str:
    """What else is to be said: nothing changed, answers without effect, or answers that were not at hand."""
    if not account.with_answers:
        return (
            "At least one side is a result without evidence, so the causes are the messages of the checks. To see the"
            " changes in the account itself, compare two evidence files."
        )
    if account.silent:
        answers = "1 other answer differs" if account.silent == 1 else f"{account.silent} other answers differ"
        return f"{answers} without any effect on points."
    return "" if account.items else "The saved answers are the same."


def items(account: AccountComparison) -> list[ItemWords]:
    """The items in the order of the comparison: causes first, the largest loss first."""
    told: dict[FieldChange, str] = {}
    written = []
    for item in account.items:
        fresh = [change for change in item.changes if change not in told]
        known = list(dict.fromkeys(told[change] for change in item.changes if change in told))
        told |= {change: item.id for change in fresh}
        written.append(
            ItemWords(
                id=plain(item.id),
                title=plain(item.title),
                kind=_kind(item),
                effect=_effect(item),
                because_of=plain(item.because_of) if item.because_of else "",
                checks=tuple(_checks(item)),
                changes=tuple(map(_change, fresh)),
                note=_note(account, item, known),
            )
        )
    return written


def _kind(item: ItemChange) -> str:
    if item.gained > 0:
        return "gained"
    if item.newly_lost > 0:
        return "lost"
    return "opened" if item.newly_open > 0 else "changed"


def _effect(item: ItemChange) -> str:
    parts = []
    if item.gained:
        parts.append(f"{signed(item.gained)} {'point' if abs(item.gained) == 1 else 'points'}")
    if item.newly_open:
        parts.append(f"{points(abs(item.newly_open))} {'now open' if item.newly_open > 0 else 'no longer open'}")
    if item.newly_lost and item.newly_lost != -item.gained:
        parts.append(f"{points(abs(item.newly_lost))} {'lost' if item.newly_lost > 0 else 'no longer lost'}")
    return ", ".join(parts) or "different outcome"


def _checks(item: ItemChange) -> Iterator[str]:
    """The checks; those that say the same are said together."""
    for said, checks in groupby(item.checks, key=_said):
        yield f"{'; '.join(plain(check.title) for check in checks)}: {said}"


def _said(check: CheckChange) -> str:
    words = f"{_outcome(check.old)} → {_outcome(check.new)}"
    message = check.new.message if check.new is not None else ""
    if message:
        return f"{words}. Now: {plain(message, 400)}"
    before = check.old.message if check.old is not None else ""
    return f"{words}. Before: {plain(before, 400)}" if before else words


def _outcome(judged: SideOfCheck | None) -> str:
    return "not in this rubric" if judged is None else named(judged.outcome)


def _change(change: FieldChange) -> ChangeWords:
    question = change.question
    operation = plain(question.operation)
    place = "" if question.region in (GLOBAL, "meta") else f" in {plain(question.region)}"
    key = f" ({plain(_ARN.sub('', question.key), 120)})" if question.key else ""
    return ChangeWords(
        where=f"{operation}{place}{key}",
        field=plain(change.path, 300) or "the whole answer",
        old=_value(change.old, "not there"),
        new=_value(change.new, "no longer there" if change.path else "no longer asked"),
    )


def _value(value: str | None, absent: str) -> str:
    return absent if value is None else plain(value, _VALUE)


def _note(account: AccountComparison, item: ItemChange, known: list[str]) -> str:
    notes = []
    if known:
        notes.append(f"The same change as under {', '.join(map(plain, known))}.")
    if item.more:
        notes.append(f"{item.more} more fields differ in the answers that these checks read.")
    if item.elsewhere:
        notes.append("Nothing differs in the answers that these checks read. The differences shown are elsewhere in"
                     " the account.")
    if account.with_answers and not item.changes:
        notes.append(
            "No answer from the account differs. The difference comes from the rubric, a check or the time of grading."
        )
    return " ".join(notes)
