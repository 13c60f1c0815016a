"""VPCs, and the claims that the lab makes about them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from ipaddress import IPv4Network
from typing import Any

from grader.errors import Missing, Pending
from grader.evidence import Question
from grader.evidence.fields import Fields
from grader.evidence.tracking import remark, tracked_property
from grader.model.addresses import ipv4_network
from grader.model.findings import Finding, at_least, both, every, known, label, some
from grader.model.network import Network
from grader.model.routing import InternetGateway, NatGateway, RouteTable
from grader.model.security_groups import SecurityGroup
from grader.model.subnets import Subnet, Subnets, span_zones


class Vpcs:
    """The VPCs of one region."""

    def __init__(self, network: Network) -> None:
        self.network = network
        self.subnets = Subnets(network)
        self.memo: dict[str, Any] = {}

    @tracked_property
    def all(self) -> tuple[Vpc, ...]:
        """Every VPC."""
        return tuple(self._vpc(each) for each in self.network.each("ec2.DescribeVpcs", "Vpcs"))

    def _vpc(self, each: Fields) -> Vpc:
        further = (
            one.text("CidrBlock")
            for one in each.each("CidrBlockAssociationSet")
            if one.within("CidrBlockState").text("State", "associated") == "associated"
        )
        block = each.within("BlockPublicAccessStates").text("InternetGatewayBlockMode", "off")
        return Vpc(
            id=each.text("VpcId"),
            name=each.tag("Name"),
            region=self.network.region,
            cidrs=tuple(dict.fromkeys([each.text("CidrBlock"), *further])),
            is_default=each.flag("IsDefault"),
            instance_tenancy=each.text("InstanceTenancy", "default"),
            state=each.text("State", "available"),
            blocks_internet_gateways=block != "off",
            region_subnets=self.subnets,
        )


@dataclass(frozen=True, slots=True, eq=False)
class Vpc:
    """A VPC and what is in it."""

    id: str
    name: str
    region: str
    cidrs: tuple[str, ...]
    is_default: bool
    instance_tenancy: str
    state: str
    blocks_internet_gateways: bool
    region_subnets: Subnets = field(repr=False)
    memo: dict[str, Any] = field(default_factory=dict, repr=False)

    def __repr__(self) -> str:
        return f"VPC {label(self.name, self.id)}"

    @property
    def network(self) -> Network:
        """The networking of its region."""
        return self.region_subnets.network

    @property
    def sources(self) -> tuple[Question, ...]:
        """The answer that it was read from."""
        return (Question("ec2.DescribeVpcs", self.region),)

    @property
    def is_your_own(self) -> Finding:
        """Whether it was created for the lab, not by AWS."""
        if not self.is_default:
            return Finding(True, f"{self!r}")
        remark(
            "The lab is in the default VPC. To move it, create a VPC and build the subnets, the internet gateway, the"
            " route tables, the NAT gateway, the security groups, the load balancer and the service again in it. Until"
            " the new VPC earns more points, the default VPC is graded. Two NAT gateways and two load balancers cost"
            " twice as much, so delete the old ones afterwards."
        )
        return Finding(False, f"{self!r} is the default VPC that AWS made", "a VPC that you created")

    @property
    def has_default_tenancy(self) -> Finding:
        """Whether it is an own VPC on shared hardware."""
        return self.is_your_own and Finding(
            self.instance_tenancy == "default", f"the tenancy of {self!r} is {self.instance_tenancy}", "default"
        )

    def has_private_cidr(self, ranges: Sequence[str], usual: str) -> Finding:
        """Whether it is an own VPC with a block in one of the private ``ranges``; ``usual`` is the handout's block."""
        block = ipv4_network(self.cidrs[0], self.id)
        private = any(block.subnet_of(IPv4Network(one)) for one in ranges)
        if private and usual and not self.is_default and str(block) != usual:
            remark(f"The handout uses {usual}. Yours is {block}, which is just as good.")
        return self.is_your_own and Finding(
            private,
            f"the CIDR block of {self!r} is {block}",
            f"a private range such as {usual}" if usual else f"a block of {', '.join(ranges)}",
        )

    @tracked_property
    def subnets(self) -> tuple[Subnet, ...]:
        """Its subnets, in order of their address."""
        return tuple(self.region_subnets.by_vpc.get(self.id, ()))

    @tracked_property
    def public_subnets(self) -> tuple[Subnet, ...]:
        """The subnets whose role is public."""
        return tuple(subnet for subnet in self.subnets if subnet.is_public)

    @tracked_property
    def private_subnets(self) -> tuple[Subnet, ...]:
        """The subnets whose role is private."""
        return tuple(subnet for subnet in self.subnets if subnet.is_private)

    @property
    def own_public_subnets(self) -> tuple[Subnet, ...]:
        """The public subnets without those that AWS made in the default VPC."""
        return tuple(subnet for subnet in self.public_subnets if not subnet.is_default)

    @property
    def own_private_subnets(self) -> tuple[Subnet, ...]:
        """The private subnets without those that AWS made in the default VPC."""
        return tuple(subnet for subnet in self.private_subnets if not subnet.is_default)

    @property
    def public_subnets_span_two_zones(self) -> Finding:
        """Whether two public subnets of your own are in different availability zones."""
        return span_zones(self.own_public_subnets, "public subnets")

    @property
    def private_subnets_span_two_zones(self) -> Finding:
        """Whether two private subnets of your own are in different availability zones."""
        return span_zones(self.own_private_subnets, "private subnets")

    def has_two_public_zones_among(self, subnet_ids: tuple[str, ...]) -> Finding:
        """Whether some of these subnets are public ones of this VPC, in two availability zones."""
        return span_zones(tuple(s for s in self.public_subnets if s.id in subnet_ids), "public subnets")

    def has_private_subnets(self, subnet_ids: tuple[str, ...]) -> Finding:
        """Whether each of these subnets is a private one of this VPC."""
        own = {subnet.id: subnet for subnet in self.subnets}
        exposed = [own[one] for one in subnet_ids if one in own and one in self.network.tenants.exposed]
        if exposed and all(known(partial(_routes_to_nat, subnet), False) for subnet in exposed):
            remark(
                "The tasks get public IP addresses, which have no effect: their subnets route through a NAT gateway."
            )
        return every([own.get(one, one) for one in subnet_ids], self._is_private_subnet, of="subnets")

    def _is_private_subnet(self, subnet: Subnet | str) -> Finding:
        if isinstance(subnet, str):
            return Finding(False, f"it is not a subnet of {self!r}", "private subnets of the VPC")
        return Finding(subnet.is_private, f"it is {subnet.role}", "private subnets of the VPC")

    @tracked_property
    def internet_gateway(self) -> InternetGateway:
        """Its internet gateway; else one that is attached to nothing.

        AWS's own gateway of the default VPC counts where a subnet of your own routes to it.
        """
        attached = [g for g in self.network.internet_gateways if self.id in g.attached_to]
        if self.is_default:
            used = {route.target for s in self.subnets if not s.is_default and (route := s.route_table.default_route)}
            if attached and not used & {gateway.id for gateway in attached}:
                raise Missing(f"AWS created the internet gateway of {self!r}, and none of your own subnets routes to"
                              " it.")
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
                "VPC Block Public Access is on: it blocks traffic through the internet gateway, whatever the routes"
                " say."
            )
        return Finding(self.id in gateway.attached_to, f"{gateway!r} is not attached to a VPC", f"attached to {self!r}")

    @property
    def public_subnets_route_to_internet_gateway(self) -> Finding:
        """Whether public subnets of two zones (of one, if there is one) and every one of the load balancer do."""
        public = self.own_public_subnets
        enough = _in_two_zones(public, lambda s: s.routes_out_through_internet_gateway, of="public subnets")
        for subnet in public:
            if enough and not subnet.routes_out_through_internet_gateway:
                remark(f"{subnet!r} is public but does not route to the internet gateway. Two other public subnets do.")
        front = tuple(s for s in self.public_subnets if s.id in self.network.tenants.internet_facing)
        if not enough or not front:
            return enough
        return at_least(len(front), front, lambda s: s.routes_out_through_internet_gateway, of="public subnets")

    @property
    def private_subnets_have_private_route_table(self) -> Finding:
        """Whether private subnets of two zones (of one, if there is one) follow a table without internet gateway."""
        return _in_two_zones(
            self.own_private_subnets, lambda s: s.has_route_table_without_internet_gateway, of="private subnets"
        )

    @tracked_property
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
        if gateway.is_pending(self.network.evidence.now):
            raise Pending(f"{gateway!r} is still being created")
        if gateway.state != "available":
            return Finding(False, f"{gateway!r} is {gateway.state}{gateway.reason}", expected)
        if not gateway.is_public:
            return Finding(False, f"{gateway!r} has private connectivity", expected)
        if not gateway.has_elastic_ip:
            return Finding(False, f"{gateway!r} has no Elastic IP", expected)
        if gateway.is_regional:
            remark(f"{gateway!r} is regional. The handout places it in a public subnet.")
            return Finding(True, f"{gateway!r} is regional")
        subnet = self.region_subnets.by_id.get(gateway.subnet_id)
        if subnet is None or subnet.vpc_id != self.id:
            return Finding(False, f"{gateway!r} is not in a subnet of {self!r}", expected)
        if not subnet.is_public:
            return Finding(False, f"{gateway!r} is in the {subnet.role} {subnet!r}", expected)
        way_out = known(lambda: subnet.routes_out_through_internet_gateway, Finding(True, ""))
        # Where the public subnets lack their route, that is a fault of its own, and charged as one.
        if not way_out and self.public_subnets_route_to_internet_gateway:
            return Finding(False, f"{gateway!r} is in {subnet!r}, which has no route out: {way_out.found}", expected)
        return Finding(True, f"{gateway!r} is in {subnet!r}")

    @tracked_property
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
        """Whether the default route of each private subnet that counts leads to a live NAT gateway of this VPC.

        Those that count are the service's, and for the rest one of two zones. A subnet that is associated with no
        table lacks that association alone, where a table of the VPC carries the route.
        """
        carried = known(lambda: some(reversed(self.private_route_tables), self._leads_to_nat), Finding(True, ""))
        counting = tuple(
            subnet
            for subnet in self.own_private_subnets
            if not carried or subnet.is_associated or self._leads_to_nat(subnet.route_table)
        )
        if not counting:
            if not self.private_route_tables:
                raise Missing(f"There is no private route table in {self!r}.")
            return some(reversed(self.private_route_tables), self._leads_to_nat)
        serving = tuple(subnet for subnet in counting if subnet.id in self.network.tenants.services)

        def leads(subnet: Subnet) -> Finding:
            return self._leads_to_nat(subnet.route_table)

        return both(
            lambda: _in_two_zones(counting, leads, of="private subnets"),
            lambda: every(serving, leads) if serving else Finding(True, ""),
        )

    def _leads_to_nat(self, table: RouteTable) -> Finding:
        route, expected = table.default_route, "0.0.0.0/0 → a live NAT gateway of this VPC"
        if route is None:
            return Finding(False, f"{table!r} has no route to 0.0.0.0/0", expected)
        gateway = next((g for g in self.nat_gateways if g.id == route.target), None)
        if gateway is None:
            return Finding(False, f"the default route of {table!r} is {route!r}", expected)
        if gateway.is_pending(self.network.evidence.now):
            raise Pending(f"{gateway!r}, the target of {table!r}, is still being created")
        return Finding(
            gateway.state == "available" and route.state != "blackhole",
            f"the default route of {table!r} is {route!r}, which is {gateway.state}",
            expected,
        )

    @tracked_property
    def security_groups(self) -> tuple[SecurityGroup, ...]:
        """Its security groups."""
        return tuple(self.network.security_groups_by_vpc.get(self.id, ()))

    @property
    def network_blocks(self) -> tuple[IPv4Network, ...]:
        """Its CIDR blocks."""
        return tuple(ipv4_network(cidr, self.id) for cidr in self.cidrs)


def _routes_to_nat(subnet: Subnet) -> bool:
    route = subnet.route_table.default_route
    return route is not None and route.target.startswith("nat-") and route.state != "blackhole"


def _in_two_zones(subnets: tuple[Subnet, ...], claim: Callable[[Subnet], Finding], *, of: str) -> Finding:
    """Whether ``claim`` holds of subnets in two availability zones, or in one where there is no other."""
    first: dict[str, Subnet] = {}
    for subnet in sorted(subnets, key=lambda one: not known(lambda: bool(claim(one)), False)):
        first.setdefault(subnet.availability_zone, subnet)
    return at_least(min(2, len(first)), first.values(), claim, of=of)
