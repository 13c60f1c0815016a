"""Asking the application itself, over HTTP, at its load balancer's name.

A few GETs, and each endpoint that its OpenAPI document offers, with bodies made from its schema. Whatever
answers is a stranger: connections go to checked addresses alone (connections.py), redirects stay on the same
host and its listeners, answers are read up to a cut, and one deadline ends everything.
"""

from __future__ import annotations

import socket
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, replace
from queue import Empty, SimpleQueue
from time import monotonic
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin, urlsplit

import httpcore
import httpx

from grader.collect.probing.connections import Connections, NotPublic, Transport, ending
from grader.collect.probing.openapi import MAX_DOCUMENT, Trial, read_document, trials
from grader.collect.probing.routes import ProbeResult, Route

if TYPE_CHECKING:
    from grader.collect.threads import Workers

BUDGET_SECONDS = 10.0
REQUEST_SECONDS = 3.0
CUT_BYTES = 2048
"""How much of an answer is kept."""
AT_ONCE = 3
PROBERS = 16
"""Threads of one probe: three balancers, each with ``AT_ONCE`` requests out, and some to spare."""
MAX_REDIRECTS = 3

_DEFAULT_PORTS = {"http": 80, "https": 443}
# What httpcore raises beside httpx's errors. A server that does not speak HTTP is one that hung up.
BROKEN = (
    httpx.HTTPError, httpcore.TimeoutException, httpcore.NetworkError, httpcore.ProtocolError,
    httpcore.ConnectionNotAvailable, httpcore.UnsupportedProtocol,
)  # fmt: skip

HEALTH = "/health"
_KNOWN = ("/docs", "/openapi.json")


@dataclass(frozen=True, slots=True)
class Balancer:
    """A load balancer to probe: ``url`` is ``http://name`` with a port where it is not the scheme's own.

    ``ports`` are those of its listeners: a redirect may lead to another of them, such as from HTTP to HTTPS.
    ``health_paths`` are those that the health checks of its target groups ask for.
    """

    arn: str
    url: str
    ports: frozenset[int] = frozenset()
    health_paths: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Reply:
    """One answer: the status (0 for a connection that was refused or hung up on), or ``unknown`` and why."""

    status: int
    content: bytes = b""
    milliseconds: int = 0
    unknown: str = ""


def probe(
    balancers: tuple[Balancer, ...],
    routes: tuple[Route, ...],
    workers: Workers,
    connections: Callable[[tuple[Route, ...]], Connections] = Connections,
) -> ProbeResult:
    """Probe the balancers side by side; the first that is in order is told of, else the first that answered.

    Takes ``BUDGET_SECONDS`` at most. A name that does not resolve or leads to no public address, a missing
    route and a timeout are no answer. ``connections`` makes what opens the sockets.
    """
    deadline = monotonic() + BUDGET_SECONDS
    results: SimpleQueue[tuple[int, ProbeResult]] = SimpleQueue()
    used = [connections(routes) for _ in balancers]

    def task(number: int, balancer: Balancer) -> Callable[[], None]:
        def work() -> None:
            result = ProbeResult(None, f"{balancer.url} could not be probed: an unexpected error.")
            try:
                result = _Application(balancer, used[number], deadline, workers).result()
            finally:
                results.put((number, result))

        return work

    for number, balancer in enumerate(balancers):
        workers.submit(task(number, balancer))
    found: dict[int, ProbeResult] = {}
    while len(found) < len(balancers):
        try:
            number, result = results.get(timeout=max(0.0, deadline + 0.5 - monotonic()))
        except Empty:
            break
        found[number] = result
    ordered = [found[number] for number in sorted(found)]
    answers = [result for result in ordered if result.answer is not None]
    fine = [result for result in answers if result.answer is not None and result.answer["ok"]]
    notes = "; ".join(result.note for result in ordered if result.note) or "there was no time to ask it"
    chosen = (fine or answers or [ProbeResult(None, notes)])[0]
    return replace(chosen, sent=sum(opened.sent for opened in used))


