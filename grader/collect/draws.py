"""Parameters of the rows that a rubric adds: every way to take one thing of each that such a row needs.

The things are taken from answers as they come. Things of different regions do not go together; what is asked once for
all regions goes with each.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from itertools import product
from typing import Any

from grader.calls.spec import Call, Drawn, Scope
from grader.evidence import GLOBAL, Question
from grader.things.drawing import drawn_parameters
from grader.things.texts import filled

_Taken = tuple[str, dict[str, Any]]
"""The region of a thing (empty for one that has none), and the parameters that it gives."""


class Draws:
    """What was taken so far. ``everywhere`` are questions to put in each region, those that are found later too."""

    def __init__(self, rows: Iterable[Call]) -> None:
        self.everywhere: list[tuple[Call, dict[str, Any]]] = []
        self._places: dict[str, list[tuple[Call, int, Drawn]]] = defaultdict(list)
        self._taken: dict[tuple[int, int], list[_Taken]] = defaultdict(list)
        for call in rows:
            for number, drawn in enumerate(call.drawn):
                self._places[drawn.operation].append((call, number, drawn))

    def behind(self, operation: str) -> list[str]:
        """The operations that wait for answers to this one."""
        return [call.operation for call, _, _ in self._places.get(operation, ())]

    def taken(
        self, question: Question, parameters: Mapping[str, Any], response: Mapping[str, Any]
    ) -> Iterator[tuple[Call, str, dict[str, Any]]]:
        """What an answer makes askable: the row, its region (empty for every one), its parameters."""
        region = "" if question.region == GLOBAL else question.region
        for call, number, drawn in self._places.get(question.operation, ()):
            for given in drawn_parameters(drawn, parameters, response):
                new: _Taken = (region, given)
                others = [
                    [new] if other == number else self._taken[id(call), other] for other in range(len(call.drawn))
                ]
                for combination in product(*others):
                    yield from self._together(call, combination)
                self._taken[id(call), number].append(new)

    def _together(self, call: Call, combination: Iterable[_Taken]) -> Iterator[tuple[Call, str, dict[str, Any]]]:
        places: set[str] = set()
        given: dict[str, Any] = {}
        for region, parameters in combination:
            places |= {region} - {""}
            if any(name in given and given[name] != value for name, value in parameters.items()):
                return
            given.update(parameters)
        if len(places) > 1:
            return
        place = next(iter(places), "")
        texts = {name: filled(text, given) for name, text in call.texts.items()}
        if None in texts.values():
            return
        given = {name: value for name, value in {**given, **texts}.items() if not name.startswith("$")}
        if not place and call.scope is Scope.EVERY:
            self.everywhere.append((call, given))
        yield call, place, given
