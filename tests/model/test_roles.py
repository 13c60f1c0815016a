"""Roles of subnets: told from routes, kept by what is in them where one route misleads."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from grader.model.roles import Role, Signs, WayOut, role_of, roles

IGW, NAT, OTHER, NONE = WayOut.INTERNET_GATEWAY, WayOut.NAT, WayOut.OTHER, WayOut.NONE
PUBLIC, PRIVATE = Role.PUBLIC, Role.PRIVATE


def subnet(identifier: str, zone: str, way_out: WayOut, **more: Any) -> Signs:
    """A subnet without a name that is associated with a table of its kind."""
    more = {"table": way_out.name, "is_associated": True, **more}
    return Signs(identifier, zone, way_out, **more)


def found(*subnets: Signs) -> Mapping[str, Role]:
    """The roles of the subnets of one VPC."""
    return roles(subnets)


def pair(way_out: WayOut, *names: str, **more: Any) -> tuple[Signs, Signs]:
    """Two subnets in two zones with one table."""
    first, second = names
    return subnet(first, "a", way_out, **more), subnet(second, "b", way_out, **more)


@pytest.mark.parametrize(("way_out", "role"), [(IGW, PUBLIC), (NAT, PRIVATE), (OTHER, PRIVATE), (NONE, PRIVATE)])
def test_without_other_signs_the_route_decides(way_out: WayOut, role: Role) -> None:
    """A default route to an internet gateway makes a subnet public, none and any other makes it private."""
    assert role_of(subnet("s", "a", way_out)) is role


@pytest.mark.parametrize("way_out", [IGW, NAT, OTHER, NONE])
@pytest.mark.parametrize("named", [PUBLIC, PRIVATE])
def test_a_name_decides_against_one_wrong_route(way_out: WayOut, named: Role) -> None:
    """A subnet that is called public stays so without its route, and one that is called private with a wrong one."""
    assert role_of(subnet("s", "a", way_out, named=named)) is named


@pytest.mark.parametrize(
    ("way_out", "signs", "role"),
    [
        (NONE, {"has_nat": True}, PUBLIC),
        (NONE, {"has_front": True}, PUBLIC),
        (NONE, {"maps_public_ip": True}, PRIVATE),
        (IGW, {"tasks": PRIVATE}, PRIVATE),
        (IGW, {"tasks": PUBLIC}, PUBLIC),
        (NAT, {"tasks": PUBLIC}, PRIVATE),
        (NAT, {"has_front": True}, PRIVATE),
        (NAT, {"has_front": True, "maps_public_ip": True}, PRIVATE),
        (IGW, {"tasks": PRIVATE, "has_front": True}, PUBLIC),
        (NAT, {"tasks": PRIVATE, "named": PUBLIC}, PRIVATE),
        (IGW, {"named": PRIVATE, "has_front": True, "has_nat": True}, PUBLIC),
        (NAT, {"has_nat": True}, PRIVATE),
        (OTHER, {"maps_public_ip": True, "tasks": PUBLIC}, PRIVATE),
        (IGW, {"tasks": PRIVATE, "maps_public_ip": True}, PUBLIC),
        (NAT, {"maps_public_ip": True, "has_nat": True}, PRIVATE),
    ],
)
def test_what_is_in_a_subnet_decides_where_route_and_intent_contradict(
    way_out: WayOut, signs: Mapping[str, Any], role: Role
) -> None:
    """A NAT gateway or load balancer keeps a subnet public, tasks without public addresses keep it private."""
    assert role_of(subnet("s", "a", way_out, **signs)) is role


def test_a_plain_deployment_has_two_of_each() -> None:
    """Without any name, the routes tell the two pairs apart."""
    assert found(*pair(IGW, "p1", "p2"), *pair(NAT, "q1", "q2")) == {
        "p1": PUBLIC, "p2": PUBLIC, "q1": PRIVATE, "q2": PRIVATE,
    }  # fmt: skip


def test_a_forgotten_association_is_a_fault_of_the_table() -> None:
    """A second public subnet that follows the main table stays public, as the pair would lack it."""
    subnets = (
        subnet("p1", "a", IGW),
        subnet("p2", "b", NONE, table="main", is_associated=False),
        *pair(NAT, "q1", "q2"),
    )
    assert found(*subnets)["p2"] is PUBLIC


def test_a_public_table_without_its_route_keeps_its_subnets_public() -> None:
    """The subnet beside the NAT gateway's, of the same table, is public like it."""
    subnets = (subnet("p1", "a", NONE, has_nat=True), subnet("p2", "b", NONE), *pair(NAT, "q1", "q2"))
    assert found(*subnets) == {"p1": PUBLIC, "p2": PUBLIC, "q1": PRIVATE, "q2": PRIVATE}


