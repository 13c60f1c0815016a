"""A refusal never costs a point, whatever else is in the account."""

from __future__ import annotations

from typing import Any

import pytest

from grader.grading.pipeline import Graded
from tests.cases import golden, grade, grade_one, lost
from tests.grading import leftovers

KINDS = {
    "identity policy": ("AccessDeniedException", "because no identity-based policy allows the action"),
    "service control policy": ("UnauthorizedOperation", "with an explicit deny in a service control policy"),
    "lab sandbox": ("AccessDenied", "assumed-role/voclabs/user1 is not authorized to perform the action"),
    "throttled": ("ThrottlingException", "Rate exceeded"),
    "no answer": ("NoAnswer", "Connection timed out"),
}
LAB = "eu-west-1"
OTHER = "us-east-1"
THIRD = "us-west-2"
OPERATIONS = sorted(golden()["calls"])


def refused(document: dict[str, Any], operation: str, region: str, kind: str) -> dict[str, Any]:
    """A document with one operation refused in one region."""
    code, message = KINDS[kind]
    for key in document["calls"].get(operation, {}).get(region, {}):
        error = {"Code": code, "Message": message, "HTTPStatusCode": 403}
        document["calls"][operation][region][key] = {"error": error}
    return document


def beside(operation: str, region: str, kind: str) -> dict[str, Any]:
    """The correct deployment with one operation refused in ``region``, and a leftover of its kind elsewhere."""
    document = golden()
    leftovers.of_kind(document, operation.partition(".")[0], THIRD if region == OTHER else OTHER)
    return refused(document, operation, region, kind)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("region", [LAB, OTHER])
def test_a_refused_question_costs_nothing_beside_a_leftover(region: str, kind: str) -> None:
    """Every operation of the kept evidence, refused in the lab's region or in another, with a leftover elsewhere."""
    calls = golden()["calls"]
    documents = {one: beside(one, region, kind) for one in OPERATIONS if region in calls[one] or region == LAB}
    for operation in OPERATIONS:
        if "global" in calls[operation]:
            documents[operation] = refused(golden(), operation, "global", kind)
    assert {name: lost(graded) for name, graded in grade(documents).items() if lost(graded)} == {}


@pytest.mark.parametrize("kind", KINDS)
def test_a_refused_question_leaves_no_point_without_a_reason(kind: str) -> None:
    """Each check that is open because of a refusal names the IAM action, or what was not asked because of it."""
    documents = {one: beside(one, LAB, kind) for one in OPERATIONS}
    silent = {
        (name, check.id)
        for name, graded in grade(documents).items()
        for item in graded.result.items
        for check in item.checks
        if check.outcome == "unverified" and not any(refusal.action for refusal in check.refusals)
    }
    assert silent == set()


def closed(region: str, kind: str) -> dict[str, Any]:
    """The correct deployment with everything in a region refused, as collecting keeps it."""
    document = golden()
    for operation in OPERATIONS:
        refused(document, operation, region, kind)
    document["meta"]["regions"].remove(region)
    document["meta"]["regions_refused"] = [region]
    return document


@pytest.mark.parametrize("kind", ["identity policy", "throttled", "no answer"])
def test_a_region_that_this_caller_may_not_read_is_open(kind: str) -> None:
    """What may be in it is not lost, and the reader is told before the score."""
    result = grade_one(closed(LAB, kind)).result
    assert result.lost == 0
    assert result.score < 4
    assert any("eu-west-1" in notice for notice in result.notices)


def test_a_region_that_nobody_may_use_holds_nothing() -> None:
    """Where a service control policy closes a region to everybody, the lab is not in it: what is missing is missing."""
    result = grade_one(closed(LAB, "service control policy")).result
    assert result.lost > 6


def test_in_the_learner_lab_only_its_regions_count() -> None:
    """A refused region outside us-east-1 and us-west-2 hides nothing there."""
    document = golden()
    document["meta"]["environment"] = "academy"
    document["meta"]["regions_refused"] = ["eu-central-1"]
    del document["calls"]["ecr.DescribeRepositories"]["eu-west-1"][""]["response"]["repositories"][0]
    assert lost(grade_one(document)).get("3.1")


def test_unlisted_regions_leave_what_is_missing_open() -> None:
    """Without ec2:DescribeRegions and account:ListRegions nobody knows where else the lab may be."""
    document = refused(golden(), "ec2.DescribeRegions", "global", "identity policy")
    refused(document, "account.ListRegions", "global", "identity policy")
    for operation in OPERATIONS:
        document["calls"][operation].pop(LAB, None)
    document["meta"]["regions"].remove(LAB)
    result = grade_one(document).result
    assert result.lost == 0
    assert any("ec2:DescribeRegions" in notice for notice in result.notices)


def test_a_refusal_does_not_hide_what_has_a_decisive_sign() -> None:
    """With the service in its VPC, a fault of the lab is lost although another region was refused."""
    document = closed(THIRD, "identity policy")
    for table in document["calls"]["ec2.DescribeRouteTables"][LAB][""]["response"]["RouteTables"]:
        table["Routes"] = [route for route in table["Routes"] if not route.get("NatGatewayId")]
    graded: Graded = grade_one(document)
    assert {item: float(value) for item, value in lost(graded).items()} == {"4.5": 0.125}
