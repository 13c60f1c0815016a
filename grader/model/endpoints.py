"""VPC endpoints: ways to AWS services that need no internet."""

from __future__ import annotations

import json
from dataclasses import dataclass

from grader.evidence.fields import Fields
from grader.model.findings import label


@dataclass(frozen=True, slots=True)
class VpcEndpoint:
    """An endpoint. ``service`` is its name without region: ``ecr.api``, ``s3``. ``denies`` where its policy allows
    no access at all.
    """

    id: str
    name: str
    service: str
    vpc_id: str
    is_gateway: bool
    state: str
    has_private_dns: bool
    group_ids: tuple[str, ...]
    subnet_ids: tuple[str, ...]
    table_ids: tuple[str, ...]
    denies: bool

    def __repr__(self) -> str:
        return f"endpoint {label(self.name, self.id)} for {self.service}"


def vpc_endpoint(each: Fields, region: str) -> VpcEndpoint:
    """An endpoint from an entry of ``DescribeVpcEndpoints``."""
    return VpcEndpoint(
        id=each.text("VpcEndpointId", ""),
        name=each.tag("Name"),
        service=each.text("ServiceName", "").partition(f".{region}.")[2],
        vpc_id=each.text("VpcId", ""),
        is_gateway=each.text("VpcEndpointType", "Interface") == "Gateway",
        state=each.text("State", "available").lower(),
        has_private_dns=each.flag("PrivateDnsEnabled"),
        group_ids=tuple(one.text("GroupId", "") for one in each.each("Groups")),
        subnet_ids=each.texts("SubnetIds"),
        table_ids=each.texts("RouteTableIds"),
        denies=_denies(each.text("PolicyDocument", "")),
    )


def _denies(document: str) -> bool:
    """Whether a policy has no statement that allows anything; a policy that cannot be read denies nothing."""
    try:
        policy = json.loads(document) if document else None
    except (json.JSONDecodeError, RecursionError):
        return False
    if not isinstance(policy, dict):
        return False
    statements = policy.get("Statement", [])
    listed = statements if isinstance(statements, list) else [statements]
    return not any(isinstance(one, dict) and one.get("Effect") == "Allow" for one in listed)
