"""Reading the things of a rubric (``things:``) and its rows about them. Every mistake raises ``RubricError``."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from difflib import get_close_matches
from fractions import Fraction
from graphlib import CycleError, TopologicalSorter
from typing import Any

from grader.calls.operations import GLOBAL_SERVICES, may_be_asked, why_not
from grader.calls.shapes import OperationShape, Shape, operation_shape
from grader.errors import RubricError
from grader.rubric.located_yaml import Marked
from grader.rubric.member_types import UNKNOWN, Kind, Walk
from grader.things.expectations import BadExpectation, Expectation, members, read, references_in
from grader.things.naming import noun_of
from grader.things.paths import BadPath, Path, path
from grader.things.texts import reference
from grader.things.things import ACCOUNT, Lister, Row, Thing, Things, named_in

KEYS = (
    "list", "get", "http", "noun", "each", "with", "where", "for", "prefer", "label", "region", "method", "body",
    "headers", "tries",
)  # fmt: skip
_SIZES = ("maxresults", "maxitems", "limit", "pagesize")
_SHAPING = ("filters", "include", "limit")
_OF_ACCOUNT = ("accountid", "catalogid")


def read_things(entry: Marked | None, file: str) -> Things:
    """The things of a rubric, each after those that it is found by."""
    if entry is None:
        return Things(file=file)
    entries = entry.mapping()
    found = {name: _thing(name, each) for name, each in entries.items()}
    for name, thing in found.items():
        for parent in thing.parents:
            check_name(parent, found, entries[name])
    try:
        order = tuple(TopologicalSorter({name: thing.parents for name, thing in found.items()}).static_order())
    except CycleError as error:
        names = [str(name) for name in error.args[1]]
        raise entries[names[0]].wrong(f"things depend on each other in a circle: {' -> '.join(names)}.") from error
    first = {name: number for number, name in enumerate(found)}
    return Things(tuple(found[name] for name in sorted(order, key=lambda name: _depth(name, found, first))), (), file)


def _depth(name: str, found: Mapping[str, Thing], first: Mapping[str, int]) -> tuple[int, int]:
    def depth(one: str) -> int:
        return 1 + max((depth(parent) for parent in found[one].parents), default=0)

    return depth(name), first[name]


def check_name(name: str, known: Mapping[str, Any] | Things, place: Marked) -> None:
    """Raise where a name is that of no thing."""
    names = [thing.name for thing in known.all] if isinstance(known, Things) else list(known)
    if name not in names and name != ACCOUNT:
        near = get_close_matches(name, names, n=1, cutoff=0.6)
        remedy = f"Did you mean {near[0]!r}?" if near else f"Things: {', '.join(names) or 'none'}."
        raise place.wrong(f"there is no thing {name!r}.", remedy)


def _thing(name: str, entry: Marked) -> Thing:
    if not name.isidentifier() or name == ACCOUNT:
        raise entry.wrong(f"{name!r} cannot be the name of a thing.", "Use letters, digits and _; account is reserved.")
    keys = entry.mapping(may=KEYS)
    sources = [key for key in ("list", "get", "http") if key in keys]
    if len(sources) != 1:
        raise entry.wrong(f"thing {name!r} needs one of list, get and http.")
    if sources[0] == "http":
        return _http(name, entry, keys)
    for key in ("method", "body", "headers", "tries"):
        if key in keys:
            raise keys[key].wrong(f"{key!r} can only be used with http.")
    asked = keys[sources[0]]
    operation = checked_operation(asked)
    each = _path(keys["each"]) if "each" in keys else None
    shape = operation_shape(operation)
    item = _item(shape, each)
    where = dict(keys["where"].mapping()) if "where" in keys else {}
    given = {key: value.plain() for key, value in keys["with"].mapping().items()} if "with" in keys else {}
    inputs = shape.input if shape is not None else None
    listing = _inputs_of_lister(keys["for"]) if "for" in keys else {}
    if "with" in keys:
        _check_inputs(keys["with"], operation, {**listing, **(inputs.members if inputs is not None else {})})
    for key in list(where):
        if "for" in keys and key not in listing:
            continue  # what is listed is looked at one by one, so that the nearest can be named
        if _is_passed(key, where[key].plain(), inputs, item):
            given[key] = where.pop(key).plain()
    lister = _lister(keys["for"], given) if "for" in keys else None
    own = {key: value for key, value in given.items() if inputs is not None and key in inputs.members}
    parameters = _parameters(asked, operation, inputs, own, lister)
    if lister is not None:
        missing = [key for key, value in parameters if value in (None, [None])]
        named = missing or [name for name, _ in lister.gives] or _optional(lister, inputs, own)
        lister = _completed(lister, keys["for"], named, inputs)
        parameters = tuple(
            sorted({**{name: _wrapped(None, name, inputs) for name, _ in lister.gives}, **dict(parameters)}.items())
        )
    conditions = {key: value.plain() for key, value in where.items()}
    return Thing(
        name=name,
        noun=keys["noun"].text() if "noun" in keys else noun_of(name, each.text if each else ""),
        operation=operation,
        each=each.text if each else "",
        parameters=parameters,
        lister=lister,
        where=_members(keys["where"], conditions) if conditions else (),
        conditions=conditions,
        prefer=_members(keys["prefer"], keys["prefer"].plain()) if "prefer" in keys else (),
        label=keys["label"].text() if "label" in keys else "",
        region=keys["region"].text() if "region" in keys else "",
        is_global=operation.partition(".")[0] in GLOBAL_SERVICES,
        place=entry.where,
    )


def _http(name: str, entry: Marked, keys: Mapping[str, Marked]) -> Thing:
    for key in ("each", "with", "where", "for", "prefer", "region"):
        if key in keys:
            raise keys[key].wrong(f"{key!r} cannot be used with http.")
    url = keys["http"].text()
    if not url.startswith(("http://", "https://")):
        raise keys["http"].wrong(f"{url!r} is not a URL.", "Write http://{thing.Member}/path.")
    method = keys["method"].text() if "method" in keys else "POST" if "body" in keys else "GET"
    if method not in ("GET", "HEAD", "POST"):
        raise keys["method"].wrong(f"{method} is not allowed.", "Use GET, HEAD or POST.")
    parameters: list[tuple[str, Any]] = [("url", url)]
    if "body" in keys:
        parameters.append(("body", keys["body"].plain()))
    if "headers" in keys:
        parameters.append(("headers", keys["headers"].plain()))
    if "tries" in keys:
        tries = keys["tries"].plain()
        if type(tries) is not int or not 1 <= tries <= 5:
            raise keys["tries"].wrong("tries should be a number from 1 to 5.")
        parameters.append(("tries", tries))
    return Thing(
        name=name,
        noun=keys["noun"].text() if "noun" in keys else name.replace("_", " "),
        operation=f"http.{method}",
        parameters=tuple(parameters),
        label=keys["label"].text() if "label" in keys else "{url}",
        is_global=True,
        place=entry.where,
    )


def checked_operation(entry: Marked) -> str:
    """The operation that an entry names; raises where it may not be asked."""
    operation = entry.text()
    if not may_be_asked(operation):
        problem, remedy = why_not(operation)
        raise entry.wrong(problem, remedy)
    return operation


def _path(entry: Marked) -> Path:
    try:
        return path(entry.text())
    except BadPath as error:
        raise entry.wrong(f"{error}.") from error


def _members(entry: Marked, plain: Any) -> tuple[tuple[Path, Expectation], ...]:
    if not isinstance(plain, dict):
        raise entry.wrong(f"{entry.name} should be a mapping of members to values.")
    try:
        return members(plain)
    except BadExpectation as error:
        raise placed(entry, error) from error


def placed(entry: Marked, error: BadExpectation) -> RubricError:
    """A mistake in an expectation, with the line where it is."""
    place = entry
    for key in error.keys:
        try:
            place = list(place.sequence())[key] if isinstance(key, int) else place.mapping()[key]
        except (RubricError, KeyError, IndexError):
            break
    wrong: RubricError = place.wrong(error.problem, error.remedy)  # type: ignore[assignment]
    return wrong


def _item(shape: OperationShape | None, each: Path | None) -> Kind:
    """What one thing of an answer is."""
    if shape is None or shape.output is None:
        return UNKNOWN
    whole = Kind(shape.output)
    if each is None:
        return whole
    found = Walk().follow(each, whole)
    return found.entry if found.name == "list" else found


def item_of(thing: Thing) -> Kind:
    """What a thing is, in the shapes of AWS."""
    try:
        each = path(thing.each) if thing.each else None
    except BadPath:
        return UNKNOWN
    return UNKNOWN if thing.is_http else _item(operation_shape(thing.operation), each)


def _is_passed(key: str, value: Any, inputs: Shape | None, item: Kind) -> bool:
    """Whether a condition is a parameter of the question: a required one, or one that the answer does not have."""
    if inputs is None or key not in inputs.members or isinstance(value, dict):
        return False
    has = item.shape is not None and item.shape.kind == "structure" and key in item.shape.members
    return key in inputs.required or not has or reference(value) is not None


def _inputs_of_lister(entry: Marked) -> Mapping[str, str]:
    """The parameters of the operation that ``for`` names."""
    try:
        operation = next(iter(entry.mapping()), "")
    except RubricError:
        operation = entry.text()
    shape = operation_shape(operation)
    return shape.input.members if shape is not None and shape.input is not None else {}


def _optional(lister: Lister, inputs: Shape | None, given: Mapping[str, Any]) -> list[str]:
    """The parameter that is not required and that a lister gives: ``clusters`` of ecs.DescribeClusters."""
    shape = operation_shape(lister.operation)
    best: list[tuple[int, str]] = []
    for name in inputs.members if inputs is not None else ():
        member = inputs.member(name) if inputs is not None else None
        if member is None or name in given or "token" in name.lower() or name.lower() in _SHAPING:
            continue
        kind = member.entry.kind if member.kind == "list" else member.kind
        found = _ranked(shape.output if shape is not None else None, name)
        if kind == "string" and found and found[0] < 3:
            best.append((found[0], name))
    return [min(best)[1]] if best else []


def _check_inputs(entry: Marked, operation: str, known: Mapping[str, str]) -> None:
    for key, value in entry.mapping().items():
        if key not in known:
            near = get_close_matches(key, known, n=1, cutoff=0.6)
            remedy = f"Did you mean {near[0]!r}?" if near else f"Parameters: {', '.join(list(known)[:8]) or 'none'}."
            raise value.wrong(f"{operation} has no parameter {key!r}.", remedy)


def _lister(entry: Marked, given: Mapping[str, Any]) -> Lister:
    """The lister that ``for`` names: ``service.Operation``, or ``{service.Operation: {Parameter: path}}``."""
    gives: tuple[tuple[str, str], ...] = ()
    try:
        named = entry.mapping()
    except RubricError:
        operation, place = checked_operation(entry), entry
    else:
        if len(named) != 1:
            raise entry.wrong("for names one operation.")
        ((operation, place),) = named.items()
        if not may_be_asked(operation):
            problem, remedy = why_not(operation)
            raise place.wrong(problem, remedy)
        gives = tuple((name, _path(each).text) for name, each in place.mapping().items())
    shape = operation_shape(operation)
    inputs = shape.input if shape is not None else None
    own = {key: value for key, value in given.items() if inputs is not None and key in inputs.members}
    parameters = _parameters(place, operation, inputs, own, None)
    return Lister(operation, parameters, gives)


def _parameters(
    place: Marked, operation: str, inputs: Shape | None, given: Mapping[str, Any], lister: Lister | None
) -> tuple[tuple[str, Any], ...]:
    """The parameters of a question; those that a lister gives are None, or a list of it."""
    found = {key: _wrapped(value, key, inputs) for key, value in given.items()}
    for key in inputs.required if inputs is not None else ():
        if key in found:
            continue
        if key.lower() in _SIZES and inputs is not None:
            found[key] = int(inputs.member(key).raw.get("max", 50))
        elif key.lower() in _OF_ACCOUNT:
            found[key] = f"${ACCOUNT}.Id"
        elif lister is not None:
            found[key] = _wrapped(None, key, inputs)
        else:
            raise place.wrong(
                f"{operation} needs {key!r}, but nothing provides it.",
                f"Give it in with or where ({key}: $thing.Member), or name with for: the operation that lists them.",
            )
    if lister is not None:
        for key, _ in lister.gives:
            found.setdefault(key, _wrapped(None, key, inputs))
    return tuple(sorted(found.items()))


def _wrapped(value: Any, key: str, inputs: Shape | None) -> Any:
    if isinstance(value, datetime.date):
        value = value.isoformat()
    is_list = inputs is not None and key in inputs.members and inputs.member(key).kind == "list"
    return [value] if is_list and not isinstance(value, list) else value


def _completed(lister: Lister, place: Marked, missing: list[str], inputs: Shape | None) -> Lister:
    """A lister that gives what is missing: from the member of that name, or of a name like it."""
    gives = dict(lister.gives)
    shape = operation_shape(lister.operation)
    for name in missing:
        if name not in gives:
            found = _giving(shape.output if shape is not None else None, name)
            if not found:
                raise place.wrong(
                    f"{lister.operation} does not say {name!r}.",
                    f"Say where it is: for: {{{lister.operation}: {{{name}: path}}}}.",
                )
            gives[name] = found
    if not gives:
        raise place.wrong(f"{lister.operation} provides nothing that is missing.", "Remove for.")
    return Lister(lister.operation, lister.parameters, tuple(gives.items()))


def _giving(output: Shape | None, name: str) -> str:
    """The path in an answer that gives a parameter."""
    found = _ranked(output, name)
    return found[1] if found else ""


def _ranked(output: Shape | None, name: str) -> tuple[int, str] | None:
    """The path that gives a parameter, with how little it is like it: 0 is the same name."""
    low = name.lower().removesuffix("s")
    best: list[tuple[int, str]] = []
    for where, entry in _lists(output):
        if entry.kind == "string":
            own = where.rpartition(".")[2].removesuffix("[]").lower()
            close = own.removesuffix("s").removesuffix("arn").removesuffix("name")
            best.append((0 if own.removesuffix("s") == low else 1 if close and low.startswith(close[:4]) else 3, where))
        elif entry.kind == "structure":
            for member in entry.members:
                if entry.member(member).kind != "string":
                    continue
                rank = _likeness(member.lower(), low, where)
                if rank is not None:
                    best.append((rank, f"{where}.{member}"))
    return min(best) if best else None


def _likeness(member: str, name: str, where: str) -> int | None:
    """How little a member is like a parameter; None where it is another thing."""
    if member == name:
        return 0
    listed_as = where.rpartition(".")[2].removesuffix("[]").lower().removesuffix("s")
    if member == "name" and listed_as == name:
        return 1
    if name.endswith(member) and member in ("name", "id", "arn", "url", "identifier"):
        return 2
    return 2 if member.endswith(("name", "id")) and member.startswith(name) else (
        3 if member.endswith("arn") and member.startswith(name) else None
    )  # fmt: skip


def _lists(output: Shape | None, above: str = "", depth: int = 0) -> list[tuple[str, Shape]]:
    if output is None or depth > 2:
        return []
    found: list[tuple[str, Shape]] = []
    for name in output.members:
        member = output.member(name)
        if member.kind == "list":
            found.append((f"{above}{name}[]", member.entry))
        elif member.kind == "structure":
            found += _lists(member, f"{above}{name}.", depth + 1)
    return found


def read_row(things: Things, name: str, entry: Marked, keys: Mapping[str, Marked], points: Fraction) -> Row:
    """A row about a thing: ``of``, ``expect`` and ``say``."""
    of = keys["of"].text()
    check_name(of, things, keys["of"])
    if of == ACCOUNT:
        raise keys["of"].wrong("the account is not a thing, so nothing can be expected of it.")
    expect = None
    if "expect" in keys:
        try:
            expect = read(keys["expect"].plain())
        except BadExpectation as error:
            raise placed(keys["expect"], error) from error
        if expect.relation == "equal" and not isinstance(expect.operand, bool) and things[of].operation:
            item = item_of(things[of])
            if item.name in ("structure", "map"):
                words = "this expectation is about the whole thing."
                raise keys["expect"].wrong(words, "Name its members: {Member: value}.")
        for other in sorted(references_in(expect)):
            check_name(other, things, keys["expect"])
    say = keys["say"].text() if "say" in keys else ""
    return Row(name, of, expect, points, say, entry.where)


def unused(things: Things, rows: tuple[Row, ...]) -> list[Thing]:
    """The things that no row needs."""
    needed = {thing.name for row in rows for thing in things.with_parents(row.things)}
    return [thing for thing in things.all if thing.name not in needed]


__all__ = ["KEYS", "checked_operation", "item_of", "named_in", "placed", "read_row", "read_things", "unused"]
