"""The way in: internet → gateway → load balancer → listener → target, as far as the model knows it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import partial
from ipaddress import IPv4Network
from typing import TYPE_CHECKING

from grader.errors import Missing
from grader.model.addresses import EVERYWHERE, ipv4_network
from grader.model.diagnosis.hops import Hop, Place, hop
from grader.model.findings import Finding, every, known
from grader.model.network_acls import REPLIES, NetworkAcl
from grader.model.security_groups import SecurityGroup
from grader.model.subnets import Subnet

if TYPE_CHECKING:
    from grader.model.lab import Lab
    from grader.model.load_balancing import TargetGroup

_FINE = Finding(True, "")
FROM_FRONT = "from_the_load_balancer_group"
LETS_OUT = "both_groups_allow_outbound_traffic"


def way_in(lab: Lab) -> tuple[Hop, ...]:
    """What a request passes on its way to a task."""
    return tuple(_hops(lab))


def _hops(lab: Lab) -> Iterator[Hop]:
    yield hop(
        "internet gateway", Place.INTERNET_GATEWAY,
        lambda: lab.vpc.has_attached_internet_gateway,
        checks=("TestInternetGateway",), cause="no-internet-gateway",
    )  # fmt: skip
    yield hop(
        "VPC Block Public Access", Place.INTERNET_GATEWAY, lambda: allows_internet(lab, inbound=True),
        cause="requests-blocked-by-vpc-setting",
    )  # fmt: skip
    yield hop(
        "load balancer", Place.LOAD_BALANCER,
        lambda: lab.load_balancer.is_active, lambda: lab.load_balancer.is_internet_facing,
        checks=("TestLoadBalancer",), cause="load-balancer-not-reachable",
    )  # fmt: skip
    yield hop(
        "route of the load balancer's subnets", Place.PUBLIC_TABLES,
        lambda: every(_fronts(lab), lambda one: one.routes_out_through_internet_gateway, of="subnets"),
        checks=("public_subnets_route_to_the_internet_gateway", "is_in_public_subnets_of_two_zones"),
        cause="load-balancer-without-route",
    )  # fmt: skip
    yield hop(
        "network ACL of the load balancer's subnets", Place.PUBLIC_SUBNETS,
        lambda: every(_fronts(lab), partial(_lets_clients_in, lab), of="subnets"),
        cause="acl-in-the-way-in",
    )  # fmt: skip
    yield hop(
        "security group of the load balancer", Place.OPEN_TO_WORLD, lambda: _allows_world(lab),
        checks=("the_load_balancer_group_allows_the_front_port",), cause="load-balancer-group-closed",
    )  # fmt: skip
    yield hop(
        "listener", Place.LISTENER, lambda: lab.load_balancer.forwards_http_to(lab.target_group, front_port(lab)),
        checks=("the_front_port_is_forwarded",), cause="listener-leads-elsewhere",
    )  # fmt: skip
    yield from to_target(lab)


def to_target(lab: Lab) -> Iterator[Hop]:
    """What a request, or a health check, passes from the load balancer to a task."""
    yield hop(
        "outbound rules of the load balancer", Place.LOAD_BALANCER, lambda: _front_lets_out(lab),
        checks=(LETS_OUT,), cause="health-check-blocked-by-group",
    )  # fmt: skip
    yield hop(
        "security group of the tasks", Place.ALLOWS_LOAD_BALANCER, lambda: allows_balancer(lab, ports_of(lab)),
        checks=(FROM_FRONT, "the_service_uses_the_resource_security", "the_load_balancer_uses_its_security_group"),
        cause="health-check-blocked-by-group",
    )  # fmt: skip
    yield hop(
        "network ACLs between the load balancer and the tasks", Place.PRIVATE_SUBNETS, lambda: _acls_between(lab),
        cause="health-check-blocked-by-acl",
    )  # fmt: skip


def block_mode(lab: Lab) -> str:
    """What Block Public Access says for the lab's VPC: ``off``, ``block-ingress``, ``block-bidirectional``."""
    vpc = lab.vpc
    for each in lab.evidence.answer("ec2.DescribeVpcs", vpc.region).each("Vpcs"):
        if each.text("VpcId", "") == vpc.id:
            mode = each.within("BlockPublicAccessStates").text("InternetGatewayBlockMode", "")
            if mode:
                return mode
    answer = lab.evidence.answer("ec2.DescribeVpcBlockPublicAccessOptions", vpc.region)
    return answer.within("VpcBlockPublicAccessOptions").text("InternetGatewayBlockMode", "off")


def allows_internet(lab: Lab, *, inbound: bool) -> Finding:
    """Whether Block Public Access of VPCs lets traffic in from the internet, or out to it."""
    mode = block_mode(lab)
    blocked = mode.startswith("block-") if inbound else mode == "block-bidirectional"
    return Finding(not blocked, f"VPC Block Public Access is on for {lab.vpc!r} ({mode})", "off")


def acl_of(lab: Lab, subnet: Subnet) -> NetworkAcl:
    """The network ACL of a subnet; raises ``Unverified`` where AWS was not asked or did not answer."""
    found = next((one for one in lab.vpc.network.network_acls if subnet.id in one.subnet_ids), None)
    if found is None:
        raise Missing(f"{subnet!r} has no network ACL.")
    return found


def subnets_of(lab: Lab, ids: Iterable[str]) -> tuple[Subnet, ...]:
    """The subnets of the lab's VPC with these ids."""
    wanted = set(ids)
    return tuple(one for one in lab.vpc.subnets if one.id in wanted)


