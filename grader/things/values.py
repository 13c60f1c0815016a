"""Values of AWS's answers as numbers, times and sets, and how they compare."""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable, Mapping
from fnmatch import fnmatchcase
from ipaddress import ip_network
from typing import Any

MATCH_SECONDS = 0.5
MATCH_CHARACTERS = 200_000


class TooSlow(Exception):
    """A regular expression that does not end in time; the text is the expression."""


def number(value: Any) -> float | None:
    """A number, or a text that is one."""
    if isinstance(value, bool):
        return None
    if isinstance(value, (int, float)):
        return value
    if isinstance(value, str) and re.fullmatch(r"\s*[-+]?\d{1,30}(\.\d{1,30})?\s*", value):
        return float(value) if "." in value else int(value)
    return None


def moment(value: Any) -> datetime.datetime | None:
    """A time: of ISO 8601, with UTC where no offset is said, or in seconds or milliseconds since 1970."""
    if isinstance(value, str) and number(value) is None:
        try:
            found = datetime.datetime.fromisoformat(value)
        except ValueError:
            return None
        return found if found.tzinfo else found.replace(tzinfo=datetime.UTC)
    seconds = number(value)
    if seconds is None or not 1e8 < seconds < 1e13:
        return None
    return datetime.datetime.fromtimestamp(seconds / (1000 if seconds > 1e11 else 1), datetime.UTC)


def same(found: Any, wanted: Any) -> bool:
    """Whether two values are the same: numbers as numbers, and true as "true", however AWS writes them."""
    if isinstance(found, bool) or isinstance(wanted, bool):
        as_text = {True: "true", False: "false"}
        one, other = (as_text[each] if isinstance(each, bool) else each for each in (found, wanted))
        return isinstance(one, str) and isinstance(other, str) and one.lower() == other.lower()
    if isinstance(found, list) and isinstance(wanted, list):
        return len(found) == len(wanted) and all(same(*pair) for pair in zip(found, wanted, strict=True))
    if isinstance(found, str) and isinstance(wanted, str):
        return found == wanted
    one, other = number(found), number(wanted)
    if one is not None and other is not None:
        return one == other
    return type(found) is type(wanted) and bool(found == wanted)


def _one_of(value: Any, wanted: Any) -> bool:
    return any(same(value, each) for each in wanted)


def _same_as(value: Any, wanted: Any) -> bool:
    entries = value if isinstance(value, list) else [] if value is None else [value]
    return (
        bool(entries)
        and all(_one_of(each, wanted) for each in entries)
        and all(_one_of(each, entries) for each in wanted)
    )


def _within(value: Any, wanted: Any) -> bool:
    entries = value if isinstance(value, list) else [value]
    blocks = wanted if isinstance(wanted, list) else [wanted]
    return bool(entries) and all(any(_is_inside(each, block) for block in blocks) for each in entries)


def _is_inside(value: Any, block: Any) -> bool:
    if not isinstance(value, str) or not isinstance(block, str):
        return False
    try:
        one, other = ip_network(value, strict=False), ip_network(block, strict=False)
    except (ValueError, TypeError):
        return False
    return one.version == other.version and one.subnet_of(other)  # type: ignore[arg-type]


def _matches(value: Any, wanted: str) -> bool:
    if not isinstance(value, str):
        return False
    import regex

    try:
        return regex.search(wanted, value[:MATCH_CHARACTERS], regex.MULTILINE, timeout=MATCH_SECONDS) is not None
    except TimeoutError as error:
        raise TooSlow(wanted) from error


def _like(value: Any, wanted: str) -> bool:
    return isinstance(value, str) and fnmatchcase(value, wanted.replace("[", "[[]"))


def _by_number(compare: Callable[[float, float], bool]) -> Callable[[Any, Any], bool]:
    def holds(value: Any, wanted: Any) -> bool:
        one, other = number(value), number(wanted)
        return one is not None and other is not None and compare(one, other)

    return holds


COMPARE: Mapping[str, Callable[[Any, Any], bool]] = {
    "equal": same,
    "one_of": _one_of,
    "between": lambda value, wanted: (
        _by_number(lambda one, other: one >= other)(value, wanted[0])
        and _by_number(lambda one, other: one <= other)(value, wanted[1])
    ),
    "at_least": _by_number(lambda one, other: one >= other),
    "at_most": _by_number(lambda one, other: one <= other),
    "more_than": _by_number(lambda one, other: one > other),
    "less_than": _by_number(lambda one, other: one < other),
    "matches": _matches,
    "like": _like,
    "within": _within,
    "same_as": _same_as,
}
"""The relations that compare a value with one operand."""
