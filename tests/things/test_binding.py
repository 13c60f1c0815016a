"""Which thing is taken, why not another, and what a refusal, an absence or a leftover does to the rows."""

from __future__ import annotations

from pathlib import Path

import pytest

from grader.errors import RubricError, UsageError
from tests.labs.conftest import graded
from tests.things.lab import DENIED, account, found, rubric, said, vpc, web

RIGHT = ["passed", "passed", "passed"]


def test_a_lab_in_any_region_is_found(tmp_path: Path) -> None:
    """Where a region is not named, the lab may be in each."""
    lab = rubric(tmp_path)
    assert said(lab, account({"us-east-1": ([], []), "eu-west-1": ([vpc(1)], [web(1, 1)])})) == RIGHT


def test_the_consistent_set_that_earns_most_counts(tmp_path: Path) -> None:
    """Of two VPCs of one name that with the right server is graded, whatever their order; parts are never mixed."""
    lab = rubric(tmp_path)
    right, leftover = vpc(1), vpc(2, block="10.9.0.0/16")
    for vpcs in ([right, leftover], [leftover, right]):
        assert said(lab, account({"us-east-1": (vpcs, [web(1, 1), web(2, 2, kind="t3.large")])})) == RIGHT
    mixed = account({"us-east-1": ([right, leftover], [web(2, 2)])})
    assert sorted(said(lab, mixed)) == ["failed", "passed", "passed"]
    result = graded(lab, mixed).result
    assert result.bindings["vpc"].id == "vpc-2"
    assert result.bindings["vpc"].runner_up == "VPC lab (vpc-1)"


def test_a_server_of_another_vpc_or_region_is_not_the_labs(tmp_path: Path) -> None:
    """A join leads to what belongs to the thing, even where another one has the right name."""
    lab = rubric(tmp_path)
    assert said(lab, account({"us-east-1": ([vpc(1), vpc(2, "other")], [web(1, 2)])})) == ["passed", "failed", "failed"]
    apart = account({"us-east-1": ([vpc(1)], []), "eu-west-1": ([], [web(1, 1)])})
    assert said(lab, apart) == ["passed", "failed", "failed"]


def test_bind_names_a_thing(tmp_path: Path) -> None:
    """--bind takes a thing by id or name, whatever its conditions are, and its parts follow."""
    lab = rubric(tmp_path)
    document = account({"us-east-1": ([vpc(1), vpc(2, "other")], [web(1, 1), web(2, 2, kind="t3.large")])})
    assert said(lab, document, vpc="vpc-2") == ["passed", "failed", "passed"]
    assert said(lab, document, vpc="other") == ["passed", "failed", "passed"]
    with pytest.raises(UsageError, match="vpc-3"):
        graded(lab, document, vpc="vpc-3")
    with pytest.raises(UsageError, match="vcp"):
        graded(lab, document, vcp="vpc-1")


def test_prefer_decides_between_those_that_fit(tmp_path: Path) -> None:
    """A stopped leftover is not taken where a running one is preferred, but it is where there is no other."""
    things = """
  web:
    list: ec2.DescribeInstances
    each: "Reservations[].Instances[]"
    where: {"tag:Name": web}
    prefer: {State.Name: running}
"""
    lab = rubric(tmp_path, things, '\n  - {id: "1", title: t, of: web, expect: {InstanceType: t3.micro}}\n')
    stopped, running = web(1, 1, state="stopped"), web(2, 1, kind="t3.large")
    assert said(lab, account({"us-east-1": ([], [stopped, running])})) == ["failed"]
    assert said(lab, account({"us-east-1": ([], [stopped])})) == ["passed"]


def test_the_message_names_the_nearest(tmp_path: Path) -> None:
    """What there is instead is named, with what is other about it."""
    lab = rubric(tmp_path)
    document = account({"us-east-1": ([vpc(1)], [web(1, 1, "web1"), web(2, 1, "test")])})
    assert found(lab, document, "2") == (
        "There is no instance named web of VPC lab (vpc-1); there are instance web1 (i-1) and instance test (i-2)."
    )
    assert (
        found(lab, account({"us-east-1": ([vpc(1, "lb")], [])}), "1")
        == "There is no VPC named lab; there is VPC lb (vpc-1)."
    )


def test_nothing_earns_nothing(tmp_path: Path) -> None:
    """In an empty account every row is lost, and none is open."""
    assert said(rubric(tmp_path), account({"us-east-1": ([], [])})) == ["failed"] * 3


@pytest.mark.parametrize("operation", ["ec2.DescribeVpcs", "ec2.DescribeInstances", "ec2.DescribeInstanceAttribute"])
def test_a_refusal_never_costs_a_point(tmp_path: Path, operation: str) -> None:
    """What rests on a refused question is open; what does not is judged."""
    document = account({"us-east-1": ([vpc(1)], [web(1, 1)])})
    keys = document["calls"][operation]["us-east-1"]
    document["calls"][operation]["us-east-1"] = dict.fromkeys(keys, DENIED)
    outcomes = said(rubric(tmp_path), document)
    assert "failed" not in outcomes
    assert "unverified" in outcomes