def test_a_public_table_that_leads_to_the_nat_gateway_keeps_its_subnets_public() -> None:
    """The NAT gateway is in a subnet of the table that leads to it by mistake."""
    subnets = (
        subnet("p1", "a", NAT, table="public", has_nat=True),
        subnet("p2", "b", NAT, table="public"),
        *pair(NAT, "q1", "q2"),
    )
    assert found(*subnets) == {"p1": PUBLIC, "p2": PUBLIC, "q1": PRIVATE, "q2": PRIVATE}


def test_a_private_table_with_the_public_route_keeps_its_subnets_private() -> None:
    """Two tables lead to the internet gateway: the one without load balancer and NAT gateway is the private one."""
    subnets = (*pair(IGW, "p1", "p2", table="one", has_front=True), *pair(IGW, "q1", "q2", table="two"))
    assert found(*subnets) == {"p1": PUBLIC, "p2": PUBLIC, "q1": PRIVATE, "q2": PRIVATE}


def test_one_private_subnet_on_the_public_table_stays_private() -> None:
    """A wrong association leaves the pair as it was meant."""
    subnets = (*pair(IGW, "p1", "p2", has_front=True), subnet("q1", "a", NAT), subnet("q2", "b", IGW))
    assert found(*subnets)["q2"] is PRIVATE


def test_before_any_route_exists_each_zone_has_one_of_each() -> None:
    """Four subnets in two zones without any default route are two public and two private ones."""
    subnets = [
        subnet(name, zone, NONE, table="main", is_associated=False)
        for name, zone in (("1", "a"), ("2", "b"), ("3", "a"), ("4", "b"))
    ]
    assert sorted(roles(subnets).values()) == [PRIVATE, PRIVATE, PUBLIC, PUBLIC]


@pytest.mark.parametrize(
    "subnets",
    [
        pair(IGW, "1", "2") + pair(IGW, "3", "4"),
        pair(IGW, "1", "2", tasks=PUBLIC) + pair(IGW, "3", "4", tasks=PUBLIC),
        pair(IGW, "1", "2", table="main", is_associated=False) + pair(IGW, "3", "4", table="main"),
    ],
)
def test_subnets_that_all_follow_one_public_table_are_all_public(subnets: tuple[Signs, ...]) -> None:
    """Nothing tells a private pair where all follow one table to the internet gateway."""
    assert set(found(*subnets).values()) == {PUBLIC}


@pytest.mark.parametrize(
    "others",
    [
        (*pair(NAT, "2", "3"), subnet("4", "b", NAT)),
        (*pair(NAT, "2", "3", named=PRIVATE), subnet("4", "b", NONE, named=PRIVATE)),
        (*pair(NAT, "2", "3"), subnet("4", "b", NONE, tasks=PRIVATE)),
        (*pair(NAT, "2", "3"), subnet("4", "b", NONE, table="isolated")),
    ],
)
def test_a_subnet_that_was_never_made_is_not_made_up(others: tuple[Signs, ...]) -> None:
    """One public subnet beside three that are private on purpose stays one."""
    roles_found = found(subnet("1", "a", IGW), *others)
    assert [name for name, role in roles_found.items() if role is PUBLIC] == ["1"]


def test_awss_own_subnets_complete_no_pair() -> None:
    """The subnets that AWS makes in a default VPC take no part."""
    own = pair(NAT, "q1", "q2")
    defaults = [subnet(f"d{zone}", zone, IGW, is_default=True, is_associated=False) for zone in "ab"]
    assert found(*own, *defaults) == {"q1": PRIVATE, "q2": PRIVATE, "da": PUBLIC, "db": PUBLIC}


@pytest.mark.parametrize(
    ("signs", "role"),
    [
        ({}, PRIVATE),
        ({"named": PRIVATE, "has_front": True}, PRIVATE),
        ({"tasks": PRIVATE, "maps_public_ip": True}, PRIVATE),
        ({"maps_public_ip": True}, PUBLIC),
        ({"has_nat": True}, PUBLIC),
        ({"has_front": True}, PUBLIC),
        ({"named": PUBLIC}, PUBLIC),
        ({"table": "IGW2", "way_out": OTHER}, PRIVATE),
    ],
)
def test_the_second_public_subnet_is_told_by_what_is_in_it(signs: Mapping[str, Any], role: Role) -> None:
    """Its own table leads to the NAT gateway by mistake: one sign of a public subnet keeps it public."""
    more = {"way_out": NAT, "table": "mistaken", **signs}
    subnets = (subnet("p1", "a", IGW), subnet("p2", "b", **more), *pair(NAT, "q1", "q2", named=PRIVATE))
    assert found(*subnets)["p2"] is role


