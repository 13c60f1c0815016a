"""VPCs: whose they are, their subnets, route tables and gateways."""

from __future__ import annotations

from typing import Any

import pytest

from grader.errors import Missing, Pending
from grader.evidence.tracking import Remark, reading
from grader.model.findings import Finding
from grader.model.network import Tenants
from grader.model.vpcs import Vpc
from tests.model.networks import (
    GATEWAY,
    MAIN,
    NAT,
    PRIVATE,
    PRIVATE_TABLE,
    PUBLIC,
    PUBLIC_TABLE,
    gateway,
    nat,
    subnet,
    table,
    to,
    vpc,
)

RANGES = ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10")


def lab(**changed: Any) -> Vpc:
    """A correct VPC with some parts changed."""
    parts: dict[str, Any] = {
        "subnets": (*PUBLIC, *PRIVATE),
        "tables": (MAIN, PUBLIC_TABLE, PRIVATE_TABLE),
        "gateways": (GATEWAY,),
        "nats": (NAT,),
    }
    return vpc(**{**parts, **changed})


def holds(one: Vpc) -> dict[str, bool]:
    """What the claims of steps 4.2 to 4.5 say."""

    def said(name: str) -> bool:
        try:
            return bool(getattr(one, name))
        except Missing:
            return False

    names = {
        "public pair": "public_subnets_span_two_zones",
        "private pair": "private_subnets_span_two_zones",
        "attached": "has_attached_internet_gateway",
        "public routes": "public_subnets_route_to_internet_gateway",
        "private tables": "private_subnets_have_private_route_table",
        "NAT gateway": "has_public_nat_gateway",
        "NAT routes": "private_route_table_leads_to_nat_gateway",
    }
    return {words: said(name) for words, name in names.items()}


def fails(one: Vpc) -> set[str]:
    """The claims that do not hold."""
    return {words for words, held in holds(one).items() if not held}


def remarks(claim: Any) -> list[str]:
    """The remarks that a claim makes."""
    with reading() as noted:
        claim()
    return sorted(one.text for one in noted if isinstance(one, Remark))


def test_a_correct_vpc_does_all_that_is_asked() -> None:
    """Nothing fails of the deployment of the handout."""
    assert fails(lab()) == set()


def test_an_empty_vpc_does_nothing() -> None:
    """Quantifiers over no subnets, no tables and no gateways are false."""
    assert fails(vpc()) == set(holds(lab()))


