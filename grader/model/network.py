"""The networking of one region: what AWS describes of it, indexed by what stands where."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from grader.evidence import Evidence
from grader.evidence.fields import Fields
from grader.evidence.tracking import derived
from grader.model.addresses import EVERYWHERE, ipv4_network
from grader.model.findings import known
from grader.model.routing import InternetGateway, NatGateway, RouteTable, internet_gateway, nat_gateway, route_table
from grader.model.security_groups import SecurityGroup, security_group
from grader.model.subnets import Subnet
from grader.model.vpcs import Vpc


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
        return _grouped(route_table(each) for each in self._each("ec2.DescribeRouteTables", "RouteTables"))

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
        """Every internet gateway."""
        found = (internet_gateway(each) for each in self._each("ec2.DescribeInternetGateways", "InternetGateways"))
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
        return tuple(nat_gateway(each) for each in self._each("ec2.DescribeNatGateways", "NatGateways"))

    @derived
    def security_groups_by_vpc(self) -> dict[str, list[SecurityGroup]]:
        """Security groups by VPC id."""
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


def _address(cidr: str) -> tuple[int, int]:
    network = ipv4_network(cidr, "a subnet") if cidr else EVERYWHERE
    return int(network.network_address), network.prefixlen


def _grouped(things: Any) -> dict[str, list[Any]]:
    groups: dict[str, list[Any]] = {}
    for thing in things:
        groups.setdefault(thing.vpc_id, []).append(thing)
    return groups
