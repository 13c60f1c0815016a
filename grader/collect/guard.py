"""The read-only guard: what is not a row of the table never leaves a client.

It hangs on the first event of every call, before parameters are looked at, anything is signed or a socket is
opened.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from grader.errors import OperationNotAllowed

EVENT = "provide-client-params"
"""botocore's event for "an operation was called", the first of all; its handlers run in the caller's thread."""


@dataclass(frozen=True, slots=True)
class Guard:
    """Lets through the operations that may be asked: ``allowed``, the table's and those of this run's rubric."""

    allowed: frozenset[str]

    def refuse_what_is_no_row(self, *, model: Any, **_: Any) -> None:
        """Raise ``OperationNotAllowed`` for an operation that is not allowed (a handler of ``EVENT``)."""
        operation = f"{model.service_model.service_name}.{model.name}"
        if operation not in self.allowed:
            raise OperationNotAllowed(
                f"{operation} is not in the table of calls, so it was not sent. This program only reads."
            )
