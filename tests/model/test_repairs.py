"""Which resource a repair starts from: the one that leads astray, and none where everything is right."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from grader.evidence import Evidence
from grader.model import repairs
from grader.model.lab import candidates
from grader.model.vpcs import Vpc
from tests.cases import LAB, golden, patched
from tests.model.networks import MAIN, PRIVATE, PRIVATE_TABLE, PUBLIC, PUBLIC_TABLE, table, to, vpc

FAULTS = (
    repairs.stray_public_table, repairs.stray_public_subnet, repairs.misrouted_public_table,
    repairs.exposed_private_table, repairs.exposed_private_subnet,
)  # fmt: skip


@pytest.mark.parametrize("find", FAULTS)
def test_a_correct_network_has_nothing_astray(find: Callable[[Vpc], str]) -> None:
    """No table and no subnet of a correct deployment is offered as the one to change."""
    assert find(candidates(Evidence(golden()), LAB).labs[0].vpc) == ""


@pytest.mark.parametrize(
    ("case", "find", "identifier"),
    [
        ("M100", repairs.stray_public_table, "rtb-0c1111111111111c1"),
        ("M100", repairs.good_public_table, ""),
        ("M100", repairs.misrouted_public_table, ""),
        ("M101", repairs.misrouted_public_table, "rtb-0c1111111111111c1"),
        ("M102", repairs.stray_public_subnet, "subnet-0a2222222222222a2"),
        ("M102", repairs.good_public_table, "rtb-0c1111111111111c1"),
        ("M110", repairs.exposed_private_table, "rtb-0c2222222222222c2"),
        ("M112", repairs.exposed_private_subnet, "subnet-0b1111111111111b1"),
        ("M112", repairs.exposed_private_table, ""),
        ("M113", repairs.private_table, "rtb-0c0000000000000c0"),
        ("M122", repairs.live_nat_gateway, ""),
        ("M125", repairs.misrouted_private_table, ""),
    ],
)
def test_a_fault_names_its_own_resource(case: str, find: Callable[[Vpc], str], identifier: str) -> None:
    """A table without a route, one with a wrong route and a subnet without a table are told apart."""
    assert find(candidates(Evidence(patched(case)), LAB).labs[0].vpc) == identifier


@pytest.mark.parametrize(("case", "there"), [("M182", True), ("M179", False)])
def test_the_listener_on_http_80_is_found_wherever_it_forwards(case: str, there: bool) -> None:
    """A listener that exists is changed; where there is none, none is named."""
    assert bool(repairs.http_listener(candidates(Evidence(patched(case)), LAB).labs[0].load_balancer, 80)) is there


def test_the_private_table_is_not_the_main_one_if_there_is_another() -> None:
    """The main one where private subnets follow it alone; none where there is no table."""
    subnets = (*PUBLIC, *PRIVATE)
    assert repairs.private_table(vpc(tables=(MAIN, PUBLIC_TABLE, PRIVATE_TABLE), subnets=subnets)) == "rtb-private"
    one = table("private", to("nat-1"), subnets=["private-2"])
    assert repairs.private_table(vpc(tables=(MAIN, PUBLIC_TABLE, one), subnets=subnets)) == "rtb-private"
    assert repairs.private_table(vpc(tables=(MAIN, PUBLIC_TABLE), subnets=subnets)) == "rtb-main"
    assert repairs.private_table(vpc()) == ""
