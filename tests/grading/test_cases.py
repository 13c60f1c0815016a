"""The verdicts: every kept case costs exactly what it must, whatever things are called and in whichever order."""

from __future__ import annotations

import json
import random
from fractions import Fraction
from typing import Any

import pytest

from grader.grading.pipeline import Graded
from grader.rubric import open_rubric
from tests.cases import Case, cases, failed_checks, golden, grade, grade_one, lost, manual, opened, patched

ALL = cases()


@pytest.fixture(scope="module")
def graded() -> dict[str, Graded]:
    """Every case, graded in one session."""
    return grade({case.id: case.document for case in ALL})


@pytest.mark.parametrize("case", ALL, ids=lambda case: case.id)
def test_a_case_loses_and_opens_exactly_what_it_names(case: Case, graded: dict[str, Graded]) -> None:
    """Every mutant loses points in exactly the items that it names, every variation keeps all."""
    result = graded[case.id]
    assert (lost(result), opened(result), manual(result)) == (dict(case.loses), dict(case.opens), case.manual)
    assert result.result.score == case.total


def test_the_correct_deployment_earns_exactly_ten() -> None:
    """golden.json is 10 of 10, with nothing open."""
    result = grade_one(golden()).result
    assert (result.score, result.max_score, result.open) == (Fraction(10), Fraction(10), Fraction(0))


@pytest.mark.parametrize("order", [0, *(pytest.param(order, marks=pytest.mark.exhaustive) for order in range(1, 11))])
def test_names_and_regions_are_free(order: int) -> None:
    """Each case costs the same under other names, in another region, with every list shuffled."""
    documents = {case.id: _shuffled(_renamed(case.document), random.Random(f"{case.id} {order}")) for case in ALL}
    graded = grade(documents)
    wrong = {
        case.id: (lost(graded[case.id]), opened(graded[case.id]), manual(graded[case.id]))
        for case in ALL
        if (lost(graded[case.id]), opened(graded[case.id]), manual(graded[case.id]))
        != (dict(case.loses), dict(case.opens), case.manual)
    }
    assert wrong == {}


def test_every_check_is_lost_by_a_case(graded: dict[str, Graded]) -> None:
    """No check is a tautology: each fails in some case (or, where it cannot fail, stays open in one)."""
    failed = frozenset().union(*(failed_checks(result) for result in graded.values()))
    left_to_people = {
        check.id
        for result in graded.values()
        for item in result.result.items
        for check in item.checks
        if check.outcome == "manual"
    }
    extra = {
        "M998": _without_egress(),
        "M997": _without_alias(),
        "M996": _load_balancer_with_default_group(),
        "M995": _without_metrics(),
        "M994": _cloudwatch_alone(),
        "M993": _only_inactive_cluster(),
    }
    failed |= frozenset().union(*(failed_checks(result) for result in grade(extra).values()))
    checks = {row.id for item in open_rubric().items for row in item.checks}
    assert checks - failed - left_to_people == set()


def test_faults_in_different_places_add_up() -> None:
    """Two independent faults cost the sum of what each costs."""
    graded = grade_one(patched("M141", "M212", "M061", "M023"))
    assert lost(graded) == {
        "1.4": Fraction("0.125"), "3.1": Fraction("0.2"), "4.6": Fraction("0.1"), "5.2": Fraction("0.1")
    }  # fmt: skip


def test_the_shares_of_every_item_sum_to_its_points(graded: dict[str, Graded]) -> None:
    """Earned, lost and open are the item's points, exactly, in every case."""
    for result in graded.values():
        for item in result.result.items:
            assert item.earned + item.lost + item.open == item.points


def test_a_fault_names_its_consequences() -> None:
    """What does not work because of another step says so."""
    items = {item.id: item for item in grade_one(patched("M187")).result.items}
    assert (items["5.4"].because_of, items["5.5"].because_of, items["4.7"].because_of) == ("4.7", "4.7", None)


def test_grading_twice_gives_the_same_score(graded: dict[str, Graded]) -> None:
    """The same evidence gives the same verdicts."""
    again = grade({case.id: case.document for case in ALL[:20]})
    for case in ALL[:20]:
        assert again[case.id].result.items == graded[case.id].result.items


def _renamed(document: dict[str, Any]) -> dict[str, Any]:
    text = json.dumps(document)
    for old, new in (
        ("eu-west-1", "eu-north-1"), ("euw1", "eun1"), ("sentiment-app-vpc", "v"), ("sentiment", "kowalska"),
        ("public-subnet", "net"), ("private-subnet", "net"), ("public-route-table", "table"),
        ("private-route-table", "table"), ("alb-sg", "g1"), ("resource-sg", "g2"), ("mlops-lab", "files-7"),
        ("mlops-admin", "jan"),
    ):  # fmt: skip
        text = text.replace(old, new)
    renamed: dict[str, Any] = json.loads(text)
    return renamed


def _shuffled(value: Any, dice: random.Random) -> Any:
    if isinstance(value, dict):
        return {key: _shuffled(inner, dice) for key, inner in value.items()}
    if isinstance(value, list):
        mixed = [_shuffled(inner, dice) for inner in value]
        dice.shuffle(mixed)
        return mixed
    return value


def _without_egress() -> dict[str, Any]:
    document = golden()
    document["calls"]["ec2.DescribeSecurityGroups"]["eu-west-1"][""]["response"]["SecurityGroups"][3][
        "IpPermissionsEgress"
    ] = []
    return document


def _without_alias() -> dict[str, Any]:
    document = golden()
    document["calls"]["iam.ListAccountAliases"]["global"][""]["response"]["AccountAliases"] = []
    return document


def _load_balancer_with_default_group() -> dict[str, Any]:
    document = golden()
    document["calls"]["elbv2.DescribeLoadBalancers"]["eu-west-1"][""]["response"]["LoadBalancers"][0][
        "SecurityGroups"
    ] = ["sg-0f0000000000000f0"]
    return document


def _without_metrics() -> dict[str, Any]:
    document = golden()
    for entry in document["calls"]["cloudwatch.ListMetrics"]["eu-west-1"].values():
        entry["response"]["Metrics"] = []
    for entry in document["calls"]["cloudwatch.GetMetricStatistics"]["eu-west-1"].values():
        entry["response"]["Datapoints"] = []
    return document


def _cloudwatch_alone() -> dict[str, Any]:
    document = golden()
    document["calls"]["ecs.DescribeServices"]["eu-west-1"] = {
        key: {
            "response": {"services": [{**service, "status": "DRAINING"} for service in entry["response"]["services"]]}
        }
        for key, entry in document["calls"]["ecs.DescribeServices"]["eu-west-1"].items()
    }
    return document


def _only_inactive_cluster() -> dict[str, Any]:
    document = golden()
    document["calls"]["ecs.DescribeClusters"]["eu-west-1"][""]["response"]["clusters"][0]["status"] = "INACTIVE"
    return document
