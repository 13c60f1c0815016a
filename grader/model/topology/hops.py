"""What traffic passes on its way in and out: each hop as it is, with what is wrong with it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from grader.errors import Missing, Unsettled
from grader.model.asked import (
    allows_the_load_balancer,
    allows_the_world,
    checks_health,
    forwards,
    has_private_block,
    keeps_the_world_out,
    lets_traffic_out,
    takes_targets,
)
from grader.model.findings import Finding, known, shorten
from grader.model.parameters import Parameters
from grader.model.roles import Role
from grader.model.routing import RouteTable
from grader.model.subnets import Subnet
from grader.model.topology.parts import Part, State, called, judged
from grader.model.vpcs import Vpc

if TYPE_CHECKING:
    from grader.model.lab import Lab
    from grader.model.load_balancing import LoadBalancer, TargetGroup
    from grader.model.security_groups import LabSecurityGroups

Claim = Callable[[], Finding]
MOST_TABLES = 3


def vpc_part(vpc: Vpc, asked: Parameters) -> Part:
    """The lab's VPC."""
    identifier = f"{shorten(vpc.id)}, " if vpc.name else ""
    detail = f"{identifier}{', '.join(vpc.cidrs[:3])} in {shorten(vpc.region)}"
    return judged(
        "VPC", called(vpc.name, vpc.id), detail,
        lambda: vpc.is_your_own, lambda: vpc.has_default_tenancy, lambda: has_private_block(vpc, asked),
    )  # fmt: skip


def pair_part(found: Finding, what: str) -> Part:
    """The subnets of one role, by whether they are in two zones."""
    state = State.FINE if found else State.MISSING if found.found.startswith("there are no") else State.FAULTY
    return Part(what, "", found.found if found else "", state, "" if found else found.found, found.expected)


def internet_gateway_part(vpc: Vpc) -> Part:
    """The internet gateway."""
    gateway = vpc.internet_gateway
    detail = "attached to the VPC" if vpc.id in gateway.attached_to else "attached to nothing"
    return judged(
        "internet gateway", called(gateway.name, gateway.id), detail,
        lambda: vpc.has_attached_internet_gateway,
        lambda: Finding(not vpc.blocks_internet_gateways, "VPC Block Public Access blocks the internet gateway", "off"),
    )  # fmt: skip


def open_to_world_part(groups: LabSecurityGroups, asked: Parameters) -> Part:
    """The flow from anywhere to the load balancer."""
    finding = allows_the_world(groups, asked)
    name = called(groups.of_load_balancer.name, groups.of_load_balancer.id)
    detail = _flow(asked.front_port, finding, "from anywhere")
    return judged("security group", name, detail, lambda: finding)


def _flow(port: int | None, finding: Finding | None, whence: str) -> str:
    return "" if finding is None else f"TCP {port} {'' if finding else 'not '}{whence}"


def allows_load_balancer_part(groups: LabSecurityGroups, asked: Parameters) -> Part:
    """The flow from the load balancer to the tasks."""
    finding = allows_the_load_balancer(groups, asked)
    name = called(groups.of_resources.name, groups.of_resources.id)
    front = called(groups.of_load_balancer.name, groups.of_load_balancer.id)
    return judged(
        "security group", name, _flow(asked.port, finding, f"from {front}"),
        lambda: finding, lambda: keeps_the_world_out(groups, asked), lambda: lets_traffic_out(groups, asked),
    )  # fmt: skip


def load_balancer_part(lab: Lab) -> Part:
    """The load balancer."""
    balancer = lab.load_balancer
    return judged(
        "load balancer", shorten(balancer.name), f"{shorten(balancer.scheme)}, {shorten(balancer.state)}",
        lambda: balancer.is_active,
        lambda: balancer.is_internet_facing,
        lambda: lab.vpc.has_two_public_zones_among(balancer.subnet_ids),
        lambda: balancer.uses(lab.security_groups.of_load_balancer),
    )  # fmt: skip


