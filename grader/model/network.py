"""The networking of one region: what AWS describes of it, indexed by place."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from grader.evidence import Evidence
from grader.evidence.fields import Fields
from grader.evidence.tracking import tracked_property
from grader.model.endpoints import VpcEndpoint, vpc_endpoint
from grader.model.network_acls import NetworkAcl, network_acl
from grader.model.routing import InternetGateway, NatGateway, RouteTable, internet_gateway, nat_gateway, route_table
from grader.model.security_groups import SecurityGroup, security_group


class _InVpc(Protocol):
    @property
    def vpc_id(self) -> str: ...


T = TypeVar("T", bound=_InVpc)


class Network:
    """EC2's networking in one region below its VPCs. What is in the subnets is told by ``tenants``."""

    def __init__(self, evidence: Evidence, region: str, tenants: Tenants) -> None:
        self.evidence = evidence
        self.region = region
        self.tenants = tenants
        self.memo: dict[str, Any] = {}

    def each(self, operation: str, name: str) -> Iterator[Fields]:
        """The entries of one answer of this region."""
        yield from self.evidence.answer(operation, self.region).each(name)

    @tracked_property
    def route_tables_by_vpc(self) -> dict[str, list[RouteTable]]:
        """Route tables by VPC id."""
        return grouped(route_table(each) for each in self.each("ec2.DescribeRouteTables", "RouteTables"))

    @tracked_property
    def table_of_subnet(self) -> dict[str, RouteTable]:
        """The explicitly associated table by subnet id."""
        return {
            subnet_id: table
            for tables in self.route_tables_by_vpc.values()
            for table in tables
            for subnet_id in table.subnet_ids
        }

    @tracked_property
    def main_tables(self) -> dict[str, RouteTable]:
        """The main table by VPC id."""
        return {
            vpc_id: table for vpc_id, tables in self.route_tables_by_vpc.items() for table in tables if table.is_main
        }

    @tracked_property
    def internet_gateways(self) -> tuple[InternetGateway, ...]:
        """Every internet gateway."""
        found = (internet_gateway(each) for each in self.each("ec2.DescribeInternetGateways", "InternetGateways"))
        return tuple(sorted(found, key=lambda gateway: gateway.id))

    @tracked_property
    def internet_gateways_by_id(self) -> dict[str, InternetGateway]:
        """Internet gateways by id."""
        return {gateway.id: gateway for gateway in self.internet_gateways}

    @tracked_property
    def attached_vpc_ids(self) -> set[str]:
        """The VPCs that have an internet gateway."""
        return {vpc_id for gateway in self.internet_gateways for vpc_id in gateway.attached_to}

    @tracked_property
    def nat_gateways_by_vpc(self) -> dict[str, list[NatGateway]]:
        """NAT gateways by VPC id."""
        return grouped(self.nat_gateways)

    @tracked_property
    def nat_gateways(self) -> tuple[NatGateway, ...]:
        """Every NAT gateway, deleted ones too: AWS lists them for an hour."""
        return tuple(nat_gateway(each) for each in self.each("ec2.DescribeNatGateways", "NatGateways"))

    @tracked_property
    def security_groups_by_vpc(self) -> dict[str, list[SecurityGroup]]:
        """Security groups by VPC id."""
        groups = [security_group(each) for each in self.each("ec2.DescribeSecurityGroups", "SecurityGroups")]
        return grouped(sorted(groups, key=lambda group: group.id))

    @tracked_property
    def network_acls(self) -> tuple[NetworkAcl, ...]:
        """Every network ACL; they are asked for only where something failed."""
        return tuple(network_acl(each) for each in self.each("ec2.DescribeNetworkAcls", "NetworkAcls"))

    @tracked_property
    def vpc_endpoints(self) -> tuple[VpcEndpoint, ...]:
        """Every VPC endpoint; they are asked for only where something failed."""
        return tuple(vpc_endpoint(each, self.region) for each in self.each("ec2.DescribeVpcEndpoints", "VpcEndpoints"))

    @tracked_property
    def nat_subnet_ids(self) -> frozenset[str]:
        """The subnets in which a public NAT gateway is."""
        return frozenset(gateway.subnet_id for gateway in self.nat_gateways if gateway.is_live and gateway.is_public)


@dataclass(frozen=True, slots=True)
class Tenants:
    """The ids of the subnets in which load balancers and services are.

    ``internet_facing`` are the subnets of load balancers with that scheme, ``exposed`` those of services whose tasks
    get public addresses.
    """

    load_balancers: frozenset[str] = frozenset()
    internet_facing: frozenset[str] = frozenset()
    services: frozenset[str] = frozenset()
    exposed: frozenset[str] = frozenset()


def grouped(things: Iterable[T]) -> dict[str, list[T]]:
    """Things by the id of their VPC."""
    groups: dict[str, list[T]] = {}
    for thing in things:
        groups.setdefault(thing.vpc_id, []).append(thing)
    return groups
