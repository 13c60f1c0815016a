"""A refusal never costs a point, on the wire: one operation of each protocol of AWS, and all that can go wrong with it.

Real sockets: the emulated account stands behind a server that spoils the answers to one operation.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from time import monotonic
from typing import Any

import pytest

from grader.collect import transport
from grader.grading.permissions import permissions
from grader.grading.pipeline import Graded
from grader.rubric import open_rubric
from reference_app.emulator import EmulatedAccount
from tests.cases import grade_one, lost
from tests.collect.servers import HTML, Asked, Reply, passed_on, refusal, serving

from .conftest import action_of
from .reference import collected

RUBRIC = open_rubric()
DECIDES = {one.action: one.decides for one in permissions(RUBRIC, RUBRIC.items, None)}
ACTIONS = {
    "ec2": "ec2:DescribeSubnets",
    "query": "iam:ListGroupsForUser",
    "json": "ecs:DescribeServices",
    "rest-xml": "s3:ListBucket",
    "rpc-v2-cbor": "cloudwatch:ListMetrics",
}
"""By protocol one action; all but CloudWatch's decide something alone."""
XHTML = b'<html xmlns="http://www.w3.org/1999/xhtml"><head><title>Log in</title></head><body><p>Hi</p></body></html>'
"""A login page that is XML as well."""
Spoil = Callable[[Asked, Callable[[], Reply]], Reply | None]


@dataclass(frozen=True, slots=True)
class Read:
    """An account that was read through a server which spoiled the answers to one action."""

    graded: Graded
    seconds: float
    spoiled: int


def _read(account: EmulatedAccount, action: str, spoil: Spoil) -> Read:
    """Read and grade; ``spoil`` gets each request for the action, and how to get the answer to it."""
    spoiled: list[Asked] = []

    def answer(asked: Asked) -> Reply | None:
        if action_of(asked) != action:
            return passed_on(account.endpoint_url, asked)
        spoiled.append(asked)
        return spoil(asked, lambda: passed_on(account.endpoint_url, asked))

    began = monotonic()
    with serving(answer) as front:
        document = collected(front.url, (account.connect_to,))
    return Read(grade_one(json.loads(json.dumps(document))), monotonic() - began, len(spoiled))


def _denied(asked: Asked, real: Callable[[], Reply]) -> Reply:
    return refusal(asked.service, "AccessDenied", "User is not authorized because no identity-based policy allows it")


def _throttled(asked: Asked, real: Callable[[], Reply]) -> Reply:
    return refusal(asked.service, "ThrottlingException", "Rate exceeded", 400 if asked.service != "s3" else 503)


