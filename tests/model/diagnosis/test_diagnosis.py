"""What is diagnosed rests on the right witnesses, and harms nothing where there are none."""

from __future__ import annotations

import re
from dataclasses import astuple, replace
from typing import Any

import pytest

from grader.evidence import Evidence
from grader.model.diagnosis.cause import Cause
from grader.model.diagnosis.diagnosis import diagnose
from grader.model.diagnosis.table import ALL
from grader.model.lab import candidates
from tests.cases import LAB, golden
from tests.model.diagnosis.scenes import (
    IMAGE,
    ended,
    events,
    failing,
    image,
    log,
    no_nat_route,
    no_task,
    of_task,
    refuse,
    scene,
    service,
    stopped,
    unhealthy,
)
from tests.model.small import answer

NOT_FOUND = f"CannotPullContainerError: pull image manifest has been retried 7 time(s): {IMAGE}:latest: not found"


def test_a_stopped_task_of_another_service_says_nothing() -> None:
    """Two services share a cluster; only the lab's own tasks are witnesses."""
    found = scene(stopped("OutOfMemoryError: x", "EssentialContainerExited", group="frontend")).diagnosis
    assert found is not None
    assert found.cause == ""


def test_the_newest_task_decides() -> None:
    """A fault that was repaired since is not the cause any more."""
    older = stopped(NOT_FOUND, at="09:10")
    newer = stopped("Essential container in task exited", "EssentialContainerExited", at="09:40", exitCode=139)
    found = scene(image(f"{IMAGE}:latest"), older, newer).diagnosis
    assert found is not None
    assert found.cause == "exit-139"


def test_a_task_that_the_service_stopped_does_not_hide_why_others_failed() -> None:
    """The newest stopped task may be one that scaling stopped, which tells nothing."""
    scaled = stopped("Scaling activity initiated by (deployment ecs-svc/1)", "ServiceSchedulerInitiated", at="09:50")
    found = scene(image(f"{IMAGE}:latest"), stopped(NOT_FOUND), scaled).diagnosis
    assert found is not None
    assert found.cause == "tag-missing"


def test_the_log_of_a_task_that_was_replaced_says_nothing_of_the_new_one() -> None:
    """An older deployment's task was stopped by scaling; the application's log is that of the task that runs now."""
    scaled = stopped("Scaling activity initiated by (deployment ecs-svc/1)", "ServiceSchedulerInitiated")

    def runs(document: dict[str, Any]) -> None:
        target = document["calls"]["elbv2.DescribeTargetHealth"]["eu-west-1"]
        health = {"State": "unhealthy", "Reason": "Target.FailedHealthChecks", "Description": "Health checks failed"}
        for entry in target.values():
            entry["response"]["TargetHealthDescriptions"] = [
                {"Target": {"Id": "10.0.3.184", "Port": 8000}, "TargetHealth": health}
            ]
        service(document)["runningCount"] = 1

    found = scene(scaled, runs, log("Uvicorn running on http://127.0.0.1:8000")).diagnosis
    assert found is not None
    assert found.cause == "bound-to-loopback"


def test_in_a_restart_loop_the_newest_event_that_says_something_counts() -> None:
    """The newest event is "has started 1 tasks"; the reason is below it."""
    found = scene(
        failing(
            "has started 1 tasks: (task 5a1b).", f"failed to launch a task with (error {NOT_FOUND}).", "has started 1"
        )
    ).diagnosis
    assert found is not None
    assert found.cause == "tag-missing"


def test_tasks_kept_beside_the_running_ones_are_read_as_well() -> None:
    """Older evidence keeps stopped tasks under the question about running ones."""
    document = scene(image(f"{IMAGE}:latest"), stopped(NOT_FOUND)).document
    tasks = document["calls"]["ecs.DescribeTasks"]["eu-west-1"]
    kept, apart = sorted(tasks, key=len)
    tasks[kept] = tasks.pop(apart)
    found = diagnose(candidates(Evidence(document), LAB).labs[0])
    assert found is not None
    assert found.cause == "tag-missing"


def test_what_is_not_recognised_is_never_quoted() -> None:
    """It says what was read and where to look, and quotes nothing: a log line may hold anything."""
    found = scene(stopped("It went wrong with hunter2"), events("is odd"), log("user hunter2 logged in")).diagnosis
    assert found is not None
    assert found.cause == ""
    assert "1 stopped task" in found.sentence
    assert "hunter2" not in f"{found.sentence} {found.quote}"
    assert any("aws logs tail" in repair.command for repair in found.repairs)


def test_an_unknown_exception_is_named_by_its_class_alone() -> None:
    """The class of an exception tells much; what it says may be private."""
    found = scene(ended(1), log("app.errors.TokenError: token hunter2 for anna@example.org is bad")).diagnosis
    assert found is not None
    assert "TokenError" in found.sentence
    assert "hunter2" not in found.sentence


