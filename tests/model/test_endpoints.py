"""VPC endpoints, as AWS describes them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from grader.evidence.fields import Fields
from grader.model.endpoints import VpcEndpoint, vpc_endpoint

DESCRIBED: dict[str, Any] = {
    "VpcEndpointId": "vpce-1",
    "VpcEndpointType": "Interface",
    "VpcId": "vpc-1",
    "ServiceName": "com.amazonaws.eu-west-1.ecr.api",
    "State": "Available",
    "PolicyDocument": json.dumps({"Statement": [{"Effect": "Allow", "Action": "*"}]}),
    "RouteTableIds": ["rtb-1"],
    "SubnetIds": ["subnet-1", "subnet-2"],
    "Groups": [{"GroupId": "sg-1", "GroupName": "one"}, {"GroupId": "sg-2"}],
    "PrivateDnsEnabled": True,
    "Tags": [{"Key": "Name", "Value": "to-ecr"}],
}


def endpoint(**more: Any) -> VpcEndpoint:
    """An endpoint of DescribeVpcEndpoints, with changes; None leaves a member out."""
    described = {name: value for name, value in {**DESCRIBED, **more}.items() if value is not None}
    return vpc_endpoint(Fields(described, "DescribeVpcEndpoints"), "eu-west-1")


def test_what_aws_tells_is_read() -> None:
    """Every member, under a name of ours."""
    found = endpoint()
    assert found == VpcEndpoint(
        id="vpce-1", name="to-ecr", service="ecr.api", vpc_id="vpc-1", is_gateway=False, state="available",
        has_private_dns=True, group_ids=("sg-1", "sg-2"), subnet_ids=("subnet-1", "subnet-2"), table_ids=("rtb-1",),
        denies=False,
    )  # fmt: skip
    assert repr(found) == "endpoint to-ecr (vpce-1) for ecr.api"


def test_what_aws_leaves_out_has_a_meaning() -> None:
    """No type is an interface endpoint, no state one that works, and the rest is empty."""
    found = vpc_endpoint(Fields({}, "DescribeVpcEndpoints"), "eu-west-1")
    assert found == VpcEndpoint("", "", "", "", False, "available", False, (), (), (), False)


@pytest.mark.parametrize(
    ("name", "value", "member", "expected"),
    [
        ("VpcEndpointType", "Gateway", "is_gateway", True),
        ("VpcEndpointType", "GatewayLoadBalancer", "is_gateway", False),
        ("State", "PENDING", "state", "pending"),
        ("ServiceName", "com.amazonaws.eu-west-1.s3", "service", "s3"),
        ("ServiceName", "com.amazonaws.us-east-1.s3", "service", ""),
        ("PrivateDnsEnabled", False, "has_private_dns", False),
        ("Groups", [{}], "group_ids", ("",)),
    ],
)
def test_a_member_decides(name: str, value: Any, member: str, expected: Any) -> None:
    """One at a time."""
    assert getattr(endpoint(**{name: value}), member) == expected


ALLOW, DENY = {"Effect": "Allow", "Action": "*"}, {"Effect": "Deny", "Action": "*"}


@pytest.mark.parametrize(
    ("policy", "denies"),
    [
        ({"Statement": [ALLOW]}, False),
        ({"Statement": ALLOW}, False),
        ({"Statement": [DENY, ALLOW]}, False),
        ({"Statement": [DENY]}, True),
        ({"Statement": DENY}, True),
        ({"Statement": []}, True),
        ({}, True),
        ({"Statement": ["Allow"]}, True),
        ({"Statement": [{"Effect": "allow"}]}, True),
        ([ALLOW], False),
        ("{broken", False),
        ("", False),
    ],
)
def test_a_policy_that_allows_nothing_denies(policy: Any, denies: bool) -> None:
    """One that cannot be read denies nothing: it is not known."""
    text = policy if isinstance(policy, str) else json.dumps(policy)
    assert endpoint(PolicyDocument=text).denies is denies
