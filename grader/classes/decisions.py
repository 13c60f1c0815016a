"""What people decided about steps: ``overrides.yaml``, and the points that they wrote into ``manual.csv``.

A decision that cannot be applied is an error of its row; the others apply.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from fractions import Fraction
from pathlib import Path

from grader.classes.students import Mistake
from grader.errors import UnusableInput
from grader.foreign_text import unguarded
from grader.grading.results import ItemResult, Outcome, Result, points
from grader.rubric import Item, Rubric
from grader.rubric.located_yaml import Marked, read_marked

OUTCOMES = ("passed", "failed", "manual")


@dataclass(frozen=True, slots=True)
class Decision:
    """What somebody decided about one step of one student.

    ``points`` are what the step earns in all; where ``is_part``, what its checks that a person decides earn. ``None``
    leaves all of it open.
    """

    student: str
    step: str
    points: Fraction | None
    reason: str
    who: str
    until: date | None
    where: str
    is_part: bool = False

    @property
    def words(self) -> str:
        """One sentence for the reports."""
        amount = "left open" if self.points is None else f"{points(self.points)} points"
        until = f", until {self.until.isoformat()}" if self.until else ""
        reason = f": {self.reason}" if self.reason else ""
        return f"Step {self.step}: {amount}, decided by {self.who}{until}{reason}."


@dataclass(frozen=True, slots=True)
class Decisions:
    """All decisions of a class by student, and the rows that cannot be applied."""

    by_student: Mapping[str, tuple[Decision, ...]]
    mistakes: tuple[Mistake, ...]


def read_decisions(
    overrides: Path | None, manual: Path | None, rubric: Rubric, students: Iterable[str]
) -> Decisions:
    """Read both files. An override goes before the same student's row of ``manual.csv``.

    Raises ``UnusableInput`` for a file that cannot be read at all.
    """
    reader = _Reader({item.id: item for item in rubric.items}, frozenset(students))
    found: dict[tuple[str, str], Decision] = {}
    sources = []
    if overrides is not None:
        sources.append(reader.overrides(overrides))
    if manual is not None and manual.exists():
        sources.append(reader.manual(manual))
    for decisions in sources:
        taken = set(found)
        for decision in decisions:
            key = decision.student, decision.step
            if key in found:
                if key not in taken:
                    reader.wrong(decision.where, f"step {decision.step} of {decision.student!r} is decided twice.")
                continue
            found[key] = decision
    by_student: dict[str, tuple[Decision, ...]] = {}
    for decision in found.values():
        by_student[decision.student] = (*by_student.get(decision.student, ()), decision)
    return Decisions(by_student, tuple(reader.mistakes))


@dataclass(frozen=True, slots=True)
class Decided:
    """A result after the decisions, those that were applied, and those that change nothing any more."""

    result: Result
    applied: tuple[Decision, ...]
    idle: tuple[Mistake, ...]


def decide(result: Result, decisions: Iterable[Decision]) -> Decided:
    """Apply decisions to a result. What they ended with is told by the time of the evidence, not by today's."""
    items = {item.id: item for item in result.items}
    applied, idle = [], []
    for decision in decisions:
        item = items[decision.step]
        problem = _idle(item, decision, result.collected_at)
        if problem:
            idle.append(Mistake(decision.where, f"{decision.student!r}, step {decision.step}: {problem}", "Remove it."))
            continue
        items[item.id] = _decided(item, decision)
        applied.append(decision)
    notices = (*result.notices, *(decision.words for decision in applied))
    changed = replace(result, items=tuple(items.values()), notices=notices) if applied else result
    return Decided(changed, tuple(applied), tuple(idle))


def _idle(item: ItemResult, decision: Decision, collected_at: datetime) -> str:
    if item.outcome is Outcome.NOT_APPLICABLE:
        return "this step does not apply to this account."
    if decision.until is not None and collected_at.astimezone(UTC).date() > decision.until:
        return f"this decision was valid until {decision.until.isoformat()}, and the account was read after that."
    if decision.is_part:
        return "" if manual_points(item) else "nothing in this step waits for a person any longer."
    if decision.points is not None and not item.open and decision.points == item.earned:
        return f"the step earns {points(item.earned)} points without this decision."
    return ""


def manual_points(item: ItemResult) -> Fraction:
    """The points of a step that a person decides."""
    return sum((check.points for check in item.checks if check.outcome is Outcome.MANUAL), Fraction(0))


def _decided(item: ItemResult, decision: Decision) -> ItemResult:
    if decision.points is None:
        return replace(item, earned=Fraction(0), lost=Fraction(0), open=item.points, outcome=Outcome.MANUAL)
    if decision.is_part:
        part = manual_points(item)
        given = min(decision.points, part)
        earned, lost = item.earned + given, item.lost + part - given
    else:
        earned = decision.points
        lost = item.points - earned
    still_open = item.points - earned - lost
    outcome = Outcome.PARTIAL if earned and lost else Outcome.FAILED if lost else Outcome.PASSED
    if still_open:
        outcome = item.outcome if item.outcome is not Outcome.MANUAL else Outcome.UNVERIFIED
    because = item.because_of if lost and not earned else None
    return replace(item, earned=earned, lost=lost, open=still_open, outcome=outcome, because_of=because)


