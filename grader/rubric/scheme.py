"""The marking scheme: sections, items, the checks that earn their points, and variants. Points are exact fractions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Any

from grader.errors import RubricError, UsageError
from grader.rubric.check_functions import CheckFunction
from grader.rubric.late_policy import LatePolicy
from grader.things.things import NO_THINGS, Things

QUESTION_CHECK = "check_questions.py::test_the_answer_is_as_expected"
"""The check behind every row that is a question instead of a function."""

THINGS_CHECK = "check_things.py::test_the_thing_is_as_expected"
"""The check behind every row about a thing that the rubric binds itself, and behind what a person decides."""


CONTROLLED = (
    "administrator", "bucket", "cluster", "load_balancer", "load_balancer_group", "repository", "resource_group",
    "service", "target_group", "task_definition", "vpc",
)  # fmt: skip
"""The nouns of resources that a control can be about."""


@dataclass(frozen=True, slots=True)
class CheckRow:
    """One check of an item and its share. ``id`` is unique in the rubric.

    ``parameters`` are the row's and its item's own, ``shared`` those of the whole rubric that its function takes.
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
    shared: tuple[tuple[str, Any], ...] = ()
    controls: tuple[Control, ...] = ()
    needs: frozenset[str] | None = None
    """The rows of calls that it rests on, where they do not follow from its function."""

    @property
    def values(self) -> dict[str, Any]:
        """What is passed to the function beside things of the account."""
        return {**dict(self.shared), **dict(self.parameters)}


@dataclass(frozen=True, slots=True)
class Control:
    """A control of a standard that a check decides: ``CIS AWS Foundations Benchmark v5.0.0``, ``1.4``.

    ``of`` is the noun of the resource that it is about (``load_balancer``); empty for the account itself.
    """

    standard: str
    id: str
    of: str = ""


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
    """The rubric for another kind of account. ``convert_to`` is the scale beside the score, if any.

    ``feeds_converted``: what leaves for other tools is on that scale.
    """

    name: str
    title: str
    not_applicable: frozenset[str]
    convert_to: Fraction | None
    note: str
    feeds_converted: bool = False


@dataclass(frozen=True, slots=True)
class Bonus:
    """Points that no step carries; ``awards`` are given by an instructor, each with a reason."""

    points: Fraction
    note: str
    awards: tuple[tuple[Fraction, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Rubric:
    """A marking scheme; ``digest`` is the SHA-256 of its file, ``parameters`` are the numbers and names of its lab.

    ``only_items`` names the steps that were taken from a larger one.
    """

    path: Path
    digest: str
    lab: str
    sections: tuple[Section, ...]
    variants: Mapping[str, Variant]
    bonus: Bonus
    parameters: Mapping[str, Any]
    keep: tuple[str, ...] = ()
    """Private values that stay in the evidence: ``buckets``, what names one of the account's; ``names``, Name tags."""
    late: LatePolicy | None = None
    only_items: tuple[str, ...] = ()
    things: Things = NO_THINGS
    security_notes: bool = True
    """Whether risks beyond the lab are told, at no points."""

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

    def only(self, identifiers: Iterable[str]) -> Rubric:
        """The rubric of these steps alone, on their own scale; raises ``UsageError`` for one that it has not."""
        wanted = tuple(dict.fromkeys(identifiers))
        known = [item.id for item in self.items]
        for identifier in wanted:
            if identifier not in known:
                raise UsageError(
                    f"there is no step {identifier!r}.", where="--item", remedy=f"Steps: {', '.join(known)}."
                )

        def kept(names: tuple[str, ...]) -> tuple[str, ...]:
            return tuple(name for name in names if name.partition("::")[0] in wanted)

        def alone(item: Item) -> Item:
            rows = tuple(replace(row, runs_through=kept(row.runs_through)) for row in item.checks)
            return replace(item, builds_on=kept(item.builds_on), runs_through=kept(item.runs_through), checks=rows)

        sections = (
            replace(section, items=tuple(alone(item) for item in section.items if item.id in wanted))
            for section in self.sections
        )
        return replace(
            self,
            sections=tuple(section for section in sections if section.items),
            variants={name: replace(one, convert_to=None) for name, one in self.variants.items()},
            bonus=Bonus(Fraction(0), self.bonus.note),
            only_items=wanted,
        )

    def variant(self, name: str | None) -> Variant | None:
        """A variant by name; None for the rubric as it is. Raises ``RubricError`` for an unknown name."""
        if name is None:
            return None
        if name not in self.variants:
            known = ", ".join(self.variants) or "none"
            raise RubricError(f"there is no variant {name!r}.", where=str(self.path), remedy=f"Variants: {known}.")
        return self.variants[name]

    def applicable(self, variant: Variant | None) -> tuple[Item, ...]:
        """The items that apply in a variant."""
        return tuple(item for item in self.items if variant is None or item.id not in variant.not_applicable)


def rows(items: tuple[Item, ...]) -> Iterator[CheckRow]:
    """Every check row of some items."""
    for item in items:
        yield from item.checks
