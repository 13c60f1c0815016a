"""VPCs, and the claims that the lab makes about them."""

from __future__ import annotations

from dataclasses import dataclass, field
from ipaddress import IPv4Network
from typing import TYPE_CHECKING, Any

from grader.errors import Missing, Pending
from grader.evidence import Question
from grader.evidence.tracking import derived, remark
from grader.model.addresses import PRIVATE_RANGES, ipv4_network
from grader.model.findings import Finding, at_least, every, label, some
from grader.model.routing import InternetGateway, NatGateway, RouteTable
from grader.model.subnets import Subnet, span_zones

if TYPE_CHECKING:
    from grader.model.network import Network
    from grader.model.security_groups import SecurityGroup


@dataclass(frozen=True, slots=True, eq=False)
class Vpc:
    """A VPC and what stands in it."""

    id: str
    name: str
    region: str
    cidrs: tuple[str, ...]
    is_default: bool
    instance_tenancy: str
    state: str
    blocks_internet_gateways: bool
    network: Network = field(repr=False)
    memo: dict[str, Any] = field(default_factory=dict, repr=False)

    def __repr__(self) -> str:
        return f"VPC {label(self.name, self.id)}"

    @property
    def sources(self) -> tuple[Question, ...]:
        """The answer that it was read from."""
        return (Question("ec2.DescribeVpcs", self.region),)

    @property
    def is_your_own(self) -> Finding:
        """Whether it was created for the lab, not by AWS."""
        return Finding(
            not self.is_default,
            f"{self!r} is the default VPC that AWS made" if self.is_default else f"{self!r}",
            "a VPC that you created",
        )

    @property
    def has_default_tenancy(self) -> Finding:
        """Whether it is an own VPC on shared hardware."""
        return self.is_your_own and Finding(
            self.instance_tenancy == "default", f"the tenancy of {self!r} is {self.instance_tenancy}", "default"
        )

    @property
    def has_private_cidr(self) -> Finding:
        """Whether it is an own VPC with a private address range."""
        block = ipv4_network(self.cidrs[0], self.id)
        private = any(block.subnet_of(range_) for range_ in PRIVATE_RANGES)
        if private and str(block) != "10.0.0.0/16":
            remark(f"The handout takes 10.0.0.0/16; yours is {block}, which is as good.")
        return self.is_your_own and Finding(
            private,
            f"the CIDR block of {self!r} is {block}",
            "a private range such as 10.0.0.0/16",
        )

    @derived
    def subnets(self) -> tuple[Subnet, ...]:
        """Its subnets, in order of their address."""
        return tuple(self.network.subnets_by_vpc.get(self.id, ()))

    @derived
    def public_subnets(self) -> tuple[Subnet, ...]:
        """The subnets whose role is public."""
        return tuple(subnet for subnet in self.subnets if subnet.is_public)

    @derived
    def private_subnets(self) -> tuple[Subnet, ...]:
        """The subnets whose role is private."""
        return tuple(subnet for subnet in self.subnets if subnet.is_private)

    @property
    def public_subnets_span_two_zones(self) -> Finding:
        """Whether two public subnets stand in different availability zones."""
        return span_zones(self.public_subnets, "public subnets")

    @property
    def private_subnets_span_two_zones(self) -> Finding:
        """Whether two private subnets stand in different availability zones."""
        return span_zones(self.private_subnets, "private subnets")

    def has_two_public_zones_among(self, subnet_ids: tuple[str, ...]) -> Finding:
        """Whether some of these subnets are public ones of this VPC, in two availability zones."""
        return span_zones(tuple(s for s in self.public_subnets if s.id in subnet_ids), "public subnets")

    def has_private_subnets(self, subnet_ids: tuple[str, ...]) -> Finding:
        """Whether each of these subnets is a private one of this VPC."""
        own = {subnet.id: subnet for subnet in self.subnets}
        return every([own.get(one, one) for one in subnet_ids], self._is_private_subnet, of="subnets")

    def _is_private_subnet(self, subnet: Subnet | str) -> Finding:
        if isinstance(subnet, str):
            return Finding(False, f"it is no subnet of {self!r}", "private subnets of the VPC")
        return Finding(subnet.is_private, f"it is {subnet.role}", "private subnets of the VPC")

    @derived
    def internet_gateway(self) -> InternetGateway:
        """Its internet gateway; else one that is attached to nothing."""
        attached = [g for g in self.network.internet_gateways if self.id in g.attached_to]
        loose = [g for g in self.network.internet_gateways if not g.attached_to]
        if not (attached or loose):
            raise Missing(f"There is no internet gateway for {self!r}.")
        return (attached or loose)[0]

    @property
    def has_attached_internet_gateway(self) -> Finding:
        """Whether its internet gateway is attached to it."""
        gateway = self.internet_gateway
        if self.blocks_internet_gateways:
            remark(
                "Block Public Access of VPCs is on: it keeps traffic from the internet gateway, whatever routes say."
            )
        return Finding(self.id in gateway.attached_to, f"{gateway!r} is not attached to a VPC", f"attached to {self!r}")

    @property
    def public_subnets_route_to_internet_gateway(self) -> Finding:
        """Whether two public subnets (all, if there are fewer) and every one of the load balancer do."""
        public = self.public_subnets
        enough = at_least(
            min(2, len(public)), public, lambda s: s.routes_out_through_internet_gateway, of="public subnets"
        )
        for subnet in public:
            if enough and not subnet.routes_out_through_internet_gateway:
                remark(f"{subnet!r} is public but does not route to the internet gateway; two others do.")
        front = tuple(s for s in public if s.id in self.network.load_balancer_subnet_ids)
        if not enough or not front:
            return enough
        return at_least(len(front), front, lambda s: s.routes_out_through_internet_gateway, of="public subnets")

    @property
    def private_subnets_have_private_route_table(self) -> Finding:
        """Whether two private subnets (all, if there are fewer) follow a table without an internet gateway."""
        private = self.private_subnets
        return at_least(
            min(2, len(private)),
            private,
            lambda s: s.has_route_table_without_internet_gateway,
            of="private subnets",
        )

    @derived
    def nat_gateways(self) -> tuple[NatGateway, ...]:
        """Its NAT gateways, live ones first."""
        own = self.network.nat_gateways_by_vpc.get(self.id, [])
        order = ["available", "pending"]
        return tuple(sorted(own, key=lambda g: (order.index(g.state) if g.state in order else 2, g.id)))

    @property
    def has_public_nat_gateway(self) -> Finding:
        """Whether a public NAT gateway with an Elastic IP is available in a public subnet (or regional)."""
        if not self.nat_gateways:
            raise Missing(f"There is no NAT gateway in {self!r}.")
        return some(reversed(self.nat_gateways), self._serves)

    def _serves(self, gateway: NatGateway) -> Finding:
        expected = "an available public NAT gateway with an Elastic IP in a public subnet"
        if gateway.state == "pending":
            raise Pending(f"{gateway!r} is still being created")
        if gateway.state != "available":
            return Finding(False, f"{gateway!r} is {gateway.state}", expected)
        if not gateway.is_public:
            return Finding(False, f"{gateway!r} has private connectivity", expected)
        if not gateway.has_elastic_ip:
            return Finding(False, f"{gateway!r} has no Elastic IP", expected)
        if gateway.is_regional:
            remark(f"{gateway!r} is regional; the handout places it in a public subnet.")
            return Finding(True, f"{gateway!r} is regional")
        subnet = self.network.subnets_by_id.get(gateway.subnet_id)
        if subnet is None or subnet.vpc_id != self.id:
            return Finding(False, f"{gateway!r} stands in no subnet of {self!r}", expected)
        return Finding(subnet.is_public, f"{gateway!r} stands in the {subnet.role} {subnet!r}", expected)

    @derived
    def private_route_tables(self) -> tuple[RouteTable, ...]:
        """The tables meant for the private subnets: those they follow, and those that nothing follows yet.

        A table that a public subnet follows is none of them.
        """
        followed_by_public = {subnet.route_table.id for subnet in self.public_subnets}
        followed = [s.route_table for s in self.private_subnets if s.route_table.id not in followed_by_public]
        spare = [
            table
            for table in self.network.route_tables_by_vpc.get(self.id, ())
            if not table.subnet_ids and not table.is_main and table.id not in followed_by_public
        ]
        return tuple(dict.fromkeys([*followed, *spare]))

    @property
    def private_route_table_leads_to_nat_gateway(self) -> Finding:
        """Whether a private table's default route leads to a live NAT gateway of this VPC."""
        if not self.private_route_tables:
            raise Missing(f"There is no private route table in {self!r}.")
        return some(reversed(self.private_route_tables), self._leads_to_nat)

    def _leads_to_nat(self, table: RouteTable) -> Finding:
        route, expected = table.default_route, "0.0.0.0/0 → a live NAT gateway of this VPC"
        if route is None:
            return Finding(False, f"{table!r} has no route to 0.0.0.0/0", expected)
        gateway = next((g for g in self.nat_gateways if g.id == route.target), None)
        if gateway is None:
            return Finding(False, f"the default route of {table!r} is {route!r}", expected)
        if gateway.state == "pending":
            raise Pending(f"{gateway!r}, to which {table!r} leads, is still being created")
        return Finding(
            gateway.state == "available",
            f"the default route of {table!r} is {route!r}, which is {gateway.state}",
            expected,
        )

    @derived
    def security_groups(self) -> tuple[SecurityGroup, ...]:
        """Its security groups."""
        return tuple(self.network.security_groups_by_vpc.get(self.id, ()))

    @property
    def network_blocks(self) -> tuple[IPv4Network, ...]:
        """Its CIDR blocks."""
        return tuple(ipv4_network(cidr, self.id) for cidr in self.cidrs)
