"""The marking scheme: sections, items, the checks that earn their points, and variants. Points are exact fractions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

from grader.errors import RubricError
from grader.rubric.check_functions import CheckFunction
from grader.things.things import NO_THINGS, Things

QUESTION_CHECK = "check_questions.py::test_the_answer_is_as_expected"
"""The check behind every row that is a question instead of a function."""

THINGS_CHECK = "check_things.py::test_the_thing_is_as_expected"
"""The check behind every row about a thing that the rubric binds itself, and behind what a person decides."""


@dataclass(frozen=True, slots=True)
class CheckRow:
    """One check of an item and its share. ``id`` is unique in the rubric.

    ``runs_through`` names what can stop it (items, or ``item::function``); where it is empty, its item's does.
    """

    id: str
    function: CheckFunction
    title: str
    points: Fraction
    hint: str
    parameters: tuple[tuple[str, Any], ...]
    operation: str
    where: str
    runs_through: tuple[str, ...] = ()
    needs: frozenset[str] | None = None
    """The rows of calls that it rests on, where they do not follow from its function."""


@dataclass(frozen=True, slots=True)
class Control:
    """A control of a standard that an item corresponds to: ``CIS AWS Foundations Benchmark v5.0.0``, ``1.4``."""

    standard: str
    id: str


@dataclass(frozen=True, slots=True)
class Item:
    """One step of the lab.

    ``builds_on`` names steps without whose resource this one cannot exist, ``runs_through`` steps (or single checks of
    them, ``item::function``) of which a fault stops it: where this one fails, they say because of what.
    """

    id: str
    title: str
    points: Fraction
    hint: str
    link: str
    builds_on: tuple[str, ...]
    runs_through: tuple[str, ...]
    controls: tuple[Control, ...]
    checks: tuple[CheckRow, ...]
    section: str
    where: str


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the lab."""

    id: str
    title: str
    items: tuple[Item, ...]


@dataclass(frozen=True, slots=True)
class Variant:
    """The rubric for another kind of account. ``convert_to`` is the scale beside the score, if any."""

    name: str
    title: str
    not_applicable: frozenset[str]
    convert_to: Fraction | None
    note: str


@dataclass(frozen=True, slots=True)
class Bonus:
    """Points that no step carries; ``awards`` are given by an instructor, each with a reason."""

    points: Fraction
    note: str
    awards: tuple[tuple[Fraction, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Rubric:
    """A marking scheme."""

    path: Path
    lab: str
    sections: tuple[Section, ...]
    variants: Mapping[str, Variant]
    bonus: Bonus
    things: Things = NO_THINGS

    @property
    def items(self) -> tuple[Item, ...]:
        """All items in order."""
        return tuple(item for section in self.sections for item in section.items)

    @property
    def is_of_things(self) -> bool:
        """Whether it speaks of its own things alone, and of none that the lab of this project has."""
        return all(row.needs is not None for row in rows(self.items))

    @property
    def max_score(self) -> Fraction:
        """The sum of the items' points."""
        return sum((item.points for item in self.items), Fraction(0))

    def variant(self, name: str | None) -> Variant | None:
        """A variant by name; None for the rubric as it stands. Raises ``RubricError`` for an unknown name."""
        if name is None:
            return None
        if name not in self.variants:
            known = ", ".join(self.variants) or "none"
            raise RubricError(f"there is no variant {name!r}.", where=str(self.path), remedy=f"There is: {known}.")
        return self.variants[name]

    def applicable(self, variant: Variant | None) -> tuple[Item, ...]:
        """The items that apply in a variant."""
        return tuple(item for item in self.items if variant is None or item.id not in variant.not_applicable)


def rows(items: tuple[Item, ...]) -> Iterator[CheckRow]:
    """Every check row of some items."""
    for item in items:
        yield from item.checks
