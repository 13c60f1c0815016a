"""Regions: one that only this caller may not read may hold the lab; one that is closed to everybody may not."""

from __future__ import annotations

from typing import Any

import pytest

from grader.evidence import Evidence
from grader.evidence.regions import Regions, regions_of

DENIED = {"Code": "AccessDenied", "Message": "no identity-based policy allows the action"}
SCP = {"Code": "AccessDenied", "Message": "with an explicit deny in a service control policy"}
SANDBOX = {"Code": "AccessDenied", "Message": "assumed-role/voclabs/user1 is not authorized"}
OFF = {"Code": "OptInRequired", "Message": ""}
STRANGE = {"Code": "ValidationError", "Message": ""}
ABSENT = {"Code": "ResourceNotFoundException", "Message": ""}


def regions(refused: dict[str, list[Any]], *, calls: dict[str, Any] | None = None, **meta: Any) -> Regions:
    """The regions of an account whose home answered, with what each refused one said; None stands for an answer."""
    asked = [f"ec2.Describe{number}" for number in range(3)]
    told: dict[str, Any] = {name: {"eu-west-1": {"": {"response": {}}}} for name in asked}
    for region, errors in refused.items():
        for name, error in zip(asked, errors, strict=False):
            told[name][region] = {"": {"response": {}} if error is None else {"error": error}}
    meta = {"regions": ["eu-west-1"], "regions_refused": list(refused), **meta}
    return regions_of(Evidence({"meta": meta, "calls": {**told, **(calls or {})}}))


@pytest.mark.parametrize(
    ("errors", "dropped"),
    [
        ([OFF], True),
        ([SCP], True),
        ([SANDBOX], True),
        ([SCP, OFF], True),
        ([SCP, OFF, SANDBOX], True),
        ([DENIED], False),
        ([SCP, DENIED], False),
        ([STRANGE], False),
        ([SCP, None], False),
        ([], False),
    ],
)
def test_a_region_is_dropped_only_where_nobody_may_use_it(errors: list[Any], dropped: bool) -> None:
    """A refusal of a kind that cannot be told counts as this caller's, and so does a region without any answer."""
    found = regions({"eu-north-1": errors})
    assert found.searched == ("eu-west-1",)
    assert found.dropped == (("eu-north-1",) if dropped else ())
    assert found.closed == (() if dropped else ("eu-north-1",))
    assert found.counting == (("eu-west-1",) if dropped else ("eu-north-1", "eu-west-1"))


def test_regions_are_in_name_order() -> None:
    """Whatever the order in which they were asked."""
    found = regions({"us-west-2": [DENIED], "ap-east-1": [DENIED], "sa-east-1": [OFF], "me-south-1": [OFF]})
    assert found.closed == ("ap-east-1", "us-west-2")
    assert found.dropped == ("me-south-1", "sa-east-1")
    assert found.counting == ("ap-east-1", "eu-west-1", "us-west-2")


def test_a_region_that_refused_everything_was_not_searched() -> None:
    """Also where it is among those that were asked for."""
    found = regions({"eu-north-1": [DENIED]}, regions=["us-east-1", "eu-north-1", "eu-west-1"])
    assert found.searched == ("eu-west-1", "us-east-1")


def test_where_no_region_is_left_none_is_dropped() -> None:
    """Then it is this caller who may not read."""
    found = regions({"eu-west-1": [SCP, SCP, SCP]})
    assert (found.searched, found.closed, found.dropped) == ((), ("eu-west-1",), ())


def test_in_the_learner_lab_only_its_regions_count() -> None:
    """What is missing in them is missing; in another account the same refusal leaves a region open."""
    refused = {"eu-north-1": [DENIED], "us-west-2": [DENIED]}
    lab = regions(refused, environment="academy")
    assert (lab.closed, lab.dropped) == (("us-west-2",), ("eu-north-1",))
    assert regions(refused).dropped == ()
    refused["us-west-2"] = [SCP]
    assert regions(refused, environment="academy").dropped == ("eu-north-1", "us-west-2")


DENIED_LIST = {"ec2.DescribeRegions": {"global": {"": {"error": DENIED}}}}


class TestIncompleteLists:
    def list_of(self, **more: Any) -> dict[str, Any]:
        """What EC2 refused and the account service said."""
        return {**DENIED_LIST, "account.ListRegions": {"global": {"": more}}}

    def test_a_list_that_both_refuse_may_be_incomplete(self) -> None:
        """EC2's refusal is the one that is named."""
        for calls in (DENIED_LIST, self.list_of(error=DENIED), self.list_of(error=ABSENT)):
            refusal = regions({}, calls=calls).refusal
            assert refusal is not None
            assert "ec2:DescribeRegions" in str(refusal)

    def test_one_list_is_enough(self) -> None:
        """That of EC2, or that of the account service."""
        told: dict[str, Any] = {"ec2.DescribeRegions": {"global": {"": {"response": {"Regions": []}}}}}
        assert regions({}, calls=told).refusal is None
        assert regions({}, calls=self.list_of(response={"Regions": []})).refusal is None
        absent = {"ec2.DescribeRegions": {"global": {"": {"error": ABSENT}}}}
        assert regions({}, calls=absent).refusal is None

    def test_what_was_not_asked_is_not_refused(self) -> None:
        """A list that was given, and that of the SDK, are taken as they are; so are the Learner Lab's two regions."""
        assert regions({}).refusal is None
        assert regions({}, calls=DENIED_LIST, regions_from="sdk").refusal is None
        assert regions({}, calls=DENIED_LIST, environment="academy").refusal is None
        assert regions({}, calls=DENIED_LIST, regions_from="options").refusal is not None