def test_a_refused_region_may_hide_the_right_one(tmp_path: Path) -> None:
    """A wrong lab in one region is not charged where another region was refused; a right one still earns."""
    lab = rubric(tmp_path)
    wrong = account({"us-east-1": ([vpc(1, block="10.9.0.0/16")], []), "eu-west-1": ([], [])})
    wrong["calls"]["ec2.DescribeVpcs"]["eu-west-1"][""] = DENIED
    assert said(lab, wrong)[0] == "unverified"
    right = account({"us-east-1": ([vpc(1)], [web(1, 1)]), "eu-west-1": ([], [])})
    right["calls"]["ec2.DescribeVpcs"]["eu-west-1"][""] = DENIED
    assert said(lab, right) == RIGHT


def test_what_is_being_made_is_pending(tmp_path: Path) -> None:
    """A state on the way to the expected one is waited for, and another one is lost."""
    items = '\n  - {id: "1", title: t, of: web, expect: {State.Name: running}}\n'
    lab = rubric(tmp_path, items=items)
    assert said(lab, account({"us-east-1": ([vpc(1)], [web(1, 1, state="pending")])})) == ["pending"]
    assert said(lab, account({"us-east-1": ([vpc(1)], [web(1, 1, state="stopped")])})) == ["failed"]


def test_a_pattern_without_end_costs_one_row(tmp_path: Path) -> None:
    """A regular expression that does not end leaves its row open, with file, line and account; the rest is judged."""
    items = """
  - {id: "1", title: t, of: vpc, expect: {CidrBlock: 10.0.0.0/16}}
  - {id: "2", title: t, of: web, expect: {ImageId: {matches: "(a|aa)+$"}}}
"""
    lab = rubric(tmp_path, items=items)
    server = {**web(1, 1), "ImageId": "a" * 5000 + "b"}
    document = account({"us-east-1": ([vpc(1)], [server])})
    assert said(lab, document) == ["passed", "unverified"]
    assert "rubric.yaml:" in found(lab, document, "2")
    assert "123456789012" in found(lab, document, "2")


def test_an_author_says_what_is_wrong(tmp_path: Path) -> None:
    """``say`` and ``fix`` are read instead of the words of the program."""
    row = '{of: vpc, expect: {CidrBlock: 10.0.0.0/8}, say: "{CidrBlock} is small.", fix: Enlarge it.}'
    items = f'\n  - {{id: "1", title: t, checks: [{row}]}}\n'
    result = graded(rubric(tmp_path, items=items), account({"us-east-1": ([vpc(1)], [])})).result
    assert result.items[0].checks[0].found == "10.0.0.0/16 is small."
    assert result.items[0].checks[0].hint == "Enlarge it."


def test_values_for_each_student(tmp_path: Path) -> None:
    """A parameter is the value that was given, else its default; one without either is named."""
    from grader.rubric import open_rubric

    things = '\n  vpc: {list: ec2.DescribeVpcs, each: "Vpcs[]", where: {"tag:Name": "lab-{team}"}}\n'
    items = '\n  - {id: "1", title: "VPC of team {team}", of: vpc, expect: {CidrBlock: $block}}\n'
    more = "parameters: {team: {about: number of the team}, block: {default: 10.0.0.0/16}}\n"
    with pytest.raises(RubricError, match="--set team=VALUE"):
        rubric(tmp_path, things, items, more)
    document = account({"us-east-1": ([vpc(1, "lab-7")], [])})
    assert said(open_rubric(tmp_path / "rubric.yaml", {"team": "7"}), document) == ["passed"]
    assert said(open_rubric(tmp_path / "rubric.yaml", {"team": "8"}), document) == ["failed"]
    with pytest.raises(UsageError, match="tema"):
        open_rubric(tmp_path / "rubric.yaml", {"tema": "7"})


def test_many_candidates_end_soon(tmp_path: Path) -> None:
    """Twelve leftovers of each thing are judged without trying every way to combine what has nothing in common."""
    vpcs = [vpc(number) for number in range(12)]
    webs = [web(10 * one + other, one, kind="t3.large") for one in range(12) for other in range(12)]
    webs.append(web(999, 7))
    assert said(rubric(tmp_path), account({"us-east-1": (vpcs, webs)})) == RIGHT


def test_a_missing_thing_is_charged_where_it_belongs(tmp_path: Path) -> None:
    """Rows that wait for a thing name the item of that thing as their cause, and it has none."""
    items = graded(rubric(tmp_path), account({"us-east-1": ([], [])})).result.items
    assert [item.because_of for item in items] == [None, "1", "1"]


def test_what_is_nested_too_deep_costs_one_row(tmp_path: Path) -> None:
    """A document of a thousand levels ends no run."""
    things = '\n  vpc: {list: ec2.DescribeVpcs, each: "Vpcs[]"}\n'
    items = """
  - {id: "1", title: t, of: vpc, expect: {CidrBlock: 10.0.0.0/16}}
  - {id: "2", title: t, of: vpc, expect: {json(Note): {ignoring_case: x}}}
"""
    document = account({"us-east-1": ([{**vpc(1), "Note": "[" * 900 + "]" * 900}], [])})
    assert said(rubric(tmp_path, things, items), document)[0] == "passed"
