"""What differs between two answers of AWS, field by field, with the path of each field.

AWS returns lists in any order, so their elements are told apart by what identifies them (an id, an ARN, a
name) and by likeness where nothing does. Pure: it knows nothing of any service.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

# What identifies an element of a list, in order of trust. An own id (``SubnetId`` in ``Subnets``) comes before all.
_ENDINGS = ("id", "arn", "digest", "serialnumber", "name", "key", "cidrblock", "cidrip", "address", "port", "timestamp")
_LASTING = ("id", "arn", "digest", "serialnumber")
_ACCOUNT = re.compile(r"\d{12}")
_MAX_TEXT = 120
_MANY = 4
"""Elements of one list that come or go one by one; more are told together."""
_MOST_PAIRS = 2_500
"""Pairs that are weighed for likeness; no list of AWS that lacks an identity is longer than a few elements."""


@dataclass(frozen=True, slots=True)
class Difference:
    """A field with its old and new value as JSON text; None where there is no such field.

    ``path`` is written as in ``Subnets[subnet-0a1].MapPublicIpOnLaunch``; it is empty for the whole answer.
    """

    path: str
    old: str | None
    new: str | None


def differences(old: Any, new: Any) -> Iterator[Difference]:
    """Every field that differs between two parsed answers, in the order of the old one."""
    yield from _between("", old, new)


def _between(path: str, old: Any, new: Any) -> Iterator[Difference]:
    if old == new and type(old) is type(new):
        return
    if isinstance(old, dict) and isinstance(new, dict):
        for key in (*old, *(key for key in new if key not in old)):
            inner = f"{path}.{key}" if path else str(key)
            if key not in new:
                yield _gone(inner, old[key])
            elif key not in old:
                yield _come(inner, new[key])
            else:
                yield from _between(inner, old[key], new[key])
    elif isinstance(old, list) and isinstance(new, list):
        yield from _between_lists(path, old, new)
    elif isinstance(old, str) and isinstance(new, str):
        yield from _between_texts(path, old, new)
    else:
        yield Difference(path, written(old), written(new))


def _between_texts(path: str, old: str, new: str) -> Iterator[Difference]:
    # Policies and CloudTrail's events are JSON within a text.
    if old[:1] == new[:1] and old[:1] in ("{", "["):
        try:
            parsed = json.loads(old), json.loads(new)
        except (ValueError, RecursionError):
            pass
        else:
            yield from _between(path, *parsed)
            return
    start = 0
    if max(len(old), len(new)) > _MAX_TEXT:
        shared = (number for number, pair in enumerate(zip(old, new, strict=False)) if pair[0] != pair[1])
        start = max(0, next(shared, min(len(old), len(new))) - 40)
    cut = "…" if start else ""
    yield Difference(path, written(cut + old[start:]), written(cut + new[start:]))


def _between_lists(path: str, old: Sequence[Any], new: Sequence[Any]) -> Iterator[Difference]:
    removed, added = _unmatched(old, new)
    if all(isinstance(element, dict) for element in (*removed, *added)):
        yield from _between_records(path, old, new, removed, added)
    elif len(removed) == len(added) == 1:
        yield from _between(f"{path}[]", removed[0], added[0])
    else:
        yield from _each(path, [("", element) for element in removed], _gone)
        yield from _each(path, [("", element) for element in added], _come)


def _each(
    path: str, elements: Sequence[tuple[str, Any]], say: Callable[[str, Any], Difference]
) -> Iterator[Difference]:
    """Elements that came or went, one by one, or all together where they are many."""
    if len(elements) > _MANY:
        yield say(f"{path}[]", [_said(element) for _, element in elements])
    else:
        yield from (say(f"{path}[{label}]", _said(element)) for label, element in elements)


def _said(element: Any) -> Any:
    """A line of a log stands for its record: the ids around it mean nothing to a reader."""
    return element["message"] if isinstance(element, dict) and isinstance(element.get("message"), str) else element


def _between_records(
    path: str, old: Sequence[Any], new: Sequence[Any], removed: list[Any], added: list[Any]
) -> Iterator[Difference]:
    key = _identity(path, old, new)
    pairs: list[tuple[str, Any, Any]] = []
    if key is not None:
        by_key = {_at(record, key): record for record in added}
        for record in removed:
            if _at(record, key) in by_key:
                pairs.append((_label(record, key), record, by_key[_at(record, key)]))
    else:
        pairs = _alike(removed, added)
    pairs += _namesakes(_without(removed, pairs, 1), _without(added, pairs, 2))
    pairs += _renamed(_without(removed, pairs, 1), _without(added, pairs, 2), key)
    for label, before, after in pairs:
        yield from _between(f"{path}[{label}]", before, after)
    left, came = _without(removed, pairs, 1), _without(added, pairs, 2)
    yield from _each(path, [(_label(record, key), record) for record in left], _gone)
    yield from _each(path, [(_label(record, key), record) for record in came], _come)


def _without(records: Sequence[Any], pairs: Sequence[tuple[str, Any, Any]], side: int) -> list[Any]:
    paired = {id(pair[side]) for pair in pairs}
    return [record for record in records if id(record) not in paired]


def _unmatched(old: Sequence[Any], new: Sequence[Any]) -> tuple[list[Any], list[Any]]:
    """The elements that have no equal on the other side, each counted as often as it occurs."""
    spelled = [_canonical(element) for element in old], [_canonical(element) for element in new]
    more_old, more_new = Counter(spelled[0]) - Counter(spelled[1]), Counter(spelled[1]) - Counter(spelled[0])
    return _surplus(old, spelled[0], more_old), _surplus(new, spelled[1], more_new)


def _surplus(elements: Sequence[Any], spelled: Sequence[str], more: Counter[str]) -> list[Any]:
    found = []
    for element, text in zip(elements, spelled, strict=True):
        if more[text]:
            more[text] -= 1
            found.append(element)
    return found


def _identity(path: str, old: Sequence[Any], new: Sequence[Any]) -> str | None:
    """The key whose value tells the elements of both lists apart, or None."""
    records = [*old, *new]
    if not records or not all(isinstance(record, dict) for record in records):
        return None
    keys = [*records[0], *(f"{key}.Id" for key in records[0] if isinstance(records[0][key], dict))]
    candidates = [key for key in keys if _tells_apart(key, old) and _tells_apart(key, new)]
    noun = _singular(re.split(r"[.\]]", path)[-1]).lower()

    def trust(key: str) -> tuple[bool, int, bool, int]:
        lower = key.lower()
        ending = next((number for number, end in enumerate(_ENDINGS) if lower.endswith(end)), len(_ENDINGS))
        own = lower in {noun + end for end in _ENDINGS} or lower in ("id", "arn", "name", "key")
        own = own or lower.startswith("destination")  # a route is known by where it leads
        kept = {_at(record, key) for record in old} & {_at(record, key) for record in new}
        return (not own, -len(kept), not lower.startswith(noun), ending)

    named = [key for key in candidates if key.lower().endswith(_ENDINGS)]
    return min(named, key=trust, default=None)


def _tells_apart(key: str, records: Sequence[Mapping[str, Any]]) -> bool:
    values = [_at(record, key) for record in records]
    if not all(isinstance(value, (str, int)) for value in values) or len(set(values)) < len(values):
        return False
    return not any(_ACCOUNT.fullmatch(str(value)) for value in values)  # the owner's, not the thing's


def _at(record: Mapping[str, Any], key: str) -> Any:
    outer, _, inner = key.partition(".")
    value = record.get(outer)
    return value.get(inner) if inner and isinstance(value, dict) else value


def _singular(noun: str) -> str:
    if noun.endswith("ies"):
        return f"{noun[:-3]}y"
    return noun.removesuffix("es") if noun.endswith("sses") else noun.removesuffix("s")


def _alike(removed: list[Any], added: list[Any]) -> list[tuple[str, Any, Any]]:
    """Pairs of records without an identity, the most alike first; those that share nothing stay alone."""
    if len(removed) * len(added) > _MOST_PAIRS:
        return []
    scored = [
        (sum(1 for key in before if key in after and before[key] == after[key]), -i, -j)
        for i, before in enumerate(removed)
        for j, after in enumerate(added)
    ]
    pairs, used_before, used_after = [], set(), set()
    for score, i, j in sorted(scored, reverse=True):
        lonely = len(removed) == len(added) == 1
        if (score or lonely) and -i not in used_before and -j not in used_after:
            used_before.add(-i)
            used_after.add(-j)
            pairs.append((_label(removed[-i], None), removed[-i], added[-j]))
    return pairs


def _namesakes(left: list[Any], came: list[Any]) -> list[tuple[str, Any, Any]]:
    """Resources that were made anew under the same name: their ids differ, and perhaps more."""
    counts = Counter(map(_name, left)), Counter(map(_name, came))
    named = {_name(record): record for record in came}
    return [
        (name, before, named[name])
        for before in left
        if (name := _name(before)) and counts[0][name] == counts[1][name] == 1
    ]


def _renamed(left: list[Any], came: list[Any], key: str | None) -> list[tuple[str, Any, Any]]:
    """The one element that only changed what it is known by, such as a route's destination; never a resource's id."""
    if len(left) != 1 or len(came) != 1 or key is None or key.lower().endswith(_LASTING):
        return []
    before, after = left[0], came[0]
    same = sum(1 for field in before if field in after and before[field] == after[field])
    return [(_label(before, key), before, after)] if 3 * same >= 2 * max(len(before), len(after)) else []


def _label(record: Mapping[str, Any], key: str | None) -> str:
    """How an element is called in a path: the end of its ARN or its id, and its name beside it."""
    identifier = str(_at(record, key)).rpartition(":")[2] if key is not None else ""
    name = _name(record)
    if not identifier:
        return name
    return identifier if not name or name in identifier else f"{identifier} {name}"


def _name(record: Mapping[str, Any]) -> str:
    tags = record.get("Tags") or record.get("tags")
    for tag in tags if isinstance(tags, list) else ():
        if isinstance(tag, dict) and (tag.get("Key") or tag.get("key")) == "Name":
            return str(tag.get("Value") or tag.get("value") or "")
    own = [key for key in record if key.endswith(("Name", "name")) and isinstance(record[key], str)]
    return str(record[own[0]]) if own and own[0] != "DNSName" else ""


def _gone(path: str, value: Any) -> Difference:
    return Difference(path, written(value), None)


def _come(path: str, value: Any) -> Difference:
    return Difference(path, None, written(value))


def _canonical(value: Any) -> str:
    return json.dumps(value, sort_keys=True)


def written(value: Any) -> str:
    """A value as JSON text, cut after ``_MAX_TEXT`` characters."""
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _MAX_TEXT else f"{text[:_MAX_TEXT]}…"
