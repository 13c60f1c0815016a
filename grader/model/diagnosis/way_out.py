"""The way out: task → its group and network ACL → route table → NAT gateway or endpoint → ECR, S3, CloudWatch Logs."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING

from grader.errors import Missing, Pending, Unverified
from grader.model.addresses import EVERYWHERE, ipv4_network
from grader.model.diagnosis.hops import Hop, Place, first_broken, hop
from grader.model.diagnosis.way_in import LETS_OUT, acl_of, allows_internet, groups_of, subnets_of
from grader.model.endpoints import VpcEndpoint
from grader.model.findings import Finding, known, shorten
from grader.model.network_acls import REPLIES
from grader.model.routing import NatGateway
from grader.model.subnets import Subnet

if TYPE_CHECKING:
    from grader.model.lab import Lab

DESTINATIONS = {"ecr.api": "ECR", "ecr.dkr": "ECR", "s3": "S3", "logs": "CloudWatch Logs"}
"""What a task needs to reach, by the name of its endpoint: to pull its image, read its files, write its log."""
ROUTE = ("the_private_route_table_leads_to_the_nat_gateway", "private_subnets_have_a_private_route_table")
NAT = ("TestNatGateway",)


def way_out(lab: Lab, *wanted: str) -> tuple[Hop, ...]:
    """What a task's own requests pass: by the first way that is broken, else by the first there is.

    ``wanted`` are names of ``DESTINATIONS``; all of them where none is named.
    """
    ways = [
        tuple(_hops(lab, subnet, service))
        for service in wanted or DESTINATIONS
        for subnet in known(lambda: subnets_of(lab, lab.service.subnet_ids), ())
    ]
    return next((way for way in ways if first_broken(way) is not None), ways[0] if ways else ())


def _hops(lab: Lab, subnet: Subnet, service: str) -> Iterator[Hop]:
    # Where the endpoints are not known, one may lead on what routes do not; then a missing route is said all the same.
    endpoint = known(lambda: _endpoint(lab, subnet, service), None)
    yield hop(
        "security group of the tasks", Place.SERVICE, partial(_group_lets_out, lab, endpoint),
        checks=(LETS_OUT,), cause="no-way-out-by-group",
    )  # fmt: skip
    yield hop(
        f"network ACL of {subnet!r}", Place.PRIVATE_SUBNETS, partial(_acl_lets_out, lab, subnet),
        cause="acl-in-the-way-out",
    )  # fmt: skip
    if endpoint is not None:
        yield hop(
            repr(endpoint), Place.PRIVATE_TABLES, partial(_endpoint_serves, lab, endpoint, subnet),
            cause="endpoint-in-the-way",
        )  # fmt: skip
        return
    yield hop(
        f"route of {subnet!r}", Place.PRIVATE_TABLES, partial(_route_leads_out, lab, subnet, service),
        checks=(*ROUTE, *NAT, "the_service_is_in_private_subnets"), cause="no-route-to-registry",
    )  # fmt: skip
    gateway = known(lambda: _nat_of(lab, subnet), None)
    if gateway is not None:
        yield from _through(lab, gateway, subnet)
    yield hop(
        "internet gateway", Place.INTERNET_GATEWAY, lambda: lab.vpc.has_attached_internet_gateway,
        checks=("TestInternetGateway",), cause="no-route-to-registry",
    )  # fmt: skip
    yield hop(
        "VPC Block Public Access", Place.INTERNET_GATEWAY, lambda: allows_internet(lab, inbound=False),
        cause="vpc-block-public-access",
    )  # fmt: skip


def _through(lab: Lab, gateway: NatGateway, subnet: Subnet) -> Iterator[Hop]:
    yield hop(
        repr(gateway), Place.NAT_GATEWAY, partial(_nat_works, lab, gateway), checks=NAT, cause="no-route-to-registry"
    )
    home = next((one for one in known(lambda: lab.vpc.subnets, ()) if one.id == gateway.subnet_id), None)
    if home is not None:
        yield hop(
            f"route of {home!r}, where the NAT gateway is", Place.PUBLIC_TABLES,
            lambda: home.routes_out_through_internet_gateway,
            checks=("public_subnets_route_to_the_internet_gateway", *NAT), cause="no-route-to-registry",
        )  # fmt: skip
        yield hop(
            f"network ACL of {home!r}", Place.PUBLIC_SUBNETS, partial(_acl_lets_through, lab, home, subnet),
            cause="acl-in-the-way-out",
        )  # fmt: skip


def endpoints_of(lab: Lab) -> tuple[VpcEndpoint, ...]:
    """The live endpoints of the lab's VPC; raises ``Unverified`` where AWS was not asked or did not answer."""
    found = lab.vpc.network.vpc_endpoints
    return tuple(one for one in found if one.vpc_id == lab.vpc.id and one.state in ("available", ""))


def _endpoint(lab: Lab, subnet: Subnet, service: str) -> VpcEndpoint | None:
    """The endpoint that a request of the subnet takes, if there is one."""
    for one in endpoints_of(lab):
        if one.service != service:
            continue
        if one.is_gateway and subnet.route_table.id in one.table_ids:
            return one
        if not one.is_gateway and one.has_private_dns:
            return one
    return None


def _without_private_dns(lab: Lab, service: str) -> VpcEndpoint | None:
    found = known(lambda: endpoints_of(lab), ())
    return next((o for o in found if o.service == service and not o.is_gateway and not o.has_private_dns), None)


