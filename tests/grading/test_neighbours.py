"""What else is in an account changes nothing: neighbours of every kind, at random, beside every kept case."""

from __future__ import annotations

import copy
import random
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import pytest

from grader.grading.pipeline import Graded
from tests.cases import Case, cases, grade
from tests.grading import leftovers

ELSEWHERE = ("ap-south-1", "ca-central-1")
"""Regions that no kept case uses."""
LISTED = ("ec2.Describe", "elbv2.Describe", "ecs.List")
"""Answers whose order means nothing."""
SETTLED = tuple(case for case in cases() if case.id != "U20")
"""Every kept case in which AWS answers at all: after the end of a lab session nothing else can be seen either."""
NEIGHBOURS: tuple[Callable[[dict[str, Any], str, int], object], ...] = (
    leftovers.network,
    leftovers.balancing,
    leftovers.containers,
    leftovers.repository,
)


def with_neighbours(case: Case, seed: int) -> dict[str, Any]:
    """The evidence of a case with one to four neighbours in its own region and in others, at the front or the end."""
    chance = random.Random(f"{case.id} {seed}")
    document = copy.deepcopy(case.document)
    regions = [*document["meta"]["regions"], *ELSEWHERE]
    for region in ELSEWHERE:
        document["meta"]["regions"].append(region)
        for operation in ("ec2.DescribeVpcs", "ecr.DescribeRepositories", "elbv2.DescribeLoadBalancers",
                          "elbv2.DescribeTargetGroups", "ecs.ListClusters", "ecs.ListTaskDefinitions"):  # fmt: skip
            document["calls"].setdefault(operation, {}).setdefault(region, {"": {"response": {}}})
    for number in range(1, chance.randint(2, 5)):
        chance.choice(NEIGHBOURS)(document, chance.choice(regions), number)
    if chance.random() < 0.5:
        for operation, answers in document["calls"].items():
            for keys in answers.values():
                for entry in keys.values():
                    for value in entry.get("response", {}).values():
                        if isinstance(value, list) and operation.startswith(LISTED):
                            value.reverse()
    return document


def compared(seed: int, which: tuple[Case, ...]) -> None:
    """No case loses more than alone, and a case of full marks keeps them all."""
    alone = grade({case.id: case.document for case in which})
    beside = grade({case.id: with_neighbours(case, seed) for case in which})
    worse = {
        (case.id, item.id, float(before.lost), float(item.lost))
        for case in which
        for item, before in zip(items(beside[case.id]), items(alone[case.id]), strict=True)
        if item.lost > before.lost
    }
    assert worse == set()
    changed = {
        case.id: float(beside[case.id].result.score)
        for case in which
        if not case.loses and not case.opens and beside[case.id].result.score != alone[case.id].result.score
    }
    assert changed == {}


def items(graded: Graded) -> Any:
    """The items of a result."""
    return graded.result.items


@pytest.mark.parametrize("seed", range(2))
def test_neighbours_change_nothing(seed: int) -> None:
    """Unrelated VPCs, balancers, services and repositories beside a part of the kept cases cost nothing."""
    compared(seed, SETTLED[seed::8])


@pytest.mark.exhaustive
@pytest.mark.parametrize("seed", range(2, 10))
def test_neighbours_never_change_anything(seed: int) -> None:
    """The same beside every kept case, with other neighbours."""
    compared(seed, SETTLED)


@pytest.mark.parametrize("kind", ["identity policy", "service control policy", "throttled"])
def test_a_refused_region_costs_nothing(kind: str) -> None:
    """A further region that refuses everything may open points where the graded set has no decisive sign."""
    from tests.grading.test_refusals_beside_leftovers import KINDS

    code, message = KINDS[kind]
    which = cases()[::6]
    documents = {}
    for case in which:
        document = copy.deepcopy(case.document)
        for operation, answers in document["calls"].items():
            if "us-west-2" in answers and operation.startswith(("ec2.", "ecs.", "ecr.", "elbv2.")):
                answers["ap-south-1"] = {"": {"error": {"Code": code, "Message": message}}}
        document["meta"]["regions_refused"] = ["ap-south-1"]
        documents[case.id] = document
    alone, beside = grade({case.id: case.document for case in which}), grade(documents)
    worse = {
        (case.id, item.id)
        for case in which
        for item, before in zip(items(beside[case.id]), items(alone[case.id]), strict=True)
        if item.lost > before.lost or item.earned < before.earned
    }
    assert worse == set()
    full = [case.id for case in which if not case.loses and not case.opens]
    assert [name for name in full if beside[name].result.open > alone[name].result.open] == []
    assert sum((graded.result.score for graded in beside.values()), Fraction(0)) > 0
