"""Subnets: which table they follow, and what they are for."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from grader.errors import Missing, Unsettled
from grader.evidence.tracking import derived, remark
from grader.model.findings import Finding, label
from grader.model.routing import RouteTable

if TYPE_CHECKING:
    from grader.model.network import Network


class Role(StrEnum):
    """What a subnet is for."""

    PUBLIC = "public"
    PRIVATE = "private"
    UNKNOWN = "of no clear role"


@dataclass(frozen=True, slots=True, eq=False)
class Subnet:
    """A subnet; what it is for is inferred from all that is known of it, so that one fault does not change it."""

    id: str
    name: str
    vpc_id: str
    availability_zone: str
    cidr: str
    maps_public_ip: bool
    is_default: bool
    network: Network = field(repr=False)
    memo: dict[str, Any] = field(default_factory=dict, repr=False)

    def __repr__(self) -> str:
        return f"subnet {label(self.name, self.id)}"

    @derived
    def route_table(self) -> RouteTable:
        """The table that the subnet follows: its explicit association, else the main table of its own VPC."""
        table = self.network.table_of_subnet.get(self.id) or self.network.main_tables.get(self.vpc_id)
        if table is None:
            raise Missing(f"{self!r} follows no route table.")
        return table

    @derived
    def role(self) -> Role:
        """Public or private, from its name, what stands in it, its route and its public-IP setting.

        What stands in a subnet weighs more than its route, so that a wrong route is charged as a route and a wrong
        place as a place. Raises ``Unverified`` where nothing but the refused routes would tell.
        """
        lean = self.network.lean_of_name(self.name) + self.network.lean_of_tenants(self.id)
        lean += 1 if self.maps_public_ip else 0
        try:
            lean += self._lean_of_route()
        except Unsettled:
            if not lean:
                raise
        return Role.PUBLIC if lean > 0 else Role.PRIVATE if lean < 0 else Role.UNKNOWN

    def _lean_of_route(self) -> int:
        try:
            route = self.route_table.default_route
        except Missing:
            return 0
        if route is None:
            return 0
        return 2 if route.target.startswith("igw-") else -2 if route.target.startswith("nat-") else 0

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
        if self.vpc_id in gateway.attached_to or not gateway.attached_to:
            return Finding(True, f"its default route is {route!r}")
        return Finding(False, f"its default route is {route!r}, which is attached to another VPC", expected)

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
                remark("Private subnets follow the main route table; the handout makes a table of their own.")
                return Finding(True, f"it follows the main table, which routes {route!r}")
            return Finding(
                False, f"it is associated with no route table and follows the main one ({table.id})", expected
            )
        return Finding(True, f"it follows {table!r}")


def span_zones(subnets: tuple[Subnet, ...], what: str) -> Finding:
    """Whether subnets stand in two or more availability zones."""
    zones = sorted({subnet.availability_zone for subnet in subnets})
    if not subnets:
        found = f"there are no {what}"
    else:
        found = f"{len(subnets)} {what} in {', '.join(zones)}: {', '.join(map(repr, subnets[:4]))}"
    return Finding(len(zones) >= 2, found, f"two {what} in different availability zones")
