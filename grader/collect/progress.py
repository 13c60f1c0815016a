"""What a person sees while waiting, on standard error and only where that is a terminal."""

from __future__ import annotations

import sys
import threading


class Progress:
    """One line that is written over: how many answers are there of those known to be needed."""

    def __init__(self) -> None:
        self.shown = sys.stderr is not None and sys.stderr.isatty()
        self.lock = threading.Lock()
        self.written = 0

    def answers(self, done: int, known: int) -> None:
        """Show how far collecting is."""
        self.say(f"reading the account: {done} of {known} answers")

    def say(self, text: str) -> None:
        """Show one line instead of the last."""
        if not self.shown:
            return
        with self.lock:
            sys.stderr.write("\r" + text.ljust(self.written))
            sys.stderr.flush()
            self.written = len(text)

    def clear(self) -> None:
        """Remove the line."""
        if self.shown and self.written:
            with self.lock:
                sys.stderr.write("\r" + " " * self.written + "\r")
                sys.stderr.flush()
                self.written = 0
