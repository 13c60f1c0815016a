"""Subnets: which exist, which table each follows, where it leads, and what its name and its tenants say."""

from __future__ import annotations

from typing import Any

import pytest

from grader.errors import Missing, Unverified
from grader.evidence import Evidence
from grader.evidence.tracking import Remark, reading
from grader.model.network import Network, Tenants
from grader.model.roles import Role, WayOut
from grader.model.subnets import Subnet, Subnets, span_zones
from grader.model.vpcs import Vpcs
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
)  # fmt: skip


def subnets(**changed: Any) -> dict[str, Subnet]:
    """The subnets of a correct VPC with some parts changed, by name."""
    found = correct_vpc(**changed).subnets
    return {one.name: one for one in found}


def refused(*operations: str, described: tuple[dict[str, Any], ...], tenants: Tenants | None = None) -> Subnets:
    """Subnets of a region of which AWS refuses some answers."""
    answers: dict[str, Any] = {
        "ec2.DescribeSubnets": {"response": {"Subnets": list(described)}},
        "ec2.DescribeRouteTables": {"response": {"RouteTables": [MAIN, PUBLIC_TABLE]}},
        "ec2.DescribeNatGateways": {"response": {"NatGateways": [NAT]}},
        **dict.fromkeys(operations, DENIED),
    }
    calls = {operation: {REGION: {"": entry}} for operation, entry in answers.items()}
    return Subnets(Network(Evidence({"meta": {"regions": [REGION]}, "calls": calls}), REGION, tenants or Tenants()))


class TestWhichExist:
    def test_only_available_ones(self) -> None:
        """One that is pending or failed is none yet; an answer without a state is taken as it is."""
        gone = [subnet("pending", State="pending"), subnet("failed", State="failed")]
        old = subnet("old")
        old.pop("State")
        assert set(subnets(subnets=(*gone, old, subnet("new")))) == {"old", "new"}

    def test_they_are_in_order_of_their_address(self) -> None:
        """As numbers, of equal ones the larger block first, then by id; one without an IPv4 block comes first."""
        blocks = {"a": "10.0.10.0/24", "b": "10.0.9.0/24", "c": "10.0.9.0/20", "e": "10.0.9.0/24"}
        described = [subnet(name, CidrBlock=block) for name, block in blocks.items()]
        ipv6 = subnet("d")
        ipv6.pop("CidrBlock")
        assert list(subnets(subnets=(*reversed(described), ipv6))) == ["d", "c", "b", "e", "a"]

    def test_what_aws_made_and_what_maps_addresses_is_told(self) -> None:
        """And where each is."""
        found = subnets(subnets=(subnet("d", "b", DefaultForAz=True, MapPublicIpOnLaunch=True), subnet("own")))
        assert (found["d"].is_default, found["d"].maps_public_ip) == (True, True)
        assert (found["own"].is_default, found["own"].maps_public_ip) == (False, False)
        assert (found["d"].availability_zone, found["d"].vpc_id) == (f"{REGION}b", "vpc-1")
        assert repr(found["own"]) == "subnet own (subnet-own)"


class TestTables:
    def test_an_association_goes_before_the_main_table(self) -> None:
        """Without one the main table of its own VPC is followed, never that of another."""
        foreign = table("foreign", to("igw-1"), main=True, VpcId="vpc-2")
        found = subnets(tables=(foreign, MAIN, PUBLIC_TABLE))
        assert (found["public-1"].route_table.id, found["public-1"].is_associated) == ("rtb-public", True)
        assert (found["private-1"].route_table.id, found["private-1"].is_associated) == ("rtb-main", False)

    def test_without_any_table_there_is_none(self) -> None:
        """It has no way out, and is not associated."""
        one = subnets(tables=())["private-1"]
        with pytest.raises(Missing, match="has no route table"):
            _ = one.route_table
        assert one.signs.way_out is WayOut.NONE

    @pytest.mark.parametrize(
        ("target", "way_out"),
        [("igw-1", WayOut.INTERNET_GATEWAY), ("nat-1", WayOut.NAT), ("eni-1", WayOut.OTHER), ("tgw-1", WayOut.OTHER)],
    )
    def test_where_its_table_leads_is_its_way_out(self, target: str, way_out: WayOut) -> None:
        """With the table's id, and whether it is associated."""
        signs = subnets(tables=(MAIN, table("t", to(target), subnets=["public-1"])))["public-1"].signs
        assert (signs.way_out, signs.table, signs.is_associated) == (way_out, "rtb-t", True)

    def test_a_table_without_a_default_route_has_no_way_out(self) -> None:
        """It is still the table that it follows."""
        signs = subnets(tables=(MAIN,))["public-1"].signs
        assert (signs.way_out, signs.table, signs.is_associated) == (WayOut.NONE, "rtb-main", False)


