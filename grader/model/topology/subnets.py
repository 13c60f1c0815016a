"""The subnets, tasks and other VPCs of a picture: as many as it has room for, the rest counted."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from ipaddress import IPv4Address, IPv4Network
from typing import TYPE_CHECKING

from grader.model.addresses import ipv4_network
from grader.model.findings import Finding, known, shorten
from grader.model.roles import Role
from grader.model.routing import RouteTable
from grader.model.subnets import Subnet
from grader.model.topology.hops import has_private_table, routes_to_internet_gateway, way_out
from grader.model.topology.parts import Part, State, called, judged
from grader.model.vpcs import Vpc

if TYPE_CHECKING:
    from grader.model.lab import Lab

MOST_ZONES = 6
MOST_SUBNETS = 3
MOST_TASKS = 6
MOST_OTHERS = 5


@dataclass(frozen=True, slots=True)
class SubnetPart:
    """A subnet: ``way_out`` is where its default route leads, ``holds`` what is in it."""

    id: str
    part: Part
    role: Role
    zone: str
    way_out: str
    holds: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TaskPart:
    """A target behind the load balancer, in the subnet to which its address belongs (empty if in none shown)."""

    part: Part
    subnet_id: str


@dataclass(frozen=True, slots=True)
class Chosen:
    """The subnets that are drawn, in order of their addresses, and their zones; ``left`` counts the others."""

    zones: tuple[str, ...]
    subnets: tuple[Subnet, ...]
    left: int


def chosen_subnets(vpc: Vpc | None) -> Chosen:
    """Up to ``MOST_SUBNETS`` of each role in each zone, those with tenants first."""
    every = known(lambda: vpc.subnets, ()) if vpc is not None else ()
    zones = sorted({subnet.availability_zone for subnet in every})[:MOST_ZONES]
    cells: dict[tuple[str, Role], list[Subnet]] = {}
    for subnet in sorted(every, key=_is_empty):
        cells.setdefault((subnet.availability_zone, _role(subnet)), []).append(subnet)
    ids = {one.id for (zone, _), ones in cells.items() if zone in zones for one in ones[:MOST_SUBNETS]}
    shown = tuple(subnet for subnet in every if subnet.id in ids)
    return Chosen(tuple(shorten(zone, 30) for zone in zones), shown, len(every) - len(shown))


def subnet_parts(vpc: Vpc | None, subnets: Iterable[Subnet]) -> Iterator[SubnetPart]:
    """Each of them with its role, its way out and what is in it."""
    if vpc is None:
        return
    tenants = vpc.network.tenants
    nats = {gateway.subnet_id for gateway in known(lambda: vpc.nat_gateways, ()) if gateway.is_live}
    routed = bool(known(lambda: vpc.public_subnets_route_to_internet_gateway, Finding(True, "")))
    separate = bool(known(lambda: vpc.private_subnets_have_private_route_table, Finding(True, "")))
    for subnet in subnets:
        role, table = _role(subnet), _table(subnet)
        claims: list[Callable[[], Finding]] = []
        if role is Role.PUBLIC and not routed:
            claims.append(partial(routes_to_internet_gateway, subnet))
        if role is Role.PRIVATE and not separate:
            claims.append(partial(has_private_table, subnet))
        held = (
            ("load balancer", subnet.id in tenants.load_balancers),
            ("NAT gateway", subnet.id in nats),
            ("service", subnet.id in tenants.services),
        )
        yield SubnetPart(
            id=subnet.id,
            part=judged("subnet", called(subnet.name, subnet.id), shorten(subnet.cidr, 30), *claims),
            role=role,
            zone=shorten(subnet.availability_zone, 30),
            way_out=f"out: {way_out(vpc, table)}" if table is not None else "route table unknown",
            holds=tuple(words for words, is_held in held if is_held),
        )


def task_parts(lab: Lab, subnets: Iterable[Subnet]) -> tuple[tuple[TaskPart, ...], int]:
    """The targets behind the load balancer, and how many more there are."""
    targets = known(lambda: lab.target_group.targets, ())
    blocks = [(subnet.id, _block(subnet)) for subnet in subnets]
    states = {"healthy": State.FINE, "initial": State.PENDING, "draining": State.PENDING}
    found = []
    for target in targets[:MOST_TASKS]:
        state = states.get(target.state, State.FAULTY)
        address = _address(target.id)
        home = next((i for i, block in blocks if address is not None and block is not None and address in block), "")
        note = repr(target) if state is State.FAULTY else ""
        found.append(TaskPart(Part("task", shorten(target.id, 40), shorten(target.state, 30), state, note), home))
    return tuple(found), len(targets) - len(found)


def other_vpcs(lab: Lab, drawn: Vpc | None) -> Iterator[str]:
    """The VPCs that are not drawn, own ones first, in words."""
    rest = [vpc for vpc in lab.account.vpcs if drawn is None or vpc.id != drawn.id]
    rest.sort(key=lambda vpc: (vpc.is_default, vpc.region))
    for vpc in rest[:MOST_OTHERS]:
        name = "default VPC" if vpc.is_default else called(vpc.name, vpc.id)
        yield f"{name} in {shorten(vpc.region, 30)}"
    if len(rest) > MOST_OTHERS:
        yield f"{len(rest) - MOST_OTHERS} more"


def _is_empty(subnet: Subnet) -> bool:
    tenants = subnet.network.tenants
    return subnet.id not in tenants.load_balancers and subnet.id not in tenants.services


def _role(subnet: Subnet) -> Role:
    return known(lambda: subnet.role, Role.UNKNOWN)


def _table(subnet: Subnet) -> RouteTable | None:
    return known(lambda: subnet.route_table, None)


def _block(subnet: Subnet) -> IPv4Network | None:
    return ipv4_network(subnet.cidr, subnet.id) if subnet.cidr else None


def _address(text: str) -> IPv4Address | None:
    try:
        return IPv4Address(text)
    except ValueError:
        return None
