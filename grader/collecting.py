"""Reading several accounts at once, in the order in which they were named, and keeping what was read."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from threading import Event
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from grader.collect import Access, Collector
from grader.errors import GraderError
from grader.evidence import Evidence
from grader.writing import write_text

if TYPE_CHECKING:
    from grader.outputs import Outputs
    from grader.progress import Progress

AT_ONCE = 4
"""Accounts that are read at the same time; further ones wait, so that memory does not grow with their number."""


@dataclass(frozen=True, slots=True)
class Collected:
    """One account as it was read."""

    document: dict[str, Any]

    def kept(self, outputs: Outputs) -> Evidence:
        """The evidence, after writing it where it was asked for."""
        wanted = outputs.wanted.evidence
        account = str(self.document["meta"].get("account", "unknown"))
        if wanted is None:
            return Evidence(self.document, source=f"account {account}")
        target = outputs.target(wanted, account)
        write_text(target, json.dumps(self.document, indent=1) + "\n")
        return Evidence(self.document, source=target)


@dataclass(slots=True)
class Reading:
    """Accounts that are being read, from the moment this is entered; what judges them can load meanwhile."""

    accesses: tuple[Access, ...]
    operations: frozenset[str]
    progress: Progress
    _under_way: Event = field(init=False, default_factory=Event)
    _collector: Collector = field(init=False)
    _pool: ThreadPoolExecutor = field(init=False)
    _running: deque[Future[dict[str, Any]]] = field(init=False, default_factory=deque)
    _waiting: deque[Access] = field(init=False)

    def __enter__(self) -> Self:
        self._collector = Collector(self.operations, progress=self._answered)
        self._pool = ThreadPoolExecutor(AT_ONCE)
        self._waiting = deque(self.accesses)
        self._start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._waiting.clear()
        self._pool.shutdown(cancel_futures=True)
        self._collector.close()

    def __iter__(self) -> Iterator[Collected | GraderError]:
        """Each account in order, or why it could not be read."""
        while self._running:
            try:
                document = self._running.popleft().result()
            except GraderError as error:
                self._start()
                yield error
            else:
                self._start()
                yield Collected(document)

    def wait_for_first_answer(self) -> None:
        """Return once an answer came, or reading failed: from then on there is time to load what judges.

        Loading it earlier would hold up the first questions, since both need the interpreter.
        """
        self._under_way.wait()

    def _answered(self, done: int, known: int) -> None:
        self._under_way.set()
        if len(self.accesses) == 1:
            self.progress.answers(done, known)

    def _start(self) -> None:
        while self._waiting and len(self._running) < AT_ONCE:
            self._running.append(self._pool.submit(self._collect, self._waiting.popleft()))

    def _collect(self, access: Access) -> dict[str, Any]:
        try:
            return self._collector.collect(access)
        finally:
            self._under_way.set()
