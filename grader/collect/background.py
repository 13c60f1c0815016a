"""Reading accounts, in the order in which they were named, while this process gets ready to judge them.

It is imported before all else, so that reading begins early: it imports little.
"""

from __future__ import annotations

import pickle
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from types import TracebackType
from typing import IO, TYPE_CHECKING, Any, Self

from grader.errors import CannotGrade, GraderError

if TYPE_CHECKING:
    from grader.collect import Access

# The same modules as here, wherever they come from: what is in the folder of a student is none of them.
_START = "import sys; sys.path[:] = sys.argv[1:]; from grader.collect.worker import serve; serve()"


@dataclass(slots=True)
class Reading:
    """Accounts that are being read, by a process that ends with this; what judges them can load meanwhile.

    It gets ready as soon as this is entered, and asks from ``ask`` on.
    """

    accesses: tuple[Access, ...]
    _process: subprocess.Popen[bytes] = field(init=False)

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(
            [sys.executable, "-c", _START, *sys.path], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        self._tell(self.accesses)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        # All that it still could do is to tidy up, which takes longer than to write a page.
        self._process.kill()
        with self._process:
            return

    def ask(self, operations: frozenset[str]) -> None:
        """Ask every account what these operations need. To be called once."""
        self._tell(operations)

    def __iter__(self) -> Iterator[dict[str, Any] | GraderError]:
        """Each account's evidence document in order, or why it could not be read."""
        answers = self._pipe(self._process.stdout)
        for _ in self.accesses:
            try:
                outcome: dict[str, Any] | GraderError = pickle.load(answers)
            except (EOFError, pickle.UnpicklingError):
                code = self._process.wait()
                if code == -signal.SIGINT:
                    raise KeyboardInterrupt from None  # that process was the first to hear of it
                yield CannotGrade(
                    f"The process that reads the account ended early (exit code {code}).",
                    remedy="Check whether there is enough memory, then try again.",
                )
                return
            yield outcome

    def _tell(self, told: Any) -> None:
        pipe = self._pipe(self._process.stdin)
        try:
            pickle.dump(told, pipe, pickle.HIGHEST_PROTOCOL)
            pipe.flush()
        except BrokenPipeError:
            # It has ended, and whoever waits for its answers hears of it. Closing tries to write once more.
            with suppress(BrokenPipeError):
                pipe.close()

    @staticmethod
    def _pipe(pipe: IO[bytes] | None) -> IO[bytes]:
        assert pipe is not None
        return pipe
