"""Decisions of people: what they do to a result, and which rows cannot be applied."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from fractions import Fraction
from pathlib import Path

import pytest

from grader.classes.decisions import Decision, Decisions, decide, read_decisions, step_of
from grader.errors import UnusableInput
from grader.foreign_text import guarded, unguarded
from grader.grading.results import Outcome
from grader.rubric import open_rubric
from tests.cases import grade_one, patched

RUBRIC = open_rubric()
RESULT = grade_one(patched("M125")).result
OVERRIDE = Decision("ada", "4.5", Fraction("0.25"), "agreed", "Kim", None, "overrides.yaml:1")


def read(folder: Path, text: str, manual: str | None = None, students: Sequence[str] = ("ada", "bo")) -> Decisions:
    """The decisions of these files."""
    (folder / "overrides.yaml").write_text(text, "utf-8")
    if manual is not None:
        (folder / "manual.csv").write_text(manual, "utf-8")
    return read_decisions(folder / "overrides.yaml", folder / "manual.csv", RUBRIC, students)


def test_points_of_a_step_still_sum_up() -> None:
    """What is decided is earned or lost, and nothing of the step is open but what is left open on purpose."""
    for amount in (None, Fraction(0), Fraction("0.1"), Fraction("0.25")):
        decided = decide(RESULT, [replace(OVERRIDE, points=amount)]).result
        (item,) = [item for item in decided.items if item.id == "4.5"]
        assert item.earned + item.lost + item.open == item.points
        assert item.open == (item.points if amount is None else 0)
        assert decided.score == RESULT.score - Fraction("0.125") + (amount or 0)


def test_a_decision_is_told_in_the_result() -> None:
    """Who, what, why and until when."""
    decided = decide(RESULT, [replace(OVERRIDE, until=date(2027, 1, 31))])
    assert decided.result.notices[-1] == "Step 4.5: 0.25 points, decided by Kim, until 2027-01-31: agreed."


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"step": "1.1"}, "earns 0.25 points without this decision"),
        ({"until": date(2026, 1, 1)}, "valid until 2026-01-01"),
        ({"is_part": True}, "nothing in this step waits for a person"),
    ],
)
def test_a_decision_that_does_nothing_is_an_error_of_its_row(change: dict[str, object], said: str) -> None:
    """It changes no score, and says why."""
    decided = decide(RESULT, [replace(OVERRIDE, **change)])  # type: ignore[arg-type]
    assert decided.result is RESULT
    (mistake,) = decided.idle
    assert said in mistake.problem
    assert mistake.where == "overrides.yaml:1"


def test_a_step_that_does_not_apply_cannot_be_decided() -> None:
    """In a Learner Lab there is no 1.1 to give points for."""
    items = tuple(replace(item, outcome=Outcome.NOT_APPLICABLE) if item.id == "4.5" else item for item in RESULT.items)
    assert "does not apply" in decide(replace(RESULT, items=items), [OVERRIDE]).idle[0].problem


def test_an_override_goes_before_manual_csv(tmp_path: Path) -> None:
    """Two words about one step: the explicit one counts, without complaint."""
    found = read(
        tmp_path,
        "- {student: ada, step: '2.3', points: '0.5', reason: r, who: Kim}\n",
        "student,step,points,who\nada,2.3,1,Lee\nbo,2.3,\"0,25\",Lee\nbo,9.9,1,Lee\nbo,3.1,lots,Lee\n",
    )
    assert {name: [one.points for one in given] for name, given in found.by_student.items()} == {
        "ada": [Fraction("0.5")], "bo": [Fraction("0.25")],
    }  # fmt: skip
    assert [mistake.where.rpartition(":")[2] for mistake in found.mistakes] == ["4", "5"]


def test_a_step_decided_twice_in_one_file_is_a_mistake(tmp_path: Path) -> None:
    """The first one counts."""
    line = "- {student: ada, step: '2.3', points: '0.5', reason: r, who: Kim}\n"
    found = read(tmp_path, line + line.replace("0.5", "1"))
    assert [one.points for one in found.by_student["ada"]] == [Fraction("0.5")]
    assert "decided twice" in found.mistakes[0].problem


@pytest.mark.parametrize(
    "text", ["- [1]", "- {student: ada}", "- {student: ada, step: 4.5, points: '1', reason: r, who: K}"]
)
def test_what_is_no_override_is_a_mistake_of_its_row(tmp_path: Path, text: str) -> None:
    """A step without quotes too: YAML would read it as a number."""
    (mistake,) = read(tmp_path, text).mistakes
    assert mistake.where.endswith("overrides.yaml:1")


def test_a_file_that_is_no_list_is_an_error(tmp_path: Path) -> None:
    """There are no rows to go on with."""
    with pytest.raises(UnusableInput, match=r"overrides\.yaml:1: .* should be a list"):
        read(tmp_path, "students: x")


def test_a_spreadsheet_that_shortens_a_step_is_seen_through() -> None:
    """4.10 becomes 4.1 in Excel; the link beside it does not."""
    assert step_of({"step": "4.1", "link": "pages/ada.html#step-4.10"}) == "4.10"
    assert step_of({"step": "4,1", "link": "pages/ada.html#step-4.10"}) == "4.10"
    assert step_of({"step": "4.2", "link": "pages/ada.html#step-4.10"}) == "4.2"
    assert step_of({"step": "x", "link": ""}) == "x"


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@x", "plain", "", "'=x"])
def test_no_cell_is_a_formula(text: str) -> None:
    """What a spreadsheet would calculate is text, and is read back as it was."""
    assert guarded(text)[:1] not in ("=", "+", "-", "@")
    if text[:1] != "'":
        assert unguarded(guarded(text)) == text
