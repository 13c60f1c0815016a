"""The IAM policies: exactly what is asked, and small enough for a session."""

from __future__ import annotations

import json
from fnmatch import fnmatchcase

import pytest

from grader.calls.iam_actions import iam_action
from grader.collect import OPERATIONS, closure, policy_document, session_policy
from grader.rubric import open_rubric
from grader.rubric.needs import operations_for


def test_the_policy_is_the_table() -> None:
    """It allows the action of every row that is asked, and no other."""
    wanted = frozenset({"iam.ListAccessKeys", "s3.GetPublicAccessBlock"})
    statement = policy_document(wanted)["Statement"][0]
    assert statement["Action"] == sorted({iam_action(each) for each in closure(wanted)})
    assert (statement["Effect"], statement["Resource"]) == ("Allow", "*")


def test_the_minimal_policy_leaves_out_what_only_explains() -> None:
    """What no point needs is in the policy, and can be left out of it."""
    wanted = operations_for(open_rubric().items)
    whole, least = (
        set(policy_document(wanted, explaining=explaining)["Statement"][0]["Action"]) for explaining in (True, False)
    )
    assert least < whole
    assert whole - least == {
        "ec2:DescribeNetworkAcls", "ec2:DescribeVpcBlockPublicAccessOptions", "ec2:DescribeVpcEndpoints", "iam:GetRole",
        "iam:ListAttachedRolePolicies", "iam:ListRolePolicies",
    }  # fmt: skip


def test_labelled_rows_need_the_operation() -> None:
    """An event that is asked by name needs the same action as the others."""
    wanted = frozenset({"cloudtrail.LookupEvents[EventName=CreateUser]"})
    assert "cloudtrail:LookupEvents" in policy_document(wanted)["Statement"][0]["Action"]


def test_a_short_session_policy_is_exact() -> None:
    """Nothing is widened where the exact list fits."""
    wanted = frozenset({"ecr.DescribeImages"})
    assert (
        json.loads(session_policy(wanted))["Statement"][0]["Action"]
        == (policy_document(wanted)["Statement"][0]["Action"])
    )


def test_the_session_policy_of_everything_fits_and_covers_everything() -> None:
    """STS takes 2,048 characters; the whole table fits, and no action of it is lost."""
    text = session_policy(OPERATIONS)
    assert len(text) <= 2048
    allowed = json.loads(text)["Statement"][0]["Action"]
    for action in policy_document(OPERATIONS)["Statement"][0]["Action"]:
        assert any(fnmatchcase(action, pattern) for pattern in allowed)


@pytest.mark.parametrize(
    "action",
    ["s3:GetObject", "s3:PutObject", "ecr:GetAuthorizationToken", "ecr:GetDownloadUrlForLayer", "logs:GetQueryResults",
     "iam:CreateUser", "iam:GenerateCredentialReport", "secretsmanager:GetSecretValue", "ec2:RunInstances",
     "ec2:GetPasswordData", "sts:AssumeRole", "logs:StartQuery"],
)  # fmt: skip
def test_the_session_policy_gives_no_content_and_no_change(action: str) -> None:
    """However it is shortened, it lets nobody read objects, layers, tokens or passwords, or change anything."""
    allowed = json.loads(session_policy(OPERATIONS))["Statement"][0]["Action"]
    assert not any(fnmatchcase(action, pattern) for pattern in allowed)
