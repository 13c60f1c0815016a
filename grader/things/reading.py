"""What the things of a rubric and its rows read in answers, for those who keep nothing else of what may be private."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

from grader.things.drawing import entries
from grader.things.expectations import Expectation
from grader.things.paths import BadPath, path
from grader.things.texts import places, reference
from grader.things.things import Things

Reader = Callable[[Any], Any]


def readers_of(things: Things) -> Iterator[tuple[str, Reader]]:
    """Each operation with what is read in its answers."""
    for thing in things.all:
        wanted = sorted(_paths_of(things, thing.name))
        yield thing.operation, _reader(thing.each, wanted)
        if thing.lister is not None:
            for _, where in thing.lister.gives:
                yield thing.lister.operation, _reader("", [where])


def _reader(each: str, wanted: list[str]) -> Reader:
    def read(response: Any) -> Any:
        found = []
        for value in entries(each, response):
            for text in wanted:
                try:
                    found.append(path(text).value_in(value))
                except BadPath:
                    continue
        return found

    return read


def _paths_of(things: Things, name: str) -> set[str]:
    thing = things[name]
    found = {where.text for where, _ in (*thing.where, *thing.prefer)}
    found |= set(re.findall(r"\{([^{}]+)\}", thing.label))
    for row in things.rows:
        if row.thing == name:
            found |= set(re.findall(r"\{([^{}]+)\}", row.say))
            found |= _members(row.expect) if row.expect is not None else set()
        if row.expect is not None:
            found |= _named(row.expect, name)
    for other in things.all:
        given = [value for _, value in (*other.parameters, *(other.lister.parameters if other.lister else ()))]
        found |= {where for value in given for where in _in_text(value, name)}
        for _, expected in (*other.where, *other.prefer):
            found |= _named(expected, name)
    return {text for text in found if text} or {"@"}


def _members(expected: Expectation) -> set[str]:
    found = {where.text for where, _ in expected.members}
    for part in expected.parts:
        found |= _members(part)
    return found


def _named(expected: Expectation, name: str) -> set[str]:
    found = set(_in_text(expected.operand, name))
    for part in (*expected.parts, *(each for _, each in expected.members)):
        found |= _named(part, name)
    return found


def _in_text(value: Any, name: str) -> Iterator[str]:
    if isinstance(value, (list, dict)):
        for each in value.values() if isinstance(value, dict) else value:
            yield from _in_text(each, name)
    elif isinstance(value, str):
        named = reference(value)
        if named is not None and named[0] == name:
            yield named[1] or "@"
        for place in places(value):
            owner, _, where = place.partition(".")
            if owner == name:
                yield where or "@"
