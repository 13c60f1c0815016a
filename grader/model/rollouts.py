"""How the newest deployment of a service goes: in progress, done, or failing, and how long it is waited for."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from grader.evidence.fields import Fields
from grader.model.findings import shorten
from grader.model.waiting import age, is_recent, moment

IN_PROGRESS = "IN_PROGRESS"
_STATES = {"STABILIZING": IN_PROGRESS, "STEADY_STATE": "COMPLETED"}

# What an event is about: names are free, so they say nothing of failures.
_NAMES = re.compile(r"\((service|taskSet|task|deployment|instance|port|target-group|elb)\b[^()]*\)", re.IGNORECASE)
# ECS's own words for what went wrong ("Service event messages" and "Service unhealthy event messages" in the
# developer guide). Tasks that were started, stopped, registered, deregistered or drained are a deployment's routine.
_FAILURE = re.compile(
    r"\b(unable to|fail(ed|ure)|unhealthy|roll(ing|ed) back|cannot|could not|error|insufficient|"
    r"Cannot\w+Error|ResourceInitializationError|OutOfMemory\w*)\b",
    re.IGNORECASE,
)
_REGISTERED = re.compile(r"\bregistered \d+ targets?\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Event:
    """A message of ECS about a service, and when it was written."""

    created: datetime | None
    message: str

    @property
    def is_failure(self) -> bool:
        """Whether it says that something failed."""
        return _FAILURE.search(_NAMES.sub(" ", self.message)) is not None

    @property
    def is_registration(self) -> bool:
        """Whether it says that targets were registered."""
        return _REGISTERED.search(_NAMES.sub(" ", self.message)) is not None

    def is_since(self, moment: datetime | None) -> bool:
        """Whether it was written then or later; also where a time is unknown."""
        return self.created is None or moment is None or self.created >= moment


@dataclass(frozen=True, slots=True)
class Rollout:
    """The newest deployment of a service; with CodeDeploy and external controllers, its newest task set.

    ``state`` is empty where AWS does not tell it. ``failures`` are the failure events since ``created``.
    """

    created: datetime | None
    state: str
    reason: str
    failed_tasks: int
    failures: tuple[Event, ...]

    @property
    def trouble(self) -> str:
        """What has failed since it began, in words; empty where nothing has."""
        if self.state == "FAILED":
            return f"its deployment has failed{f': {shorten(self.reason, 160)}' if self.reason else ''}"
        if self.failures:
            return f"an event of its deployment says: {shorten(self.failures[0].message, 160)}"
        if self.failed_tasks:
            return f"{self.failed_tasks} tasks of its deployment have failed"
        return ""

    def is_in_progress(self, *, is_short_of_tasks: bool) -> bool:
        """Whether it is not done; where AWS does not tell, it is while tasks are lacking."""
        return self.state == IN_PROGRESS or (not self.state and is_short_of_tasks)

    def is_recent(self, now: datetime) -> bool:
        """Whether it began so lately that it may still be in progress without anything being wrong."""
        return is_recent(self.created, now)

    def age(self, now: datetime) -> str:
        """How old it is, in words."""
        return age(self.created, now) if self.created is not None else "an unknown time"


NO_ROLLOUT = Rollout(None, "NONE", "", 0, ())
"""That of a service which AWS describes without any deployment."""


def events_of(service: Fields) -> tuple[Event, ...]:
    """The events of a service, the newest first, as AWS lists them."""
    return tuple(Event(moment(one.text("createdAt", "")), one.text("message", "")) for one in service.each("events"))


def rollout_of(service: Fields, events: Iterable[Event]) -> Rollout:
    """The newest deployment of a service."""
    found = [*service.each("deployments"), *service.each("taskSets")]
    if not found:
        return NO_ROLLOUT
    newest = max(found, key=lambda one: (_stamp(one), one.text("status", "") == "PRIMARY"))
    created, identifier = moment(newest.text("createdAt", "")), newest.text("id", "")
    state = newest.text("rolloutState", "") or newest.text("stabilityStatus", "")
    return Rollout(
        created=created,
        state=_STATES.get(state, state),
        reason=newest.text("rolloutStateReason", ""),
        failed_tasks=newest.whole("failedTasks"),
        failures=tuple(
            one for one in events if one.is_failure and one.is_since(created) and _is_about(one, identifier, found)
        ),
    )


def _stamp(deployment: Fields) -> float:
    created = moment(deployment.text("createdAt", ""))
    return created.timestamp() if created is not None else 0.0


def _is_about(event: Event, identifier: str, deployments: Iterable[Fields]) -> bool:
    """Whether an event may be about this deployment: it names it, or no other one."""
    others = (one.text("id", "") for one in deployments)
    named = {one for one in others if one and re.search(rf"{re.escape(one)}(?!\d)", event.message)}
    return not named or identifier in named
