"""The log of a run: one line for each thing that happened, appended."""

from __future__ import annotations

import os
from typing import IO

from grader.class_run.folder import Folder, out_of_space
from grader.class_run.run import Event
from grader.class_run.tasks import now
from grader.foreign_text import one_line


class Log:
    """Appends to ``run.log``; each line is there when ``event`` or ``say`` returns."""

    def __init__(self, folder: Folder) -> None:
        self._path = folder.log
        handle = os.open(self._path, os.O_CREAT | os.O_APPEND | os.O_WRONLY, 0o600)
        self._file: IO[str] = os.fdopen(handle, "a", encoding="utf-8", errors="backslashreplace")

    def event(self, event: Event) -> None:
        """What happened to a student; progress is left out."""
        if event.kind == "progress":
            return
        words = event.words or ""
        if event.summary is not None:
            words = f"{event.summary['adjusted']:g} of {event.summary['max']:g}, {event.summary['open']:g} open"
        if event.kind == "read":
            words = f"{event.refusals} refusals"
        self.say(f"{one_line(event.student)}: {event.kind}{' ' if words else ''}{one_line(words)}")

    def say(self, text: str) -> None:
        """One line with the time."""
        try:
            self._file.write(f"{now()} {text}\n")
            self._file.flush()
        except OSError as error:
            raise out_of_space(error, self._path) from error

    def close(self) -> None:
        """Close the file."""
        self._file.close()
