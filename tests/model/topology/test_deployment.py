"""The picture's data: what is broken is red at its place, what is right never is, and nothing stops it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from grader.model.roles import Role
from grader.model.topology.deployment import Topology, topology
from grader.model.topology.parts import Part, State
from grader.report.page.diagram import picture
from grader.report.page.diagram_boxes import Box
from tests.cases import cases, golden, grade, grade_one, patched
from tests.report.states import emptied

RED = (State.FAULTY, State.MISSING)


def parts(drawn: Topology) -> Iterator[Part]:
    """Every part of a picture."""
    yield from (drawn.vpc, drawn.public, drawn.private, *drawn.way_in, *drawn.way_out)
    yield from (subnet.part for subnet in drawn.subnets)


def red(drawn: Topology) -> set[str]:
    """The kinds of the parts that are broken or missing."""
    return {part.kind for part in parts(drawn) if part.state in RED}


@pytest.fixture(scope="module")
def drawn() -> dict[str, Topology]:
    """The picture of every kept case."""
    graded = grade({one.id: one.document for one in cases()})
    return {name: topology(one.lab) for name, one in graded.items()}


def test_what_costs_a_point_of_the_network_is_red_and_nothing_else_is(drawn: dict[str, Topology]) -> None:
    """For every kept case: something in the picture is red exactly if sections 4 or 5.3 to 5.4 lost a point."""
    for one in cases():
        costs = any(item.startswith("4.") or item in ("5.3", "5.4") for item in one.loses)
        assert bool(red(drawn[one.id])) == costs, one.title


@pytest.mark.parametrize(
    ("case", "kinds"),
    [
        ("M080", {"VPC"}),
        ("M081", {"VPC"}),
        ("M085", {"private subnets"}),
        ("M087", {"internet gateway"}),
        ("M100", {"public route table", "subnet"}),
        ("M102", {"main route table", "subnet"}),
        ("M112", {"main route table", "subnet"}),
        ("M122", {"NAT gateway", "private route table"}),
        ("M123", {"NAT gateway"}),
        ("M125", {"private route table"}),
        ("M141", {"security group"}),
        ("M150", {"security group"}),
        ("M170", {"target group"}),
        ("M176", {"load balancer"}),
        ("M182", {"listener", "task", "service"}),
        ("M187", {"load balancer", "listener", "task", "service"}),
        ("M236", {"service"}),
        ("M252", {"service"}),
    ],
)
def test_the_broken_hop_is_the_red_one(drawn: dict[str, Topology], case: str, kinds: set[str]) -> None:
    """One fault, one place: who looks at the picture sees where to mend."""
    assert red(drawn[case]) == kinds


def test_what_aws_would_not_say_is_unknown_and_not_missing(drawn: dict[str, Topology]) -> None:
    """Refused networking leaves question marks; what other services said of it stays."""
    refused = drawn["U08"]
    assert red(refused) == set()
    assert {refused.vpc.state, refused.internet_gateway.state, refused.nat_gateway.state} == {State.UNKNOWN}
    assert refused.target_group.state is State.FINE


def test_what_is_being_built_is_waited_for(drawn: dict[str, Topology]) -> None:
    """A service that starts its first task is neither red nor right."""
    assert drawn["U16"].service.state is State.PENDING


def test_an_empty_account_is_drawn_with_everything_missing() -> None:
    """Nothing at all is a picture too: every hop is missing, at its place."""
    empty = topology(grade_one(emptied(("eu-west-1",))).lab)
    assert {part.state for part in (*empty.way_in, *empty.way_out, empty.vpc, empty.public, empty.private)} == {
        State.MISSING
    }
    assert empty.subnets == ()


def test_six_subnets_stand_in_three_zones(drawn: dict[str, Topology]) -> None:
    """Three zones, each with a public and a private subnet."""
    assert drawn["V09"].zones == ("eu-west-1a", "eu-west-1b", "eu-west-1c")
    assert [s.role for s in drawn["V09"].subnets].count(Role.PUBLIC) == 3
    assert [s.role for s in drawn["V09"].subnets].count(Role.PRIVATE) == 3


def test_tasks_stand_in_the_subnet_of_their_address(drawn: dict[str, Topology]) -> None:
    """Two tasks, each in its own private subnet."""
    homes = {task.subnet_id for task in drawn["V63"].tasks}
    private = {subnet.id for subnet in drawn["V63"].subnets if subnet.role is Role.PRIVATE}
    assert homes == private


def test_other_vpcs_are_named_and_not_drawn(drawn: dict[str, Topology]) -> None:
    """Of several VPCs the graded one is drawn; own others stand before AWS's default ones."""
    assert drawn["V15"].others[0].startswith("test-vpc")
    assert drawn["V15"].others[1:] == tuple(f"default VPC in {r}" for r in ("eu-west-1", "us-east-1", "us-west-2"))


def overlapping(boxes: tuple[Box, ...]) -> list[tuple[Box, Box]]:
    """Pairs of boxes that cover each other in part; a chip within its subnet does not."""

    def apart(one: Box, other: Box) -> bool:
        return (
            one.x + one.width <= other.x
            or other.x + other.width <= one.x
            or one.bottom <= other.y
            or other.bottom <= one.y
        )

    def inside(one: Box, other: Box) -> bool:
        return (
            other.x <= one.x
            and one.x + one.width <= other.x + other.width
            and other.y <= one.y
            and one.bottom <= other.bottom
        )

    return [
        (one, other)
        for number, one in enumerate(boxes)
        for other in boxes[:number]
        if not apart(one, other) and not inside(one, other) and not inside(other, one)
    ]


def test_nothing_in_a_picture_covers_another_thing(drawn: dict[str, Topology]) -> None:
    """For every kept case: all boxes stand apart (or wholly within another), and within the picture."""
    for name, one in drawn.items():
        laid = picture(one)
        assert overlapping(laid.boxes) == [], name
        for box in (*laid.frames, *laid.boxes):
            assert box.x >= 0
            assert box.y >= 0
            assert box.x + box.width <= laid.width, name
            assert box.bottom <= laid.height, name


@pytest.mark.parametrize("subnets", [0, 1, 2, 3, 6, 12, 40])
def test_any_number_of_subnets_is_drawn_without_covering(subnets: int) -> None:
    """None to forty subnets in seven zones: they stand apart, and what has no room is counted."""
    document = golden()
    listed = document["calls"]["ec2.DescribeSubnets"]["eu-west-1"][""]["response"]
    own = [one for one in listed["Subnets"] if not one["DefaultForAz"]]
    listed["Subnets"] = [one for one in listed["Subnets"] if one["DefaultForAz"]] + [
        {
            **own[number % len(own)],
            "SubnetId": own[number]["SubnetId"] if number < len(own) else f"subnet-{number:017x}",
            "AvailabilityZone": f"eu-west-1{'abcdefg'[number % 7]}",
        }
        for number in range(subnets)
    ]
    drawn = topology(grade_one(document).lab)
    laid = picture(drawn)
    assert overlapping(laid.boxes) == []
    counted = len(drawn.subnets) + sum(int(words.split()[0]) for words in drawn.more if "subnet" in words)
    assert counted == subnets


def test_several_faults_are_red_together() -> None:
    """Each fault keeps its place when there are others."""
    both = topology(grade_one(patched("M100", "M182", "M141")).lab)
    assert red(both) == {"public route table", "subnet", "listener", "task", "service", "security group"}