def _truncated(asked: Asked, real: Callable[[], Reply]) -> Reply:
    reply = real()
    return replace(reply, body=reply.body[: len(reply.body) // 2])


def _lied_about(asked: Asked, real: Callable[[], Reply]) -> Reply:
    """More is announced than comes, and then the connection ends."""
    reply = real()
    return replace(reply, headers={**reply.headers, "Transfer-Encoding": "chunked"}, body=b"ffff\r\n" + reply.body[:40])


WRONG: dict[str, Spoil] = {
    "denied": _denied,
    "throttled for ever": _throttled,
    "timing out": lambda asked, real: Reply(after=5),
    "connection reset": lambda asked, real: None,
    "an empty answer": lambda asked, real: Reply(),
    "a page": lambda asked, real: Reply(body=HTML, headers={"Content-Type": "text/html"}),
    "a page that is XML": lambda asked, real: Reply(body=XHTML, headers={"Content-Type": "text/html"}),
    "truncated": _truncated,
    "cut off": _lied_about,
    "an error without a body": lambda asked, real: Reply(500),
}
OFTEN = ("denied", "truncated", "a page that is XML")
"""What make test tries of every protocol; make test-slow tries the rest."""


@pytest.mark.parametrize(
    ("protocol", "wrong"),
    [
        pytest.param(protocol, wrong, marks=() if wrong in OFTEN or protocol == "json" else pytest.mark.exhaustive)
        for protocol in ACTIONS
        for wrong in WRONG
    ],
)
def test_what_was_not_answered_is_open_and_nothing_else(
    account: EmulatedAccount, monkeypatch: pytest.MonkeyPatch, protocol: str, wrong: str
) -> None:
    """Nothing lost, nothing gained, the run ends, exactly what needs the row is open, and the action is named."""
    if wrong == "timing out":
        monkeypatch.setattr(transport, "READ_SECONDS", 2.0)
    action = ACTIONS[protocol]
    read = _read(account, action, WRONG[wrong])
    assert read.spoiled
    assert lost(read.graded) == {}
    items = read.graded.result.items
    assert tuple(item.id for item in items if item.open) == DECIDES[action]
    for item in items:
        assert item.earned == item.points - item.open
    refused = {one.action for item in items for check in item.checks for one in check.refusals}
    # Metrics have a second witness each, so that no point needs one of them alone.
    assert refused == ({action} if DECIDES[action] else set())
    assert read.seconds < 60


@pytest.mark.parametrize("protocol", ACTIONS)
def test_a_token_that_expires_midway_costs_nothing(account: EmulatedAccount, protocol: str) -> None:
    """From the first request of the operation on every answer is that the token has expired."""
    action = ACTIONS[protocol]
    expired: list[bool] = []

    def answer(asked: Asked) -> Reply | None:
        if action_of(asked) == action:
            expired.append(True)
        if expired:
            return refusal(asked.service, "ExpiredToken", "The security token included in the request is expired")
        return passed_on(account.endpoint_url, asked)

    with serving(answer) as front:
        graded = grade_one(collected(front.url, (account.connect_to,)))
    assert lost(graded) == {}
    assert graded.result.open > 0
    assert set(DECIDES[action]) <= {item.id for item in graded.result.items if item.open}
    kinds = {one.kind.value for item in graded.result.items for check in item.checks for one in check.refusals}
    assert "expired credentials" in kinds


def _with_unknown_fields(reply: Reply) -> Reply:
    """The answer with members that no model knows, at its top and in every entry."""
    body = reply.body
    if body[:1] in (b"\xbf", b"\xa1", b"\xa2", b"\xa3"):
        more = b"\x67Unknown\x81\x01"
        start = body[:1] if body[:1] == b"\xbf" else bytes([body[0] + 1])
        return replace(reply, body=start + more + body[1:])
    if body[:1] == b"{":
        return replace(reply, body=json.dumps(_grown(json.loads(body))).encode())
    more = b"<unknownThing><member>1</member></unknownThing>"
    grown = re.sub(rb"(<(?:item|member|Contents|\w+Result)(?: [^>]*)?>)(?=\s*<)", rb"\1" + more, body)
    return replace(reply, body=grown)


def _grown(value: Any) -> Any:
    if isinstance(value, dict):
        return {"unknownThing": {"x": [1, None]}, **{name: _grown(inner) for name, inner in value.items()}}
    return [_grown(inner) for inner in value] if isinstance(value, list) else value


def _without_optional_fields(reply: Reply) -> Reply:
    """The answer without members that AWS may leave out, and that decide nothing."""
    names = ("tagSet", "ownerId", "Path", "ETag", "StorageClass", "NextToken", "IsTruncated")
    body = reply.body
    if body[:1] == b"{":
        return replace(reply, body=json.dumps(_shrunk(json.loads(body))).encode())
    for name in names:
        body = re.sub(rf"<{name}>.*?</{name}>|<{name} ?/>".encode(), b"", body, flags=re.DOTALL)
    return replace(reply, body=body)


def _shrunk(value: Any) -> Any:
    if isinstance(value, dict):
        gone = {"events", "tags", "createdBy", "schedulingStrategy", "propagateTags", "failures"}
        return {name: _shrunk(inner) for name, inner in value.items() if name not in gone and inner is not None}
    return [_shrunk(inner) for inner in value] if isinstance(value, list) else value


@pytest.mark.parametrize("change", [_with_unknown_fields, _without_optional_fields])
@pytest.mark.parametrize("protocol", ACTIONS)
def test_an_answer_of_another_year_reads_as_it_is(
    account: EmulatedAccount, protocol: str, change: Callable[[Reply], Reply]
) -> None:
    """Unknown members, and optional ones that are absent, change nothing."""
    read = _read(account, ACTIONS[protocol], lambda asked, real: change(real()))
    assert read.spoiled
    assert lost(read.graded) == {}
    assert read.graded.result.open == 0
