"""The read-only guard: what is not a row of the table never leaves a client.

It hangs on the first event of every call, before parameters are looked at, anything is signed or a socket is
opened.
"""

from __future__ import annotations

from typing import Any

from grader.calls.table import OPERATIONS
from grader.errors import OperationNotAllowed

EVENT = "provide-client-params"
"""botocore's event for "an operation was called", the first of all; its handlers run in the caller's thread."""


def refuse_what_is_no_row(*, model: Any, **_: Any) -> None:
    """Raise ``OperationNotAllowed`` for an operation that is not in the table (a handler of ``EVENT``)."""
    operation = f"{model.service_model.service_name}.{model.name}"
    if operation not in OPERATIONS:
        raise OperationNotAllowed(
            f"{operation} is not in the table of calls, so it was not sent. This program only reads."
        )
