"""What subnets are for: public or private, told from their routes, and from what is in them where routes mislead.

An effective default route to an internet gateway makes a subnet public, none makes it private. A name, the tasks, the
load balancers and the NAT gateways in it, and its public-IP setting decide where the route and the intent
contradict, so that one missing or wrong route is charged as a route. Names are free: without any, the other signs
decide, and the shape of the VPC where these are silent.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum


class Role(StrEnum):
    """What a subnet is for."""

    PUBLIC = "public"
    PRIVATE = "private"
    UNKNOWN = "of unknown role"


class WayOut(StrEnum):
    """Where the effective default route of a subnet leads."""

    INTERNET_GATEWAY = "internet gateway"
    NAT = "NAT gateway"
    OTHER = "other"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Signs:
    """What is known of one subnet.

    ``table`` is the id of its effective route table, ``is_associated`` whether that is explicit. ``named`` is the role
    that its name tells, if any. ``has_front`` is true with an internet-facing load balancer, ``has_nat`` with a
    public NAT gateway in it. ``tasks`` counts as private where services run in it, and as public where their tasks
    get public addresses. AWS's own subnets of the default VPC are ``is_default``.
    """

    id: str
    zone: str
    way_out: WayOut
    table: str = ""
    is_associated: bool = False
    named: Role = Role.UNKNOWN
    has_front: bool = False
    has_nat: bool = False
    tasks: Role = Role.UNKNOWN
    maps_public_ip: bool = False
    is_default: bool = False


# What each sign weighs towards public. A name outweighs a route with one more sign, and two signs outweigh a name.
_ROUTE = {WayOut.INTERNET_GATEWAY: 2, WayOut.NAT: -4, WayOut.OTHER: -2, WayOut.NONE: -2}
_NAMED = {Role.PUBLIC: 6, Role.PRIVATE: -6, Role.UNKNOWN: 0}
_TASKS = {Role.PUBLIC: 1, Role.PRIVATE: -3, Role.UNKNOWN: 0}


Mistaken = Callable[[Signs, "list[Signs]", "list[Signs]"], bool]


def role_score_from_placement(signs: Signs) -> int:
    """How much all but its route speaks for a subnet being public; negative for private."""
    lean = _NAMED[signs.named] + _TASKS[signs.tasks]
    return lean + 3 * signs.has_front + 3 * signs.has_nat + signs.maps_public_ip


def role_of(signs: Signs) -> Role:
    """The role of one subnet by itself."""
    lean = role_score_from_placement(signs) + _ROUTE[signs.way_out]
    is_open = lean == 0 and signs.way_out is WayOut.INTERNET_GATEWAY
    return Role.PUBLIC if lean > 0 or is_open else Role.PRIVATE


def roles(subnets: Iterable[Signs]) -> Mapping[str, Role]:
    """The roles of the subnets of one VPC, by id, in the order given.

    Where one wrong or missing route (of a table, or of an association) keeps a pair of two zones from being complete,
    the subnets that it is about keep the role that they were made for.
    """
    subnets = tuple(subnets)
    found = {one.id: role_of(one) for one in subnets}
    own = [one for one in subnets if not one.is_default]
    for wanted, mistaken in ((Role.PUBLIC, _may_be_public), (Role.PRIVATE, _may_be_private)):
        if len({one.zone for one in own if found[one.id] is wanted}) < 2:
            found.update(dict.fromkeys(_repaired(own, found, wanted, mistaken), wanted))
    return found


def _repaired(own: list[Signs], found: Mapping[str, Role], wanted: Role, mistaken: Mistaken) -> frozenset[str]:
    """The subnets that have the ``wanted`` role but for one fault: the followers of one table, or one subnet."""
    right = [one for one in own if found[one.id] is wanted]
    others = [one for one in own if found[one.id] is not wanted]
    groups = [[one for one in others if one.table == table and one.is_associated] for table in _tables(others)]
    if right:
        groups += [[one] for one in others]
    elif all(one.way_out is WayOut.NONE for one in own):
        # No table of the VPC has a default route yet: one subnet of each zone was made for each role.
        groups.append(_one_in_each_zone(others))
    # Only what may have been made to be public has signs of it; what may have been made to be private has none.
    for group in sorted(groups, key=lambda group: -sum(map(role_score_from_placement, group))):
        ids = {one.id for one in group}
        rest = {one.zone for one in others if one.id not in ids}
        zones = {one.zone for one in (*right, *group)}
        if len(zones) >= 2 and len(rest) >= 2 and all(mistaken(one, right, others) for one in group):
            return frozenset(ids)
    return frozenset()


def _may_be_public(subnet: Signs, right: list[Signs], others: list[Signs]) -> bool:
    """Whether a subnet without a route to an internet gateway may have been made to be public."""
    if subnet.named is Role.PRIVATE or subnet.tasks is Role.PRIVATE:
        return False
    if subnet.has_front or subnet.has_nat or subnet.maps_public_ip or subnet.named is Role.PUBLIC:
        return True
    if any(one.table == subnet.table and (one.has_nat or one.has_front) for one in others if one.is_associated):
        return subnet.is_associated  # what is public by its tenants follows the same table, whatever its route
    if subnet.is_associated:
        # Its table lacks the route, which other public subnets lack as well; or no table has a route yet.
        return subnet.way_out is WayOut.NONE and (
            subnet.table in _tables(right) or all(one.way_out is WayOut.NONE for one in (*right, *others))
        )
    return any(one.is_associated for one in others) or all(one.way_out is WayOut.NONE for one in (*right, *others))


def _may_be_private(subnet: Signs, right: list[Signs], others: list[Signs]) -> bool:
    """Whether a subnet with a route to an internet gateway may have been made to be private."""
    if subnet.named is Role.PUBLIC or subnet.has_front or subnet.has_nat or subnet.maps_public_ip:
        return False
    if subnet.tasks is Role.PUBLIC:
        return False
    return bool(right) or len({one.table for one in others}) > 1


def _tables(subnets: list[Signs]) -> list[str]:
    return list(dict.fromkeys(one.table for one in subnets if one.is_associated))


def _one_in_each_zone(subnets: list[Signs]) -> list[Signs]:
    first: dict[str, Signs] = {}
    for one in subnets:
        first.setdefault(one.zone, one)
    return list(first.values())
