"""The process that collects: told whom and what to ask on standard input, it tells what AWS answered.

What speaks with AWS and what judges each take a processor's time; in two processes they take it side by side.
What goes from one to the other is what ``grader collect`` keeps and ``grader grade`` reads: evidence.

On standard input come two pickles, the accesses (a tuple of ``Access``) and then the operations (as ``Collector``
takes them). For each access one goes out on standard output, in order: its document (a dict), or the error
(a ``GraderError``) for which there is none. Progress goes to standard error, where that is a terminal.
"""

from __future__ import annotations

import gc
import os
import pickle
import signal
import sys
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from importlib import import_module
from typing import Any

from grader.collect.access import Access
from grader.collect.collector import Collector
from grader.collect.progress import Progress
from grader.containment import contained
from grader.errors import GraderError

AT_ONCE = 4
"""Accounts that are read at the same time; further ones wait, so that memory does not grow with their number."""


def serve() -> None:
    """Run the collector process."""
    # An interruption reaches both processes. This one ends without a word; the other one speaks of it.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    # Whoever wanted to know may have gone.
    with suppress(BrokenPipeError), os.fdopen(os.dup(sys.stdout.fileno()), "wb") as out:
        # Should anything print here, it must not come between the answers.
        os.dup2(sys.stderr.fileno() if sys.stderr else os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        accesses: tuple[Access, ...] = pickle.load(sys.stdin.buffer)
        if len(accesses) == 1:
            # No search for reference cycles while one account is read: a tenth of its time, for no memory.
            gc.disable()
        # What collecting needs is loaded while the other process finds out which operations a rubric needs.
        import_module("grader.collect.account")
        operations: frozenset[str] = pickle.load(sys.stdin.buffer)
        for outcome in collected(accesses, operations):
            pickle.dump(outcome, out, pickle.HIGHEST_PROTOCOL)
            out.flush()


def collected(accesses: tuple[Access, ...], operations: frozenset[str]) -> Iterator[dict[str, Any] | GraderError]:
    """Each account's document, or why there is none, in the order in which they were named."""
    progress = Progress()
    told = progress.answers if len(accesses) == 1 else None
    waiting = deque(accesses)
    running: deque[tuple[Access, Future[dict[str, Any]]]] = deque()
    with Collector(operations, progress=told) as collector, ThreadPoolExecutor(AT_ONCE) as pool:
        while waiting or running:
            while waiting and len(running) < AT_ONCE:
                access = waiting.popleft()
                running.append((access, pool.submit(collector.collect, access)))
            outcome = _outcome(*running.popleft())
            progress.clear()
            yield outcome


def _outcome(access: Access, reading: Future[dict[str, Any]]) -> dict[str, Any] | GraderError:
    """What became of one account; a fault of the grader in one is no end of the others."""
    try:
        with contained(f"profile {access.profile}" if access.profile else "this account"):
            return reading.result()
    except GraderError as error:
        return error
