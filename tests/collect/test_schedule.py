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


class TestRegionsThatATaskDefinitionNames:
    """They become part of a host name, and whoever wrote the task definition chose them."""

    def put(self, *regions: str, home: str = "eu-west-1", partition: str = "aws") -> tuple[Schedule, list[Asked]]:
        put: list[Asked] = []
        schedule = Schedule(rows(frozenset({"logs.DescribeLogStreams"})), home, partition, put.append)
        schedule.start((home,))
        call = next(one for one in schedule.rows if one.operation == "ecs.DescribeTaskDefinition")
        options = [{"awslogs-group": "g", "awslogs-region": region} for region in regions]
        containers = [{"logConfiguration": {"logDriver": "awslogs", "options": each}} for each in options]
        answer = answered({"taskDefinition": {"containerDefinitions": containers}})
        asked = Asked(Question(call.operation, home, "taskDefinition=t"), call, home, {"taskDefinition": "t"})
        schedule.derive(asked, answer)
        return schedule, put

    def regions(self, put: list[Asked]) -> list[str]:
        return [one.region for one in put if one.question.operation == "logs.DescribeLogStreams"]

    def test_one_that_is_enabled_is_asked_once_that_is_known(self) -> None:
        """The answer about regions may come after the task definition."""
        schedule, put = self.put("eu-north-1", "eu-west-1")
        assert self.regions(put) == ["eu-west-1"]
        schedule.enable(lambda: frozenset({"eu-west-1", "eu-north-1"}))
        assert self.regions(put) == ["eu-west-1", "eu-north-1"]

    @pytest.mark.parametrize(
        ("named", "home", "partition"),
        [
            ("ap-east-1", "eu-west-1", "aws"), ("evil-region-1", "eu-west-1", "aws"),
            ("cn-north-1", "eu-west-1", "aws"), ("us-gov-west-1", "eu-west-1", "aws"),
            ("eu-west-1", "cn-north-1", "aws-cn"), ("x.evil.example", "eu-west-1", "aws"),
        ],
    )  # fmt: skip
    def test_one_that_is_not_enabled_or_of_another_partition_is_never_asked(
        self, named: str, home: str, partition: str
    ) -> None:
        """Neither before nor after it is known which are enabled, even if AWS listed it."""
        schedule, put = self.put(named, home=home, partition=partition)
        others = frozenset({home, named}) if partition == "aws-cn" or named.startswith(("cn-", "us-gov")) else {home}
        schedule.enable(lambda: frozenset(others))
        assert self.regions(put) == []
