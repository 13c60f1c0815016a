"""The last two lines that an Autolab autograder prints: feedback by section, then the scores.

The problems of the assessment are named like the items of the rubric: ``1.1``, ``4.5``. Print this last; Autolab reads
the very last line of standard output. A score that it reads replaces one that a person entered, so a problem of which
points are open, or which a person decides, is left out.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from grader.foreign_text import plain
from grader.grading.pipeline import Graded
from grader.grading.results import CheckResult, Outcome, Result
from grader.report.wording import alone, not_counted, score_words, whose_words, why_of

_RESERVED = {"_presentation", "stages"}


def render(graded: Sequence[Graded]) -> str:
    """Two lines of JSON for one account; raises ``UsageError`` for several."""
    result = alone(graded, "Autolab")
    # ASCII alone: the line is found by its end, and the machine that prints it may have any locale.
    return f"{json.dumps(_feedback(result))}\n{json.dumps(_scores(result))}\n"


def _scores(result: Result) -> dict[str, Any]:
    settled = [item for item in result.items if item.outcome is not Outcome.NOT_APPLICABLE and not item.open]
    scores: dict[str, Any] = {"scores": {item.id: float(item.earned * result.scale) for item in settled}}
    return {**scores, "scoreboard": [score_words(result)]} if result.is_judged else scores


def _feedback(result: Result) -> dict[str, Any]:
    head: dict[str, Any] = {"passed": result.is_judged}
    if not result.is_judged:
        head["hint"] = "Nothing could be judged: there is no grade."
    stages: dict[str, dict[str, Any]] = {"Graded": {whose_words(result): head}}
    for item in result.items:
        if item.outcome is Outcome.NOT_APPLICABLE:
            continue
        section = plain(item.section)
        stage = stages.setdefault(f"{section}." if section in _RESERVED else section, {})
        for check in item.checks:
            stage[f"{plain(item.id)} {plain(check.title)}"] = _case(check, why_of(result, check))
    return {"_presentation": "semantic", "stages": list(stages), **stages}


def _case(check: CheckResult, why: str) -> dict[str, Any]:
    if check.outcome is Outcome.PASSED:
        return {"passed": True}
    if check.outcome is Outcome.FAILED:
        reason = f"Why: {why} " if why else ""
        return {"passed": False, "hint": f"{plain(check.message)}. {reason}Next: {plain(check.hint)}"}
    # Autolab shows a case as passed or not; the hint says that this one is neither.
    return {"passed": False, "hint": f"Open, {not_counted(check)}. {plain(check.message)}".rstrip()}
