"""SECURITY.md promises nothing that no test shows."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from grader import bounds

TOP = Path(__file__).resolve().parents[2]
TEXT = (TOP / "SECURITY.md").read_text("utf-8")
CELLS = [[cell.strip() for cell in line.strip("|").split("|")] for line in TEXT.splitlines() if line.startswith("| ")]
ROWS = [cells for cells in CELLS if cells[0] not in ("promise", "---")]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0][:40])
def test_each_promise_names_tests_that_exist(row: list[str]) -> None:
    """A promise, against whom, and at least one test: a folder, a module, or a function in one."""
    promise, whom, tests = row
    assert promise
    assert whom
    named = re.findall(r"`(tests/[\w./]+)(?:::(\w+))?`", tests)
    assert named
    for path, function in named:
        assert (TOP / path).exists()
        assert not function or re.search(rf"^def {function}\(", (TOP / path).read_text("utf-8"), re.MULTILINE)


def test_the_numbers_are_those_of_the_program() -> None:
    """The bounds in the text are the bounds in force."""
    for number in (
        f"{bounds.MAX_BYTES // 2**20} MiB expanded",
        f"{bounds.MAX_VALUES // 10**6} million values",
        f"{bounds.MAX_DEPTH} levels",
        f"{bounds.MAX_SECONDS:g} seconds",
    ):
        assert number in TEXT
