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
                Thread(target=self._work, daemon=True, name=f"asking-{self._started}").start()
        self._tasks.put(task)

    def _work(self) -> None:
        try:
            while (task := self._tasks.get()) is not None:
                task()
                with self._lock:
                    self._idle += 1
        finally:
            # A task that failed ends its thread; the next one gets a new thread.
            with self._lock:
                self._started -= 1

    def close(self) -> None:
        """Let the threads end when they have nothing left to do."""
        with self._lock:
            started = self._started
        for _ in range(started):
            self._tasks.put(None)
