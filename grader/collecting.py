"""Reading several accounts at once, in the order in which they were named, and keeping what was read."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

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


def collected(
    accesses: tuple[Access, ...], operations: frozenset[str], progress: Progress
) -> Iterator[Collected | GraderError]:
    """Each account in order, or why it could not be read."""
    show = progress.answers if len(accesses) == 1 else None
    with Collector(operations, progress=show) as collector, ThreadPoolExecutor(AT_ONCE) as pool:
        waiting = deque(accesses)
        running: deque[Future[dict[str, Any]]] = deque()
        while waiting or running:
            while waiting and len(running) < AT_ONCE:
                running.append(pool.submit(collector.collect, waiting.popleft()))
            try:
                yield Collected(running.popleft().result())
            except GraderError as error:
                yield error
