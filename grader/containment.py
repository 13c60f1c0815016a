"""Keeping what goes wrong with one account to that account: errors that nobody foresaw, and work without end.

``contained(source)`` is a context. An exception of the body that is none of ours becomes an ``InternalError``, which
names the file and how to report it; a body that takes too long ends with ``TookTooLong``. There is no process for each
file: the clock interrupts this thread, by a signal where the system has one.
"""

from __future__ import annotations

import errno
import signal
import sys
import threading
import traceback
from pathlib import Path
from types import FrameType, TracebackType
from typing import Any, NoReturn

from grader import __version__
from grader.bounds import MAX_SECONDS
from grader.errors import EvidenceError, GraderError, UsageError
from grader.foreign_text import shorten

_HERE = Path(__file__).parent
_AGAIN = 1.0
"""Seconds until a clock that rang rings again: something may have caught the alarm."""
_CALLED = ("signal", "enum", "threading", "_weakrefset")
"""Modules whose code a clock runs where it starts and stops."""
_FULL = (errno.ENOSPC, errno.EDQUOT)
"""What the system says where a disk, or what a person may use of it, is full."""


class InternalError(GraderError):
    """A fault of the grader itself: it says nothing about the account, and nothing about any other."""

    exit_code = 5

    @classmethod
    def of(cls, source: str, error: BaseException) -> InternalError:
        """The fault that ``error`` shows, met while ``source`` was worked on."""
        said = shorten(f"{type(error).__name__}: {error}".removesuffix(": "), 160)
        return cls(
            f"{source}: the grader itself failed: {said} ({_place(error)}, grader {__version__}). This is no grade, "
            "and no fault of the account. Report it to whoever gave you the grader: this line and, if you may share "
            "it, the file."
        )


class TookTooLong(EvidenceError):
    """A file that would keep the grader busy beyond the bound."""


class Alarm(BaseException):
    """The time is over. What catches it in the body of ``contained`` has to let it go on."""


class contained:  # noqa: N801 - a context, named as contexts are
    """What concerns ``source`` alone. ``seconds`` is None where there is no clock, ``but`` what passes unchanged.

    Not to be nested with a clock in both.
    """

    def __init__(
        self, source: str, *, seconds: float | None = None, but: tuple[type[BaseException], ...] = ()
    ) -> None:
        self.source = source
        self.seconds = seconds
        self.passing: tuple[type[BaseException], ...] = (GraderError, *but)
        self.clock: _Clock | None = None

    def __enter__(self) -> contained:
        if self.seconds is not None:
            self.clock = _Clock(self.seconds)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        rang = self.clock is not None and self.clock.stop()
        if isinstance(error, Alarm) or (rang and error is not None):
            self._late()
        if isinstance(error, OSError) and error.errno in _FULL and not isinstance(error, self.passing):
            raise UsageError(
                f"the output cannot be written: {error.strerror}.", remedy="Free some space, or write elsewhere."
            ) from error
        if isinstance(error, Exception) and not isinstance(error, self.passing):
            raise InternalError.of(self.source, error) from error

    def _late(self) -> NoReturn:
        raise TookTooLong(
            f"it took more than {self.seconds:g} seconds, which no account needs.", where=self.source
        ) from None


def limited(source: str, *, but: tuple[type[BaseException], ...] = ()) -> contained:
    """``contained`` with the clock that one account has."""
    return contained(source, seconds=MAX_SECONDS, but=but)


class _Clock:
    """Raises ``Alarm`` in the thread that made it, once ``seconds`` are over, and again each second until it stops.

    Never while this module itself starts or stops the clock: an alarm there would leave a clock that nobody stops.
    """

    def __init__(self, seconds: float) -> None:
        self.running = True
        self.rang = False
        self.before: Any = None
        self.thread: int | None = None
        self.lock = threading.Lock()
        if hasattr(signal, "setitimer") and threading.current_thread() is threading.main_thread():
            self.before = signal.signal(signal.SIGALRM, self._ring)
            signal.setitimer(signal.ITIMER_REAL, seconds, _AGAIN)
        else:
            self.thread = threading.get_ident()
            self._ring_after(seconds)

    def stop(self) -> bool:
        """No more alarms; whether there was one."""
        if self.thread is None:
            self.running = False
            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.signal(signal.SIGALRM, self.before)
            return self.rang
        try:
            with self.lock:
                self.running = False
        except Alarm:  # sent a moment before
            self.running = False
        self.timer.cancel()
        return self.rang

    def _ring(self, _: int, frame: FrameType | None) -> None:
        """What the signal runs, between two steps of the main thread."""
        if not self.running:
            return
        self.rang = True
        if not _is_here(frame):
            raise Alarm

    def _ring_after(self, seconds: float) -> None:
        """Ring where no signal can: in another thread than the main one, or on Windows."""
        self.timer = threading.Timer(seconds, self._interrupt)
        self.timer.daemon = True
        self.timer.start()

    def _interrupt(self) -> None:
        """Let the thread raise the alarm at its next step."""
        import ctypes

        with self.lock:
            if not self.running:
                return
            self.rang = True
            if not _is_here(sys._current_frames().get(self.thread or 0)):
                ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(self.thread or 0), ctypes.py_object(Alarm))
            self._ring_after(_AGAIN)


def _is_here(frame: FrameType | None) -> bool:
    """Whether this module is at work in ``frame``, or something that it called."""
    while frame is not None and frame.f_globals is not globals() and frame.f_globals.get("__name__") in _CALLED:
        frame = frame.f_back
    return frame is not None and frame.f_globals is globals()


def _place(error: BaseException) -> str:
    """Where in the grader an error arose: the innermost line of ours."""
    places = [(Path(frame.filename), frame.lineno) for frame in traceback.extract_tb(error.__traceback__)]
    ours = [(path, line) for path, line in places if path.is_relative_to(_HERE)]
    if not ours:
        return "outside its own code"
    path, line = ours[-1]
    return f"{path.relative_to(_HERE.parent).as_posix()}:{line}"
