"""Routes, tables and gateways, as EC2 describes them: what counts as a route, an association and an attachment."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from grader.evidence.fields import Fields
from grader.model.routing import InternetGateway, NatGateway, RouteTable, internet_gateway, nat_gateway, route_table
from tests.model.networks import gateway, nat, table, to

NOW = datetime(2026, 11, 20, 10, tzinfo=UTC)


def a_table(*routes: dict[str, Any], **more: Any) -> RouteTable:
    """A table as the model sees it."""
    return route_table(Fields(table("lab", *routes, **more), "table"))


def a_nat(state: str = "available", **more: Any) -> NatGateway:
    """A NAT gateway as the model sees it."""
    return nat_gateway(Fields(nat("nat-1", "public-1", state, **more), "gateway"))


def an_internet_gateway(described: dict[str, Any]) -> InternetGateway:
    """An internet gateway as the model sees it."""
    return internet_gateway(Fields(described, "gateway"))


class TestDefaultRoute:
    def test_a_live_route_is_preferred_to_a_black_hole(self) -> None:
        """In any order; a black hole alone is the default route."""
        dead, live = to("nat-0", "blackhole"), to("nat-1")
        for routes in ((dead, live), (live, dead)):
            found = a_table(*routes).default_route
            assert found is not None
            assert (found.target, found.state) == ("nat-1", "active")
        alone = a_table(dead).default_route
        assert alone is not None
        assert alone.state == "blackhole"

    def test_only_all_of_ipv4_is_one(self) -> None:
        """Neither the local route, nor half of the internet, nor IPv6."""
        ipv6 = {"DestinationIpv6CidrBlock": "::/0", "EgressOnlyInternetGatewayId": "eigw-1", "State": "active"}
        assert a_table(to("igw-1", destination="0.0.0.0/1"), ipv6).default_route is None

    def test_two_halves_of_the_internet_are_all_of_it(self) -> None:
        """They outrank 0.0.0.0/0, as the longer prefix does in AWS; to two targets, or with one dead, they are none."""
        halves = [to("igw-1", destination="0.0.0.0/1"), to("igw-1", destination="128.0.0.0/1")]
        for routes in (halves, [to("nat-1"), *halves], [*halves, to("nat-1")]):
            found = a_table(*routes).default_route
            assert found is not None
            assert repr(found) == "0.0.0.0/1 and 128.0.0.0/1 → igw-1"
        for other in (
            to("nat-1", destination="128.0.0.0/1"), to("igw-1", "blackhole", destination="128.0.0.0/1"),
            {"DestinationPrefixListId": "pl-1", "GatewayId": "igw-1"},
            {"DestinationCidrBlock": "?", "GatewayId": "igw-1"},
        ):  # fmt: skip
            assert a_table(halves[0], other).default_route is None
            live = a_table(halves[0], other, to("nat-1")).default_route
            assert live is not None
            assert live.target == "nat-1"

    @pytest.mark.parametrize(
        "name",
        [
            "NatGatewayId", "GatewayId", "TransitGatewayId", "VpcPeeringConnectionId", "NetworkInterfaceId",
            "InstanceId", "EgressOnlyInternetGatewayId", "LocalGatewayId", "CarrierGatewayId", "CoreNetworkArn",
        ],
    )  # fmt: skip
    def test_it_names_whatever_it_leads_to(self, name: str) -> None:
        """Each kind of target that EC2 has; a route without a state is active."""
        found = a_table({"DestinationCidrBlock": "0.0.0.0/0", name: "target-1"}).default_route
        assert found is not None
        assert (found.target, found.state) == ("target-1", "active")
        assert repr(found) == "0.0.0.0/0 → target-1"

    def test_a_nat_instance_is_told_by_its_interface(self) -> None:
        """EC2 gives both ids; the route leads to the interface."""
        route = {"DestinationCidrBlock": "0.0.0.0/0", "NetworkInterfaceId": "eni-1", "InstanceId": "i-1"}
        found = a_table(route).default_route
        assert found is not None
        assert found.target == "eni-1"

    def test_a_black_hole_is_said(self) -> None:
        """Beside its destination and target."""
        assert repr(a_table(to("nat-0", "blackhole")).default_route) == "0.0.0.0/0 → nat-0 (blackhole)"

    def test_other_destinations_are_kept_as_they_are(self) -> None:
        """IPv6 blocks, prefix lists, and routes without any target."""
        found = a_table(
            {"DestinationIpv6CidrBlock": "::/0", "GatewayId": "igw-1"},
            {"DestinationPrefixListId": "pl-1", "GatewayId": "vpce-1"},
            {},
        ).routes[1:]
        assert [(one.destination, one.target) for one in found] == [("::/0", "igw-1"), ("pl-1", "vpce-1"), ("", "")]


class TestAssociations:
    def test_a_dissociated_subnet_does_not_follow_the_table(self) -> None:
        """Nor does one whose association failed or is being removed; an older answer has no state."""
        described = table("lab", subnets=["one", "two", "three"])
        described["Associations"][0]["AssociationState"] = {"State": "disassociated"}
        described["Associations"][1].pop("AssociationState")
        assert route_table(Fields(described, "table")).subnet_ids == ("subnet-two", "subnet-three")

    def test_the_main_table_is_main_while_it_is_associated(self) -> None:
        """Its association names no subnet."""
        main = a_table(main=True)
        assert (main.is_main, main.subnet_ids) == (True, ())
        assert not a_table(subnets=["one"]).is_main
        described = table("lab", main=True)
        described["Associations"][0]["AssociationState"] = {"State": "disassociating"}
        assert not route_table(Fields(described, "table")).is_main

    def test_it_is_called_by_its_name(self) -> None:
        """And belongs to a VPC."""
        found = a_table(Tags=[{"Key": "Name", "Value": "private"}])
        assert (repr(found), found.vpc_id) == ("route table private (rtb-lab)", "vpc-1")


class TestInternetGateways:
    @pytest.mark.parametrize(
        ("state", "counts"),
        [("available", True), ("attached", True), ("Available", True), ("attaching", False), ("detaching", False)],
    )
    def test_it_is_attached_once_that_is_done(self, state: str, counts: bool) -> None:
        """EC2 says available where its own model says attached."""
        assert an_internet_gateway(gateway("igw-1", "vpc-1", state=state)).attached_to == (("vpc-1",) if counts else ())

    def test_without_a_state_it_is_not(self) -> None:
        """Nothing is taken to be attached."""
        found = an_internet_gateway({"InternetGatewayId": "igw-1", "Attachments": [{"VpcId": "vpc-1"}]})
        assert (found.attached_to, repr(found)) == ((), "internet gateway igw-1")

    def test_it_is_called_by_its_name(self) -> None:
        """With its id."""
        tags = [{"Key": "Name", "Value": "lab"}]
        assert repr(an_internet_gateway({**gateway("igw-1"), "Tags": tags})) == "internet gateway lab (igw-1)"


class TestNatGateways:
    def test_a_plain_one_is_public_zonal_and_live(self) -> None:
        """With an Elastic IP, in its subnet and VPC."""
        one = a_nat()
        assert one.is_public
        assert one.has_elastic_ip
        assert one.is_live
        assert not one.is_regional
        assert (one.id, one.vpc_id, one.subnet_id, one.reason) == ("nat-1", "vpc-1", "subnet-public-1", "")
        assert repr(one) == "NAT gateway nat-1"
        assert repr(a_nat(Tags=[{"Key": "Name", "Value": "out"}])) == "NAT gateway out (nat-1)"

    def test_what_aws_leaves_out_is_nothing(self) -> None:
        """A gateway of which only the id is told is public and zonal, in no subnet and no state, without an address."""
        one = nat_gateway(Fields({"NatGatewayId": "nat-1"}, "gateway"))
        assert (one.vpc_id, one.subnet_id, one.state, one.reason) == ("", "", "", "")
        assert (one.is_public, one.is_regional, one.has_elastic_ip, one.is_live) == (True, False, False, False)

    def test_private_connectivity_and_regional_ones_are_told(self) -> None:
        """By AWS's own words."""
        assert not a_nat(ConnectivityType="private").is_public
        assert a_nat(ConnectivityType="public").is_public
        assert a_nat(AvailabilityMode="regional").is_regional
        assert not a_nat(AvailabilityMode="zonal").is_regional

    @pytest.mark.parametrize(
        ("addresses", "has"),
        [
            ([], False),
            ([{"PrivateIp": "10.0.0.1"}], False),
            ([{"PublicIp": "1.2.3.4"}], True),
            ([{"AllocationId": "eipalloc-1"}], True),
            ([{"PrivateIp": "10.0.0.1"}, {"PublicIp": "1.2.3.4"}], True),
        ],
    )
    def test_an_elastic_ip_is_an_allocation_or_a_public_address(self, addresses: list[Any], has: bool) -> None:
        """A private address is none."""
        assert a_nat(NatGatewayAddresses=addresses).has_elastic_ip is has

    @pytest.mark.parametrize(
        ("state", "live"),
        [("available", True), ("pending", True), ("deleting", False), ("deleted", False), ("failed", False)],
    )
    def test_a_deleted_one_carries_nothing(self, state: str, live: bool) -> None:
        """AWS lists it for an hour."""
        assert a_nat(state).is_live is live

    def test_one_with_a_failure_code_has_failed(self) -> None:
        """Whatever its state; its message is the reason, else its code."""
        one = a_nat("pending", FailureCode="Gateway.NotAttached")
        assert (one.state, one.is_live, one.reason) == ("failed", False, " (Gateway.NotAttached)")
        assert a_nat("failed", FailureCode="X", FailureMessage="no gateway").reason == " (no gateway)"

    def test_a_young_one_is_waited_for(self) -> None:
        """For a quarter of an hour, and only while it is pending."""
        young, old = "2026-11-20T09:50:00+00:00", "2026-11-20T09:40:00+00:00"
        assert a_nat("pending", CreateTime=young).is_pending(NOW)
        assert a_nat("pending").is_pending(NOW)
        assert not a_nat("pending", CreateTime=old).is_pending(NOW)
        assert not a_nat("available", CreateTime=young).is_pending(NOW)
