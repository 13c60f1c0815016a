"""What a row of the table of calls is made of: where it is asked, what with, and what identifies the question."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class Scope(StrEnum):
    """Where a row is asked, and the region that its answers are kept under."""

    GLOBAL = "global"
    """Once; kept under ``global``."""
    EVERY = "every region"
    """In every searched region."""
    IN_USE = "regions in use"
    """In the home region, and in every searched region where something of ``IN_USE`` was found."""
    CENTRAL = "central region"
    """In the region where AWS keeps events and metrics of global services: us-east-1 in commercial accounts."""
    SOURCE = "region of the source"
    """Where the answer that the parameters come from was asked, or the region that an item names."""


class Manner(StrEnum):
    """How the pages and parts of one question become one answer."""

    PAGES = "pages"
    BATCHES = "batches"
    NEWEST_EVENTS = "newest events"


@dataclass(frozen=True, slots=True)
class From:
    """Where parameters come from: ``items`` is evaluated over each answer to ``operation``.

    It sees ``response`` and ``parameters`` (those that the answer was asked with) and gives one or more
    objects, each the parameters of one question; an item with an absent or empty parameter asks nothing.
    ``region`` in an item is no parameter but the region to ask. ``carry`` names parameters taken over as they
    are. Beside JMESPath's own there are the functions of expressions.py, such as ``after(text, mark)``, what
    follows the last mark. Where it ``is_spare``, what comes from it, and what follows from that, counts
    apart, so that it never takes the place of something else within a bound of a row.
    """

    operation: str
    items: str
    carry: tuple[str, ...] = ()
    is_spare: bool = False


@dataclass(frozen=True, slots=True)
class Drawn:
    """Parameters of a rubric's row, from each thing that an answer to ``operation`` holds.

    ``each`` finds the things in the answer, ``where`` says which of them count, as a rubric writes it. ``give`` are the
    parameters, each with its path in a thing; ``carry`` are parameters taken over from those that the answer was asked
    with, by their names there.
    """

    operation: str
    each: str
    give: Mapping[str, str]
    where: Mapping[str, Any] = field(default_factory=dict)
    carry: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class DaysAgo:
    """A moment relative to the start of collecting; as milliseconds since 1970 where the API wants that."""

    days: float
    milliseconds: bool = False


@dataclass(frozen=True, slots=True)
class Call:
    """One row.

    ``key`` names the parameters that identify the question (``Name``, or ``Name=expression`` over the
    parameters); ``variants`` are fixed parameters, one question for each; ``shaped`` are parameters that only
    shape the answer. ``batch`` is the list parameter that is split, and the most that one request may hold.
    ``pages`` and ``items`` bound what a hostile account can make us ask (``items`` in each region, and once
    more for what is spare). ``per_second`` paces an operation
    that AWS limits hard (at most so many each second per account and region, after a burst of three). A row
    with a ``label`` is asked only where it is needed by name, as ``operation[label]``.

    A row that ``explains`` is asked although no check needs it, for the reason of a failure: no point depends on
    it. It is put only once an answer meets one of ``when``, in the region of that answer; so an account in which
    nothing failed is asked nothing more.
    """

    operation: str
    scope: Scope
    sources: tuple[From, ...] = ()
    key: tuple[str, ...] = ()
    variants: tuple[Mapping[str, Any], ...] = ({},)
    shaped: Mapping[str, Any] = field(default_factory=dict)
    manner: Manner = Manner.PAGES
    batch: tuple[str, int] = ("", 0)
    pages: int = 2000
    items: int = 1000
    per_second: float = 0
    label: str = ""
    when: tuple[From, ...] = ()
    explains: bool = False
    drawn: tuple[Drawn, ...] = ()
    """Of a row that a rubric adds: it is asked for each way to take one thing of each."""
    texts: Mapping[str, str] = field(default_factory=dict)
    """Parameters that are texts in which others are put, as ``{name}``; those others are not sent."""
    sent_to: str = ""
    """The one region where this is asked, if there is one."""
    is_added: bool = False
    """Whether a rubric adds this row to the table; its label is then all of it, as text."""

    @property
    def name(self) -> str:
        """What the rubric says to need this row: the operation, with its label in brackets if it has one."""
        if self.is_added:
            return self.label
        return f"{self.operation}[{self.label}]" if self.label else self.operation

    @property
    def service(self) -> str:
        """botocore's name of the service."""
        return self.operation.partition(".")[0]


IN_USE = (
    From("ec2.DescribeVpcs", "response.Vpcs[?!IsDefault]"),
    From("ecr.DescribeRepositories", "response.repositories"),
    From("ecs.ListClusters", "response.clusterArns"),
    From("elbv2.DescribeLoadBalancers", "response.LoadBalancers"),
)
"""What makes a region one in use: any of these gives something."""
