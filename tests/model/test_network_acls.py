"""Network ACLs: the first entry that is about a port decides, in each direction."""

from __future__ import annotations

from ipaddress import IPv4Network
from typing import Any

import pytest

from grader.evidence.fields import Fields
from grader.model.network_acls import AclEntry, NetworkAcl, network_acl


def entry(number: int, action: str = "allow", *, out: bool = False, **more: Any) -> dict[str, Any]:
    """An entry as DescribeNetworkAcls gives it: everything from everywhere, with changes; None leaves a member out."""
    described = {
        "RuleNumber": number, "RuleAction": action, "Egress": out, "Protocol": "-1", "CidrBlock": "0.0.0.0/0", **more,
    }  # fmt: skip
    return {name: value for name, value in described.items() if value is not None}


def acl(*entries: dict[str, Any], **more: Any) -> NetworkAcl:
    """An ACL with these entries."""
    return network_acl(Fields({"NetworkAclId": "acl-1", "Entries": list(entries), **more}, "DescribeNetworkAcls"))


def ports(first: int, last: int) -> dict[str, Any]:
    """The members of an entry about some TCP ports."""
    return {"Protocol": "6", "PortRange": {"From": first, "To": last}}


def test_what_aws_tells_is_read() -> None:
    """Ids, name, subnets and entries, which are sorted by number."""
    found = acl(
        entry(200, "deny", out=True), entry(100, **ports(80, 443)), VpcId="vpc-1",
        Associations=[{"SubnetId": "subnet-1"}, {"SubnetId": "subnet-2"}, {}], Tags=[{"Key": "Name", "Value": "mine"}],
    )  # fmt: skip
    everywhere = IPv4Network("0.0.0.0/0")
    assert found == NetworkAcl(
        "acl-1", "mine", "vpc-1", ("subnet-1", "subnet-2", ""),
        (
            AclEntry(100, False, True, "6", everywhere, 80, 443),
            AclEntry(200, True, False, "-1", everywhere, None, None),
        ),
    )  # fmt: skip
    assert repr(found) == "network ACL mine (acl-1)"


def test_what_aws_leaves_out_has_a_meaning() -> None:
    """No action denies, no protocol is all of them, no block is IPv6 alone, no direction is inbound."""
    found = network_acl(Fields({"Entries": [{"RuleNumber": 1}]}, "DescribeNetworkAcls"))
    assert found == NetworkAcl("", "", "", (), (AclEntry(1, False, False, "-1", None, None, None),))


@pytest.mark.parametrize(
    ("entries", "allows"),
    [
        ([], False),
        ([entry(100)], True),
        ([entry(100, "deny"), entry(200)], False),
        ([entry(200, "deny"), entry(100)], True),
        ([entry(100, out=True)], False),
        ([entry(100, **ports(8000, 8000))], True),
        ([entry(100, **ports(8001, 9000))], False),
        ([entry(100, **ports(7000, 7999))], False),
        ([entry(100, **ports(7000, 8000))], True),
        ([entry(100, **ports(8000, 9000))], True),
        ([entry(100, Protocol="tcp")], True),
        ([entry(100, Protocol="6")], True),
        ([entry(100, Protocol="17")], False),
        ([entry(100, Protocol="6", PortRange={"From": 9000})], True),
        ([entry(100, Protocol="6", PortRange={"To": 9})], True),
        ([entry(100, PortRange={"From": 1, "To": 2})], True),
        ([entry(100, CidrBlock=None)], False),
        ([entry(100, CidrBlock="10.0.0.0/8")], False),
    ],
)
def test_the_first_entry_about_a_port_decides(entries: list[dict[str, Any]], allows: bool) -> None:
    """Inbound, from everywhere, to port 8000."""
    assert acl(*entries).allows(8000) is allows


@pytest.mark.parametrize(
    ("block", "allows"), [("10.0.1.0/24", True), ("10.0.0.0/16", True), ("10.0.0.0/8", False), ("11.0.0.0/16", False)]
)
def test_an_entry_is_about_what_lies_wholly_in_its_block(block: str, allows: bool) -> None:
    """A part of what is asked is not enough."""
    found = acl(entry(100, CidrBlock="10.0.0.0/16"), entry(100, out=True, CidrBlock="10.0.0.0/16"))
    assert found.allows(8000, IPv4Network(block)) is allows
    assert found.releases(8000, IPv4Network(block)) is allows


def test_each_direction_has_its_own_entries() -> None:
    """What may enter says nothing of what may leave."""
    found = acl(entry(100), entry(100, "deny", out=True))
    assert (found.allows(443), found.releases(443)) == (True, False)
    found = acl(entry(100, "deny"), entry(100, out=True))
    assert (found.allows(443), found.releases(443)) == (False, True)
