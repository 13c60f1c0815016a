"""What a TA sees while a class is graded: a live table where there is a terminal, a line for each student elsewhere."""

from __future__ import annotations

import sys
from collections import deque
from collections.abc import Mapping
from time import monotonic
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

import click

from grader.foreign_text import shorten
from grader.grading.results import points

if TYPE_CHECKING:
    from rich.table import Table

    from grader.class_run.run import Event


def score_words(summary: Mapping[str, Any]) -> str:
    """``9.25 of 10.00 (up to 9.75)``, after lateness."""
    from fractions import Fraction

    def written(value: float) -> str:
        return points(Fraction(value).limit_denominator(10_000))

    text = f"{written(summary['adjusted'])} of {written(summary['max'])}"
    if summary["open"]:
        text += f" (up to {written(max(0.0, summary['high'] - summary['late']['penalty']))})"
    return text


class Lines:
    """A line on standard output for each student that is done."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        return

    def heard(self, event: Event) -> None:
        """Print a line where somebody is done."""
        name = shorten(event.student)
        if event.kind in ("graded", "kept") and event.summary is not None:
            click.echo(f"{name}: {score_words(event.summary)}")
        elif event.kind == "failed":
            click.echo(f"{name}: {event.words}", err=True)

    def progress(self, student: str, done: int, known: int) -> None:
        """Nothing: lines are for what is done."""

    def looked(self) -> None:
        """Nothing: there is nothing to draw."""


class LiveTable:
    """A table of those at work and those just done, drawn over and over on standard error."""

    def __init__(self, total: int) -> None:
        self._total = total
        self._began = monotonic()
        self._running: dict[str, tuple[int, int]] = {}
        self._refusals: dict[str, int] = {}
        self._done: deque[tuple[str, str, str, str]] = deque(maxlen=200)
        self._count = 0
        self._worked = 0
        self._drawn = 0.0

    def __enter__(self) -> Self:
        from rich.console import Console
        from rich.live import Live

        self._live = Live(console=Console(stderr=True), auto_refresh=False, transient=True)
        self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._live.stop()

    def heard(self, event: Event) -> None:
        """Take in what happened to a student."""
        if event.kind == "reading":
            self._running[event.student] = (0, 0)
        elif event.kind == "read":
            self._refusals[event.student] = event.refusals
        elif event.kind in ("graded", "kept", "failed"):
            self._running.pop(event.student, None)
            refusals = str(self._refusals.pop(event.student, "") or "")
            said = score_words(event.summary) if event.summary is not None else event.words
            progress = {"failed": "failed", "kept": "unchanged"}.get(event.kind, "done")
            self._done.appendleft((event.student, progress, said, refusals))
            self._count += 1
            self._worked += event.kind != "kept"
        self.looked()

    def progress(self, student: str, done: int, known: int) -> None:
        """Answers of one account; called in any thread."""
        if student in self._running:
            self._running[student] = (done, known)

    def looked(self) -> None:
        """Draw anew, a few times a second."""
        if monotonic() - self._drawn < 0.2:
            return
        self._drawn = monotonic()
        self._live.update(self._table(), refresh=True)

    def _table(self) -> Table:
        from rich.table import Table
        from rich.text import Text

        room = max(4, (self._live.console.size.height or 24) - 6)
        table = Table(title=self._title(), title_justify="left", expand=True)
        for head in ("student", "progress", "score", "refusals"):
            table.add_column(head, overflow="ellipsis", no_wrap=True)
        running = list(self._running.items())[:room]
        for student, (done, known) in running:
            refused = self._refusals.get(student)
            progress = "grading" if refused is not None else f"{done} of {known} answers" if known else "reading"
            table.add_row(Text(shorten(student)), progress, "", str(refused or ""))
        for student, progress, said, refusals in list(self._done)[: room - len(running)]:
            table.add_row(Text(shorten(student)), progress, Text(shorten(said, 200)), refusals)
        return table

    def _title(self) -> str:
        left = self._total - self._count
        title = f"{self._count} of {self._total} students"
        if self._worked and left:
            seconds = (monotonic() - self._began) / self._worked * left
            title += f", {seconds / 60:.0f} min left" if seconds >= 90 else f", {seconds:.0f} s left"
        return title


def display(total: int) -> Lines | LiveTable:
    """A live table where standard error is a terminal, lines elsewhere."""
    if sys.stderr is not None and sys.stderr.isatty():
        return LiveTable(total)
    return Lines()
