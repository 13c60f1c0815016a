"""Rows that only explain: asked where something failed, and nowhere else."""

from __future__ import annotations

from collections import deque
from typing import Any

from grader.calls.closure import closure, rows, with_explaining
from grader.calls.table import CALLS
from grader.collect.answers import Answer, answered
from grader.collect.request import Asked
from grader.collect.schedule import Schedule
from grader.evidence import Question
from grader.rubric import open_rubric
from grader.rubric.needs import operations_for
from tests.cases import golden
from tests.model.diagnosis.scenes import Change, no_task, scene, unhealthy

OF_RUBRIC = operations_for(open_rubric().items)
EXPLAINING = {call.operation for call in CALLS if call.explains}


def asked(document: dict[str, Any], operations: frozenset[str] = OF_RUBRIC) -> list[Asked]:
    """Every question that an account with these answers is asked; what the document does not hold is refused."""
    waiting: deque[Asked] = deque()
    schedule = Schedule(rows(operations), "eu-west-1", "aws", waiting.append)
    schedule.start(document["meta"]["regions"])
    put: list[Asked] = []
    while waiting:
        one = waiting.popleft()
        put.append(one)
        entry = document["calls"].get(one.question.operation, {}).get(one.question.region, {}).get(one.question.key, {})
        schedule.derive(one, answered(entry["response"]) if "response" in entry else Answer({}))
    return put


def explaining(*changes: Change) -> set[Question]:
    """The questions of rows that explain."""
    return {one.question for one in asked(scene(*changes).document) if one.call.explains}


def test_a_healthy_account_is_asked_nothing_more() -> None:
    """Not one request: the reasons of failures are no questions where nothing failed."""
    assert explaining() == set()
    assert len({one.question for one in asked(golden())}) == len(asked(golden()))


def test_where_no_task_runs_the_stopped_ones_are_asked_for() -> None:
    """Under a key of their own, so that they are never taken for running ones."""
    found = {one.operation: one.key for one in explaining(no_task)}
    assert found["ecs.ListTasks"] == (
        "cluster=arn:aws:ecs:eu-west-1:123456789012:cluster/sentiment-app-cluster;desiredStatus=STOPPED"
    )
    assert {"ec2.DescribeNetworkAcls", "ec2.DescribeVpcEndpoints", "iam.ListRolePolicies"} <= set(found)


def test_an_unhealthy_target_is_trouble_as_well() -> None:
    """Its way is asked for although the service counts its tasks as running."""
    assert "ec2.DescribeNetworkAcls" in {one.operation for one in explaining(unhealthy())}


def test_another_region_stays_unasked() -> None:
    """Where nothing failed in a region, nothing more is asked there."""
    assert {one.region for one in explaining(no_task)} <= {"eu-west-1", "global"}


def test_stopped_tasks_are_described_by_their_own_question() -> None:
    """What lists stopped tasks leads to their description, kept apart; what lists running ones does not."""
    document = scene(no_task).document
    cluster = "cluster=arn:aws:ecs:eu-west-1:123456789012:cluster/sentiment-app-cluster"
    document["calls"]["ecs.ListTasks"]["eu-west-1"][f"{cluster};desiredStatus=STOPPED"] = {
        "response": {"taskArns": ["arn:aws:ecs:eu-west-1:123456789012:task/sentiment-app-cluster/0f"]}
    }
    described = [one for one in asked(document) if one.question.operation == "ecs.DescribeTasks"]
    assert [one.question.key for one in described] == [f"{cluster};desiredStatus=STOPPED"]
    assert set(described[0].parameters) == {"cluster", "tasks"}


def test_a_row_that_explains_brings_no_other_row() -> None:
    """Its sources and conditions are asked anyway: a rubric of one bucket asks for no cluster."""
    needed = closure(frozenset({"s3.ListObjectsV2"}))
    assert with_explaining(needed) == needed
    assert {call.operation for call in rows(OF_RUBRIC) if call.explains} == EXPLAINING


def test_an_image_is_never_fetched() -> None:
    """BatchGetImage counts as a pull of the image, so it has no row."""
    assert "ecr.BatchGetImage" not in {call.operation for call in CALLS}
