"""CloudTrail's event history: who used the command line, who logged Docker in."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from grader.errors import Missing, Unverified
from grader.evidence import Evidence, Question
from grader.evidence.fields import Fields
from grader.evidence.tracking import tracked_property
from grader.model.findings import Finding, shorten
from grader.model.gathering import merged
from grader.model.waiting import moment

_OPERATION = "cloudtrail.LookupEvents"
_ECR = "ecr.amazonaws.com"
_LOGIN = ("GetAuthorizationToken", "PutImage")
# The session of a service that works in a role of the account: a task of ECS has its id, a build its own name.
_SERVICE_SESSION = re.compile(r":assumed-role/[^/]+/([0-9a-f]{32}|AWSCodeBuild-.+)$")


@dataclass(frozen=True, slots=True)
class Event:
    """One management event; ``user_agent`` is without the brackets that S3 puts around it."""

    name: str
    source: str
    time: str
    user_agent: str
    caller: str
    caller_type: str
    invoked_by: str
    error_code: str

    @property
    def is_by_a_person(self) -> bool:
        """Whether it was not an AWS service that called (ECS itself logs in to ECR to pull an image)."""
        return (
            not self.invoked_by
            and self.caller_type != "AWSService"
            and not self.user_agent.endswith(".amazonaws.com")
            and not _SERVICE_SESSION.search(self.caller)
        )

    @property
    def is_of_the_command_line(self) -> bool:
        """Whether a person made it with the AWS CLI; what was refused was a command all the same."""
        return self.user_agent.startswith("aws-cli/") and self.is_by_a_person

    @property
    def is_a_login(self) -> bool:
        """Whether a person got a token of the private registry or pushed to it."""
        return self.name in _LOGIN and self.source == _ECR and not self.error_code and self.is_by_a_person


class Trail:
    """The events that the evidence holds; the history reaches back 90 days and has no data events."""

    def __init__(self, evidence: Evidence) -> None:
        self.evidence = evidence
        self.memo: dict[str, Any] = {}

    @tracked_property
    def uses_of_the_command_line(self) -> Finding:
        """Whether an event was made by the AWS CLI. Unknown if none was and an answer is missing or not whole."""
        asked = [one for one in self.evidence.asked(_OPERATION) if not one.key.startswith("ReadOnly=")]
        return self._find("ListUsers", asked, lambda event: event.is_of_the_command_line, "call of the AWS CLI")

    @tracked_property
    def shows_a_login(self) -> Finding:
        """Whether somebody got a token of ECR or pushed an image to it. Unknown as above."""
        asked = [one for one in self.evidence.asked(_OPERATION) if one.key.removeprefix("EventName=") in _LOGIN]
        return self._find("GetAuthorizationToken", asked, lambda event: event.is_a_login, "login to ECR")

    def _find(self, name: str, questions: Sequence[Question], wanted: Callable[[Event], bool], what: str) -> Finding:
        gaps = []
        for question in questions:
            try:
                answer = self.evidence.answer_to(question)
                for event in _events(answer):
                    if wanted(event):
                        return Finding(True, f"CloudTrail shows {shorten(event.name)} at {shorten(event.time)}")
            except Unverified as error:
                gaps.append(error)
                continue
            if answer.text("NextToken", ""):
                gaps.append(Unverified(f"CloudTrail has more events than were read ({shorten(question.key)})"))
        if gaps:
            raise merged(gaps)
        if not any(question.key == f"EventName={name}" for question in questions):
            self.evidence.answer(_OPERATION, self.evidence.meta.text("home_region", "us-east-1"), EventName=name)
        return Finding(False, f"CloudTrail shows no {what} in 90 days", f"a {what}")


@dataclass(frozen=True, slots=True)
class Change:
    """An event that changed something in the account."""

    event: Event
    at: datetime


def changes(evidence: Evidence) -> Iterator[Change]:
    """Every change that the evidence shows, in no order; what was refused is left out, and so are attempts."""
    for question in evidence.asked(_OPERATION):
        try:
            answer = evidence.answer_to(question)
        except (Unverified, Missing):
            continue
        for each in answer.each("Events"):
            event = _event(each)
            at = moment(event.time)
            if each.text("ReadOnly", "") == "false" and not event.error_code and at is not None:
                yield Change(event, at)


def _events(answer: Fields) -> Iterator[Event]:
    for each in answer.each("Events"):
        yield _event(each)


def _event(each: Fields) -> Event:
    try:
        detail = json.loads(each.text("CloudTrailEvent", "{}"))
    except (ValueError, RecursionError):
        detail = {}
    inner = Fields(detail if isinstance(detail, dict) else {}, each.where)
    identity = inner.within("userIdentity")
    return Event(
        name=each.text("EventName", ""),
        source=inner.text("eventSource", "") or each.text("EventSource", ""),
        time=each.text("EventTime", ""),
        user_agent=inner.text("userAgent", "").removeprefix("[").removesuffix("]"),
        caller=identity.text("arn", ""),
        caller_type=identity.text("type", ""),
        invoked_by=identity.text("invokedBy", ""),
        error_code=inner.text("errorCode", ""),
    )