class _Application:
    """One application behind one balancer."""

    def __init__(self, balancer: Balancer, connections: Connections, deadline: float, workers: Workers) -> None:
        self._balancer = balancer
        self._deadline = deadline
        self._workers = workers
        # Not through httpx's client: it looks into cookies and redirects, and fails at those that are odd.
        self._transport = Transport(connections)

    def result(self) -> ProbeResult:
        """Ask everything."""
        # What is still waiting for an answer after the deadline is hung up on.
        with self._transport:
            return self._result()

    def _result(self) -> ProbeResult:
        asked_first = tuple(dict.fromkeys((HEALTH, *_KNOWN, *self._balancer.health_paths)))
        tried = self._side_by_side([Trial("GET", path, "none", path) for path in asked_first])
        first = tried[0][1]
        if first.unknown:
            return ProbeResult(None, f"{self._balancer.url}{HEALTH}: {first.unknown}")
        if not first.status:
            return ProbeResult(self._told(tried[:1]))
        document = next((reply.content for trial, reply in tried if trial.path == _KNOWN[1]), b"")
        offered = list(trials(read_document(document), frozenset((*asked_first, "/")), self._deadline))
        if first.status == 404 and "/" not in asked_first:
            offered.insert(0, Trial("GET", "/", "none", "/"))
        tried += self._side_by_side(offered)
        return ProbeResult(self._told(tried))

    def _side_by_side(self, wanted: list[Trial]) -> list[tuple[Trial, _Reply]]:
        """A few at once; what has no answer by the deadline is unknown."""
        replies: SimpleQueue[tuple[int, _Reply]] = SimpleQueue()
        waiting = iter(enumerate(wanted))
        done: dict[int, _Reply] = {}

        def start() -> None:
            following = next(waiting, None)
            if following is not None:
                number, trial = following
                self._workers.submit(lambda: replies.put((number, self._reply(trial))))

        for _ in range(AT_ONCE):
            start()
        while len(done) < len(wanted):
            try:
                number, reply = replies.get(timeout=max(0.0, self._deadline - monotonic()))
            except Empty:
                break
            done[number] = reply
            start()
        late = _Reply(0, unknown=f"no answer within {BUDGET_SECONDS:.0f} s")
        return [(trial, done.get(number, late)) for number, trial in enumerate(wanted)]

    def _reply(self, trial: Trial) -> _Reply:
        began = monotonic()
        try:
            status, content = self._sent(trial)
        except (OSError, *BROKEN) as error:
            return _failed(as_os_error(error))
        except (httpx.InvalidURL, ValueError, RuntimeError) as error:
            # No address can be made of the path, or the pool was closed at the deadline.
            return _Reply(0, unknown=f"it could not be asked ({error})")
        return _Reply(status, content, round(1000 * (monotonic() - began)))

    def _sent(self, trial: Trial) -> tuple[int, bytes]:
        """The status and the content, redirects on the same host followed.

        Raises ``OSError``, httpx's and httpcore's errors, and what httpx raises for no address at all
        (``ValueError``) or a pool that was closed at the deadline (``RuntimeError``).
        """
        url = f"{self._balancer.url}{trial.target}"
        headers = {"Accept": "*/*", "Accept-Encoding": "identity", "User-Agent": "aws-lab-grader"}
        if trial.content is not None:
            headers["Content-Type"] = "application/json"
        method, content, query = trial.method, trial.content, dict(trial.query)
        most = MAX_DOCUMENT + 1 if trial.path == _KNOWN[1] else CUT_BYTES
        ends = min(self._deadline, monotonic() + REQUEST_SECONDS)
        for _ in range(MAX_REDIRECTS + 1):
            left = ends - monotonic()
            if left <= 0:
                raise TimeoutError
            request = httpx.Request(
                method, url, params=query or None, content=content, headers=headers,
                extensions={"timeout": dict.fromkeys(("connect", "read", "write", "pool"), left)},
            )  # fmt: skip
            with ending(ends), closing(self._transport.handle_request(request)) as response:
                there = self._ours(url, response.headers.get("location", "")) if response.is_redirect else None
                if there is None:
                    return response.status_code, read_content(response, most, ends)
                url, query = there, {}
                if response.status_code in (301, 302, 303):
                    method, content = "GET", None
        return response.status_code, b""

    def _ours(self, url: str, location: str) -> str | None:
        """Where a redirect leads, if it stays on the host and the port or leads to another listener of the balancer."""
        try:
            there = urljoin(url, location)
            old, new = urlsplit(url), urlsplit(there)
            ports = [parts.port or _DEFAULT_PORTS.get(parts.scheme, 0) for parts in (old, new)]
        except ValueError:
            return None
        same = new.scheme in _DEFAULT_PORTS and new.hostname == old.hostname and "@" not in new.netloc
        return there if same and (ports[0] == ports[1] or ports[1] in self._balancer.ports) else None

    def _told(self, tried: list[tuple[Trial, _Reply]]) -> dict[str, Any]:
        deciding = next(((trial, reply) for trial, reply in tried if trial.path == HEALTH), tried[0])
        if deciding[1].status == 404:
            # What a health check asks for is meant to be answered; then the start page or the documentation is.
            instead = (*self._balancer.health_paths, "/", "/docs")
            others = [each for path in dict.fromkeys(instead) for each in tried if each[0].path == path]
            deciding = next(((trial, reply) for trial, reply in others if trial.right(reply.status)), deciding)
        trial, reply = deciding
        told: dict[str, Any] = {
            "ok": trial.right(reply.status),
            "status": reply.status,
            "url": f"{self._balancer.url}{trial.target}",
            "load_balancer": self._balancer.arn,
            "endpoints": [_as_endpoint(*each) for each in tried if _is_settled(*each)],
        }
        unsettled = [_as_unsettled(*each) for each in tried if not _is_settled(*each)]
        if unsettled:
            told["unsettled"] = unsettled
        return told


