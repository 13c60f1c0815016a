"""VPCs, subnets, routes and gateways of one region, and the words that the lab uses of them.

Every hard question has one home here: which table a subnet follows, what role a subnet plays, where a route leads.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from ipaddress import IPv4Network, ip_network
from typing import TYPE_CHECKING, Any

from grader.errors import EvidenceError, Missing, Pending, Unsettled
from grader.evidence import Evidence, Question
from grader.fields import Fields
from grader.model.findings import Finding, at_least, every, known, label, some
from grader.reading import derived, remark

if TYPE_CHECKING:
    from grader.model.security_groups import SecurityGroup

EVERYWHERE = IPv4Network("0.0.0.0/0")
# RFC 1918 and, as the rulings allow, RFC 6598.
PRIVATE_RANGES = tuple(
    IPv4Network(block) for block in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10")
)


class Role(StrEnum):
    """What a subnet is for."""

    PUBLIC = "public"
    PRIVATE = "private"
    UNKNOWN = "of no clear role"


def ipv4_network(text: str, where: str) -> IPv4Network:
    """A CIDR block of an answer; raises ``EvidenceError`` if it is none."""
    try:
        network = ip_network(text, strict=False)
    except ValueError as error:
        raise EvidenceError(f"{text[:60]!r} is not a CIDR block.", where=where) from error
    if not isinstance(network, IPv4Network):
        raise EvidenceError(f"{text[:60]!r} is not an IPv4 CIDR block.", where=where)
    return network


@dataclass(frozen=True, slots=True)
class Route:
    """One route of a table. ``target`` is an id (``igw-…``, ``nat-…``, ``local`` …); ``state`` as AWS says it."""

    destination: str
    target: str
    state: str

    @property
    def is_default(self) -> bool:
        """Whether it is the IPv4 default route."""
        return self.destination == "0.0.0.0/0"

    def __repr__(self) -> str:
        note = "" if self.state == "active" else f" ({self.state})"
        return f"{self.destination} → {self.target}{note}"


@dataclass(frozen=True, slots=True)
class RouteTable:
    """A route table: ``subnet_ids`` are explicit associations; ``is_main`` makes it the VPC's default."""

    id: str
    name: str
    vpc_id: str
    is_main: bool
    subnet_ids: tuple[str, ...]
    routes: tuple[Route, ...]

    @property
    def default_route(self) -> Route | None:
        """The IPv4 default route, an active one first."""
        defaults = sorted((route for route in self.routes if route.is_default), key=lambda r: r.state != "active")
        return defaults[0] if defaults else None

    def __repr__(self) -> str:
        return f"route table {label(self.name, self.id)}"


@dataclass(frozen=True, slots=True)
class InternetGateway:
    """An internet gateway and the VPCs it is attached to (State ``available`` or ``attached``)."""

    id: str
    name: str
    attached_to: tuple[str, ...]

    def __repr__(self) -> str:
        return f"internet gateway {label(self.name, self.id)}"


@dataclass(frozen=True, slots=True)
class NatGateway:
    """A NAT gateway. ``subnet_id`` is empty for a regional one."""

    id: str
    name: str
    vpc_id: str
    subnet_id: str
    state: str
    is_public: bool
    is_regional: bool
    has_elastic_ip: bool

    @property
    def is_live(self) -> bool:
        """Whether it carries traffic or is about to."""
        return self.state in ("available", "pending")

    def __repr__(self) -> str:
        return f"NAT gateway {label(self.name, self.id)}"


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


def span_zones(subnets: tuple[Subnet, ...], what: str) -> Finding:
    """Whether subnets stand in two or more availability zones."""
    zones = sorted({subnet.availability_zone for subnet in subnets})
    if not subnets:
        found = f"there are no {what}"
    else:
        found = f"{len(subnets)} {what} in {', '.join(zones)}: {', '.join(map(repr, subnets[:4]))}"
    return Finding(len(zones) >= 2, found, f"two {what} in different availability zones")


