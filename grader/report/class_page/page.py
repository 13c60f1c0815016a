"""``class.html``: a class as one page, with nothing fetched. Its one script sorts and filters the table of students."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from grader.classes.overview import Overview, Row
from grader.classes.statistics import Step
from grader.report.templating import TEMPLATES, content_hash, environment

BARS = 10
_CODES = {
    "passed": "p", "partial": "h", "failed": "f", "unverified": "u", "pending": "w", "manual": "m",
    "not_applicable": "n", "": "x",
}  # fmt: skip
MOST_QUESTIONS = 200


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar of the distribution: scores from ``low`` to ``high``, and how many students have one of them."""

    low: float
    high: float
    students: int
    height: float


def render_class(overview: Overview) -> str:
    """The page as HTML text. What comes from rosters and accounts is escaped; the same class gives the same text."""
    templates = environment(trim_blocks=True, lstrip_blocks=True)
    style = (TEMPLATES / "class.css").read_text(encoding="utf-8")
    script = (TEMPLATES / "class.js").read_text(encoding="utf-8")
    scores = overview.scores
    templates.globals.update(
        style=Markup(style), script=Markup(script), style_hash=content_hash(style), script_hash=content_hash(script)
    )
    return templates.get_template("class.html.j2").render(
        overview=overview,
        scores=scores,
        mean=sum(scores) / len(scores) if scores else None,
        median=_median(scores),
        failed=sum(1 for row in overview.rows if row.score is None),
        open=sum(1 for row in overview.rows if row.open),
        late=sum(1 for row in overview.rows if row.late_days),
        decided=sum(1 for row in overview.rows if row.decisions),
        bars=_bars(scores, overview.highest),
        questions=overview.questions[:MOST_QUESTIONS],
        more_questions=max(0, len(overview.questions) - MOST_QUESTIONS),
        sections=sorted({row.section for row in overview.rows if row.section}),
        data=_data(overview),
        difficulty=_difficulty,
        number=number,
    )


def number(value: float) -> str:
    """Points with two decimals, or three where they need them."""
    text = f"{value:.3f}"
    return text[:-1] if text.endswith("0") else text


def _median(scores: Sequence[float]) -> float | None:
    if not scores:
        return None
    middle = len(scores) // 2
    return scores[middle] if len(scores) % 2 else (scores[middle - 1] + scores[middle]) / 2


def _bars(scores: Sequence[float], highest: float) -> tuple[Bar, ...]:
    width = (highest or 1) / BARS
    counts = [0] * BARS
    for score in scores:
        counts[min(BARS - 1, max(0, int(score / width + 1e-9)))] += 1
    most = max(counts, default=0) or 1
    return tuple(Bar(width * n, width * (n + 1), count, 100 * count / most) for n, count in enumerate(counts))


def _difficulty(step: Step) -> str:
    if step.difficulty is None:
        return "–"
    return "hard" if step.difficulty < 0.5 else "medium" if step.difficulty < 0.8 else "easy"


def _data(overview: Overview) -> Markup:
    """What the script shows, as JSON that no markup can end."""
    document = {
        "steps": [{"id": step.id, "title": step.title, "points": step.points} for step in overview.steps],
        "students": [_student(row) for row in overview.rows],
    }
    text = json.dumps(document, separators=(",", ":"))
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return Markup(text)


def _student(row: Row) -> list[Any]:
    return [
        row.id, row.name, row.email, row.section, row.account, row.score, row.adjusted, row.open, row.late_days,
        len(row.decisions), row.error, row.page, "".join(_CODES[cell.outcome] for cell in row.cells),
        [round(cell.earned, 4) for cell in row.cells],
    ]  # fmt: skip
