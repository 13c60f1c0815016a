"""Which questions follow from an answer."""

from __future__ import annotations

from typing import Any

import pytest

from grader.calls.closure import rows
from grader.collect.answers import answered, refused
from grader.collect.request import Asked
from grader.collect.schedule import Schedule
from grader.evidence import Question


def questions(operation: str, known: dict[str, str], response: dict[str, Any] | None, wanted: str) -> list[str]:
    """The keys of the questions ``wanted`` that follow from an answer (or, without one, a refusal)."""
    put: list[Asked] = []
    schedule = Schedule(rows(frozenset({wanted})), "eu-west-1", "aws", put.append)
    schedule.start(())
    call = next(one for one in rows(frozenset({operation})) if one.operation == operation)
    key = ";".join(f"{name}={value}" for name, value in known.items())
    asked = Asked(Question(operation, "global", key), call, "eu-west-1", known)
    schedule.derive(asked, answered(response) if response is not None else refused("AccessDenied", "no"))
    return [one.question.key for one in put if one.question.operation == wanted]


def alert(comparison: str, kind: str | None, threshold: float = 5) -> dict[str, Any]:
    """An alert on actual cost as AWS gives it."""
    told = {} if kind is None else {"ThresholdType": kind}
    return {"NotificationType": "ACTUAL", "ComparisonOperator": comparison, "Threshold": threshold, **told}


FIRST = "BudgetName=b;NotificationType=ACTUAL;Threshold=5.0"
OTHER = "BudgetName=b;ComparisonOperator={};NotificationType=ACTUAL;Threshold=5.0;ThresholdType={}"


@pytest.mark.parametrize(
    ("alerts", "keys"),
    [
        ([alert("GREATER_THAN", "PERCENTAGE")], [FIRST]),
        ([alert("GREATER_THAN", None)], [FIRST]),
        (
            [alert("GREATER_THAN", "PERCENTAGE"), alert("GREATER_THAN", "ABSOLUTE_VALUE")],
            [FIRST, OTHER.format("GREATER_THAN", "ABSOLUTE_VALUE")],
        ),
        (
            [alert("LESS_THAN", None), alert("GREATER_THAN", None)],
            [FIRST, OTHER.format("LESS_THAN", "PERCENTAGE")],
        ),
        (
            [alert("GREATER_THAN", None), alert("GREATER_THAN", None, 6)],
            [FIRST, "BudgetName=b;NotificationType=ACTUAL;Threshold=6.0"],
        ),
        (["no alert", None], []),
    ],
)  # fmt: skip
def test_each_alert_is_asked_for_its_subscribers(alerts: list[Any], keys: list[str]) -> None:
    """Two alerts with one type and one threshold are two questions, and the one above a cost has the short key."""
    known = {"AccountId": "123456789012", "BudgetName": "b"}
    wanted = "budgets.DescribeSubscribersForNotification"
    assert questions("budgets.DescribeNotificationsForBudget", known, {"Notifications": alerts}, wanted) == keys


def test_the_groups_of_a_user_are_asked_for_their_policies() -> None:
    """Even where the list of all groups was refused."""
    wanted = "iam.ListAttachedGroupPolicies"
    groups = {"Groups": [{"GroupName": "admin"}]}
    assert questions("iam.ListGroups", {}, None, wanted) == []
    assert questions("iam.ListGroupsForUser", {"UserName": "ola"}, groups, wanted) == ["GroupName=admin"]
