"""Which questions are put within the bounds of the table, in whatever order answers arrive."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from grader.calls.closure import rows
from grader.collect.answers import Answer
from grader.collect.request import Asked
from grader.collect.schedule import Schedule

HOME = "eu-west-1"
CLUSTER = "arn:aws:ecs:eu-west-1:1:cluster/lab"
FAMILIES = [f"arn:aws:ecs:eu-west-1:1:task-definition/old{number}:1" for number in range(100)]
DEPLOYED = "arn:aws:ecs:eu-west-1:1:task-definition/lab:1"


class Account:
    """An account with many registered task definitions, each with a log of its own; a service runs one.

    What is asked of it first in ``order`` is answered first.
    """

    def __init__(self, order: tuple[str, ...], registered: list[str], bound: int) -> None:
        self.waiting: list[Asked] = []
        self.asked: list[str] = []
        self.order = order
        self.registered = registered
        wanted = rows(frozenset({"logs.FilterLogEvents"}))
        bounded = tuple(replace(row, items=bound) if row.operation == "logs.FilterLogEvents" else row for row in wanted)
        self.schedule = Schedule(bounded, HOME, "aws", self.waiting.append)

    def run(self) -> list[str]:
        """The names of the logs that were asked for."""
        self.schedule.start([HOME])
        while self.waiting:
            self.waiting.sort(key=lambda asked: self._place(asked.question.operation))
            asked = self.waiting.pop(0)
            if asked.question.operation == "logs.FilterLogEvents":
                self.asked.append(asked.question.key.removeprefix("logGroupName="))
            self.schedule.derive(asked, Answer({"response": self._response(asked)}))
        return self.asked

    def _place(self, operation: str) -> int:
        return self.order.index(operation) if operation in self.order else len(self.order)

    def _response(self, asked: Asked) -> dict[str, Any]:
        operation = asked.question.operation
        if operation == "ecs.ListTaskDefinitions":
            return {"taskDefinitionArns": self.registered}
        if operation == "ecs.ListClusters":
            return {"clusterArns": [CLUSTER]}
        if operation == "ecs.ListServices":
            return {"serviceArns": ["service"]}
        if operation == "ecs.DescribeServices":
            return {"services": [{"taskDefinition": DEPLOYED}]}
        if operation == "ecs.DescribeTaskDefinition":
            family = asked.parameters["taskDefinition"].rpartition("/")[2].partition(":")[0]
            options = {"awslogs-group": f"/ecs/{family}", "awslogs-region": HOME}
            log = {"logDriver": "awslogs", "options": options}
            return {"taskDefinition": {"containerDefinitions": [{"logConfiguration": log}]}}
        return {}


ORDERS = (
    ("ecs.ListTaskDefinitions", "ecs.DescribeTaskDefinition", "logs.FilterLogEvents"),
    ("ecs.ListTaskDefinitions", "ecs.ListClusters", "ecs.ListServices", "ecs.DescribeServices"),
    ("ecs.ListClusters", "ecs.ListServices", "ecs.DescribeServices", "ecs.ListTaskDefinitions"),
)


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("registered", [FAMILIES, [*FAMILIES, DEPLOYED], [DEPLOYED, *FAMILIES]])
def test_the_log_of_what_runs_is_never_left_out(order: tuple[str, ...], registered: list[str]) -> None:
    """However many other logs there are, in whatever order the answers arrive: others count apart."""
    account = Account(order, registered, bound=3)
    asked = account.run()
    assert "/ecs/lab" in asked
    assert len(asked) == len(set(asked)) == 4
    assert account.schedule.left_out["logs.FilterLogEvents"] > 0


def test_what_was_asked_after_all_is_not_left_out() -> None:
    """A log that a bound left out among the others, and that something else led to, is not counted."""
    account = Account(ORDERS[0], [*FAMILIES, DEPLOYED], bound=3)
    account.run()
    # Of the newest 25 families three were asked, and the deployed one; the rest was left out.
    assert account.schedule.left_out == {"logs.FilterLogEvents": 21}
