"""What failed because of what: the cause of each lost check, followed down to its root, and what a repair brings back.

A cause belongs to a check, not to a step, and it is something that really stops what failed. The rubric names what can
stop a check (``builds_on``, ``runs_through``); what did is a check of those that is lost or still pending.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from grader.grading.results import CheckResult, ItemResult, Outcome
from grader.rubric import Item

Place = tuple[str, int]
"""A check by its item and its number in it: a check that two items share has two places."""


def with_causes(
    scored: Sequence[ItemResult], items: Mapping[str, Item], missing: Mapping[str, str]
) -> tuple[ItemResult, ...]:
    """The items with the cause of each check that is lost or pending, and of each item that of its largest loss.

    ``missing`` has the item whose thing is not there, for each check (by id) that waits for that thing.
    """
    graph = _Graph(scored, items, missing)
    return tuple(_with_causes(item, graph) for item in scored)


class _Graph:
    """Which troubled check stops which."""

    def __init__(self, scored: Sequence[ItemResult], items: Mapping[str, Item], missing: Mapping[str, str]) -> None:
        self.results = {item.id: item for item in scored}
        self.items = items
        self.missing = missing

    def cause(self, place: Place) -> str | None:
        """The item in which the root of a troubled check is; None where that is its own."""
        root = self._root(place, frozenset({place}))
        return None if root == place[0] else root

    def _root(self, place: Place, seen: frozenset[Place]) -> str:
        for below in self._below(place):
            if below not in seen:
                return self._root(below, seen | {below})
        return place[0]

    def _below(self, place: Place) -> Iterable[Place]:
        identifier, number = place
        item = self.items[identifier]
        check = self.results[identifier].checks[number]
        if check.id in self.missing:
            waited_for = self._troubled(self.missing[check.id])
            yield from () if waited_for is None else (waited_for,)
        if check.is_missing:
            # What is not there cannot be without what it is built on.
            gone = (one for one in item.builds_on if self.results[one].outcome is Outcome.FAILED)
            yield from (found for found in map(self._troubled, gone) if found is not None)
        for reference in item.checks[number].runs_through or item.runs_through:
            found = self._troubled(reference)
            if found is not None:
                yield found

    def _troubled(self, reference: str) -> Place | None:
        """The largest lost (else a pending) check of ``item`` or ``item::function``."""
        identifier, _, function = reference.partition("::")
        checks = [
            (number, check)
            for number, check in enumerate(self.results[identifier].checks)
            if is_troubled(check) and (not function or names_check(check.id, function))
        ]
        checks.sort(key=lambda one: (one[1].outcome is not Outcome.FAILED, -one[1].points))
        return (identifier, checks[0][0]) if checks else None


def names_check(identifier: str, function: str) -> bool:
    """Whether a check's id is that of a function, with or without its class, whatever its parameters."""
    return identifier.partition("[")[0].partition("::")[2].endswith(function)


def is_troubled(check: CheckResult) -> bool:
    """Whether a check is lost, or waits for something that is still being built."""
    return check.outcome in (Outcome.FAILED, Outcome.PENDING)


def _with_causes(item: ItemResult, graph: _Graph) -> ItemResult:
    checks = tuple(
        replace(check, because_of=graph.cause((item.id, number))) if is_troubled(check) else check
        for number, check in enumerate(item.checks)
    )
    return replace(item, checks=checks, because_of=cause_of(checks))


def cause_of(checks: Iterable[CheckResult]) -> str | None:
    """The cause of an item: that of its largest lost check, else of one that is pending."""
    troubled = sorted(
        filter(is_troubled, checks), key=lambda check: (check.outcome is not Outcome.FAILED, -check.points)
    )
    return troubled[0].because_of if troubled else None


@dataclass(frozen=True, slots=True)
class Lost:
    """A lost check with the item that it belongs to."""

    item: ItemResult
    check: CheckResult


@dataclass(frozen=True, slots=True)
class Root:
    """A step that is the cause of lost points: of its own, and of checks of other steps that it stops."""

    item: ItemResult
    own: tuple[Lost, ...]
    follow: tuple[Lost, ...]

    @property
    def recovers(self) -> Fraction:
        """The points that come back when it is repaired."""
        return sum((lost.check.points for lost in (*self.own, *self.follow)), Fraction(0))


def roots(items: Iterable[ItemResult]) -> tuple[Root, ...]:
    """The causes of lost points, what brings back most first; of equal ones in the order of the handout.

    This is the order of every report: a cause before what it stops.
    """
    items = tuple(items)
    by_id = {item.id: item for item in items}
    groups: dict[str, list[Lost]] = {}
    for item in items:
        for check in item.checks:
            if check.outcome is Outcome.FAILED:
                root = check.because_of if check.because_of in by_id else None
                groups.setdefault(root or item.id, []).append(Lost(item, check))
    found = [
        Root(
            by_id[root],
            tuple(one for one in lost if one.item.id == root),
            tuple(one for one in lost if one.item.id != root),
        )
        for root, lost in groups.items()
    ]
    order = list(by_id)
    return tuple(sorted(found, key=lambda root: (-root.recovers, order.index(root.item.id))))


def in_order(items: Iterable[ItemResult]) -> tuple[ItemResult, ...]:
    """The items with lost points, each once: causes by what they bring back, each before what it stops."""
    found = (lost.item for root in roots(items) for lost in (*root.own, *root.follow))
    return tuple({item.id: item for item in found}.values())
