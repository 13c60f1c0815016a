"""Taking parameters of further questions from an answer: those of each thing in it that counts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from grader.calls.spec import Drawn
from grader.errors import Missing
from grader.things.expectations import BadExpectation, members
from grader.things.judge import Judge
from grader.things.paths import BadPath, path
from grader.things.values import TooSlow


def entries(each: str, response: Any) -> list[Any]:
    """The things in an answer: the answer itself where ``each`` is empty."""
    value = path(each).value_in(response) if each else response
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def seen(value: Any, parameters: Mapping[str, Any]) -> Any:
    """A thing with the parameters that it was asked with, as far as the answer does not have them itself."""
    return {**parameters, **value} if isinstance(value, dict) else value


class _Nothing:
    def value_of(self, name: str, path: str) -> Any:
        raise Missing(f"{name} is not known yet")

    def words_for(self, name: str, path: str) -> str:
        return name

    def label_for(self, value: Any) -> str:
        return str(value)


_JUDGE = Judge(_Nothing(), datetime(1970, 1, 1, tzinfo=UTC))


def drawn_parameters(
    drawn: Drawn, parameters: Mapping[str, Any], response: Mapping[str, Any]
) -> Iterator[dict[str, Any]]:
    """The parameters that each thing in an answer gives; a thing without one of them gives none."""
    try:
        conditions = members(drawn.where)
        carried = {name: parameters.get(other) for name, other in drawn.carry.items()}
        for each in entries(drawn.each, response):
            thing = seen(each, parameters)
            try:
                if not all(_JUDGE.told(wanted, where.value_in(thing), "").holds for where, wanted in conditions):
                    continue
            except TooSlow:
                pass  # Whether it counts is said where it is judged.
            given = {name: path(where).value_in(thing) for name, where in drawn.give.items()} | carried
            if not any(value in (None, "", [], [None]) for value in given.values()):
                yield given
    except (BadPath, BadExpectation, Missing):
        return
