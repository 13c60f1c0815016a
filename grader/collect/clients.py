"""botocore clients that serve every account and every region: one for each service.

What an account costs is what is made anew for it. A client here is made once; whose credentials sign a
request and which region it goes to are decided when it is sent, from the ``Caller`` that is at work in the
sending thread. Through botocore's own doors: the session's credential provider, and its events.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from copy import copy
from dataclasses import dataclass, field
from functools import partial
from threading import Lock
from time import monotonic, sleep
from typing import Any
from urllib.parse import urlsplit

import botocore
from botocore.config import Config
from botocore.credentials import Credentials
from botocore.handlers import json_decode_policies

from grader import __version__
from grader.calls.table import CALLS, OPERATIONS
from grader.collect.access import Access
from grader.collect.complete import check_complete
from grader.collect.guard import EVENT, Guard
from grader.collect.session import AccountSession, new_session
from grader.collect.transport import CONNECT_SECONDS, CONNECTIONS, CONNECTIONS_APART, READ_SECONDS, Transport
from grader.errors import GraderError

_PACED = {call.service for call in CALLS if call.per_second}

_OTHER_HOSTS = (".aws", ".c2s.ic.gov", ".sc2s.sgov.gov", ".csp.hci.ic.gov", ".cloud.adc-e.uk")
"""Ends of AWS's host names that do not say ``amazonaws``: dual-stack names, and those of separate partitions."""
_KIND = re.compile(r"[A-Z][a-z]+")

BURST = 3
"""Questions that may be put at once to an operation that AWS limits by the second."""


@dataclass(slots=True)
class Caller:
    """The account that asks: its credentials, and a count of what was sent for it."""

    credentials: Any
    per_second: float = 0
    """Requests to each service, at most; 0 is no bound."""
    requests: int = 0
    kinds: dict[str, int] = field(default_factory=dict)
    """What was sent by kind: how the name of the operation begins (``Describe``, ``List``)."""
    heard: float = field(default_factory=monotonic)
    """When an answer last came, by the monotonic clock."""
    _next: dict[tuple[str, str], float] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    def turn(self, operation: str, region: str, per_second: float) -> float:
        """Seconds to wait before asking an operation that AWS allows ``per_second`` times in a region.

        The first ``BURST`` need not wait. Waiting is kinder than being throttled, and sooner done.
        """
        step, now = 1 / per_second, monotonic()
        with self._lock:
            due = max(self._next.get((operation, region), 0.0), now - (BURST - 1) * step)
            self._next[operation, region] = due + step
        return max(0.0, due - now)

    def wait(self, service: str) -> None:
        """Wait for the turn of a request to ``service``; as many as are allowed in a second may come at once."""
        if not self.per_second:
            return
        step, now = 1 / self.per_second, monotonic()
        with self._lock:
            due = max(self._next.get((service, ""), 0.0), now - 1 + step)
            self._next[service, ""] = due + step
        if due > now:
            sleep(due - now)

    def sent(self, operation: str) -> None:
        """Count a request."""
        kind = _KIND.match(operation)
        with self._lock:
            self.requests += 1
            if kind is not None:
                self.kinds[kind[0]] = self.kinds.get(kind[0], 0) + 1


@dataclass(frozen=True, slots=True)
class _Request:
    caller: Caller
    region: str


_request: ContextVar[_Request | None] = ContextVar("request", default=None)


@contextmanager
def asking(caller: Caller, region: str) -> Iterator[None]:
    """Calls of clients in the body are signed with the caller's credentials and go to ``region``."""
    token = _request.set(_Request(caller, region))
    try:
        yield
    finally:
        _request.reset(token)


def _current() -> _Request:
    request = _request.get()
    if request is None:
        raise GraderError("A client was used outside of asking(), so nobody's credentials could sign.")
    return request


class _WhoeverAsks(Credentials):  # type: ignore[misc]
    """The credentials in every client: those of the account that asks. Holds none itself."""

    def __init__(self) -> None:
        super().__init__("not-a-key", "not-a-secret", method="per-request")

    def get_frozen_credentials(self) -> Any:
        return _current().caller.credentials.get_frozen_credentials()


class _Provider:
    def load_credentials(self) -> Credentials:
        return _WhoeverAsks()


