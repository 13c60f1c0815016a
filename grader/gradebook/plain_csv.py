"""Results as a table for everything that is neither Canvas nor Moodle: a row for each, a column for each step."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from fractions import Fraction
from io import StringIO

from grader.foreign_text import guarded, plain
from grader.gradebook.graded import Grade

FIRST = ("student", "account", "profile", "file", "score", "max_score", "open", "grader", "rubric", "rubric_sha256")


def table(grades: Sequence[Grade]) -> str:
    """CSV with a header. A step of which points are open is empty; the score is, where nothing could be judged."""
    steps = list(dict.fromkeys(step[0] for grade in grades for step in grade.steps))
    out = StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow([*FIRST, *steps, "feedback"])
    for grade in grades:
        document = grade.document
        rubric = document.get("rubric")
        rubric = rubric if isinstance(rubric, dict) else {}
        earned = {step[0]: step[2] for step in grade.steps}
        waiting = sum((Fraction(str(item["open"])) for item in document["items"]), Fraction(0))
        said = [document.get(name) or "" for name in ("student", "account", "profile", "source")]
        by = [document.get("grader") or "", rubric.get("name", ""), rubric.get("sha256", "")]
        writer.writerow([
            *(guarded(plain(str(one))) for one in said),
            _points(grade.score), _points(grade.maximum), _points(waiting),
            *(guarded(plain(str(one))) for one in by), *(_points(earned.get(step)) for step in steps),
            guarded(grade.feedback),
        ])  # fmt: skip
    return out.getvalue()


def _points(value: Fraction | None) -> str:
    return "" if value is None else f"{float(value):.4f}".rstrip("0").rstrip(".")
