"""One session of pytest that grades accounts as they are given to it, for all threads of a process."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from concurrent.futures import Future
from queue import Empty, Queue
from threading import Lock, Thread
from types import TracebackType

from grader.errors import GraderError
from grader.evidence import Evidence
from grader.grading.pipeline import Graded, grade_all
from grader.rubric import Rubric

IDLE_SECONDS = 1.0
"""A session that has nothing to do for so long ends: while it lives, this process prints nowhere else."""


class GradingSession:
    """Grades accounts one after another, in a thread of its own: starting pytest costs more than grading does.

    An error that nobody foresaw costs the account that it came from; the next one gets a new session.
    """

    def __init__(self, rubric: Rubric, variant: str | None, binds: Mapping[str, str]) -> None:
        self._rubric = rubric
        self._variant = variant
        self._binds = binds
        self._waiting: Queue[tuple[Evidence, Future[Graded]] | None] = Queue()
        self._thread: Thread | None = None
        self._current: Future[Graded] | None = None
        self._lock = Lock()
        self._running = False

    def grade(self, evidence: Evidence) -> Graded:
        """Grade one account; waits for its turn. Raises what kept it from being graded."""
        answer: Future[Graded] = Future()
        self._waiting.put((evidence, answer))
        self._start()
        return answer.result()

    def end(self) -> None:
        """End the session of pytest at once, not when it has been idle; waits until it is over."""
        self._waiting.put(None)
        thread = self._thread
        if thread is not None:
            thread.join()

    def _start(self) -> None:
        with self._lock:
            if not self._running:
                self._running = True
                self._thread = Thread(target=self._serve, daemon=True, name="grading")
                self._thread.start()

    def _serve(self) -> None:
        with _Ending(self):
            grade_all(self._rubric, self._accounts(), self._deliver, variant=self._variant, binds=self._binds)

    def _accounts(self) -> Iterator[Evidence]:
        while True:
            try:
                waiting = self._waiting.get(timeout=IDLE_SECONDS)
            except Empty:
                return
            if waiting is None:
                return
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

    def ended(self, error: BaseException | None) -> None:
        """The session is over; what it was at work on gets its error."""
        answer, self._current = self._current, None
        if answer is None and error is not None and not self._waiting.empty():
            # It could not even begin (a check module that cannot be loaded): so it is for whoever waits.
            waiting = self._waiting.get()
            answer = waiting[1] if waiting is not None else None
        if answer is not None:
            answer.set_exception(error or GraderError("The pytest session ended before this account was graded."))
        with self._lock:
            self._running = False
        if any(waiting is not None for waiting in tuple(self._waiting.queue)):
            self._start()


class _Ending:
    """Tells a session of its end and of the error that ended it, which is its account's and no thread's."""

    def __init__(self, session: GradingSession) -> None:
        self._session = session

    def __enter__(self) -> None:
        return

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool:
        self._session.ended(error)
        return True
