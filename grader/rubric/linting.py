"""What is wrong with a rubric: all of it at once, each with its line, by the shapes of AWS's answers as well."""

from __future__ import annotations

import re
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from hashlib import sha256
from pathlib import Path

from grader.calls.shapes import operation_shape
from grader.errors import RubricError
from grader.rubric.located_yaml import read_marked
from grader.rubric.member_types import UNKNOWN, Kind, Walk
from grader.rubric.queries import AskedOfAws
from grader.rubric.reader import rubric_content, rubric_text
from grader.rubric.repairing import Repairing
from grader.rubric.scheme import CheckRow, Rubric, rows
from grader.rubric.short_form import expand
from grader.rubric.student_values import put_values
from grader.rubric.things import item_of, unused
from grader.things.expectations import NUMBERS, OVER_LISTS, Expectation
from grader.things.paths import BadPath, path
from grader.things.texts import reference
from grader.things.things import ACCOUNT, Members, Thing, Things
from grader.things.values import number


def mistakes(file: Path, search: tuple[Path, ...]) -> tuple[tuple[RubricError, ...], Rubric | None]:
    """Every mistake in a rubric, by line, and the rubric where it can be read."""
    content = rubric_content(file)
    text = rubric_text(content, file)
    try:
        root = read_marked(text, str(file), RubricError)
    except RubricError as error:
        return (error,), None
    try:
        put_values(root, {}, invent=True)
    except RubricError as error:
        return (error,), None
    expand(root)
    reading = Repairing(file, search, root, sha256(content).hexdigest())
    rubric = reading.read()
    found = list(reading.mistakes)
    if rubric is not None:
        checker = _Checker(rubric, text.splitlines(), reading.doubtful)
        found += checker.mistakes()
        found += _cycles(rubric)
        if not reading.mistakes:
            found += _unused(rubric)
    unique = {str(error): error for error in found}
    return tuple(sorted(unique.values(), key=lambda error: (_line(error.where), str(error)))), rubric


def _line(where: str) -> int:
    line = where.rpartition(":")[2]
    return int(line) if line.isdigit() else 0


def _unused(rubric: Rubric) -> Iterator[RubricError]:
    for thing in unused(rubric.things, rubric.things.rows):
        yield RubricError(
            f"no row uses the thing {thing.name!r}.",
            where=thing.place,
            remedy="Remove it, or expect something of it.",
        )


def _cycles(rubric: Rubric) -> Iterator[RubricError]:
    items = {item.id: item for item in rubric.items}
    for name in ("builds_on", "runs_through"):
        graph = {item.id: {one.partition("::")[0] for one in getattr(item, name)} - {item.id} for item in rubric.items}
        try:
            TopologicalSorter(graph).prepare()
        except CycleError as error:
            circle = [str(one) for one in error.args[1]]
            yield RubricError(
                f"{name} goes round in a circle: {' -> '.join(circle)}.",
                where=items[circle[0]].where,
                remedy="Remove one of these.",
            )


