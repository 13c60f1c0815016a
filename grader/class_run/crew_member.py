"""The process that works for a run: tasks come in on standard input, answers go out on standard output, as pickles."""

from __future__ import annotations

import os
import pickle
import signal
import sys
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from threading import Lock
from time import monotonic
from typing import IO, Any

from grader.class_run.tasks import Collect, collect
from grader.errors import GraderError

TELL_SECONDS = 0.25
"""How often progress of one account is told."""


def serve(at_once: int) -> None:
    """Run the worker process until standard input ends: it never outlives the run that started it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    out = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    # Should anything print here, it must not come between the answers.
    os.dup2(sys.stderr.fileno() if sys.stderr else os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    answers = _Answers(out)
    with ThreadPoolExecutor(at_once) as pool:
        while True:
            try:
                number, function, arguments = pickle.load(sys.stdin.buffer)
            except (EOFError, pickle.UnpicklingError):
                os._exit(0)
            if function is collect:
                arguments = (*arguments, answers.progress(arguments[0]))
            pool.submit(function, *arguments).add_done_callback(partial(answers.done, number))


class _Answers:
    def __init__(self, out: IO[bytes]) -> None:
        self._out = out
        self._lock = Lock()

    def progress(self, task: Collect) -> Callable[[int, int], None]:
        last = 0.0

        def tell(done: int, known: int) -> None:
            nonlocal last
            if monotonic() - last >= TELL_SECONDS:
                last = monotonic()
                self._send((0, "progress", (task.student, done, known)))

        return tell

    def done(self, number: int, future: Future[Any]) -> None:
        error = future.exception()
        if error is None:
            self._send((number, "answer", future.result()))
        elif isinstance(error, GraderError):
            self._send((number, "error", error))
        else:
            # An error that nobody foresaw: of this account alone. Its traceback is for whoever reports it.
            trace = error.__traceback__
            while trace is not None and trace.tb_next is not None:
                trace = trace.tb_next
            place = f" at {os.path.basename(trace.tb_frame.f_code.co_filename)}:{trace.tb_lineno}" if trace else ""
            self._send((number, "error", GraderError(f"The grader failed{place}: {type(error).__name__}: {error}")))

    def _send(self, message: tuple[int, str, Any]) -> None:
        try:
            text = pickle.dumps(message, pickle.HIGHEST_PROTOCOL)
        except (pickle.PicklingError, TypeError, AttributeError):
            text = pickle.dumps((message[0], "error", GraderError(f"{message[2]}")), pickle.HIGHEST_PROTOCOL)
        with self._lock:
            try:
                self._out.write(text)
                self._out.flush()
            except BrokenPipeError:
                os._exit(0)  # nobody is left who wants to know