class TestSigns:
    def test_what_is_in_it_is_told(self) -> None:
        """Load balancers that face the internet, public NAT gateways, services and the addresses of their tasks."""
        here = frozenset({"subnet-public-1"})
        plain = subnets(nats=())["public-1"].signs
        assert (plain.has_front, plain.has_nat, plain.tasks) == (False, False, Role.UNKNOWN)
        assert subnets(tenants=Tenants(internet_facing=here))["public-1"].signs.has_front
        assert not subnets(tenants=Tenants(load_balancers=here))["public-1"].signs.has_front
        assert subnets(tenants=Tenants(services=here))["public-1"].signs.tasks is Role.PRIVATE
        assert subnets(tenants=Tenants(services=here, exposed=here))["public-1"].signs.tasks is Role.PUBLIC
        assert subnets(tenants=Tenants(exposed=here))["public-1"].signs.tasks is Role.UNKNOWN

    def test_where_it_is_and_who_made_it_is_told(self) -> None:
        """Its zone, AWS's own subnets, public addresses; without a table it is associated with none."""
        signs = subnets(subnets=(subnet("d", "b", DefaultForAz=True, MapPublicIpOnLaunch=True),), tables=())["d"].signs
        assert (signs.id, signs.zone, signs.table) == ("subnet-d", f"{REGION}b", "")
        assert signs.is_default
        assert signs.maps_public_ip
        assert not signs.is_associated

    @pytest.mark.parametrize(
        ("described", "counts"),
        [
            (nat("nat-1", "public-1"), True),
            (nat("nat-1", "public-1", "pending"), True),
            (nat("nat-1", "public-1", "deleted"), False),
            (nat("nat-1", "public-1", ConnectivityType="private"), False),
        ],
    )
    def test_a_live_public_nat_gateway_is_a_sign(self, described: dict[str, Any], counts: bool) -> None:
        """A deleted or a private one is none."""
        assert subnets(nats=(described,))["public-1"].signs.has_nat is counts

    @pytest.mark.parametrize(
        ("name", "role"),
        [
            ("lab-public-1a", Role.PUBLIC), ("PUB1", Role.PUBLIC), ("Öffentlich 1", Role.PUBLIC),
            ("публичная", Role.PUBLIC), ("公有子网", Role.PUBLIC), ("Private-1", Role.PRIVATE),
            ("prywatna", Role.PRIVATE), ("soukromá", Role.PRIVATE), ("私有", Role.PRIVATE), ("subnet-1", Role.UNKNOWN),
            ("", Role.UNKNOWN), ("public-and-private", Role.UNKNOWN),
        ],
    )  # fmt: skip
    def test_a_name_tells_a_role_in_many_languages(self, name: str, role: Role) -> None:
        """One that tells both, or neither, tells nothing."""
        assert subnets(subnets=(subnet("x", Tags=[{"Key": "Name", "Value": name}]),))[name].signs.named is role


class TestRoles:
    def test_they_are_told_for_all_of_a_vpc_at_once(self) -> None:
        """So that one forgotten association does not change them."""
        found = subnets(tables=(MAIN, table("public", to("igw-1"), subnets=["public-1"]), PRIVATE_TABLE))
        assert [one.is_public for one in found.values()] == [name.startswith("public") for name in found]
        assert [one.is_private for one in found.values()] == [name.startswith("private") for name in found]

    def test_where_routes_are_refused_a_name_or_a_tenant_tells(self) -> None:
        """Without any sign the role is unknown."""
        unnamed = subnet("x", Tags=[])
        told = refused("ec2.DescribeRouteTables", described=(*PUBLIC, *PRIVATE, unnamed)).by_id
        assert told["subnet-public-1"].role is Role.PUBLIC
        assert told["subnet-private-1"].role is Role.PRIVATE
        with pytest.raises(Unverified):
            _ = told["subnet-x"].role
        mapping = subnet("x", Tags=[], MapPublicIpOnLaunch=True)
        assert refused("ec2.DescribeRouteTables", described=(mapping,)).by_id["subnet-x"].role is Role.PUBLIC
        served = Tenants(services=frozenset({"subnet-x"}))
        found = refused("ec2.DescribeRouteTables", described=(unnamed,), tenants=served).by_id["subnet-x"]
        assert found.role is Role.PRIVATE

    def test_refused_nat_gateways_leave_the_routes(self) -> None:
        """They are one sign of several."""
        told = refused("ec2.DescribeNatGateways", described=PUBLIC).by_id
        assert told["subnet-public-1"].is_public
        assert not told["subnet-public-1"].signs.has_nat


