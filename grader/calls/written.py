"""Rows that a rubric adds to the table, as text: the operation, and the rest of the row as JSON.

What a rubric needs is a set of names of rows. A row that is in no table is named by all that it consists of, so that
the set alone says what a run may ask, in this process and in the one that collects.
"""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from functools import lru_cache
from typing import Any

from grader.calls.operations import GLOBAL_SERVICES, SENT_TO, may_be_asked
from grader.calls.spec import Call, Drawn, Manner, Scope
from grader.calls.table import CALLS
from grader.errors import UsageError

HTTP = "http"
"""What stands for the service of a request to an application."""

_AS_IN_THE_TABLE = {call.operation: call for call in reversed(CALLS) if call.manner is not Manner.BATCHES}
_MOST = 300
"""How often a row of a rubric is asked in one region at most."""


def row(
    operation: str,
    fixed: dict[str, Any],
    drawn: tuple[Drawn, ...] = (),
    texts: dict[str, str] | None = None,
    region: str = "",
) -> Call:
    """A row for a rubric's question; ``fixed`` are its parameters that are known, ``drawn`` where others come from.

    Its name is all of it as text, which ``read_row`` reads.
    """
    service = operation.partition(".")[0]
    texts = texts or {}
    given = {name for one in drawn for name in (*one.give, *one.carry)}
    names = sorted({*fixed, *texts, *(name for name in given if not name.startswith("$"))})
    is_global = service in GLOBAL_SERVICES or service == HTTP
    known = _AS_IN_THE_TABLE.get(operation)
    parts = {"fixed": fixed, "drawn": [asdict(one) for one in drawn], "texts": texts, "region": region}
    text = json.dumps({name: value for name, value in parts.items() if value}, sort_keys=True)
    plain = Call(operation, Scope.GLOBAL if is_global else Scope.EVERY)
    return replace(
        plain,
        key=tuple(f"{name}={_KEY.format(name)}" for name in names),
        variants=(fixed,),
        shaped={name: value for name, value in known.shaped.items() if name not in names} if known else {},
        pages=known.pages if known else plain.pages,
        per_second=known.per_second if known else 0,
        items=_MOST,
        drawn=drawn,
        texts=texts,
        sent_to=region or SENT_TO.get(service, ""),
        label=f"{operation} {text}",
        is_added=True,
    )


# A list of one is identified by what it holds, everything else that is no text by its JSON.
_KEY = "type({0}) == 'array' && (length({0}) == `1` && {0}[0] || to_string({0})) || to_string({0})"


@lru_cache(maxsize=1024)
def read_row(name: str) -> Call | None:
    """The row that a text is; None for the name of a row of the table.

    Raises ``UsageError`` for an operation that may not be asked, whoever wrote it.
    """
    operation, space, rest = name.partition(" ")
    if not space:
        return None
    if not operation.startswith(f"{HTTP}.") and not may_be_asked(operation):
        raise UsageError(f"{operation} is not an operation that only reads, so it is never asked.", where="operations")
    told = json.loads(rest)
    drawn = tuple(Drawn(**one) for one in told.get("drawn", ()))
    return row(operation, told.get("fixed", {}), drawn, told.get("texts", {}), told.get("region", ""))