def groups_of(lab: Lab, ids: Iterable[str]) -> tuple[SecurityGroup, ...]:
    """The security groups of the lab's VPC with these ids; without any id the VPC's own (AWS's default)."""
    wanted = set(ids)
    every_group = lab.vpc.security_groups
    return tuple(one for one in every_group if one.id in wanted or (not wanted and one.is_default))


def _fronts(lab: Lab) -> tuple[Subnet, ...]:
    return subnets_of(lab, lab.load_balancer.subnet_ids)


def _block(subnet: Subnet) -> IPv4Network:
    return ipv4_network(subnet.cidr, subnet.id) if subnet.cidr else EVERYWHERE


def _lets_clients_in(lab: Lab, subnet: Subnet) -> Finding:
    acl = acl_of(lab, subnet)
    if not acl.allows(front_port(lab)):
        return Finding(False, f"{acl!r} does not allow TCP {front_port(lab)} from 0.0.0.0/0", "an entry that allows it")
    return Finding(acl.releases(REPLIES), f"{acl!r} does not let responses out (TCP 1024-65535)", "an entry that does")


def _allows_world(lab: Lab) -> Finding:
    groups = groups_of(lab, lab.load_balancer.security_group_ids)
    shown = ", ".join(map(repr, groups[:3]))
    words = f"{shown} does not allow" if shown else "the load balancer has no existing security group, so none allows"
    port = front_port(lab)
    allowed = any(one.allows_from_world(port) for one in groups)
    return Finding(allowed, f"{words} TCP {port} from 0.0.0.0/0")


def front_port(lab: Lab) -> int:
    """The port on which the load balancer takes requests."""
    return lab.parameters.front_port or 80


def ports_of(lab: Lab) -> tuple[int, ...]:
    """The ports on which the load balancer reaches a task: its traffic's, and the health check's where that differs."""
    group = lab.target_group
    registered = [one.port for one in known(lambda: group.targets, ()) if one.port]
    port = registered[0] if registered else group.port or lab.parameters.port or 80
    return tuple(dict.fromkeys((port, *_health_port(lab, group))))


def _health_port(lab: Lab, group: TargetGroup) -> Iterator[int]:
    for each in lab.evidence.answer_to(group.sources[0]).each("TargetGroups"):
        if each.text("TargetGroupArn", "") == group.arn and each.text("HealthCheckPort", "").isdecimal():
            yield int(each.text("HealthCheckPort"))


def _front_lets_out(lab: Lab) -> Finding:
    fronts = groups_of(lab, lab.load_balancer.security_group_ids)
    backs = groups_of(lab, lab.service.security_group_ids)
    blocks = [_block(one) for one in subnets_of(lab, lab.service.subnet_ids)] or list(lab.vpc.network_blocks)
    for port in ports_of(lab)[:1]:
        if not any(front.reaches_group(port, back.id, blocks) for front in fronts for back in backs):
            shown = ", ".join(map(repr, fronts[:3]))
            words = f"{shown} does not allow outbound traffic to port {port} of the tasks"
            return Finding(False, words, f"outbound TCP {port}")
    return _FINE


def allows_balancer(lab: Lab, ports: Iterable[int]) -> Finding:
    """Whether the tasks' security groups allow the load balancer on each of these ports."""
    fronts = groups_of(lab, lab.load_balancer.security_group_ids)
    backs = groups_of(lab, lab.service.security_group_ids)
    blocks = [_block(one) for one in _fronts(lab)]
    for port in ports:
        if not any(_lets_in(back, port, fronts, blocks) for back in backs):
            shown = ", ".join(map(repr, backs[:3]))
            words = f"{shown} does not allow" if shown else "the tasks have no existing security group, so none allows"
            return Finding(False, f"{words} TCP {port} from the load balancer", f"inbound TCP {port}")
    return _FINE


def _lets_in(
    back: SecurityGroup, port: int, fronts: Iterable[SecurityGroup], blocks: Iterable[IPv4Network]
) -> bool:
    if any(back.allows_from_group(port, front.id) for front in fronts) or back.allows_from_anywhere(port):
        return True
    rules = [rule for rule in back.inbound if rule.covers(port)]
    if any(rule.prefix_list_ids for rule in rules):
        return True  # what a prefix list holds is not asked
    wide = [block for rule in rules for block in rule.blocks]
    blocks = tuple(blocks)
    return bool(blocks) and all(any(block.subnet_of(one) for one in wide) for block in blocks)


def _acls_between(lab: Lab) -> Finding:
    fronts, backs = _fronts(lab), subnets_of(lab, lab.service.subnet_ids)
    for front in fronts:
        for back in backs:
            for port in ports_of(lab):
                found = _passes(lab, front, back, port)
                if not found:
                    return found
    return _FINE


def _passes(lab: Lab, front: Subnet, back: Subnet, port: int) -> Finding:
    near, far = acl_of(lab, front), acl_of(lab, back)
    claims = (
        (near.releases(port, _block(back)), f"{near!r} does not let TCP {port} out to {back!r}"),
        (far.allows(port, _block(front)), f"{far!r} does not allow TCP {port} from {front!r}"),
        (far.releases(REPLIES, _block(front)), f"{far!r} does not let responses (TCP 1024-65535) out to {front!r}"),
        (near.allows(REPLIES, _block(back)), f"{near!r} does not allow responses (TCP 1024-65535) from {back!r}"),
    )
    wrong = next((words for right, words in claims if not right), "")
    return Finding(not wrong, wrong, "entries that allow it")
