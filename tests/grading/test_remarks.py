"""Remarks: what is accepted but worth knowing is said, and costs nothing."""

from __future__ import annotations

import pytest

from tests.cases import golden, grade_one, patched


def remarks(*names: str) -> dict[str, str]:
    """The first remark by item."""
    result = grade_one(patched(*names)).result
    return {item.id: check.remarks[0] for item in result.items for check in item.checks if check.remarks}


@pytest.mark.parametrize(
    ("name", "item", "words"),
    [
        ("M017", "1.1", "root user has an access key"),
        ("V100", "1.2", "The handout calls the group admin"),
        ("V06", "4.1", "Yours is 172.20.0.0/16"),
        ("V19", "4.4", "public-subnet-3"),
        ("V21", "4.4", "use the main route table"),
        ("V11", "4.5", "is regional"),
        ("V32", "4.6", "opens all traffic to the internet (0.0.0.0/0)"),
        ("V38", "4.6", "allows more than port 8000"),
        ("V51", "4.7", "redirects to HTTPS"),
        ("V59", "4.7", "is impaired"),
        ("V89", "5.2", "ECR in us-east-1"),
        ("V79", "5.3", "public IP"),
    ],
)
def test_what_is_accepted_with_a_word_says_it(name: str, item: str, words: str) -> None:
    """Each ruling of the form "full marks, note" leaves its note at its item."""
    assert words in remarks(name)[item]


def test_a_public_address_has_an_effect_in_a_public_subnet() -> None:
    """The remark that it has none is made only where the subnets of the tasks route through a NAT gateway."""
    assert "public IP" not in str(remarks("M236", "V79"))
    assert "public IP" in str(remarks("V79"))


def test_the_handouts_own_way_needs_no_remark() -> None:
    """A deployment by the book is left alone."""
    assert remarks() == {}


def test_vpcs_that_block_public_access_are_warned() -> None:
    """Block Public Access of VPCs cuts the gateway silently."""
    document = golden()
    for vpc in document["calls"]["ec2.DescribeVpcs"]["eu-west-1"][""]["response"]["Vpcs"]:
        vpc["BlockPublicAccessStates"] = {"InternetGatewayBlockMode": "block-bidirectional"}
    result = grade_one(document).result
    assert result.score == 10
    assert any("VPC Block Public Access is on" in r for i in result.items for c in i.checks for r in c.remarks)


@pytest.mark.parametrize(("name", "item", "words"), [("M046", "2.1", "aws-cloudtrail-logs-"), ("M067", "3.1", "cdk-")])
def test_what_was_left_out_as_a_tools_is_shown(name: str, item: str, words: str) -> None:
    """A bucket or repository of a tool does not count, and is named."""
    found = next(one for one in grade_one(patched(name)).result.items if one.id == item)
    assert words in found.checks[0].message
