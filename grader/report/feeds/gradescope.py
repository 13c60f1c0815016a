"""Gradescope's ``results.json``: a test for each item.

Gradescope knows only ``passed`` and ``failed``. An open item earns what is certain, is named ``[open]``,
says why it is not counted as wrong, and carries its outcome in ``extra_data``; the top of the page counts
what is open.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from grader.foreign_text import plain
from grader.grading.pipeline import Graded
from grader.grading.results import ItemResult, Outcome, Result
from grader.report.wording import alone, feedback, summary

MAX_OUTPUT = 20_000
"""Characters of one test's text."""


def render(graded: Sequence[Graded]) -> str:
    """The document for one account; raises ``UsageError`` for several."""
    return json.dumps(document(alone(graded, "Gradescope")), ensure_ascii=False, indent=2) + "\n"


def document(result: Result) -> dict[str, Any]:
    """The object. The score at its top is the exact one: Gradescope's own sum of floats may not be."""
    low, high = result.score_range
    return {
        "score": float(result.score),
        "output": "\n".join(summary(result)),
        "output_format": "text",
        "test_output_format": "text",
        "test_name_format": "text",
        "visibility": "visible",
        "stdout_visibility": "hidden",
        "tests": [*map(_test, result.items), *_bonus(result)],
        "extra_data": {
            "account": plain(result.account),
            "collected_at": result.collected_at.isoformat(),
            "variant": result.variant,
            "score_range": [float(low), float(high)],
            "converted": None if result.converted is None else float(result.converted),
            "open_items": [item.id for item in result.items if item.open],
        },
    }


def _test(item: ItemResult) -> dict[str, Any]:
    settled = item.outcome is Outcome.NOT_APPLICABLE or item.earned == item.points
    prefix = {Outcome.NOT_APPLICABLE: "[not applicable] "}.get(item.outcome, "[open] " if item.open else "")
    return {
        "number": plain(item.id),
        "name": f"{prefix}{plain(item.title)}",
        "score": float(item.earned),
        "max_score": float(item.points),
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


def _bonus(result: Result) -> list[dict[str, Any]]:
    if not result.bonus:
        return []
    award = {"name": "Awarded by the instructor", "score": float(result.bonus), "max_score": 0.0}
    return [{**award, "status": "passed", "output": plain(result.bonus_note)}]