def test_a_quoted_secret_is_masked() -> None:
    """Even the recognised part may hold one."""
    found = scene(
        stopped("unable to retrieve secret from asm: fetching password=hunter2 AccessDeniedException")
    ).diagnosis
    assert found is not None
    assert found.cause == "secret-refused"
    assert "hunter2" not in found.quote


@pytest.mark.parametrize(
    "operation",
    ["ecs.ListTasks", "ecs.DescribeTasks", "logs.FilterLogEvents", "ecr.DescribeImages", "ec2.DescribeNetworkAcls",
     "ec2.DescribeVpcEndpoints", "elbv2.DescribeTargetHealth", "ec2.DescribeRouteTables", "ecs.DescribeTaskDefinition"],
)  # fmt: skip
def test_a_refused_witness_is_mentioned_and_harms_nothing(operation: str) -> None:
    """Without one witness the others are read; the sentence may be another, and there is always one."""
    found = scene(
        no_nat_route, failing(f"failed to launch a task with (error {NOT_FOUND})."), refuse(operation)
    ).diagnosis
    assert found is not None
    assert found.sentence


def test_refused_stopped_tasks_are_named() -> None:
    """A reader is told which witness AWS would not show."""
    document = scene(no_task).document
    tasks = document["calls"]["ecs.DescribeTasks"]["eu-west-1"]
    for key in list(tasks):
        tasks[key] = {"error": {"Code": "AccessDeniedException", "Message": "no", "HTTPStatusCode": 400}}
    found = diagnose(candidates(Evidence(document), LAB).labs[0])
    assert found is not None
    assert "ecs:DescribeTasks" in {refusal.action for refusal in found.refused}


def test_what_is_still_starting_is_not_diagnosed() -> None:
    """The first tasks of a deployment are pending and nothing has failed."""

    def starting(document: dict[str, Any]) -> None:
        no_task(document)
        found = service(document)
        found["pendingCount"] = 1
        found["deployments"][0] |= {"failedTasks": 0, "pendingCount": 1}
        events("has started 1 tasks: (task 5a1b).")(document)

    assert scene(starting).diagnosis is None


def test_an_open_port_is_never_the_cause_of_a_failed_pull() -> None:
    """A fault that lets too much through stops nothing."""
    found = scene(no_nat_route, stopped("CannotPullContainerError: ref pull has been retried: i/o timeout")).diagnosis
    assert found is not None
    assert not any("8000" in check or "world" in check for check in found.checks)


def test_a_missing_route_is_not_the_cause_of_what_it_does_not_stop() -> None:
    """The image was pulled before the route was removed; the container ends for another reason."""
    found = scene(no_nat_route, ended(), log("ModuleNotFoundError: No module named 'joblib'")).diagnosis
    assert found is not None
    assert found.cause == "module-missing"
    assert found.hop is None


def test_a_wide_group_does_not_explain_a_time_out() -> None:
    """Where the way to the target is open, a time-out is the application's."""
    found = scene(unhealthy()).diagnosis
    assert found is not None
    assert found.cause == "health-check-timeout"


def test_in_the_learner_lab_nobody_is_told_to_attach_a_policy() -> None:
    """Roles cannot be changed there; LabRole is chosen instead."""
    denied = "not authorized to perform: ecr:GetAuthorizationToken on resource: *"
    document = scene(
        stopped(f"ResourceInitializationError: unable to pull secrets or registry auth: {denied}")
    ).document
    document["meta"]["environment"] = "academy"
    found = diagnose(candidates(Evidence(document), LAB).labs[0])
    assert found is not None
    told = " ".join(f"{one.words} {one.command}" for one in found.repairs)
    assert "LabRole" in told
    assert "ttach" not in told


def test_an_arm_task_is_told_to_build_for_arm_or_to_be_x86() -> None:
    """The platform is that of the task definition, and its lost check is the cause."""
    found = scene(of_task(runtimePlatform={"cpuArchitecture": "ARM64"}), ended(), log("exec format error")).diagnosis
    assert found is not None
    assert dict(found.values)["platform"] == "linux/arm64"
    assert found.checks == ("the_task_definition_is_for_the_platform",)


@pytest.mark.parametrize("row", ALL, ids=lambda row: row.id)
def test_a_repair_names_no_number_of_one_lab(row: Cause) -> None:
    """Ports, paths and sizes are those of the rubric's parameters."""
    said = [text for repair in row.repairs for text in astuple(repair)]
    assert [text for text in said if re.search(r"\b(80|8000|3072|3 GB)\b| /health", text)] == []


def test_the_repair_of_the_way_in_knows_the_labs_front_port() -> None:
    """Where the application is healthy as well as where it is not."""
    document = golden()
    for group in answer(document, "ec2.DescribeSecurityGroups")["SecurityGroups"]:
        if group["GroupName"] == "alb-sg":
            group["IpPermissions"] = []
    found = diagnose(candidates(Evidence(document), replace(LAB, front_port=8080)).labs[0])
    assert found is not None
    assert found.cause == "load-balancer-group-closed"
    assert dict(found.values)["front_port"] == "8080"
    assert "{front_port}" in found.repairs[0].words
