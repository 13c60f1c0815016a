"""Subnets: which table they follow, and where it leads."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from grader.errors import Missing, Unsettled
from grader.evidence.tracking import remark, tracked_property
from grader.model.addresses import EVERYWHERE, ipv4_network
from grader.model.findings import Finding, known, label
from grader.model.network import Network, grouped
from grader.model.roles import Role, Signs, WayOut, role_score_from_placement, roles
from grader.model.routing import RouteTable

# Beginnings of words for "public" and "private", as names have them in many languages.
_PUBLIC = re.compile(r"pub|öffentlich|oeffentlich|offentlig|julkinen|nyilvános|veřejn|verejn|публ|общедост|公")
_PRIVATE = re.compile(r"priv|pryw|soukrom|súkrom|sukrom|yksity|magán|частн|приват|özel|ozel|私|专用")


class Subnets:
    """The subnets of one region that are available."""

    def __init__(self, network: Network) -> None:
        self.network = network
        self.memo: dict[str, Any] = {}

    @tracked_property
    def by_id(self) -> dict[str, Subnet]:
        """Every subnet, by id."""
        found = (
            Subnet(
                id=each.text("SubnetId"),
                name=each.tag("Name"),
                vpc_id=each.text("VpcId"),
                availability_zone=each.text("AvailabilityZone"),
                cidr=each.text("CidrBlock", ""),
                maps_public_ip=each.flag("MapPublicIpOnLaunch"),
                is_default=each.flag("DefaultForAz"),
                region=self,
            )
            for each in self.network.each("ec2.DescribeSubnets", "Subnets")
            if each.text("State", "available") == "available"
        )
        return {subnet.id: subnet for subnet in found}

    @tracked_property
    def by_vpc(self) -> dict[str, list[Subnet]]:
        """Subnets by the id of their VPC, in order of their address."""
        return grouped(sorted(self.by_id.values(), key=lambda s: (_address(s.cidr), s.id)))

    @tracked_property
    def roles(self) -> dict[str, Role]:
        """The role of every subnet; raises ``Unverified`` where their routes are unknown."""
        return {
            identifier: role
            for subnets in self.by_vpc.values()
            for identifier, role in roles(subnet.signs for subnet in subnets).items()
        }


@dataclass(frozen=True, slots=True, eq=False)
class Subnet:
    """A subnet. What it is for is told from all that is known of it, so that one fault does not change it."""

    id: str
    name: str
    vpc_id: str
    availability_zone: str
    cidr: str
    maps_public_ip: bool
    is_default: bool
    region: Subnets = field(repr=False)
    memo: dict[str, Any] = field(default_factory=dict, repr=False)

    def __repr__(self) -> str:
        return f"subnet {label(self.name, self.id)}"

    @property
    def network(self) -> Network:
        """The networking of its region."""
        return self.region.network

    @tracked_property
    def route_table(self) -> RouteTable:
        """The table that the subnet follows: its explicit association, else the main table of its own VPC."""
        table = self.network.table_of_subnet.get(self.id) or self.network.main_tables.get(self.vpc_id)
        if table is None:
            raise Missing(f"{self!r} has no route table.")
        return table

    @property
    def is_associated(self) -> bool:
        """Whether it is explicitly associated with a route table."""
        return self.id in self.network.table_of_subnet

    @tracked_property
    def role(self) -> Role:
        """Public or private. Raises ``Unverified`` where nothing but the refused routes would tell."""
        try:
            return self.region.roles[self.id]
        except Unsettled:
            lean = role_score_from_placement(self._signs(WayOut.NONE))
            if not lean:
                raise
            return Role.PUBLIC if lean > 0 else Role.PRIVATE

    @property
    def signs(self) -> Signs:
        """What is known of it; raises ``Unverified`` where its route is unknown."""
        try:
            table = self.route_table
        except Missing:
            return self._signs(WayOut.NONE)
        route = table.default_route
        if route is None:
            return self._signs(WayOut.NONE, table.id)
        for prefix, way_out in (("igw-", WayOut.INTERNET_GATEWAY), ("nat-", WayOut.NAT)):
            if route.target.startswith(prefix):
                return self._signs(way_out, table.id)
        return self._signs(WayOut.OTHER, table.id)

    def _signs(self, way_out: WayOut, table: str = "") -> Signs:
        tenants = self.network.tenants
        tasks = Role.UNKNOWN
        if self.id in tenants.services:
            tasks = Role.PUBLIC if self.id in tenants.exposed else Role.PRIVATE
        return Signs(
            id=self.id,
            zone=self.availability_zone,
            way_out=way_out,
            table=table,
            is_associated=known(lambda: self.is_associated, False),
            named=_named(self.name),
            has_front=self.id in tenants.internet_facing,
            has_nat=self.id in known(lambda: self.network.nat_subnet_ids, frozenset()),
            tasks=tasks,
            maps_public_ip=self.maps_public_ip,
            is_default=self.is_default,
        )

    @property
    def is_public(self) -> bool:
        """Whether its role is public."""
        return self.role is Role.PUBLIC

    @property
    def is_private(self) -> bool:
        """Whether its role is private."""
        return self.role is Role.PRIVATE

    @property
    def routes_out_through_internet_gateway(self) -> Finding:
        """Whether its default route leads to the internet gateway of its VPC.

        A route that is a black hole only because the gateway is attached to nothing counts: the missing attachment
        is a fault of its own.
        """
        route = self.route_table.default_route
        expected = "0.0.0.0/0 → the internet gateway of this VPC"
        if route is None:
            return Finding(False, f"{self.route_table!r} has no route to 0.0.0.0/0", expected)
        if not route.target.startswith("igw-"):
            return Finding(False, f"its default route is {route!r}", expected)
        gateway = self.network.internet_gateways_by_id.get(route.target)
        if gateway is None:
            return Finding(False, f"its default route is {route!r}, and that gateway does not exist", expected)
        if self.vpc_id in gateway.attached_to:
            return Finding(True, f"its default route is {route!r}")
        if gateway.attached_to:
            return Finding(False, f"its default route is {route!r}, which is attached to another VPC", expected)
        if self.vpc_id in self.network.attached_vpc_ids:
            return Finding(
                False, f"its default route is {route!r}, which is detached, while another one is attached", expected
            )
        return Finding(True, f"its default route is {route!r}, which is not attached yet")

    @property
    def has_route_table_without_internet_gateway(self) -> Finding:
        """Whether it has a table of its own that does not lead to an internet gateway.

        The main table counts too, if it carries the NAT route.
        """
        table, expected = self.route_table, "an association with a private route table"
        route = table.default_route
        if route is not None and route.target.startswith("igw-"):
            return Finding(False, f"its default route is {route!r}", "no route to an internet gateway")
        if table.is_main and self.id not in table.subnet_ids:
            if route is not None and route.target.startswith("nat-"):
                remark("Private subnets use the main route table. The handout creates a separate one for them.")
                return Finding(True, f"it uses the main route table, which routes {route!r}")
            return Finding(
                False, f"it has no route table association, so it uses the main route table ({table.id})", expected
            )
        return Finding(True, f"it uses {table!r}")


def _named(name: str) -> Role:
    """The role that a name tells, if it tells one."""
    words = name.lower()
    public, private = bool(_PUBLIC.search(words)), bool(_PRIVATE.search(words))
    if public == private:
        return Role.UNKNOWN
    return Role.PUBLIC if public else Role.PRIVATE


def _address(cidr: str) -> tuple[int, int]:
    network = ipv4_network(cidr, "a subnet") if cidr else EVERYWHERE
    return int(network.network_address), network.prefixlen


def span_zones(subnets: tuple[Subnet, ...], what: str) -> Finding:
    """Whether subnets are in two or more availability zones."""
    zones = sorted({subnet.availability_zone for subnet in subnets})
    if not subnets:
        found = f"there are no {what}"
    else:
        found = f"{len(subnets)} {what} in {', '.join(zones)}: {', '.join(map(repr, subnets[:4]))}"
    return Finding(len(zones) >= 2, found, f"two {what} in different availability zones")