@pytest.mark.parametrize(
    ("changed", "failing"),
    [
        # public routes
        ({"tables": (MAIN, table("public", subnets=["public-1", "public-2"]), PRIVATE_TABLE)}, {"public routes"}),
        ({"tables": (MAIN, table("public", to("igw-1"), subnets=["public-1"]), PRIVATE_TABLE)}, {"public routes"}),
        (
            {"tables": (MAIN, table("public", to("nat-1"), subnets=["public-1", "public-2"]), PRIVATE_TABLE)},
            {"public routes"},
        ),
        (
            {
                "tables": (
                    MAIN,
                    table("public", to("igw-1", destination="0.0.0.0/1"), subnets=["public-1", "public-2"]),
                    PRIVATE_TABLE,
                )
            },
            {"public routes"},
        ),
        # gateways
        ({"gateways": (gateway("igw-1"),)}, {"attached"}),
        ({"gateways": (gateway("igw-1", "vpc-2"),)}, {"attached", "public routes"}),
        ({"gateways": (gateway("igw-1"), gateway("igw-2", "vpc-1"))}, {"public routes"}),
        ({"gateways": (gateway("igw-2", "vpc-1"),)}, {"public routes"}),
        ({"gateways": (gateway("igw-1", "vpc-1", state="detaching"),)}, {"attached"}),
        # private tables
        (
            {"tables": (MAIN, PUBLIC_TABLE, table("private", to("nat-1"), subnets=["private-1"]))},
            {"private tables"},
        ),
        ({"tables": (MAIN, PUBLIC_TABLE, table("private", to("nat-1")))}, {"private tables"}),
        ({"tables": (MAIN, PUBLIC_TABLE)}, {"private tables", "NAT routes"}),
        ({"tables": (table("main", to("nat-1"), main=True), PUBLIC_TABLE)}, set()),
        (
            {"tables": (MAIN, PUBLIC_TABLE, table("private", to("igw-1"), subnets=["private-1", "private-2"]))},
            {"private tables", "NAT routes"},
        ),
        # NAT routes
        (
            {"tables": (MAIN, PUBLIC_TABLE, table("private", subnets=["private-1", "private-2"]))},
            {"NAT routes"},
        ),
        (
            {
                "tables": (
                    MAIN,
                    PUBLIC_TABLE,
                    table("one", to("nat-1"), subnets=["private-1"]),
                    table("two", subnets=["private-2"]),
                )
            },
            {"NAT routes"},
        ),
        (
            {"tables": (MAIN, PUBLIC_TABLE, table("p", to("nat-0", "blackhole"), subnets=["private-1", "private-2"]))},
            {"NAT routes"},
        ),
        (
            {
                "tables": (
                    MAIN,
                    PUBLIC_TABLE,
                    table("p", to("nat-0", "blackhole"), to("nat-1"), subnets=["private-1", "private-2"]),
                )
            },
            set(),
        ),
        (
            {"tables": (MAIN, PUBLIC_TABLE, table("p", to("nat-1", "blackhole"), subnets=["private-1", "private-2"]))},
            {"NAT routes"},
        ),
        # NAT gateways
        ({"nats": ()}, {"NAT gateway", "NAT routes"}),
        ({"nats": (nat("nat-1", "public-1", "deleted"),)}, {"NAT gateway", "NAT routes"}),
        ({"nats": (nat("nat-1", "public-1", "pending", FailureCode="InsufficientFreeAddressesInSubnet"),)},
         {"NAT gateway", "NAT routes"}),
        ({"nats": (nat("nat-1", "private-1"),)}, {"NAT gateway"}),
        ({"nats": (nat("nat-1", "public-1", ConnectivityType="private"),)}, {"NAT gateway"}),
        ({"nats": (nat("nat-1", "public-1", NatGatewayAddresses=[]),)}, {"NAT gateway"}),
        ({"nats": (nat("nat-1", "elsewhere"),)}, {"NAT gateway"}),
        ({"nats": (nat("nat-1", "", AvailabilityMode="regional"),)}, set()),
        ({"nats": (nat("nat-0", "public-1", "deleted"), NAT)}, set()),
        # subnets
        ({"subnets": (*PUBLIC, subnet("private-1", "a"), subnet("private-2", "a"))}, {"private pair"}),
        ({"subnets": (subnet("public-1", "a"), subnet("public-2", "a"), *PRIVATE)}, {"public pair"}),
        ({"subnets": (*PUBLIC, PRIVATE[0], subnet("private-2", "b", State="pending"))}, {"private pair"}),
    ],
)  # fmt: skip
def test_each_fault_is_charged_where_it_was_made(changed: dict[str, Any], failing: set[str]) -> None:
    """One wrong route, table, gateway or subnet fails its own claim and no other."""
    assert fails(lab(**changed)) == failing


def test_a_nat_gateway_in_a_subnet_without_a_way_out_does_not_count() -> None:
    """Where two public subnets route out and the NAT gateway is in a third that does not, the gateway is useless."""
    subnets = (*PUBLIC, subnet("public-3", "c"), *PRIVATE)
    assert fails(lab(subnets=subnets, nats=(nat("nat-1", "public-3"),))) == {"NAT gateway"}
    tables = (MAIN, table("public", subnets=["public-1", "public-2"]), PRIVATE_TABLE)
    assert fails(lab(tables=tables)) == {"public routes"}


def test_the_subnets_of_the_service_count() -> None:
    """A third private subnet without a NAT route matters only where the service is in it."""
    subnets = (*PUBLIC, *PRIVATE, subnet("private-3", "c"))
    tables = (MAIN, PUBLIC_TABLE, PRIVATE_TABLE, table("isolated", subnets=["private-3"]))
    assert fails(lab(subnets=subnets, tables=tables)) == set()
    used = Tenants(services=frozenset({"subnet-private-3"}))
    assert fails(lab(subnets=subnets, tables=tables, tenants=used)) == {"NAT routes"}


def test_every_public_subnet_of_a_load_balancer_counts() -> None:
    """A third public subnet without its route matters only where a load balancer that faces the internet is in it."""
    subnets = (*PUBLIC, subnet("public-3", "c"), *PRIVATE)
    assert fails(lab(subnets=subnets)) == set()
    front = Tenants(internet_facing=frozenset({"subnet-public-3"}))
    assert fails(lab(subnets=subnets, tenants=front)) == {"public routes"}
    internal = Tenants(load_balancers=frozenset({"subnet-public-3"}))
    assert fails(lab(subnets=subnets, tenants=internal)) == set()


def test_a_dissociated_table_is_none() -> None:
    """An association that is being removed no longer routes."""
    private = table("private", to("nat-1"), subnets=["private-1", "private-2"])
    private["Associations"][1]["AssociationState"]["State"] = "disassociating"
    assert fails(lab(tables=(MAIN, PUBLIC_TABLE, private))) == {"private tables"}


def test_a_nat_gateway_that_is_being_created_is_waited_for() -> None:
    """For a quarter of an hour, not longer."""
    pending = nat("nat-1", "public-1", "pending", CreateTime="2026-11-20T09:46:00+00:00")
    for claim in ("has_public_nat_gateway", "private_route_table_leads_to_nat_gateway"):
        with pytest.raises(Pending):
            getattr(lab(nats=(pending,)), claim)
        assert not getattr(lab(nats=(pending,), now="2026-11-20T10:01:00+00:00"), claim)


