"""Processes of this machine that work for a run, as an ``Executor`` of Python's own library.

``ProcessPoolExecutor`` ends with the first process that dies, and gives each process one task at a time, so that it
waits for an account's answers with nothing else to do. Here a process works on several tasks at once, and one that
dies costs only what it was at work on.
"""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
from collections import deque
from collections.abc import Callable
from concurrent import futures
from concurrent.futures import Executor, Future
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from threading import Lock, Thread
from typing import IO, Any

from grader.class_run.tasks import WorkerLost

# The same modules as here, wherever they come from: what is in the folder of a student is none of them.
_START = (
    "import sys; sys.path[:] = sys.argv[2:]; from grader.class_run.crew_member import serve; serve(int(sys.argv[1]))"
)

Told = Callable[[str, int, int], None]
"""Called with a task's name, and how many answers of how many are there."""


@dataclass(slots=True)
class _Task:
    function: Callable[..., Any]
    arguments: tuple[Any, ...]
    future: Future[Any]


@dataclass(slots=True)
class _Member:
    process: subprocess.Popen[bytes]
    tasks: dict[int, _Task] = field(default_factory=dict)
    lock: Lock = field(default_factory=Lock)


class Crew(Executor):
    """``processes`` processes that each work on up to ``at_once`` tasks. ``told`` hears of progress, in any thread."""

    def __init__(self, processes: int, at_once: int, told: Told = lambda name, done, known: None) -> None:
        self._size = processes
        self._at_once = at_once
        self._told = told
        self._members: list[_Member] = []
        self._waiting: deque[_Task] = deque()
        self._lock = Lock()
        self._count = 0
        self._ended = False

    def submit(self, function: Callable[..., Any], /, *arguments: Any, **named: Any) -> Future[Any]:
        """Do it in one of the processes; an error of the function is the future's, ``WorkerLost`` a dead process."""
        future: Future[Any] = Future()
        with self._lock:
            if self._ended:
                raise RuntimeError("this crew has ended")
            self._waiting.append(_Task(partial(function, **named) if named else function, arguments, future))
        self._give()
        return future

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """End the processes; what they are at work on is lost unless ``wait``."""
        with self._lock:
            self._ended = True
            if cancel_futures:
                while self._waiting:
                    self._waiting.popleft().future.cancel()
            members = list(self._members)
        if wait and not cancel_futures:
            futures.wait([task.future for member in members for task in list(member.tasks.values())])
        for member in members:
            # All that it still could do is to tidy up.
            member.process.kill()
            member.process.wait()

    def _give(self) -> None:
        """Hand waiting tasks to the processes that have least to do; start one where all are busy."""
        while True:
            with self._lock:
                if not self._waiting or (self._ended and not self._members):
                    return
                free = [one for one in self._members if len(one.tasks) < self._at_once]
                member = min(free, key=lambda one: len(one.tasks), default=None)
                if (member is None or member.tasks) and len(self._members) < self._size and not self._ended:
                    member = self._begin()
                if member is None:
                    return
                task = self._waiting.popleft()
                if not task.future.set_running_or_notify_cancel():
                    continue
                self._count += 1
                number = self._count
                member.tasks[number] = task
            self._send(member, (number, task.function, task.arguments))

    def _begin(self) -> _Member:
        process = subprocess.Popen(
            [sys.executable, "-c", _START, str(self._at_once), *sys.path],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            # A terminal's Ctrl-C is for the run, which decides what becomes of its processes.
            start_new_session=os.name == "posix",
        )
        member = _Member(process)
        self._members.append(member)
        Thread(target=self._listen, args=(member,), daemon=True, name="crew").start()
        return member

    def _send(self, member: _Member, message: object) -> None:
        pipe = _pipe(member.process.stdin)
        with member.lock, suppress(BrokenPipeError):  # it has ended, and _listen hears of it
            pickle.dump(message, pipe, pickle.HIGHEST_PROTOCOL)
            pipe.flush()

    def _listen(self, member: _Member) -> None:
        answers = _pipe(member.process.stdout)
        while True:
            try:
                number, kind, value = pickle.load(answers)
            except (EOFError, pickle.UnpicklingError):
                break
            if kind == "progress":
                self._told(*value)
                continue
            with self._lock:
                task = member.tasks.pop(number)
            if kind == "error":
                task.future.set_exception(value)
            else:
                task.future.set_result(value)
            self._give()
        self._bury(member)

    def _bury(self, member: _Member) -> None:
        code = member.process.wait()
        with self._lock:
            self._members.remove(member)
            lost, member.tasks = list(member.tasks.values()), {}
        for task in lost:
            said = f"The process that graded this account ended early (exit code {code})."
            task.future.set_exception(WorkerLost(said, remedy="Check whether there is enough memory."))
        with suppress(OSError):
            _pipe(member.process.stdin).close()
        _pipe(member.process.stdout).close()
        self._give()


def _pipe(pipe: IO[bytes] | None) -> IO[bytes]:
    assert pipe is not None
    return pipe
