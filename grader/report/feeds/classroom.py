"""GitHub Classroom: the line ``result=…`` of a step's output, which its reporter adds up.

The value is base64 of a JSON object with a test for each item. Every test has its own points, so partial
credit is kept; the reporter sums ``score`` over the tests and shows it out of ``max_score``. Write it with
``--classroom "$GITHUB_OUTPUT"``.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from typing import Any

from grader.foreign_text import plain
from grader.grading.pipeline import Graded
from grader.grading.results import ItemResult, Outcome, Result
from grader.report.wording import alone, feedback, summary


def render(graded: Sequence[Graded]) -> str:
    """One line for one account; raises ``UsageError`` for several."""
    text = json.dumps(document(alone(graded, "GitHub Classroom")))
    return f"result={base64.b64encode(text.encode()).decode('ascii')}\n"


def document(result: Result) -> dict[str, Any]:
    """The object. ``status`` is ``error`` where points are open and none is lost."""
    status = "fail" if result.lost else "error" if result.open else "pass"
    items = [item for item in result.items if item.outcome is not Outcome.NOT_APPLICABLE]
    tests = [_test(item) for item in items]
    if result.bonus:
        award = {"name": "Awarded by the instructor", "score": float(result.bonus), "max_score": 0.0}
        tests.append({**award, "status": "pass", "message": plain(result.bonus_note)})
    return {
        "version": 1,
        "status": status,
        "max_score": float(result.max_score),
        "message": "\n".join(summary(result)),
        "tests": tests,
    }


def _test(item: ItemResult) -> dict[str, Any]:
    status = "fail" if item.lost else "error" if item.open else "pass"
    return {
        "name": f"{plain(item.id)} {plain(item.title)}",
        "status": status,
        "score": float(item.earned),
        "max_score": float(item.points),
        "message": "\n".join(feedback(item)),
    }