def test_a_second_public_subnet_may_share_the_table_that_lacks_its_route() -> None:
    """A table of its own without any route is no public one; that of a public subnet is, for both."""
    private = pair(NAT, "q1", "q2")
    shared = (subnet("p1", "a", NONE, table="one", has_nat=True), subnet("p2", "b", NONE, table="one"))
    assert found(*shared, *private)["p2"] is PUBLIC
    apart = (subnet("p1", "a", NONE, table="one", has_nat=True), subnet("p2", "b", NONE, table="two"))
    assert found(*apart, *private)["p2"] is PRIVATE


def test_every_public_subnet_of_a_table_that_lacks_its_route_stays_public() -> None:
    """Not only as many as complete the pair."""
    table = [subnet(name, zone, NONE, table="m", maps_public_ip=True) for name, zone in (("p2", "b"), ("p3", "c"))]
    told = found(subnet("p1", "a", IGW), *table, *pair(NAT, "q1", "q2"))
    assert (told["p2"], told["p3"]) == (PUBLIC, PUBLIC)


def test_before_any_route_exists_a_table_of_its_own_may_be_the_public_one() -> None:
    """Beside the subnet of the NAT gateway, the first table is taken; with a route elsewhere none is."""
    tables = [subnet("p2", "b", NONE, table="two"), *pair(NONE, "q1", "q2", table="three")]
    assert found(subnet("p1", "a", NONE, table="one", has_nat=True), *tables) == {
        "p1": PUBLIC, "p2": PUBLIC, "q1": PRIVATE, "q2": PRIVATE,
    }  # fmt: skip


def test_a_repair_leaves_two_zones_for_the_other_role() -> None:
    """What would complete one pair by breaking the other is no mistake of a route."""
    subnets = (subnet("p1", "a", IGW), subnet("q1", "a", NAT), subnet("q2", "b", NONE, table="m", is_associated=False))
    assert found(*subnets) == {"p1": PUBLIC, "q1": PRIVATE, "q2": PRIVATE}


def test_a_pair_that_is_complete_is_left_as_it_is() -> None:
    """A third subnet without a route beside two public ones is nobody's public subnet."""
    third = subnet("s", "c", NONE, table="main", is_associated=False)
    assert found(*pair(IGW, "p1", "p2"), *pair(NAT, "q1", "q2"), third)["s"] is PRIVATE


@pytest.mark.parametrize("signs", [{"named": PUBLIC}, {"has_front": True}, {"has_nat": True}, {"tasks": PUBLIC}])
def test_what_is_public_by_intent_is_not_made_private(signs: Mapping[str, Any]) -> None:
    """Where a second private subnet is lacking, a subnet that serves the public is not taken for it."""
    public = (*pair(IGW, "p1", "p2", has_front=True), subnet("s", "b", IGW, table="own", **signs))
    assert found(*public, subnet("q1", "a", NAT))["s"] is PUBLIC


def test_the_subnet_without_public_addresses_is_the_private_one() -> None:
    """Of the subnets that follow the public table, the one that maps public addresses is not the mistaken one."""
    subnets = (
        *pair(IGW, "p1", "p2", maps_public_ip=True),
        subnet("s", "b", IGW, maps_public_ip=True),
        subnet("q1", "a", NAT),
    )
    assert found(*subnets)["s"] is PUBLIC


def test_the_strongest_signs_tell_which_subnet_is_the_mistaken_one() -> None:
    """Of two that could complete a pair, the one that more speaks for, whatever the order."""
    mapped = subnet("m", "b", NONE, table="one", maps_public_ip=True)
    nat = subnet("n", "b", NONE, table="two", has_nat=True, named=PRIVATE)
    front = subnet("f", "b", NAT, table="three", has_front=True)
    private = pair(NAT, "q1", "q2", named=PRIVATE)
    for order in ((mapped, front), (front, mapped)):
        told = found(subnet("p1", "a", IGW), *order, *private)
        assert (told["f"], told["m"]) == (PUBLIC, PRIVATE)
    assert found(subnet("p1", "a", IGW), nat, *private)["n"] is PRIVATE
    mistaken = subnet("t", "b", IGW, table="x", tasks=PRIVATE, maps_public_ip=True)
    plain = subnet("u", "b", IGW, table="y")
    front_pair = pair(IGW, "p1", "p2", has_front=True)
    for order in ((mistaken, plain), (plain, mistaken)):
        told = found(*front_pair, *order, subnet("q1", "a", NAT))
        assert (told["t"], told["u"]) == (PUBLIC, PRIVATE)


def test_without_a_private_subnet_two_tables_tell_the_pairs_apart() -> None:
    """Where all follow the internet gateway, a table of its own is the private one; one table for all is not."""
    one = (*pair(IGW, "p1", "p2", table="one", has_front=True), *pair(IGW, "q1", "q2", table="one"))
    assert set(found(*one).values()) == {PUBLIC}
