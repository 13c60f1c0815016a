"""The deployment as it really is: what a picture of it shows, hop by hop, with what is wrong at its place.

Everything here is drawn from ``Lab``. What does not exist is ``missing``, what AWS would not say is ``unknown``;
neither stops the rest. Knows nothing of points: a fault is what the model's own findings call one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from ipaddress import IPv4Address
from typing import TYPE_CHECKING

from grader.errors import Missing, Pending, Unsettled
from grader.model.findings import Finding, known, shorten
from grader.model.network import Role, RouteTable, Subnet, Vpc, ipv4_network

if TYPE_CHECKING:
    from grader.model.lab import Lab
    from grader.model.load_balancing import LoadBalancer, TargetGroup
    from grader.model.security_groups import LabSecurityGroups

MOST_ZONES = 6
MOST_SUBNETS = 3
MOST_TABLES = 3
MOST_TASKS = 6
MOST_OTHERS = 5


class State(StrEnum):
    """How a part of the deployment is."""

    FINE = "fine"
    FAULTY = "faulty"
    MISSING = "missing"
    PENDING = "pending"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Part:
    """A thing, or a way between two. ``detail`` is what it is or does, ``note`` what is wrong with it or not known,
    ``expected`` what would be right.
    """

    kind: str
    name: str
    detail: str
    state: State
    note: str = ""
    expected: str = ""


@dataclass(frozen=True, slots=True)
class SubnetPart:
    """A subnet: ``way_out`` is where its default route leads, ``holds`` what stands in it."""

    part: Part
    role: Role
    zone: str
    way_out: str
    holds: tuple[str, ...]
    table_id: str


@dataclass(frozen=True, slots=True)
class Task:
    """A target behind the load balancer, in the subnet to which its address belongs (empty if in none shown)."""

    part: Part
    subnet_id: str


@dataclass(frozen=True, slots=True)
class Topology:
    """The whole picture. ``zones`` are those shown; what was left out is counted in ``more``."""

    vpc: Part
    region: str
    zones: tuple[str, ...]
    subnets: tuple[SubnetPart, ...]
    subnet_ids: tuple[str, ...]
    public: Part
    private: Part
    public_tables: tuple[Part, ...]
    private_tables: tuple[Part, ...]
    internet_gateway: Part
    open_to_world: Part
    load_balancer: Part
    listener: Part
    target_group: Part
    admits_load_balancer: Part
    service: Part
    tasks: tuple[Task, ...]
    nat_gateway: Part
    others: tuple[str, ...]
    more: tuple[str, ...]

    @property
    def way_in(self) -> tuple[Part, ...]:
        """What a request passes, from the internet to a task."""
        return (
            self.internet_gateway, self.open_to_world, self.load_balancer, self.listener, self.target_group,
            self.admits_load_balancer, self.service, *(task.part for task in self.tasks),
        )  # fmt: skip

    @property
    def way_out(self) -> tuple[Part, ...]:
        """What a task's own requests pass, from its subnet to the internet."""
        return (*self.private_tables, self.nat_gateway, *self.public_tables)


def topology(lab: Lab) -> Topology:
    """The deployment in the lab's account."""
    vpc = known(lambda: lab.vpc, None)
    shown = _Shown(vpc)
    subnets = tuple(shown.parts())
    tasks, more_tasks = _tasks(lab, shown.subnets)
    return Topology(
        vpc=_part("VPC", lambda: _vpc(lab.vpc)),
        region=vpc.region if vpc is not None else "",
        zones=shown.zones,
        subnets=subnets,
        subnet_ids=tuple(subnet.id for subnet in shown.subnets),
        public=_part("public subnets", lambda: _pair(lab.vpc.public_subnets_span_two_zones, "public subnets")),
        private=_part("private subnets", lambda: _pair(lab.vpc.private_subnets_span_two_zones, "private subnets")),
        public_tables=_tables(lab, Role.PUBLIC),
        private_tables=_tables(lab, Role.PRIVATE),
        internet_gateway=_part("internet gateway", lambda: _internet_gateway(lab.vpc)),
        open_to_world=_part("security group", lambda: _open_to_world(lab.security_groups)),
        load_balancer=_part("load balancer", lambda: _load_balancer(lab)),
        listener=_part("listener", lambda: _listener(lab.load_balancer, lab.target_group)),
        target_group=_part("target group", lambda: _target_group(lab.target_group)),
        admits_load_balancer=_part("security group", lambda: _admits_load_balancer(lab.security_groups)),
        service=_part("service", lambda: _service(lab)),
        tasks=tasks,
        nat_gateway=_part("NAT gateway", lambda: _nat_gateway(lab.vpc)),
        others=tuple(_others(lab, vpc)),
        more=(*shown.more, *more_tasks),
    )


