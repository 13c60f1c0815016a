"""Threads that ask. Daemons: an interrupted run does not wait for an endpoint that hangs."""

from __future__ import annotations

from collections.abc import Callable
from queue import SimpleQueue
from threading import Lock, Thread

Task = Callable[[], None]


class Workers:
    """Up to ``limit`` threads, started as they are needed. An error of a task is shown, and ends nothing else."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._tasks: SimpleQueue[Task | None] = SimpleQueue()
        self._started = 0
        self._idle = 0
        self._lock = Lock()

    def submit(self, task: Task) -> None:
        """Do ``task`` in a thread, soon."""
        with self._lock:
            if self._idle > 0:
                self._idle -= 1
            elif self._started < self._limit:
                self._started += 1
                self._start()
        self._tasks.put(task)

    def _work(self) -> None:
        ended = False
        try:
            while (task := self._tasks.get()) is not None:
                task()
                with self._lock:
                    self._idle += 1
            ended = True
        finally:
            if not ended:
                # The error of a task ends this thread. Another takes its place: tasks may be waiting.
                with self._lock:
                    self._idle += 1
                self._start()

    def _start(self) -> None:
        Thread(target=self._work, daemon=True, name="asking").start()

    def close(self) -> None:
        """Let the threads end when they have nothing left to do."""
        with self._lock:
            started, self._started = self._started, 0
        for _ in range(started):
            self._tasks.put(None)