class TestPublicRoutes:
    @pytest.mark.parametrize(
        ("gateways", "route", "words"),
        [
            ((GATEWAY,), to("igw-1"), ""),
            ((gateway("igw-1"),), to("igw-1", "blackhole"), ""),
            ((gateway("igw-1", "vpc-2"),), to("igw-1"), "attached to another VPC"),
            ((gateway("igw-1"), gateway("igw-2", "vpc-1")), to("igw-1", "blackhole"), "another one is attached"),
            ((gateway("igw-2", "vpc-1"),), to("igw-1", "blackhole"), "does not exist"),
            ((GATEWAY,), to("nat-1"), "nat-1"),
            ((GATEWAY,), to("igw-1", destination="10.1.0.0/16"), "no route to 0.0.0.0/0"),
        ],
    )
    def test_the_gateway_of_this_vpc_or_one_that_is_not_attached_yet(
        self, gateways: tuple[Any, ...], route: dict[str, Any], words: str
    ) -> None:
        """A missing attachment is a fault of its own; a gateway of another VPC, or none, is one of the route."""
        tables = (MAIN, table("public", route, subnets=["public-1"]))
        found = subnets(gateways=gateways, tables=tables)["public-1"].routes_out_through_internet_gateway
        assert bool(found) is (not words)
        assert words in found.found


class TestPrivateTables:
    def said(self, *tables: dict[str, Any]) -> tuple[bool, list[str]]:
        """What is said of the first private subnet's table, with remarks."""
        with reading() as noted:
            found = subnets(tables=tables)["private-1"].has_route_table_without_internet_gateway
        return bool(found), [one.text for one in noted if isinstance(one, Remark)]

    def test_a_table_of_its_own(self) -> None:
        """With the NAT route or without: the route is a share of its own."""
        assert self.said(MAIN, PRIVATE_TABLE) == (True, [])
        assert self.said(MAIN, table("private", subnets=["private-1"])) == (True, [])

    def test_none_that_leads_to_an_internet_gateway(self) -> None:
        """Neither its own nor the main one."""
        assert self.said(MAIN, table("private", to("igw-1"), subnets=["private-1"])) == (False, [])
        assert self.said(table("main", to("igw-1"), main=True)) == (False, [])

    def test_the_main_table_only_with_the_nat_route(self) -> None:
        """It is remarked; where the subnet is associated with it, it is a table of its own."""
        held, remarks = self.said(table("main", to("nat-1"), main=True))
        assert (held, len(remarks)) == (True, 1)
        assert self.said(MAIN) == (False, [])
        assert self.said(table("main", to("eni-1"), main=True)) == (False, [])
        assert self.said(table("main", main=True, subnets=["private-1"])) == (True, [])


def test_a_pair_is_in_two_zones() -> None:
    """Two of one zone are none; what is there is named with its zones."""
    found = subnets()
    pair = (found["public-1"], found["public-2"])
    assert span_zones(pair, "public subnets")
    assert not span_zones((found["public-1"], found["private-1"]), "subnets")
    assert span_zones((found["public-1"],), "subnets").found == (
        f"1 subnets in {REGION}a: subnet public-1 (subnet-public-1)"
    )
    assert f"{REGION}a, {REGION}b" in span_zones(pair, "subnets").found
    assert span_zones((), "public subnets").found == "there are no public subnets"


def test_a_region_of_several_vpcs_keeps_them_apart() -> None:
    """Each has its own subnets, tables and groups; AWS's order does not matter."""
    described = [*PUBLIC, *({**one, "VpcId": "vpc-2", "SubnetId": f"{one['SubnetId']}-2"} for one in PRIVATE)]
    answers = {
        "ec2.DescribeVpcs": {"Vpcs": [{"VpcId": f"vpc-{n}", "CidrBlock": "10.0.0.0/16"} for n in (1, 2)]},
        "ec2.DescribeSubnets": {"Subnets": described},
        "ec2.DescribeRouteTables": {"RouteTables": [MAIN, table("other", main=True, VpcId="vpc-2")]},
        "ec2.DescribeInternetGateways": {"InternetGateways": [gateway("igw-2", "vpc-2"), gateway("igw-1", "vpc-1")]},
        "ec2.DescribeNatGateways": {"NatGateways": [nat("nat-2", "private-1-2", VpcId="vpc-2"), NAT]},
        "ec2.DescribeSecurityGroups": {
            "SecurityGroups": [
                {"GroupId": name, "GroupName": name, "VpcId": f"vpc-{name[-1]}", "Description": ""}
                for name in ("sg-b-1", "sg-a-1", "sg-c-2")
            ]
        },
    }
    calls = {operation: {REGION: {"": {"response": response}}} for operation, response in answers.items()}
    network = Network(Evidence({"meta": {"regions": [REGION]}, "calls": calls}), REGION, Tenants())
    first, second = Vpcs(network).all
    assert [one.name for one in first.subnets] == ["public-1", "public-2"]
    assert [one.name for one in second.subnets] == ["private-1", "private-2"]
    assert (first.internet_gateway.id, second.internet_gateway.id) == ("igw-1", "igw-2")
    assert ([one.id for one in first.nat_gateways], [one.id for one in second.nat_gateways]) == (["nat-1"], ["nat-2"])
    assert [one.id for one in first.security_groups] == ["sg-a-1", "sg-b-1"]
    assert [one.id for one in second.security_groups] == ["sg-c-2"]
    assert second.subnets[0].route_table.id == "rtb-other"
    assert network.nat_subnet_ids == {"subnet-public-1", "subnet-private-1-2"}
