"""One session of pytest that grades accounts as they are given to it, for all threads of a process."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from queue import SimpleQueue
from threading import Lock

from grader.errors import GraderError
from grader.evidence import Evidence
from grader.grading.pipeline import Graded, grade_all
from grader.rubric import Rubric

_Waiting = tuple[Evidence, "Future[Graded]"]


class GradingSession:
    """Grades accounts one after another, in a thread of its own: starting pytest costs more than grading does.

    An error that nobody foresaw costs the account that it came from; the next one gets a new session.
    """

    def __init__(self, rubric: Rubric, variant: str | None, binds: Mapping[str, str]) -> None:
        self._rubric = rubric
        self._variant = variant
        self._binds = binds
        self._waiting: SimpleQueue[_Waiting | None] = SimpleQueue()
        self._current: Future[Graded] | None = None
        self._thread = ThreadPoolExecutor(1, "grading")
        self._lock = Lock()
        self._running = False
        self._closed = False

    def grade(self, evidence: Evidence) -> Graded:
        """Grade one account; waits for its turn. Raises what kept it from being graded."""
        answer: Future[Graded] = Future()
        self._waiting.put((evidence, answer))
        self._start()
        return answer.result()

    def close(self) -> None:
        """End the session when what waits is done."""
        with self._lock:
            self._closed = True
        self._waiting.put(None)
        self._thread.shutdown(wait=False)

    def _start(self) -> None:
        with self._lock:
            if self._running or self._closed:
                return
            self._running = True
            self._thread.submit(self._serve).add_done_callback(self._ended)

    def _serve(self) -> None:
        grade_all(self._rubric, self._accounts(), self._deliver, variant=self._variant, binds=self._binds)

    def _accounts(self) -> Iterator[Evidence]:
        while (waiting := self._waiting.get()) is not None:
            evidence, self._current = waiting
            yield evidence

    def _deliver(self, evidence: Evidence, graded: Graded | GraderError) -> None:
        answer, self._current = self._current, None
        if answer is None:
            return
        if isinstance(graded, GraderError):
            answer.set_exception(graded)
        else:
            answer.set_result(graded)

    def _ended(self, session: Future[None]) -> None:
        error = session.exception()
        with self._lock:
            self._running = False
        answer, self._current = self._current, None
        if answer is None and error is not None and not self._waiting.empty():
            # The session could not even begin (a check module that cannot be loaded): so it is for whoever waits.
            waiting = self._waiting.get()
            answer = waiting[1] if waiting else None
        if answer is not None:
            answer.set_exception(error or GraderError("The session of pytest ended before this account was graded."))
        if not self._waiting.empty():
            self._start()
