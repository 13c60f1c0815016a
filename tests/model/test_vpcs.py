"""VPCs: whose they are, their subnets, route tables and gateways."""

from __future__ import annotations

from typing import Any

import pytest

from grader.errors import Missing, Pending, Unverified
from grader.evidence import Evidence
from grader.evidence.tracking import Remark, reading
from grader.model.findings import Finding
from grader.model.network import Network, Tenants
from grader.model.vpcs import Vpc, Vpcs
from tests.model.evidence import DENIED
from tests.model.networks import (
    GATEWAY,
    MAIN,
    NAT,
    PRIVATE,
    PRIVATE_TABLE,
    PUBLIC,
    PUBLIC_TABLE,
    REGION,
    correct_vpc,
    gateway,
    nat,
    subnet,
    table,
    to,
    vpc,
)

RANGES = ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10")


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
    assert fails(correct_vpc()) == set()


def test_an_empty_vpc_does_nothing() -> None:
    """Quantifiers over no subnets, no tables and no gateways are false."""
    assert fails(vpc()) == set(holds(correct_vpc()))


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
    assert fails(correct_vpc(**changed)) == failing


def test_a_nat_gateway_in_a_subnet_without_a_way_out_does_not_count() -> None:
    """Where two public subnets route out and the NAT gateway is in a third that does not, the gateway is useless."""
    subnets = (*PUBLIC, subnet("public-3", "c"), *PRIVATE)
    assert fails(correct_vpc(subnets=subnets, nats=(nat("nat-1", "public-3"),))) == {"NAT gateway"}
    tables = (MAIN, table("public", subnets=["public-1", "public-2"]), PRIVATE_TABLE)
    assert fails(correct_vpc(tables=tables)) == {"public routes"}


def test_the_subnets_of_the_service_count() -> None:
    """A third private subnet without a NAT route matters only where the service is in it."""
    subnets = (*PUBLIC, *PRIVATE, subnet("private-3", "c"))
    tables = (MAIN, PUBLIC_TABLE, PRIVATE_TABLE, table("isolated", subnets=["private-3"]))
    assert fails(correct_vpc(subnets=subnets, tables=tables)) == set()
    used = Tenants(services=frozenset({"subnet-private-3"}))
    assert fails(correct_vpc(subnets=subnets, tables=tables, tenants=used)) == {"NAT routes"}


def test_every_public_subnet_of_a_load_balancer_counts() -> None:
    """A third public subnet without its route matters only where a load balancer that faces the internet is in it."""
    subnets = (*PUBLIC, subnet("public-3", "c"), *PRIVATE)
    assert fails(correct_vpc(subnets=subnets)) == set()
    front = Tenants(internet_facing=frozenset({"subnet-public-3"}))
    assert fails(correct_vpc(subnets=subnets, tenants=front)) == {"public routes"}
    internal = Tenants(load_balancers=frozenset({"subnet-public-3"}))
    assert fails(correct_vpc(subnets=subnets, tenants=internal)) == set()


def test_a_dissociated_table_is_none() -> None:
    """An association that is being removed no longer routes."""
    private = table("private", to("nat-1"), subnets=["private-1", "private-2"])
    private["Associations"][1]["AssociationState"]["State"] = "disassociating"
    assert fails(correct_vpc(tables=(MAIN, PUBLIC_TABLE, private))) == {"private tables"}


def test_a_nat_gateway_that_is_being_created_is_waited_for() -> None:
    """For a quarter of an hour, not longer."""
    pending = nat("nat-1", "public-1", "pending", CreateTime="2026-11-20T09:46:00+00:00")
    for claim in ("has_public_nat_gateway", "private_route_table_leads_to_nat_gateway"):
        with pytest.raises(Pending):
            getattr(correct_vpc(nats=(pending,)), claim)
        assert not getattr(correct_vpc(nats=(pending,), now="2026-11-20T10:01:00+00:00"), claim)


def test_why_a_nat_gateway_failed_is_said() -> None:
    """AWS's own reason is in the message."""
    failed = nat("nat-1", "public-1", "failed", FailureMessage="Subnet has insufficient free addresses")
    assert "insufficient free addresses" in correct_vpc(nats=(failed,)).has_public_nat_gateway.found


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
    assert fails(default()) == set(holds(correct_vpc()))


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
    one = correct_vpc()
    assert one.has_private_subnets(("subnet-private-1", "subnet-private-2"))
    for other in ("subnet-public-1", "subnet-of-nobody"):
        found: Finding = one.has_private_subnets(("subnet-private-1", other))
        assert not found
        assert other.removeprefix("subnet-") in found.found
    assert not one.has_private_subnets(())


