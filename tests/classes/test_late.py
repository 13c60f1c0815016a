"""Late work: by the hand-in time or the own last change; what is unknown is a question and never a penalty."""

from __future__ import annotations

import json
from datetime import datetime
from fractions import Fraction
from pathlib import Path

import pytest

from grader.classes.late import lateness
from grader.errors import RubricError
from grader.evidence import Evidence
from grader.model.trail import changes
from grader.rubric import default_rubric, open_rubric
from grader.rubric.late_policy import LatePolicy
from tests.cases import golden

TEN = Fraction(10)
POLICY = {"deadline": "2026-10-24 23:59", "time_zone": "Europe/Athens", "per_day": "1.0"}


def policy(folder: Path, **more: object) -> LatePolicy:
    """A policy as a rubric has it."""
    path = folder / "rubric.yaml"
    late = json.dumps({**POLICY, **more})
    text = default_rubric().read_text("utf-8")
    path.write_text(text.replace("variants:\n", f"late: {late}\nvariants:\n", 1), "utf-8")
    read = open_rubric(path).late
    assert read is not None
    return read


def at(text: str) -> datetime:
    """A time."""
    return datetime.fromisoformat(text)


@pytest.mark.parametrize(
    ("handed_in", "days"),
    [
        ("2026-10-24 23:59", 0),
        ("2026-10-24 20:59+00:00", 0),  # the same moment: Athens is three hours ahead in summer
        ("2026-10-24 21:00+00:00", 1),
        ("2026-10-25 23:58", 1),  # clocks went back on the 25th: that day had 25 hours
        ("2026-10-25 21:58+00:00", 1),  # the same moment
        ("2026-10-26 00:00", 2),
        ("2026-10-25 22:00+00:00", 2),
        ("2027-10-24 23:59", 365),
    ],
)
def test_days_are_counted_in_the_time_zone_of_the_policy(tmp_path: Path, handed_in: str, days: int) -> None:
    """A day is over at the deadline's time of day there, however the moment is written and when clocks change."""
    late = lateness(policy(tmp_path), "ada", at(handed_in), (), TEN)
    assert (late.days, late.question) == (days, "")


@pytest.mark.parametrize(
    ("more", "penalty"),
    [
        ({}, 3),
        ({"cap": "2"}, 2),
        ({"per_day": "10%"}, 3),
        ({"per_day": "50%"}, 15),
        ({"per_day": "50%", "cap": "100%"}, 10),
        ({"grace_minutes": "4320"}, 0),
        ({"extensions": {"ada": "2026-10-30 12:00"}}, 0),
        ({"extensions": {"bo": "2026-10-30 12:00"}}, 3),
    ],
)
def test_the_policy_says_what_it_costs(tmp_path: Path, more: dict[str, object], penalty: int) -> None:
    """Per day, as points or a share, with grace, cap and extensions; the score never goes below nothing."""
    late = lateness(policy(tmp_path, **more), "ada", at("2026-10-27 12:00"), (), TEN)
    assert late.penalty == penalty
    assert late.adjusted(Fraction(9)) == max(0, 9 - penalty)


def trail(*events: tuple[str, str, str]) -> Evidence:
    """Evidence with changes: name, time and who (``student`` or a service)."""
    document = golden()
    answers = []
    for name, time, who in events:
        identity = {"type": "IAMUser", "arn": "arn:aws:iam::123456789012:user/x"}
        if who != "student":
            identity = {"type": "AWSService", "invokedBy": who}
        inner = json.dumps({"userIdentity": identity, "userAgent": "console" if who == "student" else who})
        answers.append({"EventName": name, "EventTime": time, "ReadOnly": "false", "CloudTrailEvent": inner})
    document["calls"]["cloudtrail.LookupEvents"] = {
        "eu-west-1": {"ReadOnly=false": {"response": {"Events": answers}}},
        "us-east-1": {"ReadOnly=false": {"error": {"Code": "AccessDeniedException", "Message": "no"}}},
    }
    return Evidence(document)


BEFORE, AFTER, LATER = "2026-10-20T10:00:00+00:00", "2026-10-25T10:00:00+00:00", "2026-10-26T10:00:00+00:00"
SERVICE = "ecs.amazonaws.com"


@pytest.mark.parametrize(
    ("events", "days", "asks"),
    [
        ([("CreateVpc", BEFORE, "student")], 0, ""),
        ([("CreateVpc", AFTER, "student"), ("CreateVpc", BEFORE, "student")], 1, ""),
        ([("CreateVpc", BEFORE, "student"), ("RunTask", LATER, SERVICE)], 0, "made by a service"),
        ([("RunTask", LATER, SERVICE)], 0, "made by a service"),
        ([("CreateVpc", AFTER, "student"), ("RunTask", LATER, SERVICE)], 1, ""),
        ([], 0, "When was this handed in?"),
    ],
)
def test_without_a_hand_in_time_the_own_last_change_counts(
    tmp_path: Path, events: list[tuple[str, str, str]], days: int, asks: str
) -> None:
    """What a service did, and what nobody knows, is a question to the TA."""
    late = lateness(policy(tmp_path), "ada", None, changes(trail(*events)), TEN)
    assert late.days == days
    assert asks in late.question
    assert bool(asks) == bool(late.question)
    assert (late.penalty > 0) == (days > 0)


def test_a_change_that_was_refused_is_none() -> None:
    """Somebody who only tried after the deadline has handed in before it."""
    document = golden()
    inner = json.dumps({"errorCode": "AccessDenied", "userIdentity": {"type": "IAMUser"}})
    events = [{"EventName": "CreateVpc", "EventTime": AFTER, "ReadOnly": "false", "CloudTrailEvent": inner}]
    document["calls"]["cloudtrail.LookupEvents"] = {"eu-west-1": {"ReadOnly=false": {"response": {"Events": events}}}}
    assert list(changes(Evidence(document))) == []


def test_without_a_policy_nobody_is_late() -> None:
    """The lab's own rubric has none."""
    assert open_rubric().late is None
    assert lateness(None, "ada", at("2036-01-01 00:00"), (), TEN).penalty == 0


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("deadline", "2026-10-24", "not a date and time"),
        ("deadline", "soon", "not a date and time"),
        ("time_zone", "Mars/Olympus", "no time zone"),
        ("time_zone", "../../etc/passwd", "no time zone"),
        ("per_day", "a lot", "neither a number of points nor a percentage"),
        ("per_day", "-1", "neither a number of points nor a percentage"),
        ("grace_minutes", "x", "not a number"),
        ("extra", "x", "has no key 'extra'"),
    ],
)
def test_a_mistake_in_the_policy_is_named_with_its_line(tmp_path: Path, key: str, value: str, said: str) -> None:
    """As every other mistake of a rubric."""
    with pytest.raises(RubricError, match=said) as raised:
        policy(tmp_path, **{key: value})
    assert "rubric.yaml:" in str(raised.value)
