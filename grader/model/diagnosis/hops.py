"""A hop of a walk: something that traffic passes, with what is wrong there."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum

from grader.errors import Missing, Pending, Unsettled
from grader.model.findings import Finding
from grader.model.topology.parts import State


class Place(StrEnum):
    """Where the picture of the deployment shows a hop."""

    INTERNET_GATEWAY = "internet_gateway"
    PUBLIC_TABLES = "public_tables"
    PUBLIC_SUBNETS = "public"
    OPEN_TO_WORLD = "open_to_world"
    LOAD_BALANCER = "load_balancer"
    LISTENER = "listener"
    TARGET_GROUP = "target_group"
    ALLOWS_LOAD_BALANCER = "allows_load_balancer"
    SERVICE = "service"
    PRIVATE_TABLES = "private_tables"
    PRIVATE_SUBNETS = "private"
    NAT_GATEWAY = "nat_gateway"


@dataclass(frozen=True, slots=True)
class Hop:
    """One hop. ``said`` is what is wrong or not known; ``checks`` are parts of the ids of the checks that are about it.

    ``cause`` is the id of the cause that a broken hop is, empty where no row of the table is about it.
    """

    name: str
    place: Place
    state: State
    said: str = ""
    checks: tuple[str, ...] = ()
    cause: str = ""

    @property
    def is_broken(self) -> bool:
        """Whether traffic ends here."""
        return self.state in (State.FAULTY, State.MISSING)


def hop(
    name: str, place: Place, *claims: Callable[[], Finding], checks: tuple[str, ...] = (), cause: str = ""
) -> Hop:
    """A hop by its claims: broken by the first that is false, else not known by one that cannot be told."""
    unsettled: Unsettled | None = None
    for claim in claims:
        try:
            found = claim()
        except Missing as error:
            return Hop(name, place, State.MISSING, str(error), checks, cause)
        except Unsettled as error:
            unsettled = unsettled or error
            continue
        if not found:
            return Hop(name, place, State.FAULTY, found.found, checks, cause)
    if unsettled is not None:
        return Hop(name, place, State.PENDING if isinstance(unsettled, Pending) else State.UNKNOWN, str(unsettled))
    return Hop(name, place, State.FINE)


def first_broken(hops: Iterable[Hop]) -> Hop | None:
    """The first hop at which traffic ends; None where it passes as far as is known."""
    return next((one for one in hops if one.is_broken), None)
