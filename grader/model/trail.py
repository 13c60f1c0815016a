"""CloudTrail's event history: who used the command line, who logged Docker in."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from grader.errors import Unverified
from grader.evidence import Evidence, Question
from grader.evidence.fields import Fields
from grader.evidence.tracking import derived
from grader.model.findings import Finding
from grader.model.gathering import merged

_OPERATION = "cloudtrail.LookupEvents"


@dataclass(frozen=True, slots=True)
class Event:
    """One management event."""

    id: str
    name: str
    source: str
    time: str
    user_agent: str
    user_type: str
    invoked_by: str
    error_code: str

    @property
    def is_by_a_person(self) -> bool:
        """Whether it was not an AWS service that called (ECS itself logs in to ECR to pull an image)."""
        return not self.invoked_by and not self.user_agent.endswith(".amazonaws.com")


class Trail:
    """The events that the evidence holds; the history reaches back 90 days and has no data events."""

    def __init__(self, evidence: Evidence) -> None:
        self.evidence = evidence
        self.memo: dict[str, Any] = {}

    @derived
    def uses_of_the_command_line(self) -> Finding:
        """Whether an event was made by the AWS CLI. Unknown if none was and an answer is missing."""
        return self._find(None, lambda event: event.user_agent.startswith("aws-cli/"), "a call of the AWS CLI")

    @derived
    def shows_a_login(self) -> Finding:
        """Whether somebody fetched a registry token or pushed an image, without an error."""
        names = {"GetAuthorizationToken", "PutImage"}
        return self._find(names, lambda event: event.is_by_a_person and not event.error_code, "a login to ECR")

    def _find(self, names: set[str] | None, wanted: Any, what: str) -> Finding:
        questions = [q for q in self.evidence.asked(_OPERATION) if names is None or _event_name(q) in names]
        gaps = []
        for question in questions:
            try:
                for event in self._events(question):
                    if wanted(event):
                        return Finding(True, f"CloudTrail shows {event.name} at {event.time}")
            except Unverified as error:
                gaps.append(error)
        if gaps:
            raise merged(gaps)
        if not questions:
            self.evidence.answer(_OPERATION, self.evidence.meta.text("home_region", "us-east-1"))
        return Finding(False, f"CloudTrail shows no {what.removeprefix('a ')} in 90 days", what)

    def _events(self, question: Question) -> Iterator[Event]:
        for each in self.evidence.answer_to(question).each("Events"):
            yield _event(each)


def _event_name(question: Question) -> str:
    return question.key.removeprefix("EventName=")


def _event(each: Fields) -> Event:
    try:
        detail = json.loads(each.text("CloudTrailEvent", "{}"))
    except (ValueError, RecursionError):
        detail = {}
    inner = Fields(detail if isinstance(detail, dict) else {}, each.where)
    identity = inner.within("userIdentity")
    return Event(
        id=each.text("EventId", ""),
        name=each.text("EventName", ""),
        source=each.text("EventSource", ""),
        time=each.text("EventTime", ""),
        user_agent=inner.text("userAgent", ""),
        user_type=identity.text("type", ""),
        invoked_by=identity.text("invokedBy", ""),
        error_code=inner.text("errorCode", ""),
    )
