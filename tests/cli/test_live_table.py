"""What a TA sees: a live table where standard error is a terminal, plain lines elsewhere."""

from __future__ import annotations

import os
import pty
import subprocess
from pathlib import Path

import pytest

from grader.class_run.run import Event
from grader.cli.live_table import LiveTable, display, score_words
from tests.classes.command import environment, grader
from tests.classes.conftest import write_evidence
from tests.report.class_page.made_up import summary


def test_a_terminal_shows_a_table_of_who_is_done(tmp_path: Path) -> None:
    """It is drawn on standard error and gone at the end; standard output has what the run did."""
    for name in ("ada", "bo"):
        write_evidence(tmp_path / f"evidence/{name}.json", account="100000000001")
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        grader(tmp_path, "class", "evidence/"), cwd=tmp_path, env=environment(tmp_path) | {"TERM": "xterm"},
        stdout=subprocess.PIPE, stderr=theirs, text=True,
    )  # fmt: skip
    os.close(theirs)
    seen = b""
    while True:
        try:
            part = os.read(ours, 65536)
        except OSError:
            break
        if not part:
            break
        seen += part
    os.close(ours)
    output, _ = process.communicate(timeout=60)
    assert process.returncode == 0
    assert b"of 2 students" in seen
    assert b"refusals" in seen
    assert output.splitlines()[-1].startswith("0 accounts read, 2 graded, 1 question for you.")


def test_the_table_has_progress_score_and_refusals(capsys: pytest.CaptureFixture[str]) -> None:
    """Those at work come first; a hostile name is one line of plain text."""
    table = LiveTable(3)
    with table:
        table.heard(Event("ada", "reading"))
        table.progress("ada", 12, 40)
        table.heard(Event("bo", "reading"))
        table.heard(Event("bo", "read", refusals=7))
        table.heard(Event("bo", "graded", summary=summary([])))
        table.heard(Event("[red]\x1b[2Jcy\n", "failed", words="wrong keys"))
        drawn = table._table()
        columns = [[str(cell) for cell in column.cells] for column in drawn.columns]
    assert [*zip(*columns, strict=True)] == [
        ("ada", "12 of 40 answers", "", ""),
        ("[red] [2Jcy ", "failed", "wrong keys", ""),
        ("bo", "done", "0.00 of 10.00", "7"),
    ]
    assert str(drawn.title).startswith("2 of 3 students, ")
    capsys.readouterr()


def test_lines_are_for_everything_that_is_no_terminal() -> None:
    """Tests have none."""
    assert type(display(2)).__name__ == "Lines"


def test_a_score_with_open_points_is_a_range() -> None:
    """After lateness."""
    late = {"days": 1, "penalty": 1.0, "because": "", "question": ""}
    one = summary([], adjusted=8.25, high=9.75, open=0.5, late=late)
    assert score_words(one) == "8.25 of 10.00 (up to 8.75)"
