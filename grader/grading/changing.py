"""Accounts that differ from a correct one in one place: what the rows of a rubric should notice."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

Place = tuple[Any, ...]
Document = Mapping[str, Any]

_REFUSED = {"error": {"Code": "AccessDenied", "Message": "not authorized to perform", "HTTPStatusCode": 403}}
_ABSENT = {"error": {"Code": "NoSuchEntity", "Message": "It does not exist.", "HTTPStatusCode": 404}}
_ALWAYS = ("sts.GetCallerIdentity", "ec2.DescribeRegions", "account.ListRegions")
_FIRST = 4
"""Entries of a list that are changed one by one; the others are like them."""


@dataclass(frozen=True, slots=True)
class Change:
    """One change: its kind, and what it is about in words."""

    kind: str
    what: str
    member: str = ""
    """``service.Operation: path`` of a member that was changed or left out."""


def changed(document: Document, place: Place, value: Any) -> dict[str, Any]:
    """The document with another value at a place; what is not on the way there is shared."""
    copy: Any = dict(document) if isinstance(document, Mapping) else list(document)
    if len(place) == 1:
        copy[place[0]] = value
    else:
        copy[place[0]] = changed(copy[place[0]], place[1:], value)
    result: dict[str, Any] = copy
    return result


def dropped(document: Document, place: Place) -> dict[str, Any]:
    """The document without what is at a place."""
    if len(place) == 1:
        if isinstance(document, Mapping):
            rest: Any = {key: value for key, value in document.items() if key != place[0]}
        else:
            rest = [value for number, value in enumerate(document) if number != place[0]]
        result: dict[str, Any] = rest
        return result
    return changed(document, place[:1], dropped(document[place[0]], place[1:]))


def empty_account(document: Document) -> dict[str, Any]:
    """The same account with nothing in it: lists are empty, and what was asked by name does not exist."""
    calls = {
        operation: {
            region: {key: _emptied(operation, key, entry) for key, entry in keys.items()}
            for region, keys in regions.items()
        }
        for operation, regions in document["calls"].items()
    }
    return {**document, "calls": calls, "meta": {**document["meta"], "http_probe": None}}


def _emptied(operation: str, key: str, entry: Mapping[str, Any]) -> Mapping[str, Any]:
    if "response" not in entry or operation in _ALWAYS:
        return entry
    if key and not operation.startswith(("cloudtrail.", "cloudwatch.ListMetrics")):
        return _ABSENT
    return {"response": {name: _nothing(value) for name, value in entry["response"].items()}}


def _nothing(value: Any) -> Any:
    if isinstance(value, list):
        return []
    if isinstance(value, dict):
        return {name: _nothing(each) for name, each in value.items()}
    return 0 if isinstance(value, (int, float)) and not isinstance(value, bool) else value


def refusals(document: Document) -> Iterator[tuple[Change, dict[str, Any]]]:
    """The account with each operation refused in turn."""
    for operation, regions in document["calls"].items():
        if operation in _ALWAYS:
            continue
        refused = {region: dict.fromkeys(keys, _REFUSED) for region, keys in regions.items()}
        yield Change("refused", operation), changed(document, ("calls", operation), refused)


def changes(
    document: Document, operations: frozenset[str], other_region: str
) -> Iterator[tuple[Change, dict[str, Any]]]:
    """The account with each thing removed, doubled or moved, and with each member changed or left out."""
    for operation, regions in document["calls"].items():
        if operation not in operations or operation in _ALWAYS:
            continue
        for region, keys in regions.items():
            if region not in ("global", other_region):
                moved = {name: keys_ for name, keys_ in regions.items() if name != region}
                yield (
                    Change("moved", f"{operation} to {other_region}"),
                    changed(document, ("calls", operation), {**moved, other_region: keys}),
                )
            for key, entry in list(keys.items())[:_FIRST]:
                if "response" not in entry:
                    continue
                start = ("calls", operation, region, key)
                if key:
                    yield Change("removed", f"{operation} {key}"), changed(document, start, _ABSENT)
                yield from _within(document, (*start, "response"), entry["response"], operation, "")


def _within(
    document: Document, place: Place, value: Any, operation: str, path: str
) -> Iterator[tuple[Change, dict[str, Any]]]:
    if isinstance(value, dict):
        for name, each in value.items():
            here, where = (*place, name), f"{path}.{name}".lstrip(".")
            yield Change("dropped", f"{operation} {where}", f"{operation}: {where}"), dropped(document, here)
            yield from _within(document, here, each, operation, where)
    elif isinstance(value, list):
        for number, each in enumerate(value[:_FIRST]):
            here, where = (*place, number), f"{path}[]"
            yield Change("removed", f"{operation} {where} {number}"), dropped(document, here)
            yield Change("doubled", f"{operation} {where} {number}"), changed(document, place, [*value, _twin(each)])
            yield from _within(document, here, each, operation, where)
    else:
        yield (
            Change("changed", f"{operation} {path}", f"{operation}: {path}"),
            changed(document, place, _other(value)),
        )


def _twin(value: Any) -> Any:
    """Another one of the same kind, with ids of its own."""
    if isinstance(value, dict):
        return {
            name: f"{each}0" if isinstance(each, str) and name.lower().endswith(("id", "arn")) else each
            for name, each in value.items()
        }
    return value


def _other(value: Any) -> Any:
    if isinstance(value, bool):
        return not value
    if isinstance(value, (int, float)):
        return value + 1000 if value < 500 else 0
    if isinstance(value, str):
        return "other" if not value.startswith("vpc-") else "vpc-0other"
    return "other"
