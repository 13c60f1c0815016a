"""What can be counted over the results of a class: one step at a time, in one pass, in bounded memory."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import sqrt
from typing import Any

MOST_REASONS = 6
FEWEST = 3
"""Students below which difficulty and discrimination say nothing."""


@dataclass(frozen=True, slots=True)
class Reason:
    """Why students lost points of a step: how many of them, and the reason in words."""

    students: int
    words: str


@dataclass(frozen=True, slots=True)
class Step:
    """One step over the class.

    ``difficulty`` is the mean share of its points that was earned (1 is easy), ``discrimination`` the correlation of
    its points with the rest of the score (near 0, or below, it does not tell the strong from the weak). Both are None
    where too few students are decided, or all earned the same.
    """

    id: str
    title: str
    section: str
    points: float
    decided: int
    lost: int
    open: int
    difficulty: float | None
    discrimination: float | None
    reasons: tuple[Reason, ...]
    more_reasons: int

    @property
    def words(self) -> str:
        """``27 of 40: no NAT route; 9: image built for arm64``."""
        first, *others = self.reasons or (None,)
        if first is None:
            return ""
        further = (f"{one.students}: {one.words}" for one in others)
        return "; ".join([f"{first.students} of {self.lost}: {first.words}", *further])


@dataclass(frozen=True, slots=True)
class Permission:
    """A permission that was missing: how many students, and the points that are open because of it."""

    action: str
    students: int
    points: float


@dataclass(frozen=True, slots=True)
class Named:
    """A step as the rubric names it."""

    id: str
    title: str
    section: str
    points: float


@dataclass(slots=True)
class _Sums:
    """Sums of x (points of the step) and y (the rest of the score)."""

    n: int = 0
    x: float = 0
    y: float = 0
    xx: float = 0
    yy: float = 0
    xy: float = 0

    def add(self, x: float, y: float) -> None:
        self.n += 1
        self.x += x
        self.y += y
        self.xx += x * x
        self.yy += y * y
        self.xy += x * y

    @property
    def correlation(self) -> float | None:
        across, down = self.n * self.xx - self.x**2, self.n * self.yy - self.y**2
        if self.n < FEWEST or across < 1e-9 or down < 1e-9:
            return None
        return max(-1.0, min(1.0, (self.n * self.xy - self.x * self.y) / sqrt(across * down)))


@dataclass(slots=True)
class _Counts:
    sums: _Sums = field(default_factory=_Sums)
    lost: int = 0
    open: int = 0
    reasons: Counter[str] = field(default_factory=Counter)


class Statistics:
    """Takes one summary after another (``add``); what it holds does not grow with the class."""

    def __init__(self, steps: Sequence[Named]) -> None:
        self._steps = steps
        self._counts: dict[str, _Counts] = defaultdict(_Counts)
        self._permissions: dict[str, list[float]] = defaultdict(lambda: [0, 0.0])

    def add(self, summary: Mapping[str, Any]) -> None:
        """Count one student."""
        actions: dict[str, float] = defaultdict(float)
        for item in summary["items"]:
            counts = self._counts[item["id"]]
            if item["outcome"] == "not_applicable":
                continue
            if item["open"]:
                counts.open += 1
                for action in item["actions"]:
                    actions[action] += item["open"]
            else:
                counts.sums.add(item["earned"], summary["raw"] - item["earned"])
            if item["lost"]:
                counts.lost += 1
                counts.reasons.update({_reason(reason) for reason in item["reasons"]})
        for action, points in actions.items():
            seen = self._permissions[action]
            seen[0] += 1
            seen[1] += points

    @property
    def steps(self) -> tuple[Step, ...]:
        """Every step of the rubric, in its order."""
        return tuple(self._step(named) for named in self._steps)

    @property
    def permissions(self) -> tuple[Permission, ...]:
        """Missing permissions, those behind most open points first."""
        found = (Permission(action, int(seen[0]), seen[1]) for action, seen in self._permissions.items())
        return tuple(sorted(found, key=lambda one: (-one.points, one.action)))

    def _step(self, named: Named) -> Step:
        counts = self._counts[named.id]
        sums = counts.sums
        enough = sums.n >= FEWEST and named.points > 0
        common = sorted(counts.reasons.items(), key=lambda one: (-one[1], one[0]))
        return Step(
            id=named.id,
            title=named.title,
            section=named.section,
            points=named.points,
            decided=sums.n,
            lost=counts.lost,
            open=counts.open,
            difficulty=sums.x / (sums.n * named.points) if enough else None,
            discrimination=sums.correlation,
            reasons=tuple(Reason(number, words) for words, number in common[:MOST_REASONS]),
            more_reasons=max(0, len(common) - MOST_REASONS),
        )


def _reason(reason: Mapping[str, Any]) -> str:
    if reason["because_of"]:
        return f"because of step {reason['because_of']}"
    return str(reason["found"] or f"not: {reason['title']}")
