"""Which question is put when: each as soon as the answers that its parameters come from are there.

There are no waves. One thread, the account's own, takes answers as they come and derives from each what can
now be asked; the workers ask. Of what can be asked, that goes first behind which the longest chain of questions
waits. No question is put twice, however many answers lead to it.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from grader.calls.spec import IN_USE, Call, From, Scope
from grader.collect.access import REGION, partition_of
from grader.collect.answers import Answer
from grader.collect.draws import Draws
from grader.collect.expressions import search
from grader.collect.request import Asked
from grader.evidence import GLOBAL, Question, identify

_CENTRAL = {"aws": "us-east-1", "aws-cn": "cn-north-1", "aws-us-gov": "us-gov-west-1"}

_PROBES = 2
"""How often a probe of the application waits for an answer before it puts its next questions."""


@dataclass(slots=True)
class Schedule:
    """What one account is asked. ``put`` is called once for each question, as soon as it can be asked."""

    rows: tuple[Call, ...]
    home_region: str
    partition: str
    put: Callable[[Asked], None]
    regions: list[str] = field(default_factory=list)
    """The regions that are searched, in the order in which they became known."""
    enabled: Callable[[], frozenset[str]] | None = None
    """The regions that may be asked; None as long as they are not known."""
    _elsewhere: dict[str, list[tuple[Call, str, dict[str, Any], bool]]] = field(
        default_factory=lambda: defaultdict(list)
    )
    """By region what waits until it is known whether that may be asked."""
    _left_out: dict[Question, str] = field(default_factory=dict)
    _spare: dict[Question, tuple[Asked, Answer] | None] = field(default_factory=dict)
    """What only a spare source led to, with its answer once that is there."""
    _put: set[Question] = field(default_factory=set)
    _used: set[str] = field(default_factory=set)
    _counts: dict[tuple[int, str, bool], int] = field(default_factory=lambda: defaultdict(int))
    _fed: dict[str, list[tuple[Call, From]]] = field(default_factory=lambda: defaultdict(list))
    _signs: dict[str, From] = field(default_factory=dict)
    _depths: dict[str, int] = field(default_factory=dict)
    _conditions: dict[str, list[tuple[Call, From]]] = field(default_factory=lambda: defaultdict(list))
    _met: set[tuple[int, str]] = field(default_factory=set)
    _held: dict[tuple[int, str], list[Asked]] = field(default_factory=lambda: defaultdict(list))
    """What waits until a condition of its row is met in its region."""
    _drawn: Draws = field(init=False)

    def start(self, regions: Iterable[str]) -> None:
        """Put everything that needs no answer: globally, and in the regions that are known from the start."""
        self._drawn = Draws(self.rows)
        for call in self.rows:
            for source in call.sources:
                self._fed[source.operation].append((call, source))
            for condition in call.when:
                self._conditions[condition.operation].append((call, condition))
        if any(call.scope is Scope.IN_USE for call in self.rows):
            self._signs = {source.operation: source for source in IN_USE}
        regions = list(dict.fromkeys(regions))
        self.regions += regions
        central = _CENTRAL[self.partition]
        places: dict[Scope, list[tuple[str, str]]] = {
            Scope.GLOBAL: [(GLOBAL, self.home_region)],
            Scope.CENTRAL: [(central, central)],
            Scope.EVERY: [(region, region) for region in regions],
            Scope.IN_USE: [(region, region) for region in regions if region == self.home_region],
        }
        self._used.update(region for region, _ in places[Scope.IN_USE])
        for call in self.rows:
            if not call.sources and not call.drawn:
                for kept_under, region in places.get(call.scope, ()):
                    self._put_variants(call, kept_under, region, {})

    @property
    def left_out(self) -> dict[str, int]:
        """How many questions of a row a bound of the table left out."""
        return dict(Counter(self._left_out.values()))

    def depth(self, operation: str) -> int:
        """How many questions wait for one another behind this operation, the probe's included."""
        if operation not in self._depths:
            probes = _PROBES if operation == "elbv2.DescribeListeners" else 0
            behind = [1 + self.depth(call.operation) for call, _ in self._fed.get(operation, ())]
            behind += [1 + self.depth(name) for name in self._drawn.behind(operation) if name != operation]
            self._depths[operation] = max([probes, *behind])
        return self._depths[operation]

    def search_region(self, region: str) -> None:
        """Search a region, once."""
        if region in self.regions:
            return
        self.regions.append(region)
        for call in self._sourceless(Scope.EVERY):
            self._put_variants(call, region, region, {})
        for call, parameters in self._drawn.everywhere:
            self._put_variants(call, region, region, parameters)

    def _use(self, region: str) -> None:
        self._used.add(region)
        for call in self._sourceless(Scope.IN_USE):
            self._put_variants(call, region, region, {})

    def _sourceless(self, scope: Scope) -> Iterator[Call]:
        return (call for call in self.rows if call.scope is scope and not call.sources and not call.drawn)

    def derive(self, asked: Asked, answer: Answer) -> None:
        """Put what an answer makes askable; a refusal makes nothing askable."""
        if answer.response is None:
            return
        operation = asked.call.operation
        seen = {"response": answer.response, "parameters": asked.parameters}
        for call, condition in self._conditions.get(operation, ()):
            place = (id(call), asked.question.region)
            if place not in self._met and search(condition.items, seen):
                self._meet(call, asked.question.region)
        sign = self._signs.get(operation)
        if sign is not None and asked.question.region not in self._used and search(sign.items, seen):
            self._use(asked.question.region)
        is_spare = asked.question in self._spare
        if is_spare:
            self._spare[asked.question] = (asked, answer)
        for call, source in self._fed.get(operation, ()):
            found = search(source.items, seen)
            carried = {name: asked.parameters[name] for name in source.carry if name in asked.parameters}
            for item in found if isinstance(found, list) else [found]:
                if isinstance(item, dict):
                    self._put_item(call, asked, {**carried, **item}, is_spare=is_spare or source.is_spare)
        for row, drawn_from, given in self._drawn.taken(asked.question, asked.parameters, answer.response):
            regions = [self.home_region] if row.scope is Scope.GLOBAL else [drawn_from] if drawn_from else self.regions
            for region in regions:
                self._put_variants(row, GLOBAL if row.scope is Scope.GLOBAL else region, region, given)

    def _put_item(self, call: Call, source: Asked, item: dict[str, Any], *, is_spare: bool) -> None:
        named = item.pop("region", None)
        item = {name: _without_nulls(value) for name, value in item.items()}
        if any(value is None or value in ("", []) for value in item.values()):
            return
        region = source.region
        if named is not None and named != region:
            # A region that an answer names becomes part of a host name, to which a signed request is sent.
            if not isinstance(named, str) or not REGION.fullmatch(named) or partition_of(named) != self.partition:
                return
            region = named
        kept_under = GLOBAL if call.scope is Scope.GLOBAL else region
        # S3 says itself where a bucket is. A task definition says what its author wrote.
        if region in (source.region, *self.regions) or call.scope is Scope.GLOBAL:
            self._put_variants(call, kept_under, region, item, is_spare=is_spare)
        elif self.enabled is None:
            self._elsewhere[region].append((call, kept_under, item, is_spare))
        elif region in self.enabled():
            self._put_variants(call, kept_under, region, item, is_spare=is_spare)

    def enable(self, regions: Callable[[], frozenset[str]]) -> None:
        """Say which regions may be asked beside those that are searched; what waited for that is put."""
        self.enabled = regions
        held, self._elsewhere = self._elsewhere, defaultdict(list)
        for region, waiting in held.items():
            for call, kept_under, item, is_spare in waiting:
                if region in regions():
                    self._put_variants(call, kept_under, region, item, is_spare=is_spare)

    def _put_variants(
        self, call: Call, kept_under: str, region: str, item: Mapping[str, Any], *, is_spare: bool = False
    ) -> None:
        for variant in call.variants:
            parameters = {
                name: value.format(partition=self.partition) if isinstance(value, str) else value
                for name, value in variant.items()
            }
            parameters.update(item)
            region = call.sent_to or region
            kept_under = region if call.sent_to and kept_under != GLOBAL else kept_under
            question = Question(call.operation, kept_under, identify(dict(_key(call.key, parameters))))
            if question in self._put:
                if not is_spare:
                    self._spare_no_more(question)
                continue
            slot = (id(call), kept_under, is_spare)
            if self._counts[slot] >= call.items * len(call.variants):
                self._left_out[question] = call.name
                continue
            self._counts[slot] += 1
            self._left_out.pop(question, None)
            self._put.add(question)
            if is_spare:
                self._spare[question] = None
            self._put_or_hold(Asked(question, call, region, parameters))

    def _put_or_hold(self, asked: Asked) -> None:
        """Put a question, or hold it until a condition of its row is met: in its region, in any if it is global."""
        place = (id(asked.call), asked.question.region)
        if asked.call.when and place not in self._met:
            self._held[place].append(asked)
        else:
            self.put(asked)

    def _meet(self, call: Call, region: str) -> None:
        for place in ((id(call), region), (id(call), GLOBAL)):
            self._met.add(place)
            for asked in self._held.pop(place, ()):
                self.put(asked)

    def _spare_no_more(self, question: Question) -> None:
        """Something that is not spare led to a question as well: what follows from it does not count apart."""
        answered = self._spare.pop(question, None)
        if answered is not None:
            self.derive(*answered)


def _key(names: Iterable[str], parameters: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for each in names:
        name, _, expression = each.partition("=")
        yield name, search(expression, parameters) if expression else parameters[name]


def _without_nulls(value: Any) -> Any:
    """An object without the members that an expression found nothing for: botocore takes no nulls."""
    if isinstance(value, dict):
        return {name: part for name, part in value.items() if part is not None}
    return value
