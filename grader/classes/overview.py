"""A class at one glance: its students, its steps, its questions. What ``class.html`` shows."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from grader.classes.questions import HandIn, QuestionToTa, questions_about
from grader.classes.statistics import Named, Permission, Statistics, Step
from grader.classes.students import Mistake, Student

FIRST = 20
"""Students to look at first."""


@dataclass(frozen=True, slots=True)
class Cell:
    """One step of one student."""

    outcome: str
    earned: float


@dataclass(frozen=True, slots=True)
class Row:
    """One student. ``score`` is None where there is no grade, and ``error`` says why; ``page`` is the page's name."""

    id: str
    name: str
    email: str
    section: str
    account: str
    score: float | None
    adjusted: float | None
    open: float
    late_days: int
    decisions: tuple[str, ...]
    error: str
    page: str
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class First:
    """A student to look at first, and why."""

    id: str
    name: str
    page: str
    why: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Overview:
    """A class."""

    lab: str
    highest: float
    rows: tuple[Row, ...]
    steps: tuple[Step, ...]
    permissions: tuple[Permission, ...]
    questions: tuple[QuestionToTa, ...]
    mistakes: tuple[Mistake, ...]
    first: tuple[First, ...]
    is_masked: bool = False

    @property
    def scores(self) -> tuple[float, ...]:
        """The adjusted scores of those who have a grade, in order."""
        return tuple(sorted(row.adjusted for row in self.rows if row.adjusted is not None))


Graded = tuple[Student, str, Mapping[str, Any] | None, str]
"""A student, the name of the files, the summary of the grade if there is one, and the error if there is one."""


def overview_of(
    lab: str, highest: float, steps: Sequence[Named], graded: Iterable[Graded], mistakes: Iterable[Mistake]
) -> Overview:
    """A class, from its students in the order of the roster."""
    statistics = Statistics(steps)
    rows, hand_ins, all_mistakes = [], [], list(mistakes)
    for student, slug, summary, error in graded:
        rows.append(_row(student, slug, summary, error, steps))
        if summary is not None:
            statistics.add(summary)
            needed = {name: summary[name] for name in ("facts", "account", "late")}
            hand_ins.append(HandIn(student.id, student.account, needed))
            all_mistakes += [Mistake(*idle) for idle in summary["idle"]]
    questions = questions_about(hand_ins)
    return Overview(
        lab=lab,
        highest=highest,
        rows=tuple(rows),
        steps=statistics.steps,
        permissions=statistics.permissions,
        questions=questions,
        mistakes=tuple(all_mistakes),
        first=_first(rows, questions),
    )


def _row(student: Student, slug: str, summary: Mapping[str, Any] | None, error: str, steps: Sequence[Named]) -> Row:
    items = {item["id"]: item for item in summary["items"]} if summary else {}
    missing = {"outcome": "", "earned": 0.0}
    cells = (items.get(step.id, missing) for step in steps)
    return Row(
        id=student.id,
        name=student.name,
        email=student.email,
        section=student.section,
        account=summary["account"] if summary else student.account,
        score=summary["raw"] if summary else None,
        adjusted=summary["adjusted"] if summary else None,
        open=summary["open"] if summary else 0.0,
        late_days=summary["late"]["days"] if summary else 0,
        decisions=tuple(summary["decisions"]) if summary else (),
        error=error,
        page=slug if summary else "",
        cells=tuple(Cell(cell["outcome"], cell["earned"]) for cell in cells),
    )


def _first(rows: Sequence[Row], questions: Iterable[QuestionToTa]) -> tuple[First, ...]:
    """Whoever could not be graded, then those with questions, then those with most open points."""
    asked: dict[str, int] = {}
    for question in questions:
        for student in question.students:
            asked[student] = asked.get(student, 0) + 1
    found = []
    for row in rows:
        why = [row.error] if row.error else []
        if asked.get(row.id):
            why.append("1 question" if asked[row.id] == 1 else f"{asked[row.id]} questions")
        if row.open:
            why.append("1 point open" if row.open == 1 else f"{row.open:g} points open")
        if why:
            rank = (not row.error, -asked.get(row.id, 0), -row.open)
            found.append((rank, First(row.id, row.name, row.page, tuple(why))))
    found.sort(key=lambda one: one[0])
    return tuple(first for _, first in found[:FIRST])


_EMAIL = re.compile(r"[\w.+'-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){0,8}")
_ACCOUNT = re.compile(r"(?<!\d)\d{12}(?!\d)")


def masked(overview: Overview) -> Overview:
    """The same without e-mail addresses and account ids, wherever they are; a student id that is one is a number."""
    aliases = {
        row.id: f"student {number}"
        for number, row in enumerate(overview.rows, 1)
        if _EMAIL.search(row.id) or _ACCOUNT.search(row.id)
    }
    shown = _masker(aliases)
    return replace(
        overview,
        rows=tuple(
            replace(
                row, id=shown(row.id), name=shown(row.name), email="", section=shown(row.section), account="", page="",
                error=shown(row.error), decisions=tuple(map(shown, row.decisions)),
            )
            for row in overview.rows
        ),
        steps=tuple(
            replace(step, reasons=tuple(replace(one, words=shown(one.words)) for one in step.reasons))
            for step in overview.steps
        ),
        questions=tuple(QuestionToTa(tuple(map(shown, one.students)), shown(one.words)) for one in overview.questions),
        mistakes=tuple(Mistake(shown(one.where), shown(one.problem), shown(one.remedy)) for one in overview.mistakes),
        first=tuple(
            First(shown(one.id), shown(one.name), "", tuple(map(shown, one.why))) for one in overview.first
        ),
        is_masked=True,
    )  # fmt: skip


def _masker(aliases: Mapping[str, str]) -> Callable[[str], str]:
    def shown(text: str) -> str:
        if text in aliases:
            return aliases[text]
        found = _EMAIL.sub(lambda match: aliases.get(match[0], "[e-mail]"), text)
        return _ACCOUNT.sub(lambda match: aliases.get(match[0], "[account]"), found)

    return shown