def _part(kind: str, read: Callable[[], Part]) -> Part:
    """What ``read`` finds; where there is nothing, or AWS would not say, a part that says so."""
    try:
        return read()
    except Missing as error:
        return Part(kind, "", "", State.MISSING, str(error))
    except Pending as error:
        return Part(kind, "", "", State.PENDING, str(error))
    except Unsettled as error:
        return Part(kind, "", "", State.UNKNOWN, str(error))


def _judged(kind: str, name: str, detail: str, *claims: Callable[[], Finding]) -> Part:
    """A part that exists: faulty by its first false claim, else pending or unknown by one that cannot be told."""
    unsettled: Unsettled | None = None
    for claim in claims:
        try:
            found = claim()
        except Unsettled as error:
            unsettled = unsettled or error
            continue
        except Missing as error:
            found = Finding(False, str(error))
        if not found:
            return Part(kind, name, detail, State.FAULTY, found.found, found.expected)
    if unsettled is not None:
        state = State.PENDING if isinstance(unsettled, Pending) else State.UNKNOWN
        return Part(kind, name, detail, state, str(unsettled))
    return Part(kind, name, detail, State.FINE)


def _called(name: str, identifier: str) -> str:
    return shorten(name or identifier)


def _vpc(vpc: Vpc) -> Part:
    identifier = f"{shorten(vpc.id)}, " if vpc.name else ""
    detail = f"{identifier}{', '.join(vpc.cidrs[:3])} in {shorten(vpc.region)}"
    return _judged(
        "VPC", _called(vpc.name, vpc.id), detail,
        lambda: vpc.is_your_own, lambda: vpc.has_default_tenancy, lambda: vpc.has_private_cidr,
    )  # fmt: skip


def _pair(found: Finding, what: str) -> Part:
    state = State.FINE if found else State.MISSING if found.found.startswith("there are no") else State.FAULTY
    return Part(what, "", found.found if found else "", state, "" if found else found.found, found.expected)


def _internet_gateway(vpc: Vpc) -> Part:
    gateway = vpc.internet_gateway
    detail = "attached to the VPC" if vpc.id in gateway.attached_to else "attached to nothing"
    return _judged(
        "internet gateway", _called(gateway.name, gateway.id), detail,
        lambda: vpc.has_attached_internet_gateway,
        lambda: Finding(not vpc.blocks_internet_gateways, "VPC Block Public Access blocks the internet gateway", "off"),
    )  # fmt: skip


def _open_to_world(groups: LabSecurityGroups) -> Part:
    finding = groups.admit_the_world_on_port_80
    name = _called(groups.of_load_balancer.name, groups.of_load_balancer.id)
    return _judged(
        "security group", name, "TCP 80 from anywhere" if finding else "TCP 80 not from anywhere", lambda: finding
    )


def _admits_load_balancer(groups: LabSecurityGroups) -> Part:
    finding = groups.admit_the_load_balancer_on_port_8000
    name = _called(groups.of_resources.name, groups.of_resources.id)
    front = _called(groups.of_load_balancer.name, groups.of_load_balancer.id)
    return _judged(
        "security group", name, f"TCP 8000 from {front}" if finding else f"TCP 8000 not from {front}",
        lambda: finding, lambda: groups.keep_port_8000_from_the_world, lambda: groups.let_traffic_out,
    )  # fmt: skip


def _load_balancer(lab: Lab) -> Part:
    balancer = lab.load_balancer
    return _judged(
        "load balancer", shorten(balancer.name), f"{shorten(balancer.scheme)}, {shorten(balancer.state)}",
        lambda: balancer.is_active,
        lambda: balancer.is_internet_facing,
        lambda: lab.vpc.has_two_public_zones_among(balancer.subnet_ids),
        lambda: balancer.uses(lab.security_groups.of_load_balancer),
    )  # fmt: skip


def _listener(balancer: LoadBalancer, group: TargetGroup) -> Part:
    finding = balancer.forwards_http_80_to(group)
    plain = [one for one in balancer.listeners if one.protocol == "HTTP" and one.port == 80]
    done = ", ".join(map(repr, plain[0].actions)) if plain else "no listener HTTP:80"
    return _judged("listener", "HTTP:80" if plain else "", shorten(done), lambda: finding)


def _target_group(group: TargetGroup) -> Part:
    detail = f"{group.target_type} {group.protocol}:{group.port or ''}, {group.health_check_path or 'no health check'}"
    return _judged(
        "target group", shorten(group.name), shorten(detail),
        lambda: group.takes_ip_targets_over_http_8000, lambda: group.checks_health_at_health,
    )  # fmt: skip


