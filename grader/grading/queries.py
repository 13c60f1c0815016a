"""Putting a question of the rubric to the answers of an account."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from grader.errors import Missing, Unverified
from grader.evidence import Evidence
from grader.evidence.scrubbing import read_scrubbed
from grader.model.findings import Finding, shorten
from grader.model.gathering import merged
from grader.rubric.queries import AskedOfAws

_RELATIONS: Mapping[str, Callable[[Any, Any], bool]] = {
    "at_least": lambda found, wanted: isinstance(found, (int, float)) and found >= wanted,
    "at_most": lambda found, wanted: isinstance(found, (int, float)) and found <= wanted,
    "contains": lambda found, wanted: (
        isinstance(found, list) or (isinstance(found, str) and isinstance(wanted, str))
    )
    and wanted in found,
    "not_empty": lambda found, wanted: bool(found) is bool(wanted),
}

_ENOUGH = 400
"""Characters of a value: more than a message shows."""


def answer_to(question: AskedOfAws, evidence: Evidence) -> Finding:
    """Whether one answer of the account gives what is expected.

    Raises ``Unverified`` where none does and one was refused.
    """
    asked = evidence.asked(question.operation)
    if not asked:
        evidence.answer(question.operation, evidence.meta.text("home_region", "us-east-1"))
    gaps: list[Unverified] = []
    values: list[str] = []
    for one in asked:
        try:
            answer = dict(evidence.answer_to(one).raw)
            value = read_scrubbed(answer, question.expression.value_in)
        except Unverified as error:
            gaps.append(error)
            continue
        except Missing:
            continue
        if _holds(question, value):
            return Finding(True, f"{question.text} is {_shown(value)}")
        values.append(_shown(value))
    if gaps:
        raise merged(gaps)
    found = ", ".join(values[:3]) or "nowhere to be found"
    return Finding(False, f"{question.text} is {found}", _expected(question))


def _shown(value: Any) -> str:
    """The start of a value as Python writes it; of a large one no more is written than that."""
    text = ""
    for piece in _pieces(value):
        text += piece
        if len(text) > _ENOUGH:
            break
    return shorten(text)


def _pieces(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield repr(value[:_ENOUGH])
    elif isinstance(value, list):
        yield "["
        for number, each in enumerate(value):
            yield ", " if number else ""
            yield from _pieces(each)
        yield "]"
    elif isinstance(value, dict):
        yield "{"
        for number, (key, each) in enumerate(value.items()):
            yield f"{', ' if number else ''}{key[:_ENOUGH]!r}: "
            yield from _pieces(each)
        yield "}"
    else:
        yield repr(value)


def _holds(question: AskedOfAws, value: Any) -> bool:
    if question.relation == "equals":
        return type(value) is type(question.wanted) and value == question.wanted
    return _RELATIONS[question.relation](value, question.wanted)


def _expected(question: AskedOfAws) -> str:
    if question.relation == "equals":
        return repr(question.wanted)
    return f"{question.relation.replace('_', ' ')} {question.wanted!r}"
