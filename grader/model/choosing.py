"""Choosing the lab's resource among candidates: by the strongest signs, and by name where these are equal."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from grader.evidence import Question

T = TypeVar("T")
Sign = tuple[int, str, bool]
"""A weight, what it says in words, and whether the candidate shows it."""


@dataclass(frozen=True, slots=True)
class Binding(Generic[T]):
    """Which candidate was taken to be the lab's, why, and what came second."""

    chosen: T
    why: str
    runner_up: T | None = None
    sources: tuple[Question, ...] = ()


def choose(candidates: Iterable[T], signs: Callable[[T], Iterable[Sign]]) -> Binding[T]:
    """The candidate with the strongest signs, whatever AWS's order; there must be at least one."""
    ranked = ranking(candidates, signs)
    shown = [words for _, words, seen in signs(ranked[0]) if seen]
    return Binding(
        chosen=ranked[0],
        why=", ".join(shown) or "it is the only candidate",
        runner_up=ranked[1] if len(ranked) > 1 else None,
        sources=getattr(ranked[0], "sources", ()),
    )


def ranking(candidates: Iterable[T], signs: Callable[[T], Iterable[Sign]]) -> tuple[T, ...]:
    """Candidates by the strength of their signs, of equal ones by name."""
    return tuple(sorted(candidates, key=lambda one: (-_strength(signs(one)), identity(one))))


def _strength(signs: Iterable[Sign]) -> int:
    return sum(weight for weight, _, shown in signs if shown)


def identity(candidate: Any) -> tuple[str, ...]:
    """What a candidate can be called by: its name, id, ARN and region, as far as it has them."""
    names = ("name", "family", "id", "arn", "region")
    return tuple(str(getattr(candidate, name)) for name in names if hasattr(candidate, name))


def is_called(candidate: Any, name: str) -> bool:
    """Whether a candidate is the one that ``--bind`` names: by its id, its ARN or its name, whole."""
    return any(getattr(candidate, attribute, None) == name for attribute in ("name", "family", "id", "arn"))