def _service(lab: Lab) -> Part:
    service = lab.service
    detail = f"{service.running_count} of {service.desired_count} tasks running"
    return _judged(
        "service", shorten(service.name), detail,
        lambda: service.is_active,
        lambda: service.has_a_running_task,
        lambda: service.runs_on_fargate,
        lambda: lab.vpc.has_private_subnets(service.subnet_ids),
        lambda: service.uses(lab.security_groups.of_resources),
        lambda: service.registers_in_one_of(lab.target_groups),
        lambda: lab.target_group.has_healthy_target,
    )  # fmt: skip


def _nat_gateway(vpc: Vpc) -> Part:
    if not vpc.nat_gateways:
        raise Missing(f"There is no NAT gateway in {vpc!r}.")
    gateway = vpc.nat_gateways[0]
    subnet = vpc.network.subnets_by_id.get(gateway.subnet_id)
    place = "regional" if gateway.is_regional else f"in {_called(subnet.name, subnet.id)}" if subnet else "in no subnet"
    return _judged(
        "NAT gateway", _called(gateway.name, gateway.id), f"{place}, {shorten(gateway.state)}",
        lambda: vpc.has_public_nat_gateway,
    )  # fmt: skip


def _tables(lab: Lab, role: Role) -> tuple[Part, ...]:
    """The tables that subnets of a role follow; one part that says why, where there are none."""
    kind = f"{role} route table"
    try:
        vpc = lab.vpc
        subnets = vpc.public_subnets if role is Role.PUBLIC else vpc.private_subnets
        spare = vpc.private_route_tables if role is Role.PRIVATE else ()
        followed = dict.fromkeys([*(subnet.route_table for subnet in subnets), *spare])
    except Missing as error:
        return (Part(kind, "", "", State.MISSING, str(error)),)
    except Unsettled as error:
        return (Part(kind, "", "", State.UNKNOWN, str(error)),)
    if not followed:
        return (Part(kind, "", "", State.MISSING, f"no {role} subnet, so no {kind}"),)
    parts = [_table(vpc, role, table, subnets) for table in followed]
    parts.sort(key=lambda part: part.state is State.FINE)
    return tuple(parts[:MOST_TABLES])


def _table(vpc: Vpc, role: Role, table: RouteTable, subnets: tuple[Subnet, ...]) -> Part:
    name = _called(table.name, table.id)
    detail = f"0.0.0.0/0 → {_target(vpc, table)}"
    kind = "main route table" if table.is_main else f"{role} route table"
    followers = [subnet for subnet in subnets if known(lambda s=subnet: s.route_table.id, "") == table.id]  # type: ignore[misc]
    if role is Role.PUBLIC:
        whole: tuple[Callable[[], Finding], ...] = (lambda: vpc.public_subnets_route_to_internet_gateway,)
        own = [lambda s=one: s.routes_out_through_internet_gateway for one in followers[:1]]  # type: ignore[misc]
    else:
        leads_out: Callable[[], Finding] = lambda: vpc.private_route_table_leads_to_nat_gateway  # noqa: E731
        whole = (lambda: vpc.private_subnets_have_private_route_table, leads_out)
        own = [lambda s=one: s.has_route_table_without_internet_gateway for one in followers[:1]]  # type: ignore[misc]
        own.append(leads_out)
    # Two subnets are enough, so a table that a third one follows is no fault while the whole holds.
    if all(known(lambda c=claim: bool(c()), False) for claim in whole):  # type: ignore[misc]
        return Part(kind, name, detail, State.FINE)
    return _judged(kind, name, detail, *own)


def _target(vpc: Vpc, table: RouteTable) -> str:
    """Where a table's default route leads, in words."""
    route = table.default_route
    if route is None:
        return "nowhere"
    gateways = {gateway.id: gateway.state for gateway in known(lambda: vpc.nat_gateways, ())}
    if route.target.startswith("igw-"):
        place = "internet gateway"
    elif route.target.startswith("nat-"):
        place = "NAT gateway" if route.target in gateways else f"{shorten(route.target, 30)}"
    else:
        place = shorten(route.target, 30)
    return place if route.state == "active" else f"{place} ({shorten(route.state, 20)})"