def test_why_a_nat_gateway_failed_is_said() -> None:
    """AWS's own reason is in the message."""
    failed = nat("nat-1", "public-1", "failed", FailureMessage="Subnet has insufficient free addresses")
    assert "insufficient free addresses" in lab(nats=(failed,)).has_public_nat_gateway.found


def default(**changed: Any) -> Vpc:
    """A default VPC with AWS's own subnets and gateway."""
    subnets = [subnet(f"default-{zone}", zone, DefaultForAz=True, MapPublicIpOnLaunch=True) for zone in "ab"]
    parts = {
        "subnets": (*subnets, *changed.pop("own", ())),
        "tables": (table("main", to("igw-1"), main=True), *changed.pop("tables", ())),
        "gateways": (GATEWAY,),
    }
    return vpc(IsDefault=True, CidrBlock="172.31.0.0/16", **{**parts, **changed})


def test_nothing_that_aws_made_earns_anything() -> None:
    """An untouched default VPC fails every claim."""
    assert fails(default()) == set(holds(lab()))


def test_awss_gateway_counts_where_a_subnet_of_ones_own_uses_it() -> None:
    """With two pairs of own subnets, everything of steps 4.2 to 4.5 can be earned in the default VPC."""
    built = default(own=(*PUBLIC, *PRIVATE), tables=(PRIVATE_TABLE,), nats=(NAT,))
    assert fails(built) == set()
    only_private = default(own=PRIVATE, tables=(PRIVATE_TABLE,), nats=(nat("nat-1", "default-a"),))
    assert fails(only_private) == {"public pair", "attached", "public routes"}


def test_the_default_vpc_is_not_ones_own_and_says_what_moving_takes() -> None:
    """4.1 is lost with advice that costs nothing, and its block is not called as good as another."""
    one = default()
    assert not one.is_your_own
    assert not one.has_default_tenancy
    assert not one.has_private_cidr(RANGES, "10.0.0.0/16")
    said = remarks(lambda: (one.is_your_own, one.has_private_cidr(RANGES, "10.0.0.0/16")))
    assert any("build the subnets" in text for text in said)
    assert not any("as good" in text for text in said)


@pytest.mark.parametrize(
    ("block", "private"),
    [
        ("10.0.0.0/16", True), ("172.20.0.0/16", True), ("192.168.0.0/22", True), ("100.64.0.0/16", True),
        ("172.32.0.0/16", False), ("11.0.0.0/16", False), ("192.0.0.0/16", False),
    ],
)  # fmt: skip
def test_any_private_range_will_do(block: str, private: bool) -> None:
    """RFC 1918 and RFC 6598; another one than the handout's is remarked."""
    one = vpc(CidrBlock=block)
    assert bool(one.has_private_cidr(RANGES, "10.0.0.0/16")) is private
    assert bool(remarks(lambda: one.has_private_cidr(RANGES, "10.0.0.0/16"))) is (private and block != "10.0.0.0/16")


def test_dedicated_tenancy_is_a_fault_of_its_own() -> None:
    """The VPC stays the student's own."""
    one = vpc(InstanceTenancy="dedicated")
    assert one.is_your_own
    assert not one.has_default_tenancy


def test_a_service_must_be_in_private_subnets_alone() -> None:
    """One public or foreign subnet among those of the service is named."""
    one = lab()
    assert one.has_private_subnets(("subnet-private-1", "subnet-private-2"))
    for other in ("subnet-public-1", "subnet-of-nobody"):
        found: Finding = one.has_private_subnets(("subnet-private-1", other))
        assert not found
        assert other.removeprefix("subnet-") in found.found
    assert not one.has_private_subnets(())


def test_a_load_balancer_needs_public_subnets_of_two_zones() -> None:
    """Two subnets of one zone, or one public and one private, are not enough."""
    one = lab(subnets=(*PUBLIC, subnet("public-3", "a"), *PRIVATE))
    assert one.has_two_public_zones_among(("subnet-public-1", "subnet-public-2"))
    assert not one.has_two_public_zones_among(("subnet-public-1", "subnet-public-3"))
    assert not one.has_two_public_zones_among(("subnet-public-1", "subnet-private-2"))


def test_blocked_internet_gateways_are_remarked() -> None:
    """VPC Block Public Access keeps traffic out, whatever routes say."""
    one = lab(BlockPublicAccessStates={"InternetGatewayBlockMode": "block-bidirectional"})
    assert one.has_attached_internet_gateway
    assert any("Block Public Access" in text for text in remarks(lambda: one.has_attached_internet_gateway))