class Network:
    """All of EC2's networking in one region. What stands in subnets is told by ``tenants`` (see lab.py)."""

    def __init__(self, evidence: Evidence, region: str, tenants: Tenants) -> None:
        self.evidence = evidence
        self.region = region
        self.tenants = tenants
        self.memo: dict[str, Any] = {}

    def _each(self, operation: str, name: str) -> Iterator[Fields]:
        yield from self.evidence.answer(operation, self.region).each(name)

    @derived
    def vpcs(self) -> tuple[Vpc, ...]:
        """Every VPC of the region."""
        return tuple(self._vpc(each) for each in self._each("ec2.DescribeVpcs", "Vpcs"))

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
            region=self.region,
            cidrs=tuple(dict.fromkeys([each.text("CidrBlock"), *further])),
            is_default=each.flag("IsDefault"),
            instance_tenancy=each.text("InstanceTenancy", "default"),
            state=each.text("State", "available"),
            blocks_internet_gateways=block != "off",
            network=self,
        )

    @derived
    def subnets_by_id(self) -> dict[str, Subnet]:
        """Every subnet that is available, by id."""
        found = (
            Subnet(
                id=each.text("SubnetId"),
                name=each.tag("Name"),
                vpc_id=each.text("VpcId"),
                availability_zone=each.text("AvailabilityZone"),
                cidr=each.text("CidrBlock", ""),
                maps_public_ip=each.flag("MapPublicIpOnLaunch"),
                is_default=each.flag("DefaultForAz"),
                network=self,
            )
            for each in self._each("ec2.DescribeSubnets", "Subnets")
            if each.text("State", "available") == "available"
        )
        return {subnet.id: subnet for subnet in found}

    @derived
    def subnets_by_vpc(self) -> dict[str, list[Subnet]]:
        """Subnets by VPC id, in order of their address."""
        return _grouped(sorted(self.subnets_by_id.values(), key=lambda s: (_address(s.cidr), s.id)))

    @derived
    def route_tables_by_vpc(self) -> dict[str, list[RouteTable]]:
        """Route tables by VPC id."""
        return _grouped(self._route_table(each) for each in self._each("ec2.DescribeRouteTables", "RouteTables"))

    def _route_table(self, each: Fields) -> RouteTable:
        associations = [
            one
            for one in each.each("Associations")
            if one.within("AssociationState").text("State", "associated") == "associated"
        ]
        return RouteTable(
            id=each.text("RouteTableId"),
            name=each.tag("Name"),
            vpc_id=each.text("VpcId"),
            is_main=any(one.flag("Main") for one in associations),
            subnet_ids=tuple(one.text("SubnetId") for one in associations if one.text("SubnetId", "")),
            routes=tuple(_route(one) for one in each.each("Routes")),
        )

    @derived
    def table_of_subnet(self) -> dict[str, RouteTable]:
        """The explicitly associated table by subnet id."""
        return {
            subnet_id: table
            for tables in self.route_tables_by_vpc.values()
            for table in tables
            for subnet_id in table.subnet_ids
        }

    @derived
    def main_tables(self) -> dict[str, RouteTable]:
        """The main table by VPC id."""
        return {
            vpc_id: table for vpc_id, tables in self.route_tables_by_vpc.items() for table in tables if table.is_main
        }

    @derived
    def internet_gateways(self) -> tuple[InternetGateway, ...]:
        """Every internet gateway. AWS says ``available`` where its own model says ``attached``."""
        found = (
            InternetGateway(
                id=each.text("InternetGatewayId"),
                name=each.tag("Name"),
                attached_to=tuple(
                    one.text("VpcId")
                    for one in each.each("Attachments")
                    if one.text("State", "").lower() in ("available", "attached")
                ),
            )
            for each in self._each("ec2.DescribeInternetGateways", "InternetGateways")
        )
        return tuple(sorted(found, key=lambda gateway: gateway.id))

    @derived
    def internet_gateways_by_id(self) -> dict[str, InternetGateway]:
        """Internet gateways by id."""
        return {gateway.id: gateway for gateway in self.internet_gateways}

    @derived
    def attached_vpc_ids(self) -> set[str]:
        """The VPCs that have an internet gateway."""
        return {vpc_id for gateway in self.internet_gateways for vpc_id in gateway.attached_to}

    @derived
    def nat_gateways_by_vpc(self) -> dict[str, list[NatGateway]]:
        """NAT gateways by VPC id."""
        return _grouped(self.nat_gateways)

    @derived
    def nat_gateways(self) -> tuple[NatGateway, ...]:
        """Every NAT gateway, deleted ones too: AWS lists them for an hour."""
        return tuple(_nat_gateway(each) for each in self._each("ec2.DescribeNatGateways", "NatGateways"))

    @derived
    def security_groups_by_vpc(self) -> dict[str, list[SecurityGroup]]:
        """Security groups by VPC id."""
        from grader.model.security_groups import security_group

        groups = [security_group(each) for each in self._each("ec2.DescribeSecurityGroups", "SecurityGroups")]
        return _grouped(sorted(groups, key=lambda group: group.id))

    @property
    def load_balancer_subnet_ids(self) -> frozenset[str]:
        """The subnets in which load balancers stand."""
        return self.tenants.load_balancers

    def lean_of_name(self, name: str) -> int:
        """What a subnet's name says of its role: 4 for public, -4 for private, 0 for nothing or both."""
        words = name.lower()
        public, private = "pub" in words, "priv" in words
        return 0 if public == private else 4 if public else -4

    def lean_of_tenants(self, subnet_id: str) -> int:
        """What stands in a subnet: a load balancer or NAT gateway makes it public, a service private."""
        lean = 3 if subnet_id in self.tenants.load_balancers else 0
        lean += 3 if subnet_id in known(lambda: self._nat_subnets, frozenset()) else 0
        return lean - (3 if subnet_id in self.tenants.services else 0)

    @derived
    def _nat_subnets(self) -> frozenset[str]:
        return frozenset(gateway.subnet_id for gateway in self.nat_gateways if gateway.is_live and gateway.is_public)


