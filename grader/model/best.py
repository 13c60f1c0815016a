"""The best of several candidates by the claims that hold of it, and the refusals that may hide a better one.

Where one candidate must earn all shares of a step (one user, one budget), the one of which most claims hold is
taken. A candidate of which still more may hold, had AWS answered, leaves the failed claims of the best one open.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from grader.errors import Missing, Unverified
from grader.model.findings import Finding
from grader.model.gathering import merged

T = TypeVar("T")
Claim = Callable[[T], Finding]


@dataclass(frozen=True, slots=True)
class Best(Generic[T]):
    """The ``chosen`` candidate; ``hidden`` holds the refusals of those that may be better, None where none may."""

    chosen: T
    hidden: Unverified | None

    def share(self, claim: Claim[T]) -> Finding:
        """What ``claim`` says of the best candidate; raises ``Unverified`` for a failed one that may be hidden."""
        try:
            found = claim(self.chosen)
        except Missing as error:
            found = Finding(False, str(error))
        if not found and self.hidden is not None:
            raise self.hidden
        return found


@dataclass(frozen=True, slots=True)
class _Standing(Generic[T]):
    candidate: T
    held: tuple[bool, ...]
    refused: tuple[Unverified, ...]

    @property
    def possible(self) -> int:
        return sum(self.held) + len(self.refused)


def best_of(candidates: Iterable[T], claims: Sequence[Claim[T]]) -> Best[T]:
    """The candidate of which most claims hold; of equal ones that with more open, then by the order of the claims.

    Of those that are equal in all this it is the first. ``candidates`` must not be empty.
    """
    standings = [_standing(one, claims) for one in candidates]
    best = max(standings, key=lambda one: (sum(one.held), one.possible, one.held))
    refused = [error for one in standings if one.possible > best.possible for error in one.refused]
    return Best(best.candidate, merged(dict.fromkeys(refused)) if refused else None)


def _standing(candidate: T, claims: Sequence[Claim[T]]) -> _Standing[T]:
    held: list[bool] = []
    refused: list[Unverified] = []
    for claim in claims:
        try:
            held.append(bool(claim(candidate)))
        except Unverified as error:
            held.append(False)
            refused.append(error)
        except Missing:
            held.append(False)
    return _Standing(candidate, tuple(held), tuple(refused))