def listener_part(balancer: LoadBalancer, group: TargetGroup, asked: Parameters) -> Part:
    """What the load balancer does with requests on its front port; on its first port where the lab names none."""
    finding, port = forwards(balancer, group, asked), asked.front_port
    plain = balancer.http_listener(port) if port is not None else next(iter(balancer.listeners), None)
    if plain is None:
        absent = "no listener" if port is None else f"no listener HTTP:{port}"
        return judged("listener", "", absent, lambda: finding)
    done = ", ".join(map(repr, plain.known_actions))
    return judged("listener", f"{plain.protocol}:{plain.port}", shorten(done), lambda: finding)


def target_group_part(group: TargetGroup, asked: Parameters) -> Part:
    """The target group."""
    detail = f"{group.target_type} {group.protocol}:{group.port or ''}, {group.health_check_path or 'no health check'}"
    return judged(
        "target group", shorten(group.name), shorten(detail),
        lambda: takes_targets(group, asked), lambda: checks_health(group, asked),
    )  # fmt: skip


def service_part(lab: Lab) -> Part:
    """The service with what runs of it."""
    service = lab.service
    detail = f"{service.running_count} of {service.desired_count} tasks running"
    return judged(
        "service", shorten(service.name), detail,
        lambda: service.is_active,
        lambda: service.has_a_running_task,
        lambda: service.runs_on_fargate,
        lambda: lab.vpc.has_private_subnets(service.subnet_ids),
        lambda: service.uses(lab.security_groups.of_resources),
        lambda: service.registers_in_one_of(lab.target_groups),
        lambda: lab.application.has_healthy_target,
    )  # fmt: skip


def nat_gateway_part(vpc: Vpc) -> Part:
    """The NAT gateway, a live one first."""
    if not vpc.nat_gateways:
        raise Missing(f"There is no NAT gateway in {vpc!r}.")
    gateway = vpc.nat_gateways[0]
    subnet = vpc.region_subnets.by_id.get(gateway.subnet_id)
    place = "regional" if gateway.is_regional else f"in {called(subnet.name, subnet.id)}" if subnet else "in no subnet"
    return judged(
        "NAT gateway", called(gateway.name, gateway.id), f"{place}, {shorten(gateway.state)}",
        lambda: vpc.has_public_nat_gateway,
    )  # fmt: skip


def route_table_parts(lab: Lab, role: Role) -> tuple[Part, ...]:
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
    name = called(table.name, table.id)
    detail = f"0.0.0.0/0 → {way_out(vpc, table)}"
    kind = "main route table" if table.is_main else f"{role} route table"
    followers = [subnet for subnet in subnets if _table_id(subnet) == table.id]
    if role is Role.PUBLIC:
        whole, own = _public_claims(vpc, followers[:1])
    else:
        whole, own = _private_claims(vpc, followers[:1])
    # Two subnets are enough, so a table that a third one follows is no fault while the whole holds.
    if all(_holds(claim) for claim in whole):
        return Part(kind, name, detail, State.FINE)
    return judged(kind, name, detail, *own)


def _public_claims(vpc: Vpc, followers: list[Subnet]) -> tuple[list[Claim], list[Claim]]:
    """What is asked of all public tables together, and of one of them by a subnet that follows it."""
    whole: list[Claim] = [lambda: vpc.public_subnets_route_to_internet_gateway]
    return whole, [partial(routes_to_internet_gateway, subnet) for subnet in followers]


def _private_claims(vpc: Vpc, followers: list[Subnet]) -> tuple[list[Claim], list[Claim]]:
    whole: list[Claim] = [
        lambda: vpc.private_subnets_have_private_route_table,
        lambda: vpc.private_route_table_leads_to_nat_gateway,
    ]
    return whole, [*(partial(has_private_table, subnet) for subnet in followers), whole[1]]


def routes_to_internet_gateway(subnet: Subnet) -> Finding:
    """The claim of a public subnet."""
    return subnet.routes_out_through_internet_gateway


def has_private_table(subnet: Subnet) -> Finding:
    """The claim of a private subnet."""
    return subnet.has_route_table_without_internet_gateway


def _holds(claim: Claim) -> bool:
    return known(lambda: bool(claim()), False)


def _table_id(subnet: Subnet) -> str:
    return known(lambda: subnet.route_table.id, "")


def way_out(vpc: Vpc, table: RouteTable) -> str:
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
