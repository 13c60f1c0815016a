"""Which rows a set of operations needs: themselves, and those that their parameters and regions come from."""

from __future__ import annotations

from collections.abc import Iterable

from grader.calls.spec import IN_USE, Call, Scope
from grader.calls.table import CALLS
from grader.calls.written import HTTP, read_row
from grader.errors import UsageError

ALWAYS = frozenset({"sts.GetCallerIdentity", "ec2.DescribeRegions"})
"""What every run asks: whose account it is, and which regions it has (unless they are given)."""


def rows(names: frozenset[str]) -> tuple[Call, ...]:
    """The rows of ``closure(names)`` and those that explain, in the table's order, then those that a rubric adds."""
    needed = with_explaining(closure(names))
    added = (read_row(name) for name in sorted(needed))
    return (*(call for call in CALLS if call.name in needed), *(call for call in added if call is not None))


def operations_named(names: Iterable[str]) -> frozenset[str]:
    """The operations of AWS behind names of rows, those that a rubric adds among them."""
    added = {name: read_row(name) for name in names}
    return frozenset(
        name.partition("[")[0] if call is None else call.operation
        for name, call in added.items()
        if call is None or call.service != HTTP
    )


def with_explaining(needed: frozenset[str]) -> frozenset[str]:
    """A closure with the rows that explain whose sources and conditions it asks already."""
    found = set(needed)
    waiting = [call for call in CALLS if call.explains and call.name not in found]
    while ready := [call for call in waiting if _rests_on(call) <= {name.partition("[")[0] for name in found}]:
        found.update(call.name for call in ready)
        waiting = [call for call in waiting if call.name not in found]
    return frozenset(found)


def _rests_on(call: Call) -> set[str]:
    """The operations whose answers a row that explains needs: its sources, and every condition of it."""
    used = IN_USE if call.scope is Scope.IN_USE else ()
    return {source.operation for source in (*call.sources, *call.when, *used)}


def closure(operations: frozenset[str]) -> frozenset[str]:
    """``operations`` with the rows that their parameters and regions come from, and those that are always asked.

    Names are ``service.Operation``, or ``service.Operation[Name=value]`` for a row that is asked only by
    name. Raises ``UsageError`` for a name that is no row.
    """
    by_name: dict[str, list[Call]] = {}
    for call in CALLS:
        by_name.setdefault(call.name, []).append(call)
    needed: set[str] = set()
    waiting = [*operations, *ALWAYS]
    while waiting:
        name = waiting.pop()
        if name in needed:
            continue
        if read_row(name) is not None:
            needed.add(name)
            continue
        if name not in by_name:
            raise UsageError(
                f"{name} is not in the table of calls, so it is never asked.",
                where="operations",
                remedy="Name one of the operations that grader policy lists.",
            )
        needed.add(name)
        for call in by_name[name]:
            waiting.extend(source.operation for source in call.sources)
            if call.scope is Scope.IN_USE:
                waiting.extend(source.operation for source in IN_USE)
    return frozenset(needed)
