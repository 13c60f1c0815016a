"""What a rubric expects of a value: data, and reading it from plain data, as YAML gives it."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from ipaddress import ip_network
from typing import Any

from grader.things.paths import BadPath, Path, path
from grader.things.texts import member_places, reference
from grader.things.values import moment, number

MAX_PATTERN = 1000

NUMBERS = ("at_least", "at_most", "more_than", "less_than")
NESTED = ("not", "count", "age")
OVER_LISTS = ("some", "every", "none")
RELATIONS = (
    "equal", "not", "one_of", "between", *NUMBERS, "matches", "like", "ignoring_case", "contains", "within", "same_as",
    "present", "count", *OVER_LISTS, "any_of", "all_of", "before", "after", "age", "allows",
)  # fmt: skip
"""Everything that can be in an expectation beside members of what is expected of."""



class BadExpectation(Exception):
    """What is wrong with an expectation; ``keys`` lead to the place, ``remedy`` says what to do."""

    def __init__(self, problem: str, remedy: str = "", keys: tuple[Any, ...] = ()) -> None:
        super().__init__(problem)
        self.problem, self.remedy, self.keys = problem, remedy, keys

    def below(self, key: Any) -> BadExpectation:
        """The same, seen from one level up."""
        return BadExpectation(self.problem, self.remedy, (key, *self.keys))


@dataclass(frozen=True, slots=True)
class Expectation:
    """One relation (``equal``, ``some``, …) with its operand, or ``members``: paths with what is expected of each."""

    relation: str
    operand: Any = None
    parts: tuple[Expectation, ...] = ()
    members: tuple[tuple[Path, Expectation], ...] = ()


def read(plain: Any) -> Expectation:
    """The expectation that plain data says; raises ``BadExpectation``."""
    if isinstance(plain, dict):
        parts = [_relation(name, value) for name, value in plain.items() if name in RELATIONS]
        members = [_member(name, value) for name, value in plain.items() if name not in RELATIONS]
        if not plain:
            raise BadExpectation("nothing is expected here.", "Write a value, or a relation such as at_least.")
        if members:
            parts.append(Expectation("members", members=tuple(members)))
        return parts[0] if len(parts) == 1 else Expectation("all_of", parts=tuple(parts))
    return Expectation("equal", _scalar(plain))


def members(plain: Mapping[str, Any]) -> tuple[tuple[Path, Expectation], ...]:
    """The members of a mapping with what is expected of each; a relation here is a mistake."""
    return tuple(_member(name, value) for name, value in plain.items())


def _member(name: str, value: Any) -> tuple[Path, Expectation]:
    near = get_close_matches(name, RELATIONS, n=1, cutoff=0.8) or {"min": ["at_least"], "max": ["at_most"]}.get(name)
    if near and name.islower():
        raise BadExpectation(f"there is no relation {name!r}.", f"Did you mean {near[0]!r}?", (name,))
    try:
        found = path(name)
    except BadPath as error:
        raise BadExpectation(f"{error}.", keys=(name,)) from error
    try:
        return found, read(value)
    except BadExpectation as error:
        raise error.below(name) from error


def _scalar(value: Any) -> Any:
    if isinstance(value, (datetime.date, datetime.datetime)):
        raise BadExpectation(f"{value} is read as a date, not as text.", f'Quote it: "{value}".')
    if isinstance(value, list):
        return [_scalar(each) for each in value]
    if isinstance(value, dict):
        raise BadExpectation("a list of values can contain only values.", "Use some: with the members of an entry.")
    return value


def _relation(name: str, value: Any) -> Expectation:
    try:
        return _READERS[name](name, value)
    except BadExpectation as error:
        raise error.below(name) from error


def _read_number(name: str, value: Any) -> Expectation:
    if reference(value) is None and (isinstance(value, str) or number(value) is None):
        raise BadExpectation(f"{name} needs a number.", "Write it without quotation marks.")
    return Expectation(name, value)


def _read_between(name: str, value: Any) -> Expectation:
    if (
        not isinstance(value, list)
        or len(value) != 2
        or any(number(one) is None and not reference(one) for one in value)
    ):
        raise BadExpectation("between needs two numbers.", "Write between: [1, 10].")
    return Expectation(name, value)


def _read_texts(name: str, value: Any) -> Expectation:
    if type(value) is int:
        value = str(value)  # a parameter such as $team, whose value is a number
    if not isinstance(value, str) or not value:
        raise BadExpectation(f"{name} needs a text.", "Quote it.")
    if name == "matches":
        if len(value) > MAX_PATTERN:
            raise BadExpectation(f"the pattern is longer than {MAX_PATTERN} characters.")
        import regex

        try:
            regex.compile(value)
        except regex.error as error:
            raise BadExpectation(f"{value!r} is not a regular expression: {error}.") from error
    return Expectation(name, value)


def _read_list(name: str, value: Any) -> Expectation:
    if not isinstance(value, list) or not value:
        raise BadExpectation(f"{name} needs a list.", f"Write {name}: [a, b].")
    return Expectation(name, _scalar(value))


def _read_block(name: str, value: Any) -> Expectation:
    for each in value if isinstance(value, list) else [value]:
        if reference(each) is None:
            try:
                ip_network(str(each))
            except ValueError as error:
                raise BadExpectation(f"{each!r} is no block of addresses.", "Write it as 10.0.0.0/16.") from error
    return Expectation(name, value)


def _read_flag(name: str, value: Any) -> Expectation:
    if not isinstance(value, bool):
        raise BadExpectation(f"{name} needs true or false.", "Write it without quotation marks.")
    return Expectation(name, value)


def _read_nested(name: str, value: Any) -> Expectation:
    if name == "count" and not isinstance(value, dict) and number(value) is None:
        raise BadExpectation("count needs a number, or a relation such as at_least.")
    if name == "age" and not isinstance(value, dict):
        raise BadExpectation("age needs a relation: days since then.", "Write age: {at_most: 7}.")
    return Expectation(name, value, (read(value),))


def _read_case(name: str, value: Any) -> Expectation:
    return Expectation(name, value, (read(lowered(value)),))


def _read_any(name: str, value: Any) -> Expectation:
    if not isinstance(value, list) or not value:
        raise BadExpectation(f"{name} needs a list of expectations.")
    parts = []
    for number_, each in enumerate(value):
        try:
            parts.append(read(each))
        except BadExpectation as error:
            raise error.below(number_) from error
    return Expectation(name, value, tuple(parts))


def _read_contains(name: str, value: Any) -> Expectation:
    if isinstance(value, list):
        return Expectation("all_of", parts=tuple(_read_contains(name, each) for each in value))
    return Expectation(name, value, (read(value),))


def _read_moment(name: str, value: Any) -> Expectation:
    if isinstance(value, datetime.date):
        value = value.isoformat()
    if reference(value) is None and value != "now" and moment(value) is None:
        raise BadExpectation(f"{name} needs a time.", 'Write it as "2026-11-20" or "2026-11-20T10:00:00Z".')
    return Expectation(name, value)


def _read_allows(name: str, value: Any) -> Expectation:
    known = ("action", "resource", "principal")
    if isinstance(value, (str, list)):
        value = {"action": value}
    if not isinstance(value, dict) or "action" not in value or set(value) - set(known):
        raise BadExpectation("allows needs an action.", "Write allows: {action: s3:GetObject, resource: arn:…}.")
    return Expectation(name, value)


def lowered(value: Any) -> Any:
    """A value with all its texts in lower case; what refers to a thing stays."""
    if isinstance(value, str):
        return value if reference(value) else value.lower()
    if isinstance(value, list):
        return [lowered(each) for each in value]
    return {key: lowered(each) for key, each in value.items()} if isinstance(value, dict) else value


_READERS: Mapping[str, Callable[[str, Any], Expectation]] = {
    **dict.fromkeys(NUMBERS, _read_number),
    **dict.fromkeys((*NESTED, *OVER_LISTS), _read_nested),
    **dict.fromkeys(("matches", "like"), _read_texts),
    **dict.fromkeys(("one_of", "same_as"), _read_list),
    **dict.fromkeys(("any_of", "all_of"), _read_any),
    **dict.fromkeys(("before", "after"), _read_moment),
    "equal": lambda name, value: Expectation(name, _scalar(value)),
    "between": _read_between,
    "within": _read_block,
    "present": _read_flag,
    "ignoring_case": _read_case,
    "contains": _read_contains,
    "allows": _read_allows,
}


def references_in(expectation: Expectation) -> frozenset[str]:
    """The names of the things that an expectation refers to."""
    texts = _texts(expectation.operand)
    found = {name for each in texts if (name := (reference(each) or ("", ""))[0])}
    found |= {place.partition(".")[0] for each in texts for place in member_places(each)}
    for part in expectation.parts:
        found |= references_in(part)
    for _, part in expectation.members:
        found |= references_in(part)
    return frozenset(found)


def _texts(value: Any) -> list[str]:
    if isinstance(value, str):
        return [value]
    if isinstance(value, list):
        return [text for each in value for text in _texts(each)]
    return [text for each in value.values() for text in _texts(each)] if isinstance(value, dict) else []
