"""What a rubric says of a lab: its things, and its rows about them. Data alone; the rubric's reader makes it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from grader.things.expectations import Expectation, references_in
from grader.things.paths import Path
from grader.things.texts import places, reference

ACCOUNT = "account"
"""The thing that every rubric has: the account, with its ``Id``."""

Members = tuple[tuple[Path, Expectation], ...]


@dataclass(frozen=True, slots=True)
class Lister:
    """The operation that names the things that another one describes: ``for: iam.ListRolePolicies``.

    ``parameters`` are its own, ``gives`` the parameters that it names, each with the path in its answer.
    """

    operation: str
    parameters: tuple[tuple[str, Any], ...]
    gives: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Thing:
    """One thing of a lab: where it is found (``operation``, ``each``), and which of those there it is (``where``).

    ``parameters`` are those of the question: values, ``$thing.path``, or texts with ``{thing.path}``. ``conditions`` is
    ``where`` as it is written, without what is passed as a parameter.
    """

    name: str
    noun: str
    operation: str
    each: str = ""
    parameters: tuple[tuple[str, Any], ...] = ()
    lister: Lister | None = None
    where: Members = ()
    conditions: Mapping[str, Any] = field(default_factory=dict)
    prefer: Members = ()
    label: str = ""
    region: str = ""
    is_global: bool = False
    place: str = ""
    """``file:line``."""

    @property
    def is_http(self) -> bool:
        """Whether it is an answer of an application."""
        return self.operation.startswith("http.")

    @property
    def parents(self) -> tuple[str, ...]:
        """The things that this one is found by, in the order in which it names them."""
        given = [value for _, value in (*self.parameters, *(self.lister.parameters if self.lister else ()))]
        named = [name for value in given for name in named_in(value)]
        for _, each in (*self.where, *self.prefer):
            named.extend(sorted(references_in(each)))
        return tuple(dict.fromkeys(name for name in named if name != ACCOUNT))


def named_in(value: Any) -> Iterator[str]:
    """The things that a parameter takes values of."""
    if isinstance(value, dict):
        for each in value.values():
            yield from named_in(each)
    elif isinstance(value, list):
        for each in value:
            yield from named_in(each)
    elif isinstance(value, str):
        found = reference(value)
        yield from [found[0]] if found else (place.partition(".")[0] for place in places(value))


@dataclass(frozen=True, slots=True)
class Row:
    """A row about a thing: what is expected of it; nothing, where it only has to be there.

    ``say`` are the author's own words for one that fails. ``name`` is the id of its check in the rubric.
    """

    name: str
    thing: str
    expect: Expectation | None
    points: Fraction
    say: str = ""
    place: str = ""

    @property
    def things(self) -> frozenset[str]:
        """The things that it speaks of."""
        return frozenset({self.thing}) | ((references_in(self.expect) if self.expect else frozenset()) - {ACCOUNT})


@dataclass(frozen=True, slots=True)
class Things:
    """The things of a rubric, each after those that it is found by, and the rows about them."""

    all: tuple[Thing, ...] = ()
    rows: tuple[Row, ...] = ()
    file: str = ""

    def __contains__(self, name: str) -> bool:
        return any(thing.name == name for thing in self.all)

    def __getitem__(self, name: str) -> Thing:
        return next(thing for thing in self.all if thing.name == name)

    def with_parents(self, names: Iterable[str]) -> tuple[Thing, ...]:
        """The things of these names, with all that they are found by."""
        wanted: set[str] = set()
        waiting = list(names)
        while waiting:
            name = waiting.pop()
            if name not in wanted and name in self:
                wanted.add(name)
                waiting.extend(self[name].parents)
        return tuple(thing for thing in self.all if thing.name in wanted)


NO_THINGS = Things()
"""The things of a rubric that has none."""
