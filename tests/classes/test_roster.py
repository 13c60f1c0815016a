"""Rosters: read as people write them, and every mistake named with its line, all at once."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest

from grader.classes.external_ids import external_id
from grader.classes.roster import Pattern, missing_files, read_roster, students_of_folder
from grader.classes.roster_rows import is_roster
from grader.classes.students import RosterError, Student, WayIn
from tests.cli.conftest import Run
from tests.cli.conftest import run as run  # the fixture


def roster(folder: Path, text: str, name: str = "roster.csv", pattern: Pattern | None = None) -> tuple[Student, ...]:
    """The students of a roster with this text."""
    path = folder / name
    path.write_bytes(text.encode())
    return read_roster(path, pattern).students


def mistakes(folder: Path, text: str, name: str = "roster.csv", pattern: Pattern | None = None) -> list[str]:
    """The mistakes of a roster with this text, without the folder."""
    with pytest.raises(RosterError) as raised:
        roster(folder, text, name, pattern)
    return [str(mistake).replace(f"{folder}/", "") for mistake in raised.value.mistakes]


def test_columns_come_in_any_order_and_others_are_kept(tmp_path: Path) -> None:
    """What a column means is told by its name; one that is unknown goes with the student."""
    (ada,) = roster(
        tmp_path,
        "Section,Profile,Tutor,Student ID,E-Mail,AWS account ID,Submitted at\n"
        "A,ada-lab,Bo,s1,ada@example.org,1234-5678-9012,2026-11-20 23:59 UTC\n",
    )
    assert (ada.id, ada.section, ada.email, ada.account) == ("s1", "A", "ada@example.org", "123456789012")
    assert (ada.way, ada.extra) == (WayIn(profile="ada-lab"), (("Tutor", "Bo"),))
    assert ada.handed_in == datetime.fromisoformat("2026-11-20T23:59+00:00")


@pytest.mark.parametrize("start", ["", "\ufeff"])
@pytest.mark.parametrize("sign", [",", ";", "\t"])
def test_spreadsheets_of_other_countries_are_read(tmp_path: Path, sign: str, start: str) -> None:
    """Semicolons, tabs, a byte order mark, empty lines and a cell of two lines are no mistake."""
    lines = [["name", "student", "profile"], ['"Ada\nLovelace"', "s1", "a"], ["", "", ""], ["Bo", "s2", "b"]]
    first, second = roster(tmp_path, start + "\r\n".join(sign.join(line) for line in lines))
    assert (first.name, second.name) == ("Ada\nLovelace", "Bo")
    assert second.where.endswith(":5")


def test_yaml_says_the_same(tmp_path: Path) -> None:
    """A list, or one under `students`; an account that begins with a zero keeps it."""
    text = "- {id: s1, account: 012345678901, profile: a, handed in: 2026-11-20 23:59:00}\n"
    under = f"students:\n  {text}"
    for words in (text, under):
        (ada,) = roster(tmp_path, words, "roster.yaml")
        assert (ada.account, ada.handed_in) == ("012345678901", datetime(2026, 11, 20, 23, 59))


def test_every_mistake_is_named_with_its_line_at_once(tmp_path: Path) -> None:
    """One look at the messages is enough to correct the whole roster."""
    found = mistakes(
        tmp_path,
        "id,profile,account,email,handed in,role arn,external id,evidence\n"
        "s1,a,23456789012,,,,,\n"
        "s1,a,,nobody,,,,\n"
        ",a,,,yesterday,,,\n"
        "s4,,,,,,,\n"
        "s5,a,,,,,x,a.json\n"
        "s6,,,,,arn:aws:iam::1:role/x,,\n"
        "s7,,210987654321,,,arn:aws:iam::123456789012:role/x,,\n",
    )
    assert [line.partition(": ")[0] for line in found] == [
        "roster.csv:2", "roster.csv:3", "roster.csv:3", "roster.csv:4", "roster.csv:4", "roster.csv:5",
        "roster.csv:6", "roster.csv:6", "roster.csv:7", "roster.csv:8",
    ]  # fmt: skip
    assert "Format the column as text" in found[0]
    assert "first in" in found[1]
    assert "no access to an account" in found[5]
    assert "2 kinds of access: evidence and profile" in found[6]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "the roster has no students"),
        ("id,profile\n", "the roster has no students"),
        ("id,profile\ns1,a,extra\n", "3 cells"),
        ('id,profile\n"s1,a\n', "not CSV"),
        ("id,student,profile\ns1,s1,a\n", "mean the same"),
    ],
)
def test_a_file_of_another_shape_gets_a_sentence(tmp_path: Path, text: str, said: str) -> None:
    """No roster ends in a traceback."""
    assert said in mistakes(tmp_path, text)[0]


def test_a_file_that_is_no_text_gets_a_sentence(tmp_path: Path) -> None:
    """A workbook is not a roster, and one of an old encoding says how to save it."""
    (tmp_path / "roster.csv").write_bytes(b"id,name\ns1,J\xfcrgen\n")
    with pytest.raises(RosterError, match=r"roster\.csv:2: not UTF-8 text"):
        read_roster(tmp_path / "roster.csv")
    with pytest.raises(RosterError, match="cannot be read"):
        read_roster(tmp_path / "none.csv")


def test_one_role_serves_all_rows_that_give_none(tmp_path: Path) -> None:
    """A pattern is filled in for each student; its external id is derived where there is a secret."""
    pattern = Pattern("arn:aws:iam::{account}:role/lab-grader", secret=b"a course of 2026")
    ada, bo = roster(tmp_path, "id,account,profile\ns1,123456789012,\ns2,,bo\n", pattern=pattern)
    assert ada.way.role_arn == "arn:aws:iam::123456789012:role/lab-grader"
    assert ada.way.external_id == external_id(b"a course of 2026", "s1")
    assert bo.way == WayIn(profile="bo")
    assert "this row has no account, in" in mistakes(tmp_path, "id\ns1\n", pattern=pattern)[0]


def test_a_folder_of_evidence_is_a_roster(tmp_path: Path) -> None:
    """Each evidence file is a student, named for it; other files are none."""
    for name in ("bo.json", "ada.json.gz", "notes.txt"):
        (tmp_path / name).write_text("{}", "utf-8")
    assert [student.id for student in students_of_folder(tmp_path).students] == ["ada", "bo"]


def test_files_that_are_not_there_are_named(tmp_path: Path) -> None:
    """A file is looked for beside the roster."""
    students = roster(tmp_path, "id,credentials\ns1,keys/s1.txt\n")
    assert [mistake.problem for mistake in missing_files(students)] == [
        f"there is no credentials file {str(tmp_path / 'keys/s1.txt')!r}."
    ]


def test_lint_says_every_mistake(run: Run, tmp_path: Path) -> None:
    """One line on standard error for each, exit code 2; a good one is counted."""
    path = tmp_path / "roster.csv"
    path.write_text("id,account\ns1,1\ns1,2\n", "utf-8")
    ran = run("lint", path)
    assert (ran.code, ran.errors.count("error: ")) == (2, 3)
    path.write_text("id,account\ns1,123456789012\n", "utf-8")
    assert run("lint", path).output == (
        "roster.csv: 1 students. No problems found.\n1 of them have no access details: grade them with --role-arn.\n"
    )


def test_lint_tells_rosters_from_rubrics(tmp_path: Path) -> None:
    """Both may be YAML."""
    from grader.rubric import default_rubric

    assert not is_roster(default_rubric())
    for text, is_one in (("students: []", True), ("# class\n- id: s1\n", True), ("lab: x\n", False)):
        (tmp_path / "some.yaml").write_text(text, "utf-8")
        assert is_roster(tmp_path / "some.yaml") is is_one