class _Shown:
    """The subnets that a picture has room for, those with tenants first."""

    def __init__(self, vpc: Vpc | None) -> None:
        self.vpc = vpc
        self.more: tuple[str, ...] = ()
        self.zones: tuple[str, ...] = ()
        self.subnets: tuple[Subnet, ...] = ()
        every = known(lambda: vpc.subnets if vpc is not None else (), ())
        if vpc is None or not every:
            return
        zones = sorted({subnet.availability_zone for subnet in every})
        self.zones = tuple(shorten(zone, 30) for zone in zones[:MOST_ZONES])
        cells: dict[tuple[str, str], list[Subnet]] = {}
        for subnet in sorted(every, key=lambda one: not self._is_used(one)):
            cells.setdefault((subnet.availability_zone, known(lambda s=subnet: s.role, Role.UNKNOWN)), []).append(
                subnet
            )  # type: ignore[misc]
        chosen = {
            one.id for (zone, _), ones in cells.items() if zone in zones[:MOST_ZONES] for one in ones[:MOST_SUBNETS]
        }
        self.subnets = tuple(subnet for subnet in every if subnet.id in chosen)
        left = len(every) - len(self.subnets)
        self.more = (f"{left} more subnets",) if left else ()

    def _is_used(self, subnet: Subnet) -> bool:
        tenants = subnet.network.tenants
        return subnet.id in tenants.load_balancers or subnet.id in tenants.services

    def parts(self) -> Iterator[SubnetPart]:
        """Each of them with its role, its way out and what stands in it."""
        vpc = self.vpc
        if vpc is None:
            return
        balanced, serviced = vpc.network.tenants.load_balancers, vpc.network.tenants.services
        nats = {gateway.subnet_id: gateway for gateway in known(lambda: vpc.nat_gateways, ()) if gateway.is_live}
        routes = bool(known(lambda: vpc.public_subnets_route_to_internet_gateway, Finding(True, "")))
        private = bool(known(lambda: vpc.private_subnets_have_private_route_table, Finding(True, "")))
        for subnet in self.subnets:
            role = known(lambda s=subnet: s.role, Role.UNKNOWN)  # type: ignore[misc]
            table = known(lambda s=subnet: s.route_table, None)  # type: ignore[misc]
            claims: list[Callable[[], Finding]] = []
            if role is Role.PUBLIC and not routes:
                claims.append(lambda s=subnet: s.routes_out_through_internet_gateway)  # type: ignore[misc]
            if role is Role.PRIVATE and not private:
                claims.append(lambda s=subnet: s.has_route_table_without_internet_gateway)  # type: ignore[misc]
            holds = [
                *(["load balancer"] if subnet.id in balanced else []),
                *(["NAT gateway"] if subnet.id in nats else []),
                *(["service"] if subnet.id in serviced else []),
            ]
            yield SubnetPart(
                part=_judged("subnet", _called(subnet.name, subnet.id), shorten(subnet.cidr, 30), *claims),
                role=role,
                zone=shorten(subnet.availability_zone, 30),
                way_out=f"out: {_target(vpc, table)}" if table is not None else "route table unknown",
                holds=tuple(holds),
                table_id=table.id if table is not None else "",
            )


def _tasks(lab: Lab, subnets: Iterable[Subnet]) -> tuple[tuple[Task, ...], tuple[str, ...]]:
    targets = known(lambda: lab.target_group.targets, ())
    blocks = [(subnet.id, known(lambda s=subnet: ipv4_network(s.cidr, s.id), None)) for subnet in subnets]  # type: ignore[misc]
    tasks = []
    for target in targets[:MOST_TASKS]:
        state = {"healthy": State.FINE, "initial": State.PENDING, "draining": State.PENDING}.get(
            target.state, State.FAULTY
        )
        address = _address(target.id)
        home = next((i for i, block in blocks if address is not None and block is not None and address in block), "")
        note = repr(target) if state is State.FAULTY else ""
        tasks.append(Task(Part("task", shorten(target.id, 40), shorten(target.state, 30), state, note), home))
    left = len(targets) - len(tasks)
    return tuple(tasks), ((f"{left} more targets",) if left > 0 else ())


def _address(text: str) -> IPv4Address | None:
    try:
        return IPv4Address(text)
    except ValueError:
        return None


def _others(lab: Lab, chosen: Vpc | None) -> Iterator[str]:
    """The other VPCs, own ones first, in words."""
    every = [vpc for network in lab.networks.values() for vpc in known(lambda n=network: n.vpcs, ())]  # type: ignore[misc]
    rest = [vpc for vpc in every if chosen is None or vpc.id != chosen.id]
    rest.sort(key=lambda vpc: (vpc.is_default, vpc.region))
    for vpc in rest[:MOST_OTHERS]:
        name = "default VPC" if vpc.is_default else _called(vpc.name, vpc.id)
        yield f"{name} in {shorten(vpc.region, 30)}"
    if len(rest) > MOST_OTHERS:
        yield f"{len(rest) - MOST_OTHERS} more"
