"""Deployments: which is the newest, which events are about it, and what of it has failed."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from grader.evidence.fields import Fields
from grader.model.rollouts import NO_ROLLOUT, Event, Rollout, events_of, rollout_of

NOW = datetime(2026, 11, 20, 10, tzinfo=UTC)
FAILED = "(service app) (deployment ecs-svc/{}) deployment failed."


def rollout(**service: Any) -> Rollout:
    """The newest deployment of a service."""
    fields = Fields(service, "service")
    return rollout_of(fields, events_of(fields))


def deployment(number: int, minute: int = 50, **more: Any) -> dict[str, Any]:
    """A deployment that began at some minute after nine."""
    return {"id": f"ecs-svc/{number}", "createdAt": f"2026-11-20T09:{minute}:00+00:00", **more}


def event(message: str, minute: int = 55) -> dict[str, str]:
    """An event of some minute after nine."""
    return {"createdAt": f"2026-11-20T09:{minute}:00+00:00", "message": message}


def test_everything_that_aws_says_of_it_is_read() -> None:
    """Its state, its reason, its failed tasks and the events that say that something failed."""
    said = event(FAILED.format(1))
    found = rollout(
        deployments=[deployment(1, rolloutState="FAILED", rolloutStateReason="tasks stopped", failedTasks=2)],
        events=[event("(service app) has started 1 tasks."), said],
    )
    assert (found.state, found.reason, found.failed_tasks) == ("FAILED", "tasks stopped", 2)
    assert found.created == datetime(2026, 11, 20, 9, 50, tzinfo=UTC)
    assert [one.message for one in found.failures] == [said["message"]]
    assert found.age(NOW) == "10 minutes"


def test_what_aws_leaves_out_is_nothing() -> None:
    """A deployment without time, state and id has not failed, and is waited for."""
    found = rollout(deployments=[{}], events=[{}])
    assert found == Rollout(None, "", "", 0, ())
    assert (found.trouble, found.age(NOW)) == ("", "an unknown time")
    assert found.is_recent(NOW)
    assert rollout() is NO_ROLLOUT
    assert not NO_ROLLOUT.is_in_progress(is_short_of_tasks=True)


@pytest.mark.parametrize("turned", [False, True])
def test_the_newest_is_the_one_that_began_last(turned: bool) -> None:
    """Of several of one time, the primary one; task sets and deployments alike."""
    order = slice(None, None, -1 if turned else 1)
    newest = [deployment(1, 50, rolloutState="COMPLETED", status="PRIMARY"), deployment(2, 51, rolloutState="FAILED")]
    assert rollout(deployments=newest[order]).state == "FAILED"
    equal = [deployment(1, rolloutState="FAILED", status="ACTIVE"), deployment(2, rolloutState="X", status="PRIMARY")]
    assert rollout(deployments=equal[order]).state == "X"
    sets = [deployment(1, 40, stabilityStatus="STEADY_STATE"), deployment(2, 45, stabilityStatus="STABILIZING")]
    assert rollout(taskSets=sets[order]).state == "IN_PROGRESS"
    assert rollout(taskSets=sets[order], deployments=[deployment(3, 50, rolloutState="COMPLETED")]).state == "COMPLETED"
    assert rollout(taskSets=sets[:1]).state == "COMPLETED"
    assert rollout(deployments=[deployment(1), {"rolloutState": "FAILED"}][order]).state == ""


@pytest.mark.parametrize(
    ("message", "counts"),
    [
        (FAILED.format(2), True),
        (FAILED.format(1), False),
        (FAILED.format(21), True),
        ("(service app) was unable to place a task.", True),
        (f"{FAILED.format(1)} {FAILED.format(2)}", True),
    ],
)
def test_a_failure_is_that_of_the_deployment_that_it_names(message: str, counts: bool) -> None:
    """Of any that names none or no known one; a longer id is another deployment's."""
    found = rollout(deployments=[deployment(1, 40), deployment(2, 50)], events=[event(message)])
    assert bool(found.failures) is counts


def test_what_happened_before_it_began_is_not_its_failure() -> None:
    """What happened in the same moment, or at an unknown time, may be."""
    for minute, counts in ((49, False), (50, True), (51, True)):
        found = rollout(deployments=[deployment(1)], events=[event("unable to place", minute)])
        assert bool(found.failures) is counts
    assert rollout(deployments=[deployment(1)], events=[{"message": "unable to place"}]).failures
    assert rollout(deployments=[{"id": "1"}], events=[event("unable to place", 10)]).failures


def test_the_trouble_is_the_worst_that_is_known() -> None:
    """A failed deployment with its reason, then an event, then failed tasks."""
    failure = Event(None, "unable to place a task")
    assert Rollout(None, "FAILED", "tasks stopped", 3, (failure,)).trouble == "its deployment has failed: tasks stopped"
    assert Rollout(None, "FAILED", "", 3, (failure,)).trouble == "its deployment has failed"
    assert "unable to place a task" in Rollout(None, "IN_PROGRESS", "", 3, (failure,)).trouble
    assert Rollout(None, "IN_PROGRESS", "", 3, ()).trouble == "3 tasks of its deployment have failed"
    assert Rollout(None, "IN_PROGRESS", "", 0, ()).trouble == ""
    long = Rollout(None, "FAILED", "x" * 5000, 0, ()).trouble
    assert len(long) < 250
    assert len(Rollout(None, "", "", 0, (Event(None, "x" * 5000),)).trouble) < 250


@pytest.mark.parametrize(
    ("state", "short", "progress"),
    [("IN_PROGRESS", False, True), ("IN_PROGRESS", True, True), ("", True, True), ("", False, False),
     ("COMPLETED", True, False), ("FAILED", True, False)],
)  # fmt: skip
def test_it_is_in_progress_as_aws_says(state: str, short: bool, progress: bool) -> None:
    """Where AWS does not tell, while tasks are lacking."""
    assert Rollout(None, state, "", 0, ()).is_in_progress(is_short_of_tasks=short) is progress


def test_registrations_are_told_from_deregistrations() -> None:
    """And names say nothing."""
    assert Event(None, "(service app) registered 1 targets in (target-group x)").is_registration
    assert not Event(None, "(service app) deregistered 1 targets in (target-group x)").is_registration
    assert not Event(None, "(service registered 1 targets) has started").is_registration
    assert not Event(None, "(service failed) has started (task error)").is_failure


def test_events_keep_their_order() -> None:
    """As AWS lists them: the newest first."""
    found = events_of(Fields({"events": [event("b", 55), event("a", 50)]}, "service"))
    assert [one.message for one in found] == ["b", "a"]
    assert found[0].created == datetime(2026, 11, 20, 9, 55, tzinfo=UTC)
