"""Which resource of a faulty deployment a repair starts from: the table that leads astray, the subnet without one.

Each function gives an id, empty where there is no such resource. They raise what the model raises where AWS did not
answer.
"""

from __future__ import annotations

from grader.model.load_balancing import LoadBalancer
from grader.model.routing import RouteTable
from grader.model.subnets import Subnet
from grader.model.vpcs import Vpc


def live_nat_gateway(vpc: Vpc) -> str:
    """The first NAT gateway that is not deleted or failed."""
    return next((one.id for one in vpc.nat_gateways if one.is_live), "")


def stray_public_table(vpc: Vpc) -> str:
    """The table of the first public subnet whose route does not lead to the internet gateway."""
    return next((one.route_table.id for one in _strays(vpc)), "")


def good_public_table(vpc: Vpc) -> str:
    """A public table that is right and not the main one: a subnet that follows no table of its own can follow it."""
    right = (one.route_table for one in vpc.public_subnets if one.routes_out_through_internet_gateway)
    return next((table.id for table in right if not table.is_main), "")


def stray_public_subnet(vpc: Vpc) -> str:
    """A public subnet that leads astray because no table is associated with it."""
    return next((one.id for one in _strays(vpc) if one.id not in one.route_table.subnet_ids), "")


def misrouted_public_table(vpc: Vpc) -> str:
    """The table of a public subnet that has a default route, but to the wrong target."""
    return next((one.route_table.id for one in _strays(vpc) if one.route_table.default_route is not None), "")


def private_table(vpc: Vpc) -> str:
    """A private route table, if possible not the main one."""
    tables = vpc.private_route_tables
    return next((one.id for one in tables if not one.is_main), tables[0].id if tables else "")


def misrouted_private_table(vpc: Vpc) -> str:
    """A private route table that has a default route."""
    return next((one.id for one in vpc.private_route_tables if _target(one)), "")


def exposed_private_table(vpc: Vpc) -> str:
    """The table through which a private subnet leads to an internet gateway."""
    tables = (one.route_table for one in _exposed(vpc))
    return next((table.id for table in tables if _target(table).startswith("igw-")), "")


def exposed_private_subnet(vpc: Vpc) -> str:
    """A private subnet that has no route table without an internet gateway."""
    return next((one.id for one in _exposed(vpc)), "")


def http_listener(balancer: LoadBalancer, port: int | None) -> str:
    """The ARN of the listener for HTTP on the lab's front port."""
    found = balancer.http_listener(port) if port is not None else None
    return found.arn if found is not None else ""


def _strays(vpc: Vpc) -> tuple[Subnet, ...]:
    return tuple(one for one in vpc.public_subnets if not one.routes_out_through_internet_gateway)


def _exposed(vpc: Vpc) -> tuple[Subnet, ...]:
    return tuple(one for one in vpc.private_subnets if not one.has_route_table_without_internet_gateway)


def _target(table: RouteTable) -> str:
    return table.default_route.target if table.default_route is not None else ""
