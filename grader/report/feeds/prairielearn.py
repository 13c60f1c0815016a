"""PrairieLearn's ``results.json``: a score from 0 to 1 and a test for each check.

``gradable: false`` keeps an attempt from being scored and used up. It is written where nothing at all
could be judged (every check that applies is open: expired credentials, an ended lab session) and nowhere
else: one refused permission must not keep a student from the points that are certain.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

from grader.foreign_text import plain
from grader.grading.pipeline import Graded
from grader.grading.results import CheckResult, ItemResult, Outcome, Result
from grader.report.wording import alone, not_counted, summary

MAX_BYTES = 1024 * 1024
"""PrairieLearn takes no larger document."""


def render(graded: Sequence[Graded]) -> str:
    """The document for one account; raises ``UsageError`` for several."""
    result = alone(graded, "PrairieLearn")
    text = json.dumps(document(result), ensure_ascii=False, indent=1) + "\n"
    if len(text.encode()) <= MAX_BYTES:
        return text
    return json.dumps({**document(result), "tests": []}, ensure_ascii=False, indent=1) + "\n"


def document(result: Result) -> dict[str, Any]:
    """The object. With ``gradable`` false it has a ``message`` and no score."""
    said = "\n".join(summary(result))
    if not result.is_judged:
        reasons = [check.message for _, check in _checks(result) if check.outcome.is_open and check.message]
        reason = f" {plain(reasons[0])}" if reasons else ""
        return {"gradable": False, "message": f"Nothing could be judged.{reason} {said}"}
    # A bonus can exceed the maximum; PrairieLearn's score cannot.
    score = min(1.0, float(result.score / result.max_score)) if result.max_score else 0.0
    return {
        "gradable": True,
        "score": score,
        "message": said,
        "tests": [*(_test(item, check) for item, check in _checks(result)), *_rest(result)],
    }


def _rest(result: Result) -> Iterator[dict[str, Any]]:
    """What makes the tests sum to the score: points that are open, in one test of their own, and a bonus."""
    if result.open:
        yield {
            "name": "Open points, neither earned nor lost",
            "points": 0.0,
            "max_points": float(result.open),
            "message": "These points belong to the tests marked as open. They can still be earned.",
        }
    if result.bonus:
        award = {"name": "Awarded by the instructor", "points": float(result.bonus), "max_points": 0.0}
        yield {**award, "message": plain(result.bonus_note)}


def _checks(result: Result) -> Iterator[tuple[ItemResult, CheckResult]]:
    for item in result.items:
        for check in item.checks:
            if check.outcome is not Outcome.NOT_APPLICABLE:
                yield item, check


def _test(item: ItemResult, check: CheckResult) -> dict[str, Any]:
    """A test has points, or none: a check is whole, so that the display of single tests works."""
    test: dict[str, Any] = {
        "name": f"{plain(item.id)} {plain(check.title)}",
        "description": plain(item.title),
        "points": float(check.points) if check.outcome is Outcome.PASSED else 0.0,
        "max_points": float(check.points),
    }
    if check.outcome is Outcome.FAILED:
        test["message"] = plain(check.message)
        test["output"] = f"Next: {plain(check.hint)}"
    elif check.outcome.is_open:
        # Neutral: worth nothing here, so that it is not shown as wrong.
        test["max_points"] = 0.0
        test["name"] = f"[open] {test['name']}"
        test["message"] = f"Open: {not_counted(check)}. {plain(check.message)}".rstrip()
    return test
