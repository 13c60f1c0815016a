"""Which of the things in an account are the lab's, and what each row says of them.

Things that refer to each other are taken together: of every consistent way to take them, that which earns most counts.
What AWS refused may hide a better one, so a row that fails then is unknown.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

from grader.errors import Missing, Pending, Undecided, Unverified
from grader.evidence import Evidence, Question
from grader.things.binding import Assignment, Candidate, Finder, Found, Names, too_slow
from grader.things.judge import Judge
from grader.things.things import Row, Thing, Things
from grader.things.values import TooSlow
from grader.things.words import value_in_words

MOST_TRIED = 4000
"""How many candidates are tried in one account; beyond that the first of each thing is taken."""


class Said(StrEnum):
    """What a row says."""

    HOLDS = "holds"
    FAILS = "fails"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class ThingRow:
    """A row by its name, as its check takes it; ``manual`` is what a person has to decide."""

    name: str
    manual: str = ""


@dataclass(frozen=True, slots=True)
class RowVerdict:
    """What a row says of the things that were taken. ``error`` is why it could not be told, or what is missing."""

    said: Said
    found: str = ""
    expected: str = ""
    error: Undecided | None = None
    read: frozenset[Question] = frozenset()


@dataclass(frozen=True, slots=True)
class Taken:
    """What was taken for a thing of the lab: ``second`` came second, ``others`` counts all that it could have been."""

    chosen: Candidate
    second: Candidate | None
    others: int
    is_bound: bool


@dataclass(frozen=True, slots=True)
class LabThings:
    """The things of a lab in one account, and what each row says, by the row's name."""

    taken: Mapping[str, Taken]
    verdicts: Mapping[str, RowVerdict]
    assignment: Mapping[str, Candidate | Found]
    missing: Mapping[str, str]
    """The thing that a row waits for, by the row's name: of those that are missing, that which the others need."""


@dataclass(frozen=True, slots=True)
class _Way:
    earned: Fraction
    open: Fraction
    assignment: Assignment
    verdicts: dict[str, RowVerdict]

    @property
    def rank(self) -> tuple[Fraction, Fraction]:
        return self.earned, self.open


def find_lab(things: Things, evidence: Evidence, binds: Mapping[str, str]) -> LabThings:
    """Take the things of the lab and judge all rows."""
    search = _Search(things, Finder(evidence, things, binds), evidence)
    way = search.best([thing.name for thing in things.all], {})
    taken: dict[str, Taken] = {}
    for name, one in way.assignment.items():
        if isinstance(one, Candidate):
            found = search.finder.find(things[name], way.assignment).candidates
            second = next((each for each in found if each is not one), None)
            taken[name] = Taken(one, second, len(found) - 1, name in binds)
    missing: dict[str, str] = {}
    for row in things.rows:
        gone = [one.name for one in things.with_parents(row.things) if isinstance(way.assignment[one.name], Found)]
        if gone:
            missing[row.name] = gone[0]
    return LabThings(taken, way.verdicts, way.assignment, missing)