def test_a_load_balancer_needs_public_subnets_of_two_zones() -> None:
    """Two subnets of one zone, or one public and one private, are not enough."""
    one = correct_vpc(subnets=(*PUBLIC, subnet("public-3", "a"), *PRIVATE))
    assert one.has_two_public_zones_among(("subnet-public-1", "subnet-public-2"))
    assert not one.has_two_public_zones_among(("subnet-public-1", "subnet-public-3"))
    assert not one.has_two_public_zones_among(("subnet-public-1", "subnet-private-2"))


def test_blocked_internet_gateways_are_remarked() -> None:
    """VPC Block Public Access keeps traffic out, whatever routes say."""
    one = correct_vpc(BlockPublicAccessStates={"InternetGatewayBlockMode": "block-bidirectional"})
    assert one.has_attached_internet_gateway
    assert any("Block Public Access" in text for text in remarks(lambda: one.has_attached_internet_gateway))


def test_what_aws_says_of_a_vpc_is_read() -> None:
    """Each block once, without those that were taken away; and where it was read."""
    associated = [
        {"CidrBlock": "10.0.0.0/16", "CidrBlockState": {"State": "associated"}},
        {"CidrBlock": "10.1.0.0/16"},
        {"CidrBlock": "10.2.0.0/16", "CidrBlockState": {"State": "disassociated"}},
    ]
    one = vpc(CidrBlockAssociationSet=associated, Tags=[{"Key": "Name", "Value": "lab"}])
    assert one.cidrs == ("10.0.0.0/16", "10.1.0.0/16")
    assert [str(block) for block in one.network_blocks] == ["10.0.0.0/16", "10.1.0.0/16"]
    assert (repr(one), one.region, one.state) == ("VPC lab (vpc-1)", "eu-west-1", "available")
    assert [(one.operation, one.region) for one in one.sources] == [("ec2.DescribeVpcs", "eu-west-1")]
    assert (one.is_default, one.instance_tenancy, one.blocks_internet_gateways) == (False, "default", False)
    bare = vpc(IsDefault=None, InstanceTenancy=None, State=None)
    assert bare.has_default_tenancy
    assert (bare.is_default, bare.state) == (False, "available")


def test_an_internet_gateway_that_lets_traffic_through_is_not_remarked() -> None:
    """Block Public Access that is off, or not told of, keeps nothing out."""
    for one in (correct_vpc(), correct_vpc(BlockPublicAccessStates={"InternetGatewayBlockMode": "off"})):
        assert remarks(lambda one=one: one.has_attached_internet_gateway) == []


def test_an_attached_gateway_goes_before_a_loose_one() -> None:
    """Of several the first by id, whatever AWS's order; one of another VPC is never taken."""
    loose, own, second = gateway("igw-0"), gateway("igw-2", "vpc-1"), gateway("igw-1", "vpc-1")
    assert correct_vpc(gateways=(loose, own, second)).internet_gateway.id == "igw-1"
    assert correct_vpc(gateways=(gateway("igw-9"), loose)).internet_gateway.id == "igw-0"
    with pytest.raises(Missing, match="no internet gateway"):
        _ = correct_vpc(gateways=(gateway("igw-3", "vpc-2"),)).internet_gateway


def test_a_public_subnet_that_lacks_its_route_beside_two_is_remarked() -> None:
    """It costs nothing, and is named; where the two are not there it is a loss and no remark."""
    subnets = (*PUBLIC, subnet("public-3", "c"), *PRIVATE)
    said = remarks(lambda: correct_vpc(subnets=subnets).public_subnets_route_to_internet_gateway)
    assert len(said) == 1
    assert "public-3" in said[0]
    assert remarks(lambda: correct_vpc().public_subnets_route_to_internet_gateway) == []
    without = (MAIN, table("public", subnets=["public-1", "public-2"]), PRIVATE_TABLE)
    assert remarks(lambda: correct_vpc(subnets=subnets, tables=without).public_subnets_route_to_internet_gateway) == []


def test_in_one_zone_one_route_is_enough() -> None:
    """That the pair lacks a second zone is charged as the pair alone."""
    one = correct_vpc(subnets=(PUBLIC[0], *PRIVATE))
    assert fails(one) == {"public pair"}


