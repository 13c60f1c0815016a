"""Many accounts at once: keys that were handed in, a bound on requests, and no account that holds up another."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from threading import Lock
from time import monotonic
from typing import Any

import pytest

from grader.collect import Access, Collector
from grader.collect.access import Keys
from grader.collect.clients import Caller
from tests.collect.servers import Answering, Asked, Reply, Server, refusal, serving

HANGS, THROTTLED = 901, 902


def answer(asked: Asked) -> Reply | None:
    """Each account by its own number, which its key holds; one hangs, one is throttled."""
    number = asked.key_id[-12:]
    if asked.action == "GetCallerIdentity":
        inside = f"<Account>{number}</Account><Arn>arn:aws:iam::{number}:user/x</Arn><UserId>u</UserId>"
        text = f"<R><GetCallerIdentityResult>{inside}</GetCallerIdentityResult></R>"
        return Reply(body=text.encode(), headers={"Content-Type": "text/xml"})
    if int(number) == THROTTLED:
        return refusal("iam", "Throttling", "Rate exceeded", 400)
    users = f"<Users><member><UserName>of-{number}</UserName></member></Users>"
    text = f"<R><ListUsersResult>{users}</ListUsersResult></R>"
    return Reply(body=text.encode(), headers={"Content-Type": "text/xml"}, after=5 if int(number) == HANGS else 0)


class Accounts:
    """Any number of accounts, read by one collector."""

    def __init__(self, server: Server, collector: Collector) -> None:
        self.server = server
        self.collector = collector

    def read(self, number: int, **more: Any) -> dict[str, Any]:
        """The evidence of an account."""
        keys = Keys(f"AKIA{number:012}", "a secret that was handed in", "a token", more.pop("home", ""))
        access = Access(endpoint_url=self.server.url, regions=("eu-west-1",), probe=False, keys=keys)
        return self.collector.collect(access)

    def seconds(self, number: int) -> float:
        """How long reading an account takes."""
        began = monotonic()
        self.read(number)
        return monotonic() - began


@contextmanager
def reading(answering: Answering = answer, **more: Any) -> Iterator[Accounts]:
    """Accounts with one question each beside that for their number."""
    with serving(answering) as server, Collector(frozenset({"iam.ListUsers"}), apart=True, **more) as collector:
        yield Accounts(server, collector)


def test_keys_that_were_handed_in_sign_and_no_others(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever else this machine has: keys and a token in the environment."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAOFWHOEVERRUNSTHIS")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "another secret")
    monkeypatch.setenv("AWS_SESSION_TOKEN", "another token")
    with reading() as accounts:
        accounts.read(7)
    assert {asked.key_id for asked in accounts.server.asked} == {"AKIA000000000007"}
    assert {asked.headers.get("X-Amz-Security-Token") for asked in accounts.server.asked} == {"a token"}


def test_the_region_beside_the_keys_is_home() -> None:
    """A Learner Lab's AWS Details name it."""
    with reading() as accounts:
        assert accounts.read(7, home="us-west-2")["meta"]["home_region"] == "us-west-2"


def test_nobody_answers_for_another() -> None:
    """300 accounts, sixteen at once, with shared clients: each sees its own number alone."""
    with reading() as accounts, ThreadPoolExecutor(16) as pool:
        found = list(pool.map(accounts.read, range(300)))
    for number, document in enumerate(found):
        users = document["calls"]["iam.ListUsers"]["global"][""]["response"]["Users"]
        assert (document["meta"]["account"], users[0]["UserName"]) == (f"{number:012}", f"of-{number:012}")


@pytest.mark.parametrize("trouble", [HANGS, THROTTLED])
def test_an_account_in_trouble_holds_up_no_other(trouble: int) -> None:
    """Threads, retries and waits are an account's own, although clients are shared."""
    with reading() as accounts, ThreadPoolExecutor(30) as pool:
        accounts.seconds(1)
        troubled = [pool.submit(accounts.seconds, trouble) for _ in range(20)]
        beside = max(pool.map(accounts.seconds, range(2, 10)))
        slowest = max(one.result() for one in troubled)
    assert beside < slowest / 2


def test_requests_to_a_service_are_bounded() -> None:
    """As many at once as a second allows, and then no more than that each second; each service for itself."""
    caller = Caller(None, per_second=20)
    times: list[float] = []
    lock = Lock()

    def once(_: int) -> None:
        caller.wait("ec2")
        with lock:
            times.append(monotonic())

    began = monotonic()
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(once, range(50)))
    assert monotonic() - began >= 30 / 20 - 0.1
    times.sort()
    assert all(last - first >= 0.9 for first, last in zip(times, times[40:], strict=False))
    began = monotonic()
    caller.wait("iam")
    Caller(None).wait("ec2")
    assert monotonic() - began < 0.5


def test_the_bound_holds_for_what_is_really_sent() -> None:
    """Retries too: a throttled account asks no faster than it may."""
    with reading(per_second=1) as accounts:
        seconds = accounts.seconds(THROTTLED)
    sent = [asked for asked in accounts.server.asked if asked.service == "iam"]
    assert len(sent) > 2
    assert seconds >= len(sent) - 1.5
