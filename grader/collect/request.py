"""Putting one question to AWS: all its pages, all its batches, and what became of it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from time import sleep
from typing import Any

from botocore import xform_name
from botocore.exceptions import BotoCoreError, ClientError
from botocore.parsers import ResponseParserError

from grader.calls.spec import Call, DaysAgo, Manner
from grader.collect.answers import NO_ANSWER, Answer, answered, as_json, merge, refused
from grader.collect.clients import Caller, Clients, asking
from grader.evidence import Question

EVENTS = 500
"""The newest log events that are kept of a group; where there are more, the first ``FIRST_EVENTS`` too."""
FIRST_EVENTS = 100
ENDLESS = 1000
"""A row that allows this many pages wants all; an account that gives more is not believed."""

_TOKENS = {
    "ContinuationToken", "Marker", "NextContinuationToken", "NextKeyMarker", "NextMarker", "NextToken",
    "NextVersionIdMarker", "nextToken",
}  # fmt: skip

# What botocore's parsers raise for a page of HTML, or for JSON, XML or CBOR that is not shaped as AWS shapes it.
UNREADABLE = (ResponseParserError, ValueError, TypeError, LookupError, AttributeError, RecursionError)

_Ask = Callable[[Mapping[str, Any]], dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Asked:
    """A question with all that asking it needs: ``region`` is where it is sent, ``parameters`` what identifies it."""

    question: Question
    call: Call
    region: str
    parameters: Mapping[str, Any]


def ask(asked: Asked, clients: Clients, caller: Caller, now: datetime) -> Answer:
    """Ask AWS. A refusal of any page or batch is the refusal of the whole: a part must not read as all."""
    call = asked.call
    operation = call.operation.partition(".")[2]
    client = clients.get(call.service)
    known = client.meta.service_model.operation_model(operation).input_shape
    # A parameter that only shapes the answer is left out where this botocore does not know it yet.
    shaped = {name: _moment(value, now) for name, value in call.shaped.items() if known and name in known.members}
    method = getattr(client, xform_name(operation))

    if call.is_added:
        shaped |= {name: _said_moment(value, now) for name, value in asked.parameters.items()}

    def once(parameters: Mapping[str, Any]) -> dict[str, Any]:
        response: dict[str, Any] = as_json(method(**{**parameters, **shaped}))
        return response

    if call.per_second:
        sleep(caller.turn(call.operation, asked.region, call.per_second))
    try:
        with asking(caller, asked.region):
            if call.manner is Manner.BATCHES:
                return answered(_batches(once, asked))
            if call.manner is Manner.NEWEST_EVENTS:
                return answered(_newest_events(once, asked, "startFromHead" in known.members))
            if client.can_paginate(xform_name(operation)):
                return answered(_pages(client.get_paginator(xform_name(operation)), asked, shaped))
            return answered(once(asked.parameters))
    except ClientError as error:
        return _refusal(error)
    except (BotoCoreError, _TooMany) as error:
        return refused(NO_ANSWER, _one_line(error), cause=error)
    except UNREADABLE as error:
        return refused(NO_ANSWER, f"The response cannot be read: {_one_line(error)}", cause=error)


class _TooMany(Exception):
    """A list that does not end."""


def _moment(value: Any, now: datetime) -> Any:
    if not isinstance(value, DaysAgo):
        return value
    moment = now - timedelta(days=value.days)
    return int(moment.timestamp() * 1000) if value.milliseconds else moment


_AGO = re.compile(r"(\d{1,4}) days? ago|now")


def _said_moment(value: Any, now: datetime) -> Any:
    """A parameter of a rubric's row; ``7 days ago`` and ``now`` are moments."""
    found = _AGO.fullmatch(value) if isinstance(value, str) else None
    return now - timedelta(days=int(found[1] or 0)) if found else value


def _batches(once: _Ask, asked: Asked) -> dict[str, Any]:
    name, size = asked.call.batch
    wanted = asked.parameters[name]
    whole: dict[str, Any] = {}
    for start in range(0, len(wanted), size):
        merge(whole, once({**asked.parameters, name: wanted[start : start + size]}))
    return whole


def _pages(paginator: Any, asked: Asked, shaped: Mapping[str, Any]) -> dict[str, Any]:
    """All pages as one answer, without tokens; with them where the row wants no more pages than these."""
    whole: dict[str, Any] = {}
    limit = asked.call.pages
    for number, page in enumerate(paginator.paginate(**{**asked.parameters, **shaped}), 1):
        _forget_tokens(whole)
        merge(whole, as_json(page))
        if number >= limit and any(whole.get(name) for name in _TOKENS):
            if limit >= ENDLESS:
                raise _TooMany(f"AWS returned more than {limit} pages.")
            return whole
    _forget_tokens(whole)
    return whole


def _forget_tokens(whole: dict[str, Any]) -> None:
    for name in _TOKENS & whole.keys():
        del whole[name]


def _newest_events(once: _Ask, asked: Asked, newest_first: bool) -> dict[str, Any]:
    """The newest events in order of time; if they are not all, the first ones before them, and the token stays.

    A page may be empty and still have a token, so tokens are followed, not counts.
    """
    direction = {"startFromHead": False} if newest_first else {}
    events, token = _some_events(once, {**asked.parameters, **direction}, EVENTS, asked.call.pages)
    if token and newest_first:
        first, _ = _some_events(once, {**asked.parameters, "startFromHead": True}, FIRST_EVENTS, 2)
        events += first
    unique = {event.get("eventId", number): event for number, event in enumerate(events)}
    whole: dict[str, Any] = {
        "events": sorted(unique.values(), key=lambda event: event.get("timestamp", 0)),
        "searchedLogStreams": [],
    }
    if token:
        whole["nextToken"] = token
    return whole


def _some_events(
    once: _Ask, parameters: dict[str, Any], wanted: int, pages: int
) -> tuple[list[dict[str, Any]], str | None]:
    events: list[dict[str, Any]] = []
    token = None
    for _ in range(pages):
        page = once({**parameters, "nextToken": token} if token else parameters)
        events += page.get("events", [])
        if page.get("nextToken") == token:
            return events, None
        token = page.get("nextToken")
        if not token or len(events) >= wanted:
            break
    return events, token


def _refusal(error: ClientError) -> Answer:
    said = error.response.get("Error", {})
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    code, message = str(said.get("Code", "") or status), str(said.get("Message", ""))
    return refused(code, message, status, error)


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())[:500]