def client_config(endpoint_url: str | None, *, paced: bool = False, apart: bool = False) -> Config:
    """How clients retry and wait: adaptively, so that one that is throttled slows down, and in all some seconds.

    A service that we pace ourselves needs no second brake: its limiter, once on, would hold a run for half a minute.
    Where accounts are kept ``apart``, neither does: the limiter and the quota of retries of botocore's newer modes
    belong to the client, so that one account's throttles would slow all, and its time-outs use up everybody's retries.
    """
    mode = "legacy" if apart else "standard" if paced else "adaptive"
    return Config(
        retries={"mode": mode, "total_max_attempts": 3 if paced else 4},
        connect_timeout=CONNECT_SECONDS,
        read_timeout=READ_SECONDS,
        max_pool_connections=CONNECTIONS,
        # Given whole: what botocore would put together anew for each request takes a tenth of all CPU.
        user_agent=f"aws-lab-grader/{__version__} Botocore/{botocore.__version__}",
        # Every region by its own name, us-east-1 too; buckets have no host names of their own at a custom endpoint.
        s3={
            "us_east_1_regional_endpoint": "regional",
            **({"addressing_style": "path"} if endpoint_url else {}),
        },
    )


class Clients:
    """One client for each service, for all accounts that are reached in the same manner."""

    def __init__(
        self,
        access: Access,
        account_session: AccountSession,
        loader: Any,
        hooks: Any,
        allowed: frozenset[str] = OPERATIONS,
        *,
        apart: bool = False,
    ) -> None:
        self._apart = apart
        self._endpoint_url = access.endpoint_url
        self._region = account_session.home_region
        self._session = new_session(access.profile, loader, copy(hooks))
        self._session.register_component("credential_provider", _Provider())
        bundle = self._session.get_config_variable("ca_bundle")
        self._transport = Transport(bundle, CONNECTIONS_APART if apart else CONNECTIONS)
        self._session.register(EVENT, Guard(allowed).refuse_what_is_no_row)
        self._session.register(EVENT, _direct)
        self._session.register("before-send", self._send)
        # The evidence keeps policy documents as AWS sent them.
        self._session.unregister("after-call.iam", json_decode_policies)
        self._made: dict[str, Any] = {}
        self._lock = Lock()

    def get(self, service: str) -> Any:
        """The client of a service. Made one at a time: in parallel each would load the same files."""
        client = self._made.get(service)
        if client is not None:
            return client
        with self._lock:
            if service not in self._made:
                client = self._create(service, self._endpoint_url)
                endpoint = self._endpoint_url or _named_elsewhere(client)
                if service == "s3" and endpoint != self._endpoint_url:
                    client = self._create(service, endpoint)
                # Before the S3 client's own handler, which knows better where a bucket turned out to be.
                client.meta.events.register_first("before-endpoint-resolution", _resolve_for_region)
                if service == "s3control" and endpoint is not None:
                    client.meta.events.register("before-sign.s3-control", partial(_without_account_host, endpoint))
                self._made[service] = client
            return self._made[service]

    def _create(self, service: str, endpoint_url: str | None) -> Any:
        return self._session.create_client(
            service,
            region_name=self._region,
            endpoint_url=endpoint_url,
            config=client_config(endpoint_url, paced=service in _PACED, apart=self._apart),
        )

    def _send(self, request: Any, event_name: str = "", **_: Any) -> Any:
        caller = _current().caller
        caller.wait(event_name.partition(".")[2].partition(".")[0])
        caller.sent(event_name.rpartition(".")[2])
        response = self._transport.send(request)
        caller.heard = monotonic()
        check_complete(request.method, response)
        return response

    def close(self) -> None:
        """Close all connections."""
        self._transport.close()


def _named_elsewhere(client: Any) -> str | None:
    """The endpoint that ``AWS_ENDPOINT_URL`` or the profile names, where it is none of AWS's own."""
    endpoint = str(client.meta.endpoint_url)
    host = urlsplit(endpoint).hostname or ""
    return None if "amazonaws" in host or host.endswith(_OTHER_HOSTS) else endpoint


def _without_account_host(endpoint: str, request: Any, **_: Any) -> None:
    """S3 Control puts the account before any host, and ``123456789012.127.0.0.1`` has no address."""
    rest = request.url.partition("://")[2]
    request.url = f"{endpoint.rstrip('/')}/{rest.partition('/')[2]}"


def _direct(*, context: dict[str, Any], **_: Any) -> None:
    """Send this call to the caller's region: the endpoint rules read it below, the signer reads it here."""
    region = _current().region
    context["client_region"] = region
    context["signing"] = {"region": region}


def _resolve_for_region(*, builtins: dict[str, Any], context: dict[str, Any], **_: Any) -> None:
    builtins["AWS::Region"] = context["client_region"]
