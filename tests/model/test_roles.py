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
