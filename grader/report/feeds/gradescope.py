"""Gradescope's ``results.json``: a test for each item.

Gradescope knows only ``passed`` and ``failed``. An open item earns what is certain, is named ``[open]``, says why it is
not counted as wrong, and carries its outcome in ``extra_data``; the top of the page counts what is open. An item of
which nothing is certain has no score, and neither has a submission of which nothing could be judged.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from grader.foreign_text import plain
from grader.grading.pipeline import Graded
from grader.grading.results import ItemResult, Outcome, Result
from grader.report.wording import alone, feedback, summary, whose

MAX_OUTPUT = 20_000
"""Characters of one test's text."""


def render(graded: Sequence[Graded]) -> str:
    """The document for one account; raises ``UsageError`` for several."""
    return json.dumps(document(alone(graded, "Gradescope")), ensure_ascii=False, indent=2) + "\n"


def document(result: Result) -> dict[str, Any]:
    """The object. The score at its top is the exact one: Gradescope's own sum of floats may not be."""
    low, high = result.feed_range
    document: dict[str, Any] = {
        "score": float(low),
        "output": "\n".join(summary(result)),
        "output_format": "text",
        "test_output_format": "text",
        "test_name_format": "text",
        "visibility": "visible",
        "stdout_visibility": "hidden",
        "tests": [*(_test(item, result.scale) for item in result.items), *_bonus(result)],
        "extra_data": {
            **whose(result),
            "collected_at": result.collected_at.isoformat(),
            "variant": result.variant,
            "points": [float(result.score), float(result.max_score)],
            "score_range": [float(low), float(high)],
            "converted": None if result.converted is None else float(result.converted),
            "open_items": [item.id for item in result.items if item.open],
        },
    }
    if not result.is_judged:
        # Without a score and without tests Gradescope enters nothing; a zero would be a grade.
        del document["score"], document["tests"]
        document["extra_data"]["outcome"] = "not_graded"
        document["output"] = f"Nothing could be judged: this is not a grade.\n{document['output']}"
    return document


def _test(item: ItemResult, scale: Fraction) -> dict[str, Any]:
    settled = item.outcome is Outcome.NOT_APPLICABLE or item.earned == item.points
    prefix = {Outcome.NOT_APPLICABLE: "[not applicable] "}.get(item.outcome, "[open] " if item.open else "")
    test: dict[str, Any] = {
        "number": plain(item.id),
        "name": f"{prefix}{plain(item.title)}",
        "score": float(item.earned * scale),
        "max_score": float(item.points * scale),
        "status": "passed" if settled else "failed",
        "output": "\n".join(feedback(item))[:MAX_OUTPUT],
        "tags": [plain(item.section)],
        "extra_data": {
            "outcome": item.outcome.value,
            "lost": float(item.lost),
            "open": float(item.open),
            "because_of": item.because_of,
        },
    }
    if item.open and item.open == item.points:
        for said in ("score", "max_score", "status"):
            del test[said]
    return test


def _bonus(result: Result) -> list[dict[str, Any]]:
    if not result.bonus:
        return []
    award = {"name": "Awarded by the instructor", "score": float(result.bonus * result.scale), "max_score": 0.0}
    return [{**award, "status": "passed", "output": plain(result.bonus_note)}]
