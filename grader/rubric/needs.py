"""Which questions a check needs: by the nouns that it takes as arguments.

A check that takes something which is not ours (a fixture of a course) may read anything, so everything is asked
for it.
"""

from __future__ import annotations

from collections.abc import Iterable

from grader.calls.nouns import NOUNS
from grader.calls.table import CALLS
from grader.rubric.scheme import CheckRow, Item


def operations_of(row: CheckRow) -> frozenset[str]:
    """The operations (``service.Operation``) whose answers a row of the rubric rests on."""
    if row.needs is not None:
        return row.needs
    nouns = [name for name in row.function.arguments if name not in row.values]
    if not all(name in NOUNS for name in nouns):
        return frozenset(call.operation for call in CALLS)
    return frozenset(operation for name in nouns for operation in NOUNS[name].operations)


def operations_for(items: Iterable[Item]) -> frozenset[str]:
    """The operations that some items need."""
    return frozenset(operation for item in items for row in item.checks for operation in operations_of(row))
