"""A small VPC, written part by part: what EC2 describes of it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from grader.evidence import Evidence
from grader.model.network import Network, Tenants
from grader.model.vpcs import Vpc, Vpcs

REGION = "eu-west-1"
LOCAL = {"DestinationCidrBlock": "10.0.0.0/16", "GatewayId": "local", "State": "active"}


def to(target: str, state: str = "active", destination: str = "0.0.0.0/0") -> dict[str, Any]:
    """A route, by the kind of its target's id."""
    name = "NatGatewayId" if target.startswith("nat-") else "GatewayId"
    return {"DestinationCidrBlock": destination, name: target, "State": state}


def subnet(name: str, zone: str = "a", **more: Any) -> dict[str, Any]:
    """A subnet called by its own id."""
    number = sum(map(ord, name)) % 250
    return {
        "SubnetId": f"subnet-{name}", "VpcId": "vpc-1", "AvailabilityZone": f"{REGION}{zone}",
        "CidrBlock": f"10.0.{number}.0/24", "State": "available",
        "Tags": [{"Key": "Name", "Value": name}], **more,
    }  # fmt: skip


def table(name: str, *routes: dict[str, Any], subnets: Iterable[str] = (), main: bool = False, **more: Any) -> Any:
    """A route table with the subnets that are associated with it."""
    associated = {"AssociationState": {"State": "associated"}}
    associations: list[dict[str, Any]] = [{"SubnetId": f"subnet-{one}", **associated} for one in subnets]
    if main:
        associations.append({"Main": True, **associated})
    return {
        "RouteTableId": f"rtb-{name}", "VpcId": "vpc-1", "Associations": associations, "Routes": [LOCAL, *routes],
        **more,
    }  # fmt: skip


def gateway(name: str, *vpcs: str, state: str = "available") -> dict[str, Any]:
    """An internet gateway and the VPCs it is attached to."""
    return {"InternetGatewayId": name, "Attachments": [{"VpcId": one, "State": state} for one in vpcs]}


def nat(name: str, subnet: str, state: str = "available", **more: Any) -> dict[str, Any]:
    """A public NAT gateway with an Elastic IP."""
    return {
        "NatGatewayId": name, "VpcId": "vpc-1", "SubnetId": f"subnet-{subnet}", "State": state,
        "NatGatewayAddresses": [{"AllocationId": "eipalloc-1", "PublicIp": "1.2.3.4"}], **more,
    }  # fmt: skip


def vpc(
    *,
    subnets: Iterable[dict[str, Any]] = (),
    tables: Iterable[dict[str, Any]] = (),
    gateways: Iterable[dict[str, Any]] = (),
    nats: Iterable[dict[str, Any]] = (),
    tenants: Tenants | None = None,
    now: str = "2026-11-20T10:00:00+00:00",
    **more: Any,
) -> Vpc:
    """The VPC ``vpc-1`` with what is in it; ``more`` are members of its own description."""
    own = {"VpcId": "vpc-1", "CidrBlock": "10.0.0.0/16", "IsDefault": False, "State": "available", **more}
    answers = {
        "ec2.DescribeVpcs": {"Vpcs": [own]},
        "ec2.DescribeSubnets": {"Subnets": list(subnets)},
        "ec2.DescribeRouteTables": {"RouteTables": list(tables)},
        "ec2.DescribeInternetGateways": {"InternetGateways": list(gateways)},
        "ec2.DescribeNatGateways": {"NatGateways": list(nats)},
        "ec2.DescribeSecurityGroups": {"SecurityGroups": []},
    }
    calls = {operation: {REGION: {"": {"response": response}}} for operation, response in answers.items()}
    evidence = Evidence({"meta": {"regions": [REGION], "now": now}, "calls": calls})
    return Vpcs(Network(evidence, REGION, tenants or Tenants())).all[0]


PUBLIC = (subnet("public-1", "a"), subnet("public-2", "b"))
PRIVATE = (subnet("private-1", "a"), subnet("private-2", "b"))
MAIN = table("main", main=True)
PUBLIC_TABLE = table("public", to("igw-1"), subnets=["public-1", "public-2"])
PRIVATE_TABLE = table("private", to("nat-1"), subnets=["private-1", "private-2"])
GATEWAY = gateway("igw-1", "vpc-1")
NAT = nat("nat-1", "public-1")


def correct_vpc(**changed: Any) -> Vpc:
    """A correct VPC with some parts changed."""
    parts: dict[str, Any] = {
        "subnets": (*PUBLIC, *PRIVATE),
        "tables": (MAIN, PUBLIC_TABLE, PRIVATE_TABLE),
        "gateways": (GATEWAY,),
        "nats": (NAT,),
    }
    return vpc(**{**parts, **changed})