@dataclass(frozen=True, slots=True)
class Tenants:
    """The ids of the subnets in which internet-facing load balancers, and services, stand."""

    load_balancers: frozenset[str]
    services: frozenset[str]


def _route(each: Fields) -> Route:
    destination = next(
        (
            each.text(name, "")
            for name in ("DestinationCidrBlock", "DestinationIpv6CidrBlock", "DestinationPrefixListId")
            if each.text(name, "")
        ),
        "",
    )
    names = (
        "NatGatewayId", "GatewayId", "TransitGatewayId", "VpcPeeringConnectionId", "NetworkInterfaceId", "InstanceId",
        "EgressOnlyInternetGatewayId", "LocalGatewayId", "CarrierGatewayId", "CoreNetworkArn",
    )  # fmt: skip
    target = next((each.text(name, "") for name in names if each.text(name, "")), "")
    return Route(destination, target, each.text("State", "active"))


def _nat_gateway(each: Fields) -> NatGateway:
    addresses = each.each("NatGatewayAddresses")
    return NatGateway(
        id=each.text("NatGatewayId"),
        name=each.tag("Name"),
        vpc_id=each.text("VpcId", ""),
        subnet_id=each.text("SubnetId", ""),
        state=each.text("State", ""),
        is_public=each.text("ConnectivityType", "public") == "public",
        is_regional=each.text("AvailabilityMode", "zonal") == "regional",
        has_elastic_ip=any(one.text("AllocationId", "") or one.text("PublicIp", "") for one in addresses),
    )


def _address(cidr: str) -> tuple[int, int]:
    network = ipv4_network(cidr, "a subnet") if cidr else EVERYWHERE
    return int(network.network_address), network.prefixlen


def _grouped(things: Any) -> dict[str, list[Any]]:
    groups: dict[str, list[Any]] = {}
    for thing in things:
        groups.setdefault(thing.vpc_id, []).append(thing)
    return groups