def test_live_nat_gateways_come_first() -> None:
    """An available one before one that is pending, that before one that is gone; then by id."""
    states = {"nat-1": "deleted", "nat-2": "pending", "nat-4": "available", "nat-3": "available", "nat-0": "failed"}
    one = correct_vpc(nats=[nat(name, "public-1", state) for name, state in states.items()])
    assert [gateway.id for gateway in one.nat_gateways] == ["nat-3", "nat-4", "nat-2", "nat-0", "nat-1"]


def test_why_a_nat_gateway_does_not_count_is_said_of_the_best_one() -> None:
    """Of several, the live one is the one to talk about."""
    private = nat("nat-9", "public-1", ConnectivityType="private")
    gone = nat("nat-0", "public-1", "deleted")
    found = correct_vpc(nats=(gone, private)).has_public_nat_gateway
    assert not found
    assert found.found == "NAT gateway nat-9 has private connectivity"
    expected = "an available public NAT gateway with an Elastic IP in a public subnet"
    for described, words in (
        (gone, "is deleted"),
        (nat("nat-1", "public-1", NatGatewayAddresses=[]), "has no Elastic IP"),
        (nat("nat-1", "elsewhere"), "is not in a subnet of VPC vpc-1"),
        (nat("nat-1", "private-1"), "is in the private subnet private-1"),
        (private, "has private connectivity"),
    ):
        said = correct_vpc(nats=(described,)).has_public_nat_gateway
        assert words in said.found
        assert said.expected == expected


def test_a_regional_nat_gateway_is_remarked() -> None:
    """It needs no subnet, and earns the share."""
    one = correct_vpc(nats=(nat("nat-1", "", AvailabilityMode="regional"),))
    assert any("regional" in text for text in remarks(lambda: one.has_public_nat_gateway))


def test_a_nat_gateway_in_another_vpcs_subnet_does_not_count() -> None:
    """Though AWS says that it is of this one."""
    foreign = subnet("foreign", VpcId="vpc-2")
    assert "NAT gateway" in fails(correct_vpc(subnets=(*PUBLIC, *PRIVATE, foreign), nats=(nat("nat-1", "foreign"),)))


def test_private_tables_are_those_that_private_subnets_follow_and_the_spare_ones() -> None:
    """Neither the main table where nobody follows it, nor one that a public subnet follows."""
    spare = table("spare", to("nat-1"))
    one = correct_vpc(tables=(MAIN, PUBLIC_TABLE, PRIVATE_TABLE, spare))
    assert [each.id for each in one.private_route_tables] == ["rtb-private", "rtb-spare"]
    assert [each.id for each in correct_vpc(tables=(MAIN, PUBLIC_TABLE)).private_route_tables] == ["rtb-main"]
    shared = (MAIN, table("public", to("igw-1"), subnets=["public-1", "public-2", "private-1", "private-2"]), spare)
    assert [each.id for each in correct_vpc(tables=shared).private_route_tables] == ["rtb-spare"]


def test_without_any_private_subnet_the_spare_table_has_to_carry_the_route() -> None:
    """And without any such table it is missing."""
    tables = (MAIN, PUBLIC_TABLE, table("private", to("nat-1")))
    assert "NAT routes" not in fails(correct_vpc(subnets=PUBLIC, tables=tables))
    empty = (MAIN, PUBLIC_TABLE, table("private"))
    assert "NAT routes" in fails(correct_vpc(subnets=PUBLIC, tables=empty))
    with pytest.raises(Missing, match="no private route table"):
        _ = correct_vpc(subnets=PUBLIC, tables=(MAIN, PUBLIC_TABLE)).private_route_table_leads_to_nat_gateway


def test_what_is_wrong_with_the_private_route_is_said() -> None:
    """That there is none, where it leads, or what became of the gateway."""
    expected = "0.0.0.0/0 → a live NAT gateway of this VPC"
    for route, words in (
        ((), "has no route to 0.0.0.0/0"),
        ((to("eni-1"),), "eni-1"),
        ((to("nat-1", "blackhole"),), "(blackhole), which is available"),
    ):
        tables = (MAIN, PUBLIC_TABLE, table("private", *route, subnets=["private-1", "private-2"]))
        found = correct_vpc(tables=tables).private_route_table_leads_to_nat_gateway
        assert not found
        assert words in found.found
        assert found.expected == expected