class _Search:
    def __init__(self, things: Things, finder: Finder, evidence: Evidence) -> None:
        self.things = things
        self.finder = finder
        self.evidence = evidence
        self.left = MOST_TRIED

    def best(self, names: list[str], assignment: Assignment) -> _Way:
        """The way that earns most to take the things of these names, each after those that it is found by."""
        way = _Way(Fraction(0), Fraction(0), dict(assignment), {})
        for group in self._groups(names):
            one = self._best_of_group(group, assignment)
            way = _Way(
                way.earned + one.earned,
                way.open + one.open,
                {**way.assignment, **one.assignment},
                {**way.verdicts, **one.verdicts},
            )
        return way

    def _groups(self, names: list[str]) -> list[list[str]]:
        """Names in groups: those that refer to each other, or that one row speaks of, are in one."""
        owner = {name: name for name in names}

        def root(name: str) -> str:
            while owner[name] != name:
                name = owner[name]
            return name

        links: list[Iterable[str]] = [(thing.name, *thing.parents) for thing in self.things.all]
        links += [row.things for row in self.things.rows]
        for link in links:
            inside = [name for name in link if name in owner]
            for name in inside[1:]:
                owner[root(name)] = root(inside[0])
        groups: dict[str, list[str]] = {}
        for name in names:
            groups.setdefault(root(name), []).append(name)
        return list(groups.values())

    def _best_of_group(self, names: list[str], assignment: Assignment) -> _Way:
        thing = self.things[names[0]]
        found = self.finder.find(thing, assignment)
        options: list[Candidate | Found] = list(found.candidates) or [found]
        best: _Way | None = None
        for option in options:
            if best is not None and self.left <= 0:
                break
            self.left -= 1
            now: Assignment = {**assignment, thing.name: option}
            verdicts = {row.name: self._verdict(row, now) for row in self._decided(thing, now)}
            rest = self.best(names[1:], now)
            points = {row.name: row.points for row in self.things.rows}
            way = _Way(
                rest.earned + _sum(points, verdicts, Said.HOLDS),
                rest.open + _sum(points, verdicts, Said.UNKNOWN),
                rest.assignment,
                {**verdicts, **rest.verdicts},
            )
            if best is None or way.rank > best.rank:
                best = way
        assert best is not None
        return best

    def _decided(self, thing: Thing, assignment: Assignment) -> list[Row]:
        """The rows of which ``thing`` is the last thing that was taken."""
        return [row for row in self.things.rows if thing.name in row.things and row.things <= assignment.keys()]

    def _verdict(self, row: Row, assignment: Assignment) -> RowVerdict:
        read = frozenset(self._read(row, assignment))
        taken = assignment[row.thing]
        gaps = self._gaps(row, assignment)
        if isinstance(taken, Found):
            error = taken.error or Missing("")
            if isinstance(error, Missing) and gaps:
                error = gaps[0]
            return RowVerdict(Said.FAILS if isinstance(error, Missing) else Said.UNKNOWN, str(error), "", error, read)
        if row.expect is None:
            return RowVerdict(Said.HOLDS, f"{taken.label} is there", read=read)
        names = Names(assignment, self.evidence, self.finder.labels)
        judge = Judge(names, self.evidence.now)
        try:
            told = judge.told(row.expect, taken.value, taken.label)
        except Missing as missing:
            if gaps:
                return RowVerdict(Said.UNKNOWN, str(gaps[0]), error=gaps[0], read=read)
            return RowVerdict(Said.FAILS, f"{taken.label} cannot be right: {missing}", "", read=read)
        except Undecided as error:
            return RowVerdict(Said.UNKNOWN, str(error), error=error, read=read)
        except TooSlow as error:
            return RowVerdict(Said.UNKNOWN, error=too_slow(row.place, error, self.evidence), read=read)
        except RecursionError:
            told_deep = Unverified(f"{row.place}: what {taken.label} holds is nested too deeply to be judged")
            return RowVerdict(Said.UNKNOWN, error=told_deep, read=read)
        if told.holds:
            return RowVerdict(Said.HOLDS, f"{taken.label}: {told.found}", read=read)
        if gaps:
            return RowVerdict(Said.UNKNOWN, str(gaps[0]), error=gaps[0], read=read)
        found = self._said(row, taken) or f"{taken.label}: {told.found}"
        if told.is_waiting:
            return RowVerdict(Said.UNKNOWN, found, told.expected, Pending(found), read)
        return RowVerdict(Said.FAILS, found, told.expected, read=read)

    def _said(self, row: Row, taken: Candidate) -> str:
        """The author's own words, with members of the thing in them."""
        from grader.things.paths import BadPath, path
        from grader.things.texts import labelled

        def value_in(text: str) -> str:
            try:
                return value_in_words(path(text).value_in(taken.value))
            except BadPath:
                return ""

        return labelled(row.say, value_in) if row.say else ""

    def _below(self, row: Row) -> tuple[Thing, ...]:
        return self.things.with_parents(row.things)

    def _gaps(self, row: Row, assignment: Assignment) -> tuple[Unverified, ...]:
        gaps = [
            gap
            for thing in self._below(row)
            if thing.name not in self.finder.binds
            for gap in self.finder.find(thing, assignment).gaps
        ]
        return tuple(dict.fromkeys(gaps))

    def _read(self, row: Row, assignment: Assignment) -> Iterable[Question]:
        for thing in self._below(row):
            taken = assignment.get(thing.name)
            if isinstance(taken, Candidate):
                yield taken.question
            elif taken is not None:
                yield from taken.read


def _sum(points: Mapping[str, Fraction], verdicts: Mapping[str, RowVerdict], said: Said) -> Fraction:
    return sum((points[name] for name, one in verdicts.items() if one.said is said), Fraction(0))