def _is_settled(trial: Trial, reply: _Reply) -> bool:
    """Whether an answer says something: not a timeout, not a refusal of what it may rightly refuse."""
    return not reply.unknown and (trial.sure or trial.right(reply.status) or reply.status >= 500)


def _as_endpoint(trial: Trial, reply: _Reply) -> dict[str, Any]:
    return {
        "method": trial.method,
        "path": trial.path,
        "body": trial.body,
        "status": reply.status,
        "ok": trial.right(reply.status),
        "ms": reply.milliseconds,
        "cut": reply.content[:CUT_BYTES].decode("utf-8", "replace"),
    }


def _as_unsettled(trial: Trial, reply: _Reply) -> dict[str, Any]:
    why = reply.unknown or f"answered {reply.status} to a body that it may rightly refuse"
    return {"method": trial.method, "path": trial.path, "body": trial.body, "why": why}


def _failed(error: OSError) -> _Reply:
    if isinstance(error, NotPublic):
        return _Reply(0, unknown=f"it was not asked: {error}")
    if isinstance(error, socket.gaierror):
        return _Reply(0, unknown="the name has no address")
    if isinstance(error, TimeoutError):
        return _Reply(0, unknown=f"no answer within {REQUEST_SECONDS:.0f} s")
    if isinstance(error, (ConnectionRefusedError, ConnectionResetError, BrokenPipeError)):
        return _Reply(0)
    return _Reply(0, unknown=f"no way there ({error.strerror or error})")


def as_os_error(error: Exception) -> OSError:
    """The socket's own error behind another; a server that does not speak HTTP counts as having hung up."""
    if isinstance(error, (httpx.TimeoutException, httpcore.TimeoutException)):
        return TimeoutError(str(error))
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, OSError):
            return cause
        cause = cause.__cause__ or cause.__context__
    return ConnectionResetError(str(error))


def read_content(response: httpx.Response, most: int, ends: float) -> bytes:
    """The first ``most`` bytes as sent; raises ``TimeoutError`` for one that drips beyond ``ends``."""
    content = b""
    for chunk in response.iter_raw(4096):
        content += chunk
        if len(content) >= most:
            break
        if monotonic() > ends:
            raise TimeoutError
    return content[:most]
