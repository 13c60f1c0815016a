"""The state of a run: an SQLite database in the run's folder. docs/ta.md has its schema in words."""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from grader.class_run.folder import no_space, slugs
from grader.classes.students import Student
from grader.errors import CannotGrade, UsageError

VERSION = 1

SCHEMA = """
CREATE TABLE students (
  id           TEXT PRIMARY KEY,           -- as in the roster
  slug         TEXT NOT NULL UNIQUE,       -- the name of the student's files
  position     INTEGER NOT NULL,           -- the place in the roster
  in_roster    INTEGER NOT NULL,           -- 0 when a later roster no longer has the student
  stage        TEXT NOT NULL,              -- waiting, collected, failed
  error        TEXT NOT NULL DEFAULT '',   -- why the account could not be read or graded, in one sentence
  exit_code    INTEGER NOT NULL DEFAULT 0, -- of that error
  collected_at TEXT NOT NULL DEFAULT '',   -- when the evidence was written (UTC)
  source       TEXT NOT NULL DEFAULT '',   -- what the evidence was taken from, to see that it changed
  bytes        INTEGER NOT NULL DEFAULT 0  -- size of the evidence file
);
CREATE TABLE grades (
  student   TEXT PRIMARY KEY REFERENCES students(id) ON DELETE CASCADE,
  basis     TEXT NOT NULL,                 -- digest of rubric, evidence, decisions and hand-in time
  score     REAL NOT NULL,                 -- raw points
  adjusted  REAL NOT NULL,                 -- after lateness
  open      REAL NOT NULL,
  bytes     INTEGER NOT NULL,              -- size of result and page together, to see that both are whole
  summary   TEXT NOT NULL                  -- JSON: what scores.csv, manual.csv and class.html are made of
);
"""


@dataclass(frozen=True, slots=True)
class Known:
    """What the state knows of one student."""

    id: str
    slug: str
    stage: str
    error: str
    exit_code: int
    source: str
    basis: str
    open: float
    bytes: int

    @property
    def is_graded(self) -> bool:
        """Whether there is a grade."""
        return bool(self.basis)


class State:
    """The state of one run; for one process and one thread."""

    def __init__(self, path: Path) -> None:
        if not path.exists():
            os.close(os.open(path, os.O_CREAT | os.O_WRONLY, 0o600))
        self._path = path
        try:
            self._db = sqlite3.connect(path, timeout=5, isolation_level=None)
            self._db.execute("PRAGMA foreign_keys = ON")
            self._db.execute("PRAGMA secure_delete = ON")
            self._db.execute("PRAGMA journal_mode = WAL")
            self._db.execute("PRAGMA synchronous = FULL")
            version = self._db.execute("PRAGMA user_version").fetchone()[0]
            if version == 0:
                self._db.executescript(f"BEGIN; {SCHEMA} PRAGMA user_version = {VERSION}; COMMIT;")
        except sqlite3.DatabaseError as error:
            raise _trouble(error, path) from error
        if version > VERSION:
            raise UsageError("this run was created by a newer grader.", where=str(path), remedy="Update the grader.")

    def close(self) -> None:
        """Close the database."""
        self._db.close()

    def enter(self, students: Iterable[Student]) -> None:
        """Take in a roster: new students wait, those that it no longer has stay but do not count."""
        students = tuple(students)
        known = dict(self._rows("SELECT id, slug FROM students"))
        new = slugs((student.id for student in students if student.id not in known), known.values())
        with self.together():
            self._run("UPDATE students SET in_roster = 0")
            for position, student in enumerate(students):
                self._run(
                    "INSERT INTO students (id, slug, position, in_roster, stage) VALUES (?, ?, ?, 1, 'waiting') "
                    "ON CONFLICT (id) DO UPDATE SET position = excluded.position, in_roster = 1",
                    student.id,
                    known.get(student.id) or new[student.id],
                    position,
                )

    def known(self) -> dict[str, Known]:
        """The students of the roster in its order, by id."""
        rows = self._rows(
            "SELECT id, slug, stage, error, exit_code, source, coalesce(basis, ''), coalesce(open, 0), "
            "coalesce(grades.bytes, 0) FROM students "
            "LEFT JOIN grades ON student = id WHERE in_roster ORDER BY position"
        )
        return {row[0]: Known(*row) for row in rows}

    def collected(self, student: str, at: str, source: str, size: int) -> None:
        """The evidence of a student is on disk, whole."""
        self._run(
            "UPDATE students SET stage = 'collected', error = '', exit_code = 0, collected_at = ?, source = ?, "
            "bytes = ? WHERE id = ?",
            at, source, size, student,
        )  # fmt: skip

    def failed(self, student: str, error: str, exit_code: int, *, kept: bool) -> None:
        """An account could not be read or graded; ``kept`` where older evidence still counts."""
        stage = "collected" if kept else "failed"
        self._run(
            "UPDATE students SET stage = ?, error = ?, exit_code = ? WHERE id = ?", stage, error, exit_code, student
        )
        if not kept:
            self._run("DELETE FROM grades WHERE student = ?", student)

    def graded(self, student: str, basis: str, size: int, summary: Mapping[str, Any]) -> None:
        """A student has a grade, on this basis; ``size`` is that of result and page together."""
        self._run(
            "INSERT OR REPLACE INTO grades VALUES (?, ?, ?, ?, ?, ?, ?)",
            student, basis, summary["raw"], summary["adjusted"], summary["open"], size,
            json.dumps(summary, separators=(",", ":")),
        )  # fmt: skip

    @contextmanager
    def together(self) -> Iterator[None]:
        """What is said inside is kept all at once when it ends; nothing of it where an error ends it."""
        self._run("BEGIN")
        try:
            yield
        except BaseException:
            self._db.rollback()
            raise
        self._run("COMMIT")

    def summaries(self) -> Iterator[tuple[str, str, dict[str, Any] | None, str]]:
        """(id, slug, summary or None, error) of each student of the roster, in its order, one after another."""
        rows = self._rows(
            "SELECT id, slug, summary, error FROM students LEFT JOIN grades ON student = id WHERE in_roster "
            "ORDER BY position"
        )
        for identifier, slug, summary, error in rows:
            yield identifier, slug, json.loads(summary) if summary else None, error

    def summary(self, student: str) -> Mapping[str, Any] | None:
        """The summary of one student's grade."""
        found = next(self._rows("SELECT summary FROM grades WHERE student = ?", student), None)
        return json.loads(found[0]) if found else None

    def forget(self, student: str) -> str | None:
        """Remove everything about a student; gives the name of the files, None for one that is not known."""
        found = next(self._rows("SELECT slug FROM students WHERE id = ?", student), None)
        if found is None:
            return None
        self._run("DELETE FROM students WHERE id = ?", student)
        self._run("VACUUM")
        self._run("PRAGMA wal_checkpoint(TRUNCATE)")
        return str(found[0])

    def _run(self, statement: str, *values: object) -> None:
        try:
            self._db.execute(statement, values)
        except sqlite3.DatabaseError as error:
            raise _trouble(error, self._path) from error

    def _rows(self, statement: str, *values: object) -> Iterator[Any]:
        try:
            yield from self._db.execute(statement, values)
        except sqlite3.DatabaseError as error:
            raise _trouble(error, self._path) from error


def _trouble(error: sqlite3.DatabaseError, path: Path) -> CannotGrade | UsageError:
    if "full" in str(error):
        return no_space(path, error)
    return UsageError(
        f"the state of the run cannot be used: {error}.", where=str(path), remedy="Name another folder with --out."
    )