def test_public_addresses_behind_a_nat_route_are_remarked() -> None:
    """They have no effect there; in a subnet that routes to the internet gateway, or nowhere, they may have one."""
    ids = ("subnet-private-1", "subnet-private-2")
    exposed = Tenants(services=frozenset(ids), exposed=frozenset(ids))
    assert any("public IP" in text for text in remarks(lambda: correct_vpc(tenants=exposed).has_private_subnets(ids)))
    assert remarks(lambda: correct_vpc().has_private_subnets(ids)) == []
    dead = table("private", to("nat-1", "blackhole"), subnets=["private-1", "private-2"])
    for other in (dead, table("private", subnets=["private-1", "private-2"]), table("private", subnets=["private-1"])):
        one = correct_vpc(tenants=exposed, tables=(MAIN, PUBLIC_TABLE, other))
        assert remarks(lambda one=one: one.has_private_subnets(ids)) == []
    half = table("one", to("nat-1"), subnets=["private-1"])
    mixed = correct_vpc(tenants=exposed, tables=(MAIN, PUBLIC_TABLE, half))
    assert remarks(lambda: mixed.has_private_subnets(ids)) == []


def test_in_each_zone_the_subnet_that_is_right_counts() -> None:
    """A second one of the same zone that lacks its route takes nothing from it."""
    subnets = (*PUBLIC, subnet("public-0", "a"), *PRIVATE)
    one = correct_vpc(subnets=subnets)
    assert [each.name for each in one.public_subnets][:2] == ["public-0", "public-1"]
    assert fails(one) == set()


def test_a_nat_route_that_is_waited_for_is_not_lost_for_want_of_an_association() -> None:
    """The service's subnet follows no table, and the table that will carry the route exists: only that is lost."""
    tables = (MAIN, PUBLIC_TABLE, table("private", to("nat-1"), subnets=["private-1"]))
    used = Tenants(services=frozenset({"subnet-private-1", "subnet-private-2"}))
    one = correct_vpc(tables=tables, tenants=used, nats=(nat("nat-1", "public-1", "pending"),))
    with pytest.raises(Pending):
        _ = one.private_route_table_leads_to_nat_gateway
    assert fails(correct_vpc(tables=tables, tenants=used)) == {"private tables"}


class TestRefusals:
    def refused(self, *operations: str, tenants: Tenants | None = None, nat_in: str = "public-1") -> Vpc:
        """A correct VPC, but for a third public subnet without a route, of which AWS refuses some answers."""
        tables = (MAIN, PUBLIC_TABLE, PRIVATE_TABLE)
        answers: dict[str, Any] = {
            "ec2.DescribeVpcs": {"Vpcs": [{"VpcId": "vpc-1", "CidrBlock": "10.0.0.0/16"}]},
            "ec2.DescribeSubnets": {"Subnets": [*PUBLIC, subnet("public-3", "c"), *PRIVATE]},
            "ec2.DescribeRouteTables": {"RouteTables": list(tables)},
            "ec2.DescribeInternetGateways": {"InternetGateways": [GATEWAY]},
            "ec2.DescribeNatGateways": {"NatGateways": [nat("nat-1", nat_in)]},
        }
        entries = {name: {"response": response} for name, response in answers.items()}
        entries.update(dict.fromkeys(operations, DENIED))
        calls = {name: {REGION: {"": entry}} for name, entry in entries.items()}
        evidence = Evidence({"meta": {"regions": [REGION]}, "calls": calls})
        return Vpcs(Network(evidence, REGION, tenants or Tenants())).all[0]

    def test_a_nat_gateway_is_not_lost_for_a_gateway_that_aws_hides(self) -> None:
        """Whether its subnet has a way out is unknown then, and so is whose fault a missing one would be."""
        hidden = "ec2.DescribeInternetGateways"
        assert self.refused(hidden).has_public_nat_gateway
        with pytest.raises(Unverified, match="ec2:DescribeInternetGateways"):
            _ = self.refused(hidden, nat_in="public-3").has_public_nat_gateway
        assert not self.refused(nat_in="public-3").has_public_nat_gateway

    def test_no_remark_is_made_on_what_is_unknown(self) -> None:
        """Public addresses have no effect only where the route to the NAT gateway was seen."""
        ids = ("subnet-private-1", "subnet-private-2")
        exposed = Tenants(services=frozenset(ids), exposed=frozenset(ids))
        seen, unseen = self.refused(tenants=exposed), self.refused("ec2.DescribeRouteTables", tenants=exposed)
        assert len(remarks(lambda: seen.has_private_subnets(ids))) == 1
        assert remarks(lambda: unseen.has_private_subnets(ids)) == []