class _Reader:
    def __init__(self, items: Mapping[str, Item], students: frozenset[str]) -> None:
        self.items = items
        self.students = students
        self.mistakes: list[Mistake] = []

    def wrong(self, where: str, problem: str, remedy: str = "") -> None:
        self.mistakes.append(Mistake(where, problem, remedy))

    def overrides(self, path: Path) -> Iterator[Decision]:
        try:
            text = path.read_text(encoding="utf-8-sig")
        except UnicodeDecodeError as error:
            raise UnusableInput(f"not UTF-8 text (byte {error.start}).", where=str(path)) from error
        except OSError as error:
            raise UnusableInput(f"cannot be read: {error.strerror or error}.", where=str(path)) from error
        root = read_marked(text, str(path), UnusableInput)
        for entry in list(root.sequence()):
            try:
                decision = self._override(entry)
            except UnusableInput as error:
                self.wrong(error.where, error.problem, error.remedy)
                continue
            if self._matches(decision):
                yield decision

    def _override(self, entry: Marked) -> Decision:
        keys = entry.mapping(needs=("student", "step", "reason", "who"), may=("points", "outcome", "until"))
        if ("points" in keys) == ("outcome" in keys):
            raise entry.wrong("an override has either 'points' or 'outcome'.")
        step = keys["step"].text()
        amount: Fraction | None
        if "points" in keys:
            amount = keys["points"].decimal()
        else:
            outcome = keys["outcome"].text()
            if outcome not in OUTCOMES:
                known = ", ".join(OUTCOMES)
                raise keys["outcome"].wrong(f"{outcome!r} is not an outcome to decide.", f"Use one of: {known}.")
            full = self.items[step].points if step in self.items else Fraction(0)
            amount = {"passed": full, "failed": Fraction(0), "manual": None}[outcome]
        until = None
        if "until" in keys:
            written = str(keys["until"].node.value)
            try:
                until = date.fromisoformat(written)
            except ValueError as error:
                raise keys["until"].wrong(f"{written!r} is not a date.", "Write it like 2026-12-31.") from error
        student = str(keys["student"].node.value).strip()
        return Decision(student, step, amount, keys["reason"].text(), keys["who"].text(), until, entry.where)

    def manual(self, path: Path) -> Iterator[Decision]:
        try:
            text = path.read_text(encoding="utf-8-sig")
        except (OSError, UnicodeDecodeError) as error:
            remedy = "Save it as CSV UTF-8."
            raise UnusableInput("cannot be read as UTF-8 text.", where=str(path), remedy=remedy) from error
        first = text.partition("\n")[0]
        lines = csv.DictReader(io.StringIO(text, newline=""), delimiter=";" if ";" in first else ",")
        try:
            for row in lines:
                decision = self._row(row, f"{path}:{lines.line_num}")
                if decision is not None and self._matches(decision):
                    yield decision
        except csv.Error as error:
            self.wrong(f"{path}:{lines.line_num}", f"not CSV: {error}.")

    def _row(self, row: Mapping[str | None, object], where: str) -> Decision | None:
        cells = {str(name).strip().lower(): str(value or "").strip() for name, value in row.items() if name}
        written = cells.get("points", "").replace(",", ".")
        if not written:
            return None
        try:
            amount = Fraction(written)
        except (ValueError, ZeroDivisionError):
            self.wrong(where, f"{written[:40]!r} is not a number of points.")
            return None
        who = cells.get("who", "") or "manual.csv"
        student, step = unguarded(cells.get("student", "")), step_of(cells)
        if "." not in step and step not in self.items:
            self.wrong(where, f"there is no step {step!r}.", "A spreadsheet may have changed it: format it as text.")
            return None
        return Decision(student, step, amount, cells.get("comment", ""), who, None, where, is_part=True)

    def _matches(self, decision: Decision) -> bool:
        item = self.items.get(decision.step)
        if decision.student not in self.students:
            self.wrong(decision.where, f"the class has no student {decision.student!r}.")
        elif item is None:
            self.wrong(decision.where, f"the rubric has no step {decision.step!r}.")
        elif decision.points is not None and not 0 <= decision.points <= item.points:
            problem = f"step {item.id} can earn 0 to {points(item.points)} points, not {float(decision.points):g}."
            self.wrong(decision.where, problem)
        else:
            return True
        return False


def step_of(cells: Mapping[str, str]) -> str:
    """The step of a row of ``manual.csv``: spreadsheets make 4.1 of 4.10, and the link still has it right."""
    step = unguarded(cells.get("step", ""))
    linked = cells.get("link", "").rpartition("#step-")[2]
    try:
        return linked if linked and float(linked) == float(step.replace(",", ".")) else step
    except ValueError:
        return step
