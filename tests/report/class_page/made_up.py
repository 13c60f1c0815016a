"""A made-up class of any size, with everything in it that a page can show."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random
from typing import Any

from grader.classes.overview import Graded, Overview, overview_of
from grader.classes.statistics import Named
from grader.classes.students import Mistake, Student
from grader.rubric import open_rubric

REASONS = ("private route table … has no route to a NAT gateway", "the image is built for arm64", "<b>no</b> & so on")


def steps() -> list[Named]:
    """The steps of the lab's rubric."""
    return [Named(item.id, item.title, item.section, float(item.points)) for item in open_rubric().items]


def item(named: Named, outcome: str, random: Random) -> dict[str, Any]:
    """One step of one student."""
    earned = {"passed": named.points, "partial": named.points / 2}.get(outcome, 0.0)
    is_open = outcome in ("unverified", "manual")
    lost = 0.0 if is_open or outcome == "not_applicable" else named.points - earned
    reason = {
        "check": "c", "title": "It is right", "points": lost, "found": random.choice(REASONS), "because_of": None,
    }  # fmt: skip
    return {
        "id": named.id, "points": named.points, "earned": earned, "lost": lost,
        "open": named.points if is_open else 0.0, "manual": named.points if outcome == "manual" else 0.0,
        "outcome": outcome, "because_of": None, "reasons": [reason] if lost else [],
        "actions": ["s3:GetBucketPublicAccessBlock (identity policy)"] if outcome == "unverified" else [],
    }  # fmt: skip


def summary(items: list[dict[str, Any]], **more: Any) -> dict[str, Any]:
    """The summary of one student with these steps."""
    raw = sum(one["earned"] for one in items)
    left = sum(one["open"] for one in items)
    return {
        "account": "123456789012", "raw": raw, "high": raw + left, "adjusted": raw, "max": 10.0, "open": left,
        "lost": sum(one["lost"] for one in items), "items": items, "decisions": [], "idle": [],
        "late": {"days": 0, "penalty": 0.0, "because": "", "question": ""},
        "facts": {"vpcs": [], "balancers": [], "hosts": [], "asked": "", "caller": ""},
        **more,
    }  # fmt: skip


def students(count: int) -> Iterator[Graded]:
    """Students of four sections; each hundredth could not be graded."""
    random = Random(4)
    named = steps()
    outcomes = ["passed"] * 12 + ["partial"] * 3 + ["failed"] * 3 + ["unverified", "manual", "not_applicable"]
    for number in range(count):
        student = Student(f"s{number:04}", f"Name {number} Ω", f"s{number}@example.org", "ABCD"[number % 4])
        if number % 100 == 99:
            yield student, student.id, None, "AWS does not accept these credentials (ExpiredToken)."
            continue
        items = [item(one, random.choice(outcomes), random) for one in named]
        late = {"days": number % 7 // 6, "penalty": 0.0, "because": "", "question": "Unknown." if number == 5 else ""}
        yield student, student.id, summary(items, late=late, account=f"{700000000000 + number}"), ""


def made_up(count: int) -> Overview:
    """The class."""
    mistakes = [Mistake("overrides.yaml:4", "there is no student 'x' in the class.")]
    return overview_of("A lab", 10.0, steps(), students(count), mistakes)
