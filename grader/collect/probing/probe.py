"""Asking the application itself, over HTTP, at its load balancer's name.

A few GETs, and each endpoint that its OpenAPI document offers, with bodies made from its schema. Whatever
answers is a stranger: redirects to other hosts are not followed, answers are read up to a cut, and everything
has a deadline.
"""

from __future__ import annotations

import socket
from collections.abc import Callable
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from time import monotonic
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin, urlsplit

import httpx

from grader.collect.probing.openapi import MAX_DOCUMENT, Trial, read_document, trials
from grader.collect.probing.routes import ProbeResult, Route

if TYPE_CHECKING:
    from grader.collect.threads import Workers

BUDGET_SECONDS = 10.0
REQUEST_SECONDS = 3.0
CUT_BYTES = 2048
"""How much of an answer is kept."""
AT_ONCE = 3
MAX_REDIRECTS = 3

HEALTH = "/health"
_KNOWN = ("/docs", "/openapi.json")


@dataclass(frozen=True, slots=True)
class Balancer:
    """A load balancer to probe: ``url`` is ``http://name`` with a port where it is not the scheme's own."""

    arn: str
    url: str


@dataclass(frozen=True, slots=True)
class _Reply:
    """One answer: the status (0 for a connection that was refused or hung up on), or ``unknown`` and why."""

    status: int
    content: bytes = b""
    milliseconds: int = 0
    unknown: str = ""


def probe(balancers: tuple[Balancer, ...], routes: tuple[Route, ...], workers: Workers) -> ProbeResult:
    """Probe the balancers side by side; the first that is in order is told of, else the first that answered.

    Takes ``BUDGET_SECONDS`` at most. A name that does not resolve, a missing route and a timeout are no
    answer.
    """
    deadline = monotonic() + BUDGET_SECONDS
    results: SimpleQueue[tuple[int, ProbeResult]] = SimpleQueue()

    def task(number: int, balancer: Balancer) -> Callable[[], None]:
        def work() -> None:
            result = ProbeResult(None, f"{balancer.url} could not be probed: an unexpected error.")
            try:
                result = _Application(balancer, routes, deadline, workers).result()
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
    return (fine or answers or [ProbeResult(None, notes)])[0]


class _Application:
    """One application behind one balancer."""

    def __init__(self, balancer: Balancer, routes: tuple[Route, ...], deadline: float, workers: Workers) -> None:
        self._balancer = balancer
        self._deadline = deadline
        self._workers = workers
        self._client = client_for(routes)
        self._host = urlsplit(balancer.url).hostname or ""

    def result(self) -> ProbeResult:
        """Ask everything."""
        # What is still waiting for an answer after the deadline is hung up on.
        with self._client:
            return self._result()

    def _result(self) -> ProbeResult:
        tried = self._side_by_side([Trial("GET", path, "none", path) for path in (HEALTH, *_KNOWN)])
        first = tried[0][1]
        if first.unknown:
            return ProbeResult(None, f"{self._balancer.url}{HEALTH}: {first.unknown}")
        if not first.status:
            return ProbeResult(self._told(tried[:1]))
        document = next((reply.content for trial, reply in tried if trial.path == _KNOWN[1]), b"")
        offered = list(trials(read_document(document), frozenset((HEALTH, "/", *_KNOWN))))
        if first.status == 404:
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
        except OSError as error:
            return _failed(error)
        return _Reply(status, content, round(1000 * (monotonic() - began)))

    def _sent(self, trial: Trial) -> tuple[int, bytes]:
        """The status and the content, redirects on the same host followed.

        Raises ``OSError``, also for httpx's.
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
            try:
                with self._client.stream(
                    method, url, params=query or None, content=content, headers=headers, timeout=left
                ) as response:
                    there = response.headers.get("location", "")
                    if not (response.is_redirect and self._is_ours(urljoin(url, there))):
                        return response.status_code, read_content(response, most, ends)
                    url, query = urljoin(url, there), {}
                    if response.status_code in (301, 302, 303):
                        method, content = "GET", None
            except httpx.HTTPError as error:
                raise as_os_error(error) from error
            except (httpx.InvalidURL, ValueError, RuntimeError) as error:
                # A redirect to no address at all, or the client closed at the deadline.
                raise ConnectionResetError(str(error)) from error
        return response.status_code, b""

    def _is_ours(self, url: str) -> bool:
        try:
            parts = urlsplit(url)
            return parts.scheme in ("http", "https") and parts.hostname == self._host
        except ValueError:
            return False

    def _told(self, tried: list[tuple[Trial, _Reply]]) -> dict[str, Any]:
        deciding = next(((trial, reply) for trial, reply in tried if trial.path == HEALTH), tried[0])
        if deciding[1].status == 404:
            others = [(trial, reply) for trial, reply in tried if trial.path in ("/", "/docs")]
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
    if isinstance(error, socket.gaierror):
        return _Reply(0, unknown="the name has no address")
    if isinstance(error, TimeoutError):
        return _Reply(0, unknown=f"no answer within {REQUEST_SECONDS:.0f} s")
    if isinstance(error, (ConnectionRefusedError, ConnectionResetError, BrokenPipeError)):
        return _Reply(0)
    return _Reply(0, unknown=f"no way there ({error.strerror or error})")


def as_os_error(error: httpx.HTTPError) -> OSError:
    """The socket's own error behind one of httpx's; a server that does not speak HTTP counts as having hung up."""
    if isinstance(error, httpx.TimeoutException):
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


def client_for(routes: tuple[Route, ...]) -> httpx.Client:
    """A client that goes by the routes of ``--connect-to``."""
    # A balancer's certificate is never for its own amazonaws.com name, and nothing secret is sent to it.
    if not routes:
        return httpx.Client(verify=False)

    class Routed(httpx.HTTPTransport):
        """Connects elsewhere, as curl's --connect-to: the host asked for stays in the request."""

        def handle_request(self, request: httpx.Request) -> httpx.Response:
            host = request.url.host
            port = request.url.port or (443 if request.url.scheme == "https" else 80)
            for route in routes:
                if route.host in ("", host.lower()) and route.port in (0, port):
                    request.extensions = {**request.extensions, "sni_hostname": host}
                    request.url = request.url.copy_with(host=route.to_host, port=route.to_port)
                    break
            return super().handle_request(request)

    return httpx.Client(transport=Routed(verify=False))