def _group_lets_out(lab: Lab, endpoint: VpcEndpoint | None) -> Finding:
    groups = groups_of(lab, lab.service.security_group_ids)
    shown = ", ".join(map(repr, groups[:3]))
    words = f"{shown} does not let" if shown else "the tasks have no existing security group, so none lets"
    if any(one.reaches_anywhere(443) or _reaches_prefixes(one) for one in groups):
        return Finding(True, "")
    if endpoint is not None and not endpoint.is_gateway:
        blocks = lab.vpc.network_blocks
        if any(one.reaches_group(443, group, blocks) for one in groups for group in endpoint.group_ids):
            return Finding(True, "")
    return Finding(False, f"{words} TCP 443 out", "outbound TCP 443 to 0.0.0.0/0")


def _reaches_prefixes(group: object) -> bool:
    rules = getattr(group, "outbound", ())
    return any(rule.covers(443) and rule.prefix_list_ids for rule in rules)


def _acl_lets_out(lab: Lab, subnet: Subnet) -> Finding:
    acl = acl_of(lab, subnet)
    if not acl.releases(443):
        return Finding(False, f"{acl!r} does not let TCP 443 out", "an outbound entry that allows TCP 443")
    right = acl.allows(REPLIES)
    return Finding(right, f"{acl!r} does not allow responses (TCP 1024-65535)", "an inbound entry that allows them")


def _acl_lets_through(lab: Lab, home: Subnet, subnet: Subnet) -> Finding:
    acl, inside = acl_of(lab, home), ipv4_network(subnet.cidr, subnet.id) if subnet.cidr else EVERYWHERE
    claims = (
        (acl.allows(443, inside), f"does not allow TCP 443 from {subnet!r}"),
        (acl.releases(443), "does not let TCP 443 out"),
        (acl.allows(REPLIES), "does not allow responses (TCP 1024-65535)"),
        (acl.releases(REPLIES, inside), f"does not let responses (TCP 1024-65535) out to {subnet!r}"),
    )
    wrong = next((words for right, words in claims if not right), "")
    return Finding(not wrong, f"{acl!r} {wrong}", "an entry that allows it")


def _endpoint_serves(lab: Lab, endpoint: VpcEndpoint, subnet: Subnet) -> Finding:
    if endpoint.denies:
        return Finding(False, f"the policy of {endpoint!r} allows nothing", "a policy that allows access")
    if endpoint.is_gateway:
        return Finding(True, "")
    tasks = groups_of(lab, lab.service.security_group_ids)
    inside = ipv4_network(subnet.cidr, subnet.id) if subnet.cidr else EVERYWHERE
    for group in groups_of(lab, endpoint.group_ids):
        blocks = [block for rule in group.inbound if rule.covers(443) for block in rule.blocks]
        if any(group.allows_from_group(443, one.id) for one in tasks) or any(inside.subnet_of(one) for one in blocks):
            return Finding(True, "")
    shown = ", ".join(endpoint.group_ids[:3]) or "no security group"
    return Finding(
        False, f"the security group of {endpoint!r} ({shown}) does not allow TCP 443 from the tasks", "inbound TCP 443"
    )


def _route_leads_out(lab: Lab, subnet: Subnet, service: str) -> Finding:
    table, expected = subnet.route_table, "0.0.0.0/0 → a live NAT gateway of this VPC"
    route = table.default_route
    besides = ""
    unused = _without_private_dns(lab, service)
    if unused is not None:
        besides = f"; {unused!r} is not used because its private DNS is off"
    if route is None:
        return Finding(False, f"{table!r} has no route to 0.0.0.0/0{besides}", expected)
    if route.target.startswith("igw-"):
        if lab.service.assigns_public_ip:
            gateways = lab.vpc.network.internet_gateways_by_id
            attached = route.target in gateways and lab.vpc.id in gateways[route.target].attached_to
            return Finding(attached, f"the default route of {table!r} is {route!r}, which is not attached", expected)
        found = f"{table!r} leads to an internet gateway, which cannot serve tasks without a public IP address"
        return Finding(False, f"{found}{besides}", expected)
    if route.target.startswith("nat-"):
        gateway = _nat_of(lab, subnet)
        if gateway is None:
            found = f"the default route of {table!r} is {route!r}, but that gateway does not exist"
            return Finding(False, found, expected)
        if gateway.is_pending(lab.evidence.now):
            raise Pending(f"{gateway!r} is still being created")
        live = gateway.state == "available" and route.state != "blackhole"
        reason = f"which is {gateway.state}{gateway.reason}"
        return Finding(live, f"the default route of {table!r} is {route!r}, {reason}{besides}", expected)
    if route.state == "blackhole" or not route.target:
        return Finding(False, f"the default route of {table!r} is {route!r}{besides}", expected)
    raise Unverified(f"the default route of {table!r} leads to {shorten(route.target, 40)}, which is not followed here")


def _nat_of(lab: Lab, subnet: Subnet) -> NatGateway | None:
    route = subnet.route_table.default_route
    if route is None:
        raise Missing(f"{subnet.route_table!r} has no default route.")
    return next((one for one in lab.vpc.network.nat_gateways if one.id == route.target), None)


def _nat_works(lab: Lab, gateway: NatGateway) -> Finding:
    if gateway.is_pending(lab.evidence.now):
        raise Pending(f"{gateway!r} is still being created")
    if gateway.state != "available":
        return Finding(False, f"{gateway!r} is {gateway.state}{gateway.reason}", "an available NAT gateway")
    return Finding(gateway.is_public, f"{gateway!r} has private connectivity, so it does not reach the internet")
