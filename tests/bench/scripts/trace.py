"""Which calls the grader makes in one region, and which answer each had to wait for.

Run inside the grader's own interpreter, with the environment of a measured run: ``trace.py REGION FILE``. What it
writes is what the sequential script and the floor ask.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from threading import local
from typing import Any

import botocore.client

from grader.collect import Access, Collector
from grader.collect import account as run
from grader.collect import request as asking
from grader.collect.request import Asked
from grader.collect.schedule import Schedule
from grader.evidence import Question
from grader.rubric import open_rubric
from grader.rubric.needs import operations_for


class Trace:
    """Listens at three doors of the collector; changes nothing that goes through them."""

    def __init__(self) -> None:
        self.calls: list[dict[str, Any]] = []
        self._last: dict[Question, int] = {}
        self._parent: dict[Question, Question] = {}
        self._deriving: Question | None = None
        self._here = local()

    def listen(self) -> None:
        """Stand in for the three functions, and call them."""
        derive, ask, call = Schedule.derive, asking.ask, botocore.client.BaseClient._make_api_call

        def deriving(schedule: Schedule, asked: Asked, answer: Any) -> None:
            self._deriving = asked.question
            derive(schedule, asked, answer)
            self._deriving = None

        def asking_now(asked: Asked, *others: Any) -> Any:
            self._here.asked = asked
            return ask(asked, *others)

        def calling(client: Any, operation: str, parameters: Mapping[str, Any]) -> Any:
            self._note(self._here.asked, client.meta.service_model.service_name, operation, parameters)
            return call(client, operation, parameters)

        put = run.Run._put

        def putting(one: run.Run, asked: Asked) -> None:
            if self._deriving is not None:
                self._parent[asked.question] = self._deriving
            put(one, asked)

        Schedule.derive = deriving  # type: ignore[method-assign, assignment]
        run.ask = asking_now  # type: ignore[attr-defined, assignment]
        run.Run._put = putting  # type: ignore[method-assign, assignment]
        botocore.client.BaseClient._make_api_call = calling

    def _note(self, asked: Asked, service: str, operation: str, parameters: Mapping[str, Any]) -> None:
        # A further page waits for the page before it, everything else for the answer that it was derived from.
        before = self._last.get(asked.question)
        parent = self._parent.get(asked.question)
        after = before if before is not None else self._last.get(parent) if parent else None
        self._last[asked.question] = len(self.calls)
        self.calls.append(
            {
                "after": after,
                "service": service,
                "region": asked.region,
                "operation": operation,
                "parameters": _as_json(parameters),
            }
        )


def _as_json(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _as_json(part) for name, part in value.items()}
    if isinstance(value, list | tuple):
        return [_as_json(part) for part in value]
    if isinstance(value, datetime):
        return {"$moment": value.isoformat()}
    return value


def main(region: str, file: str) -> None:
    """Collect one account once, unmeasured."""
    trace = Trace()
    trace.listen()
    rubric = open_rubric(None)
    with Collector(operations_for(rubric.applicable(None))) as collector:
        collector.collect(Access(regions=(region,), probe=False))
    Path(file).write_text(json.dumps(trace.calls, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
