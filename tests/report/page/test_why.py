"""The page says why it does not work, above all else, and gives no advice that contradicts it."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

import pytest

from grader.report.page.page import render_page
from tests.cases import golden, grade_one
from tests.model.diagnosis.scenes import IMAGE, Change, acl, image, no_nat_route, refuse, scene, stopped, unhealthy

TIMEOUT = "ResourceInitializationError: unable to pull secrets or registry auth: dial tcp 1.2.3.4:443: i/o timeout"
DENIED = (
    "ResourceInitializationError: unable to pull secrets or registry auth: AccessDeniedException: User: x is not"
    " authorized to perform: ecr:GetAuthorizationToken on resource: *"
)
PRIVATE = ("subnet-0b1111111111111b1", "subnet-0b2222222222222b2")


def no_log_group(document: dict[str, Any]) -> None:
    """Nothing ever started, so there is no log group."""
    document["calls"]["logs.DescribeLogGroups"]["eu-west-1"][""]["response"]["logGroups"] = []


def words(*changes: Change, academy: bool = False) -> str:
    """The words of the page, raw answers left out."""
    document = scene(*changes).document
    if academy:
        document["meta"]["environment"] = "academy"
    return text(render_page(grade_one(document)))


def text(page: str) -> str:
    """A page's words without markup, style and raw answers."""
    page = re.sub(r"(?s)<(style|pre)\b(?![^>]*cmd).*?</\1>", " ", page)
    return unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page)))


def test_the_diagnosis_stands_above_found_and_expected() -> None:
    """It is the first thing under "What to do next"."""
    page = words(no_nat_route, no_log_group, stopped(TIMEOUT))
    why, found = page.index("Why it does not work"), page.index("Found ")
    assert page.index("What to do next") < why < found
    assert "The task cannot reach the registry, so its request timed out: route table private-route-table" in page
    assert "aws ec2 create-route --region eu-west-1 --route-table-id rtb-0c2222222222222c2" in page


@pytest.mark.parametrize(
    "changes",
    [
        (no_nat_route, no_log_group, stopped(TIMEOUT)),
        (no_log_group, stopped(DENIED)),
        (no_log_group, image(f"{IMAGE}:x"), stopped(f"CannotPullContainerError: {IMAGE}:x: not found")),
        (no_log_group, stopped("It went wrong")),
    ],
)
def test_what_never_started_is_not_told_to_log(changes: tuple[Change, ...]) -> None:
    """The log driver is right; a task that never ran has no log to lose, and says so."""
    assert "Use the log driver awslogs" not in words(*changes)


def test_a_task_without_the_log_driver_is_told_so() -> None:
    """Where the driver is wrong, that advice is right, and a running task is no excuse."""

    def no_driver(document: dict[str, Any]) -> None:
        for one in document["calls"]["ecs.DescribeTaskDefinition"]["eu-west-1"].values():
            del one["response"]["taskDefinition"]["containerDefinitions"][0]["logConfiguration"]

    assert "awslogs" in words(no_driver)


def test_a_hop_that_no_check_is_about_is_red_in_the_picture() -> None:
    """A network ACL is in the way of the health check: the picture says so at its place."""
    page = render_page(grade_one(scene(acl(PRIVATE, (True, "0.0.0.0/0", 0, 65535)), unhealthy()).document))
    assert "acl-0tight does not allow TCP 8000" in text(page)
    assert "✗ network ACL acl-0tight" in text(page)


def test_a_correct_deployment_has_no_diagnosis() -> None:
    """Nothing is said where nothing is wrong."""
    assert "Why it does not work" not in words()


def test_an_administrator_who_is_refused_budgets_is_sent_to_the_root_user() -> None:
    """Billing access is a switch of the account, not a policy."""
    page = words(refuse("budgets.DescribeBudgets", "global"))
    assert "Sign in as the root user" in page
    assert "IAM access to billing is off" in page
    assert not re.search(r"(?i)\battach (a|the|this) .{0,40}policy", page)


def test_another_caller_who_is_refused_budgets_lacks_a_policy() -> None:
    """A user without AdministratorAccess is not sent to the root user."""
    document = golden()
    for operation in ("iam.ListAttachedGroupPolicies", "iam.ListAttachedUserPolicies"):
        for entry in document["calls"][operation]["global"].values():
            entry["response"]["AttachedPolicies"] = []
    error = {"Code": "AccessDeniedException", "Message": "is not authorized", "HTTPStatusCode": 400}
    document["calls"]["budgets.DescribeBudgets"]["global"][""] = {"error": error}
    assert "Attach a policy that allows budgets:ViewBudget" in text(render_page(grade_one(document)))


def test_in_the_learner_lab_nobody_is_told_to_attach_a_policy() -> None:
    """Neither for a refused question nor for a role that may not pull."""
    page = words(refuse("ecr.DescribeImages"), stopped(DENIED), academy=True)
    assert "LabRole" in page
    assert not re.search(r"(?i)\battach (a|the|this|aws's) .{0,40}policy", page)
