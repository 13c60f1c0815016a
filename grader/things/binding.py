"""Finding the things of a lab in an account: which there are, which is meant, and why not another."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from grader.errors import Missing, Undecided, Unverified, UsageError
from grader.evidence import GLOBAL, Evidence, Question, Refusal, RefusalKind
from grader.evidence.regions import Regions, regions_of
from grader.foreign_text import shorten
from grader.things.drawing import entries, seen
from grader.things.judge import Judge, Told
from grader.things.naming import ID_ENDS, identity, label_of, name_of
from grader.things.paths import path
from grader.things.requests import question
from grader.things.texts import filled, literal, places, reference
from grader.things.things import ACCOUNT, Thing, Things
from grader.things.values import TooSlow
from grader.things.words import listed, member_in_words, value_in_words

_ANOTHER = "this evidence was collected for another rubric"


@dataclass(frozen=True, slots=True)
class Candidate:
    """Something in the account that may be a thing of the lab. ``region`` is empty for what has none."""

    thing: Thing
    value: Any
    region: str
    question: Question
    label: str

    @property
    def id(self) -> str:
        """What tells it from others, for ``--bind``."""
        return identity(self.value) or self.label


@dataclass(frozen=True, slots=True)
class Found:
    """What there is of a thing: ``candidates`` that may be it, or the ``error`` that says why there is none.

    ``gaps`` are refusals that may hide another one.
    """

    candidates: tuple[Candidate, ...]
    error: Undecided | None
    gaps: tuple[Unverified, ...] = ()
    read: tuple[Question, ...] = ()


Assignment = dict[str, "Candidate | Found"]
"""What was taken for each thing: a candidate, or what was found where there is none."""


class Names:
    """The values that ``$thing.path`` stands for, given what was taken for each thing."""

    def __init__(
        self,
        assignment: Mapping[str, Candidate | Found],
        evidence: Evidence,
        labels: Mapping[str, str] | None = None,
    ) -> None:
        self._assignment = assignment
        self._evidence = evidence
        self._labels = labels or {}

    def value_of(self, name: str, where: str) -> Any:
        """The value; raises what keeps the thing from being known."""
        if name == ACCOUNT:
            return self._evidence.account
        taken = self._assignment[name]
        if isinstance(taken, Found):
            raise taken.error or Missing(f"there is no {name}")
        value = path(where or "@").value_in(taken.value)
        if value is None:
            raise Missing(f"{taken.label} has no {member_in_words(where)}")
        return value

    def words_for(self, name: str, where: str) -> str:
        """The value with the label of what it is of, where that does not say it already."""
        if name == ACCOUNT:
            return self._evidence.account
        taken = self._assignment.get(name)
        if not isinstance(taken, Candidate):
            return f"that of {_noun(name)}"
        value = value_in_words(path(where or "@").value_in(taken.value))
        if value in taken.label and where.lower().endswith(("id", "arn")):
            return f"that of {taken.label}"
        return value if value in taken.label else f"{value} (that of {taken.label})"

    def owner_of(self, name: str, where: str) -> str:
        """What a thing that is referred to is called."""
        taken = self._assignment.get(name)
        return taken.label if isinstance(taken, Candidate) else _noun(name)

    def label_for(self, value: Any) -> str:
        """A value in words; the id of something that was found, with what that is called."""
        said = value_in_words(value)
        label = self._labels.get(value, "") if isinstance(value, str) else ""
        return label if label and said in label else f"{said} ({label})" if label else said


def _noun(name: str) -> str:
    return name.replace("_", " ")


@dataclass(slots=True)
class _Seen:
    items: list[Candidate] = field(default_factory=list)
    gaps: list[Unverified] = field(default_factory=list)
    read: list[Question] = field(default_factory=list)
    misses: list[tuple[Candidate, tuple[Told, ...]]] = field(default_factory=list)


class Finder:
    """Finds things in one account. ``binds`` names some beforehand, by id, ARN or name."""

    def __init__(self, evidence: Evidence, things: Things, binds: Mapping[str, str]) -> None:
        self.evidence = evidence
        self.things = things
        self.binds = binds
        self.regions: Regions = regions_of(evidence)
        self.labels: dict[str, str] = {}
        """What everything that was seen is called, by its id."""
        self._kept: dict[tuple[Any, ...], Found] = {}

    def find(self, thing: Thing, assignment: Mapping[str, Candidate | Found]) -> Found:
        """What there is of a thing, given what was taken for those that it is found by."""
        key = (thing.name, *(id(assignment.get(name)) for name in thing.parents))
        found = self._kept.get(key)
        if found is None:
            found = self._kept[key] = self._found(thing, assignment)
        return found

    def questions(
        self, thing: Thing, assignment: Mapping[str, Candidate | Found]
    ) -> Iterator[tuple[str, dict[str, Any]]]:
        """The region and the parameters of each question about a thing."""
        return self._questions(thing, Names(assignment, self.evidence, self.labels), assignment, _Seen())

    def _found(self, thing: Thing, assignment: Mapping[str, Candidate | Found]) -> Found:
        names = Names(assignment, self.evidence, self.labels)
        spread = _Seen()
        try:
            self._see(thing, names, assignment, spread)
        except Undecided as error:
            return Found((), error, read=tuple(spread.read))
        except TooSlow as error:
            return Found((), too_slow(thing.place, error, self.evidence))
        gaps = tuple(dict.fromkeys(spread.gaps))
        if spread.items:
            return Found(self._preferred(thing, spread.items, names), None, gaps, tuple(spread.read))
        if gaps:
            return Found((), _merged(gaps), gaps, tuple(spread.read))
        return Found((), Missing(self._sentence(thing, spread, names)), (), tuple(spread.read))

    def _see(self, thing: Thing, names: Names, assignment: Mapping[str, Candidate | Found], spread: _Seen) -> None:
        judge = Judge(names, self.evidence.now)
        for region, parameters in self._questions(thing, names, assignment, spread):
            asked = question(thing.operation, region, parameters)
            spread.read.append(asked)
            response = self._answer(asked, spread)
            for value in entries(thing.each, response) if response is not None else ():
                whole = seen(value, parameters)
                one = Candidate(thing, whole, "" if region == GLOBAL else region, asked, label_of(thing, whole))
                if one.id and one.label != thing.label:
                    self.labels.setdefault(one.id, one.label)
                if thing.name in self.binds:
                    if is_called(one, self.binds[thing.name]):
                        spread.items.append(one)
                    continue
                told = tuple(
                    judge.told(wanted, where.value_in(whole), member_in_words(where.text))
                    for where, wanted in thing.where
                )
                if all(each.holds for each in told):
                    spread.items.append(one)
                else:
                    spread.misses.append((one, told))

    def _answer(self, asked: Question, spread: _Seen) -> Any:
        try:
            if not self.evidence.asked(asked.operation):
                raise _not_asked(asked)
            return self.evidence.answer_to(asked).raw
        except Unverified as gap:
            spread.gaps.append(self._without_answer(asked) or gap)
        except Missing:
            pass
        return None

    def _without_answer(self, asked: Question) -> Unverified | None:
        """What to say where an application, not AWS, gave no answer."""
        entry = self.evidence.entry(asked)
        if not asked.operation.startswith("http.") or entry is None:
            return None
        message = str(entry.get("error", {}).get("Message", ""))
        return Unverified(f"the application did not answer: {shorten(message, 200)}")

    def _questions(
        self, thing: Thing, names: Names, assignment: Mapping[str, Candidate | Found], spread: _Seen
    ) -> Iterator[tuple[str, dict[str, Any]]]:
        """The region and the parameters of each question about a thing."""
        parents = [assignment.get(name) for name in thing.parents]
        for parent in parents:
            if isinstance(parent, Found):
                raise parent.error or Missing("")
        places_ = {parent.region for parent in parents if isinstance(parent, Candidate)} - {""}
        if thing.is_global:
            regions: tuple[str, ...] = (GLOBAL,)
        elif thing.region:
            regions = (thing.region,)
        elif places_:
            regions = tuple(sorted(places_))[:1] if len(places_) == 1 else ()
        else:
            regions = self.regions.counting
            if self.regions.refusal is not None:
                spread.gaps.append(self.regions.refusal)
        fixed = {name: self._parameter(value, names) for name, value in thing.parameters}
        for region in regions:
            if thing.lister is None:
                yield region, fixed
                continue
            own = {name: self._parameter(value, names) for name, value in thing.lister.parameters}
            listing = question(thing.lister.operation, region, own)
            spread.read.append(listing)
            response = self._answer(listing, spread)
            for given in _given(thing, response) if response is not None else ():
                yield region, {**fixed, **given}

    def _parameter(self, value: Any, names: Names) -> Any:
        named = reference(value)
        if named is not None:
            return names.value_of(*named)
        if isinstance(value, list):
            return [self._parameter(each, names) for each in value]
        if isinstance(value, str) and places(value):
            given = {f"${place}": names.value_of(*place.partition(".")[::2]) for place in places(value)}
            text = filled(value, given)
            if text is None:
                raise Missing(f"{value} has no value")
            return text
        return literal(value)

    def _preferred(self, thing: Thing, items: list[Candidate], names: Names) -> tuple[Candidate, ...]:
        judge = Judge(names, self.evidence.now)
        unique = list({(one.region, one.id, one.question): one for one in items}.values())
        if not thing.prefer or len(unique) == 1:
            return tuple(unique)
        ranks = [
            sum(judge.told(wanted, where.value_in(one.value), "").holds for where, wanted in thing.prefer)
            for one in unique
        ]
        return tuple(one for one, rank in zip(unique, ranks, strict=True) if rank == max(ranks))

    # --- why there is none

    def _sentence(self, thing: Thing, spread: _Seen, names: Names) -> str:
        if thing.name in self.binds:
            raise UsageError(
                f"nothing that could be {thing.name} is called {self.binds[thing.name]!r} in account "
                f"{self.evidence.account}.",
                where="--bind",
                remedy="Name it by its id, ARN or name.",
            )
        if thing.is_http:
            return f"There is no response for {thing.noun}."
        said = f"There is no {thing.noun}{self._conditions(thing, names)}"
        near = self._near(thing, spread)
        place = "" if thing.is_global or near else f" in {_places(self.regions.counting)}"
        return f"{said}{place}{near}."

    def _conditions(self, thing: Thing, names: Names) -> str:
        judge = Judge(names, self.evidence.now)
        called, others, of = "", [], []
        for (name, plain), (where, wanted) in zip(thing.conditions.items(), thing.where, strict=True):
            refers = reference(plain)
            if wanted.relation == "equal" and refers is None and _is_name(name):
                called = f" named {plain}"
            elif refers is not None:
                of.append(names.owner_of(*refers))
            else:
                others.append(f"{member_in_words(where.text)} {judge.words(wanted)}")
        for name, value in thing.parameters:
            refers = reference(value)
            if refers is not None and refers[0] != ACCOUNT:
                of.append(names.owner_of(*refers))
            elif refers is None and isinstance(value, str) and _is_name(name) and not called:
                called = f" named {value}"
        text = called
        if others:
            text += f" with {listed(others)}"
        if of:
            text += f" of {listed(of)}"
        return text

    def _near(self, thing: Thing, spread: _Seen) -> str:
        """Which there are instead, the nearest first, with what is other about them where that is no name."""
        if not spread.misses:
            return ""
        joins = [reference(plain) is not None for plain in thing.conditions.values()]

        def rank(miss: tuple[Candidate, tuple[Told, ...]]) -> tuple[int, int]:
            _, told = miss
            apart = sum(not each.holds for each, is_join in zip(told, joins, strict=True) if is_join)
            return apart, sum(not each.holds for each in told)

        ordered = sorted(spread.misses, key=rank)
        nearest = [miss for miss in ordered if rank(miss) == rank(ordered[0])]
        shown = []
        for one, told in nearest[:3]:
            wrong = [
                each.found
                for each, name in zip(told, thing.conditions, strict=True)
                if not each.holds and not (_is_name(name) and len([x for x in told if not x.holds]) == 1)
            ]
            shown.append(f"{one.label} ({listed(wrong, most=2)})" if wrong else one.label)
        more = len(nearest) - len(shown)
        return f"; there {'is' if len(nearest) == 1 else 'are'} {listed([*shown, *([f'{more} more'] if more else [])])}"


def too_slow(place: str, error: TooSlow, evidence: Evidence) -> Unverified:
    """What a pattern that does not end in time comes to: nobody's fault but the rubric's."""
    return Unverified(f"{place}: the pattern {shorten(str(error))} took too long on account {evidence.account}")


def _not_asked(asked: Question) -> Unverified:
    refusal = Refusal(asked, RefusalKind.NOT_ASKED, asked.operation, "", "")
    return Unverified(f"{asked.operation} was not asked: {_ANOTHER}; collect again with it", [refusal])


def _given(thing: Thing, response: Any) -> Iterator[dict[str, Any]]:
    assert thing.lister is not None
    lists = [(name, entries(where, response)) for name, where in thing.lister.gives]
    wraps = {name for name, value in thing.parameters if isinstance(value, list)}
    for values in zip(*(each for _, each in lists), strict=False):
        yield {name: [value] if name in wraps else value for (name, _), value in zip(lists, values, strict=True)}


def _merged(gaps: tuple[Unverified, ...]) -> Unverified:
    if len(gaps) == 1:
        return gaps[0]
    refusals = tuple(dict.fromkeys(refusal for gap in gaps for refusal in gap.refusals))
    return Unverified(f"{gaps[0]} (and {len(gaps) - 1} more)", refusals)


def _is_name(name: str) -> bool:
    return name.lower() == "tag:name" or name.lower().endswith(("name", "identifier"))


def _places(regions: tuple[str, ...]) -> str:
    return listed(regions, word="or") if len(regions) <= 3 else f"any of the {len(regions)} regions searched"


def is_called(candidate: Candidate, name: str) -> bool:
    """Whether ``--bind`` names a candidate: by a member of its own that is an id, an ARN or a name, or by its tag."""
    value = candidate.value
    if isinstance(value, str):
        return value == name
    if not isinstance(value, dict):
        return False
    own = [each for key, each in value.items() if key.endswith(ID_ENDS) and isinstance(each, str)]
    return name in own or name == name_of(value) or name == candidate.label
