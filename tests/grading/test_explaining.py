"""A diagnosis names the cause of the items that it explains, and changes no point."""

from __future__ import annotations

from typing import Any

import pytest

from grader.grading.results import Outcome, Result
from tests.cases import grade_one, lost
from tests.model.diagnosis.scenes import (
    Change,
    ended,
    group,
    log,
    no_nat_route,
    no_task,
    of_service,
    scene,
    stopped,
    unhealthy,
)

TIMEOUT = "ResourceInitializationError: unable to pull secrets or registry auth: dial tcp 1.2.3.4:443: i/o timeout"


def graded(*changes: Change) -> Result:
    """The result of a scene."""
    return grade_one(scene(*changes).document).result


def causes(result: Result) -> dict[str, str | None]:
    """The cause of each item that lost points."""
    return {item.id: item.because_of for item in result.items if item.lost}


def open_8000(document: dict[str, Any]) -> None:
    """Port 8000 is open to the world, which stops nothing."""
    groups = document["calls"]["ec2.DescribeSecurityGroups"]["eu-west-1"][""]["response"]["SecurityGroups"]
    own = next(one for one in groups if one["GroupId"] == "sg-0f2222222222222f2")
    own["IpPermissions"][0]["IpRanges"] = [{"CidrIp": "0.0.0.0/0"}]


def test_a_missing_route_is_the_cause_of_a_task_that_cannot_pull() -> None:
    """The step with the lost claim that stopped the pull; not the one with a harmless open port."""
    found = causes(graded(no_nat_route, open_8000, stopped(TIMEOUT)))
    assert found["5.4"] == "4.5"
    assert found["5.5"] == "4.5"
    assert found["4.6"] is None


def test_a_fault_of_no_step_is_the_failing_items_own() -> None:
    """An image for another processor is no step's fault; what follows is because of the step that fails."""
    found = causes(graded(ended(), log("exec format error")))
    assert found["5.4"] is None
    assert found["5.5"] == "5.4"


def test_a_closed_group_is_the_cause_of_an_unhealthy_target() -> None:
    """The health check is stopped by the claim of 4.6 that is lost."""
    result = graded(group("sg-0f2222222222222f2", IpPermissions=[]), unhealthy())
    assert result.why is not None
    assert causes(result)["5.4"] == "4.6"


def test_nothing_wanted_is_the_services_fault() -> None:
    """A desired count of 0 is charged in 5.3, and 5.4 is because of it."""
    assert causes(graded(no_task, of_service(desiredCount=0)))["5.4"] == "5.3"


def test_what_is_not_explained_keeps_the_cause_that_the_rubric_has() -> None:
    """Without a recognised cause, the steps that others build on decide; a log of what never ran is because of it."""

    def no_log(document: dict[str, Any]) -> None:
        document["calls"]["logs.DescribeLogGroups"]["eu-west-1"][""]["response"]["logGroups"] = []

    plain = causes(graded(no_task, no_log, log()))
    assert plain["6.3"] == "5.4"
    assert plain["5.4"] is None


@pytest.mark.parametrize("change", [stopped(TIMEOUT), stopped("It went wrong"), ended(1)])
def test_a_diagnosis_changes_no_point(change: Change) -> None:
    """The same points are lost whatever the witnesses say, and with none of them at all."""
    plain = grade_one(scene(no_task).document)
    assert lost(grade_one(scene(change).document)) == lost(plain)


def test_a_witness_that_is_not_shaped_as_aws_shapes_it_harms_nothing() -> None:
    """Grading goes on without the diagnosis."""
    document = scene(stopped(TIMEOUT)).document
    document["calls"]["ec2.DescribeNetworkAcls"]["eu-west-1"][""]["response"]["NetworkAcls"] = "none"
    result = grade_one(document).result
    assert lost(grade_one(document)) == lost(grade_one(scene(no_task).document))
    assert all(item.outcome is not Outcome.NOT_APPLICABLE for item in result.items)


def test_a_service_that_works_is_not_explained() -> None:
    """No loss, no reason."""
    assert graded().why is None
