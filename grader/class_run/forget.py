"""Removing what a run keeps about one student."""

from __future__ import annotations

import csv
import io

from grader.class_run.folder import Folder, write
from grader.class_run.state import State
from grader.errors import UsageError
from grader.foreign_text import unguarded


def forget(folder: Folder, state: State, student: str) -> None:
    """Remove a student from the state, with evidence, result, page, rows of manual.csv and lines of the log.

    ``class.html`` and ``scores.csv`` are written anew by the caller. Raises ``UsageError`` for an unknown student.
    """
    slug = state.forget(student)
    if slug is None:
        raise UsageError(f"there is no student {student!r} in this run.", where=str(folder.path))
    for path in (folder.evidence(slug), folder.result(slug), folder.page(slug)):
        path.unlink(missing_ok=True)
    if folder.log.exists():
        lines = folder.log.read_text("utf-8", "backslashreplace").splitlines(keepends=True)
        write(folder.log, (line.encode("utf-8", "backslashreplace") for line in lines if f" {student}: " not in line))
    if folder.manual.exists():
        text = folder.manual.read_text("utf-8-sig", "backslashreplace")
        delimiter = ";" if ";" in text.partition("\n")[0] else ","
        kept = io.StringIO()
        rows = csv.writer(kept, lineterminator="\r\n", delimiter=delimiter)
        rows.writerows(
            row
            for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
            if row and unguarded(row[0]) != student
        )
        write(folder.manual, kept.getvalue().encode("utf-8", "backslashreplace"))