class _Checker:
    """Compares what a rubric says with the shapes of AWS's answers."""

    def __init__(self, rubric: Rubric, lines: list[str], doubtful: set[int]) -> None:
        self._rubric = rubric
        self._things: Things = rubric.things
        self._lines = lines
        self._doubtful = doubtful
        self._found: list[RubricError] = []

    def mistakes(self) -> list[RubricError]:
        """What does not fit."""
        for row in rows(self._rubric.items):
            self._row(row)
        for thing in self._things.all:
            if _line(thing.place) not in self._doubtful and not thing.is_http:
                self._thing(thing)
        for own in self._things.rows:
            if own.expect is not None and own.thing in self._things:
                thing = self._things[own.thing]
                if _line(thing.place) not in self._doubtful and _line(own.place) not in self._doubtful:
                    self._expectation(own.expect, item_of(thing), own.place, thing)
        return self._found

    def _add(self, place: str, needle: str, problem: str, remedy: str) -> None:
        file, _, line = place.rpartition(":")
        number_ = int(line)
        for offset, text in enumerate(self._lines[number_ - 1 : number_ + 40]):
            if needle and needle in text:
                number_ += offset
                break
        self._found.append(RubricError(problem, where=f"{file}:{number_}", remedy=remedy))

    def _row(self, row: CheckRow) -> None:
        question = dict(row.parameters).get("question")
        if not isinstance(question, AskedOfAws):
            return
        shape = operation_shape(question.operation)
        if shape is None or shape.output is None or _line(question.where) in self._doubtful:
            return
        kind = self._walk(question.text, Kind(shape.output), question.where)
        self._compare(question.expectation, kind, question.where, question.text)

    def _walk(self, text: str, start: Kind, place: str, thing: Thing | None = None) -> Kind:
        try:
            where = path(text)
        except BadPath:
            return UNKNOWN
        if thing is not None and re.split(r"\W", text, maxsplit=1)[0] in _parameters(thing):
            return UNKNOWN
        walk = Walk()
        kind = walk.follow(where, start)
        for problem, remedy in walk.problems:
            self._add(place, text, f"{text}: {problem}", remedy)
        return kind

    def _thing(self, thing: Thing) -> None:
        shape = operation_shape(thing.operation)
        if shape is None or shape.output is None:
            return
        if thing.each:
            kind = self._walk(thing.each, Kind(shape.output), thing.place)
            if kind.shape is not None and kind.name not in ("list", "structure", "map"):
                self._add(thing.place, thing.each, f"{thing.each} does not lead to things.", "Name a list: Things[].")
        item = item_of(thing)
        if item.name == "list":
            self._add(
                thing.place, thing.each, f"{thing.each or thing.operation} leads to a list of lists.", "Write []."
            )
            item = UNKNOWN
        self._members(thing.where, item, thing.place, thing)
        self._members(thing.prefer, item, thing.place, thing)
        for text in re.findall(r"\{([^{}]+)\}", thing.label):
            self._walk(text, item, thing.place, thing)
        for _, value in thing.parameters:
            self._operand(value, thing.place)

    def _members(self, members: Members, item: Kind, place: str, thing: Thing | None) -> None:
        for where, wanted in members:
            kind = self._walk(where.text, item, place, thing)
            self._compare(wanted, kind, place, where.text)

    def _expectation(self, expectation: Expectation, item: Kind, place: str, thing: Thing | None) -> None:
        if expectation.relation == "members":
            self._members(expectation.members, item, place, thing)
        else:
            for part in expectation.parts:
                self._expectation(part, item, place, thing)

    def _compare(self, wanted: Expectation, kind: Kind, place: str, text: str) -> None:
        """Whether an expectation can be meant of what a path leads to."""
        relation, name = wanted.relation, kind.name
        self._operand(
            wanted.operand if relation not in ("any_of", "all_of", *OVER_LISTS, "not", "contains") else None, place
        )
        if relation in ("all_of", "any_of", "not"):
            for part in wanted.parts:
                self._compare(part, kind, place, text)
            return
        if relation == "members":
            if name == "list":
                self._add(place, text, f"{text} is a list.", "Use some, every, none or contains.")
            elif name and name not in ("structure", "map"):
                self._add(place, text, f"{text} has no members.", "Expect a single value instead.")
            else:
                self._members(wanted.members, kind, place, None)
            return
        if relation in (*OVER_LISTS, "contains") and name == "list":
            for part in wanted.parts:
                self._compare(part, kind.entry, place, text)
            return
        problem, remedy = _misfit(wanted, kind)
        if problem:
            self._add(place, text, f"{text} {problem}", remedy)

    def _operand(self, value: object, place: str) -> None:
        for each in value if isinstance(value, list) else [value]:
            named = reference(each)
            if named is not None and named[0] != ACCOUNT and named[0] in self._things and named[1]:
                thing = self._things[named[0]]
                if not thing.is_http and _line(thing.place) not in self._doubtful:
                    self._walk(named[1], item_of(thing), place, thing)


def _parameters(thing: Thing) -> set[str]:
    return {name for name, _ in thing.parameters}


def _misfit(wanted: Expectation, kind: Kind) -> tuple[str, str]:
    """What keeps an expectation from ever being meant; empty where nothing does."""
    relation, name, value = wanted.relation, kind.name, wanted.operand
    if not name:
        return "", ""
    if relation in OVER_LISTS:
        return f"is not a list, so it cannot have {relation}.", "Expect a single value instead."
    if relation == "contains" and name not in ("string", "list", "blob"):
        return "cannot contain anything: it is neither a list nor a text.", "Expect a single value instead."
    if relation in (*NUMBERS, "between"):
        if name in ("list", "structure", "map", "boolean"):
            return f"is {_KINDS[name]}, not a number.", "Count a list: count: {at_least: 1}."
        return "", ""
    if relation in ("matches", "like") and (kind.is_number or name in ("boolean", "list", "structure", "map")):
        return f"is {_KINDS.get(name, 'a number')}, not a text.", ""
    if relation in ("equal", "one_of"):
        values = value if relation == "one_of" and isinstance(value, list) else [value]
        return next((told for each in values if (told := _no_value(each, kind))[0]), ("", ""))
    return "", ""


_KINDS = {"list": "a list", "structure": "an object", "map": "an object", "boolean": "true or false"}


def _no_value(value: object, kind: Kind) -> tuple[str, str]:
    if reference(value) is not None or value is None:
        return "", ""
    if kind.name == "list" and not isinstance(value, list):
        return "is a list.", "Use contains, some, every, or same_as: [...]."
    if kind.name == "structure":
        return "is an object.", "Name its members."
    if kind.name == "boolean" and not isinstance(value, bool) and str(value).lower() not in ("true", "false"):
        return f"is true or false, never {value!r}.", ""
    if kind.is_number and number(value) is None:
        return f"is a number, never {value!r}.", ""
    if kind.name == "string" and isinstance(value, bool) and kind.shape is not None and kind.shape.values:
        return f"is a text, never {str(value).lower()}.", f"Possible values: {', '.join(kind.shape.values[:6])}."
    if kind.shape is not None and isinstance(value, str) and value not in kind.shape.values:
        near = next((each for each in kind.shape.values if each.lower() == value.lower()), "")
        if near:
            return f"is never {value!r}.", f"AWS writes it {near!r}."
    return "", ""
