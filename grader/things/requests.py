"""The questions that the things of a rubric need, as rows that it adds to the table of calls."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from grader.calls.spec import Call, Drawn
from grader.calls.written import row
from grader.evidence.question import GLOBAL, Question, identify
from grader.things.expectations import references_in
from grader.things.texts import literal, places, reference
from grader.things.things import ACCOUNT, Thing, Things

_WHOSE = "sts.GetCallerIdentity"


def operations_for_things(things: Things, names: Iterable[str]) -> frozenset[str]:
    """The names of the rows that bind these things, and those that they are found by."""
    return frozenset(call.name for thing in things.with_parents(names) for call in calls_of(thing, things))


def calls_of(thing: Thing, things: Things) -> tuple[Call, ...]:
    """The rows that one thing needs: its own, and that which names it."""
    own = _call(thing.operation, thing.parameters, things, thing)
    if thing.lister is None:
        return (own,)
    return (_call(thing.lister.operation, thing.lister.parameters, things, None, thing.region), own)


def _call(
    operation: str,
    parameters: tuple[tuple[str, Any], ...],
    things: Things,
    thing: Thing | None,
    region: str = "",
) -> Call:
    fixed: dict[str, Any] = {}
    texts: dict[str, str] = {}
    wanted: dict[str, dict[str, str]] = {}
    lister = thing.lister if thing is not None else None
    carried = {name for name, value in lister.parameters if (name, value) in parameters} if lister else set()
    for name, value in parameters:
        if name in carried or value in (None, [None]):
            continue
        single = value[0] if isinstance(value, list) and len(value) == 1 else value
        named = reference(single)
        if named is not None:
            where = named[1] or "@"
            wanted.setdefault(named[0], {})[name] = f"[{where}]" if isinstance(value, list) else where
        elif isinstance(value, str) and places(value):
            texts[name] = value
            for place in places(value):
                owner, _, where = place.partition(".")
                wanted.setdefault(owner, {})[f"${place}"] = where or "@"
        else:
            fixed[name] = literal(value)
    drawn = [_drawn(things, owner, give) for owner, give in wanted.items()]
    if lister is not None:
        gives = {name: f"{where}" for name, where in lister.gives}
        drawn.append(_drawn_from_lister(lister.operation, gives, parameters, carried))
    return row(operation, fixed, _without_repeats(tuple(drawn), things), texts, thing.region if thing else region)


def _drawn_from_lister(
    operation: str, gives: Mapping[str, str], parameters: tuple[tuple[str, Any], ...], carried: set[str]
) -> Drawn:
    each = next(iter(gives.values())).rpartition("[]")[0] + "[]" if len(gives) == 1 else ""
    give: dict[str, str] = {}
    for name, where in gives.items():
        path = where.rpartition("[]")[2].lstrip(".") or "@" if each else where
        is_list = isinstance(dict(parameters).get(name), list)
        give[name] = f"[{path}]" if is_list else path
    return Drawn(operation, each, give, carry={name: name for name in sorted(carried)})


def _drawn(things: Things, owner: str, give: Mapping[str, str]) -> Drawn:
    if owner == ACCOUNT:
        return Drawn(_WHOSE, "", {name: "Account" for name in give})
    thing = things[owner]
    static = {
        name: value
        for (name, value), (_, expectation) in zip(thing.conditions.items(), thing.where, strict=True)
        if not references_in(expectation)
    }
    return Drawn(thing.operation, thing.each, dict(give), static)


def _without_repeats(drawn: tuple[Drawn, ...], things: Things) -> tuple[Drawn, ...]:
    return tuple(sorted(drawn, key=lambda one: one.operation))


def question(operation: str, region: str, parameters: Mapping[str, Any]) -> Question:
    """The question as the evidence keeps it."""
    return Question(operation, region or GLOBAL, identify({name: _text(value) for name, value in parameters.items()}))


def _text(value: Any) -> Any:
    if isinstance(value, list) and len(value) == 1 and value[0]:
        return value[0]
    return value if isinstance(value, str) else json.dumps(value, separators=(",", ":"), ensure_ascii=False)
