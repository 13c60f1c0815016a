"""A loopback server that is an endpoint and a proxy at once, over HTTP and TLS, and answers after a set time.

Clients are pointed at it by the proxy variables, so that every host name, also those with an account's number in
front, needs no resolver. ``CONNECT`` is answered with a certificate for the host that was named.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

from .authority import Authority
from .exchange import Answer, Request, split_target

CONTROL = "/-/"
_KEPT_BY_THE_CONNECTION = {
    "connection", "content-length", "date", "keep-alive", "server", "transfer-encoding",
}  # fmt: skip
Answering = Callable[[Request], "Answer | asyncio.Future[Answer]"]


@dataclass(slots=True)
class Count:
    """What was asked since the last reset."""

    requests: int = 0
    connections: int = 0
    handshakes: int = 0
    bytes: int = 0
    most_at_once: int = 0
    unknown: Counter[str] = field(default_factory=Counter)
    asked: Counter[str] = field(default_factory=Counter)
    cpu_began: float = field(default_factory=time.process_time)

    def told(self) -> dict[str, Any]:
        """As JSON. ``repeated`` are questions that were asked more than once."""
        return {
            "requests": self.requests,
            "connections": self.connections,
            "handshakes": self.handshakes,
            "bytes": self.bytes,
            "most_at_once": self.most_at_once,
            "unknown": dict(self.unknown),
            "repeated": {name: number for name, number in self.asked.items() if number > 1},
            "server_cpu_s": round(time.process_time() - self.cpu_began, 4),
        }


@dataclass(slots=True)
class Server:
    """The state that all connections share."""

    answer: Answering
    authority: Authority
    latency: float = 0.0
    """seconds that each answer waits"""
    count: Count = field(default_factory=Count)
    at_once: int = 0

    def control(self, target: str) -> bytes:
        """``/-/reset?latency=0.08`` starts a new count, ``/-/count`` tells it."""
        parts = urlsplit(target)
        if parts.path == f"{CONTROL}reset":
            self.latency = float(parse_qs(parts.query)["latency"][0])
            self.count = Count()
        return json.dumps(self.count.told()).encode()

    async def run(self, ready: Callable[[int], None], ended: asyncio.Event) -> None:
        """Listen on a free port of the loopback interface until ``ended``."""
        loop = asyncio.get_running_loop()
        listening = await loop.create_server(lambda: Connection(self), "127.0.0.1", 0, backlog=512)
        async with listening:
            ready(listening.sockets[0].getsockname()[1])
            await ended.wait()


class Connection(asyncio.Protocol):
    """One connection, of plain HTTP/1.1 or inside TLS; one request after the other."""

    def __init__(self, server: Server, host: str = "") -> None:
        self.server = server
        self.host = host
        self.transport: asyncio.Transport | None = None
        self.received = bytearray()
        self.busy = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        self.server.count.connections += 1

    def begin(self, transport: asyncio.Transport) -> None:
        """Start inside TLS; what came before this is read now."""
        self.transport = transport
        self._next()

    def data_received(self, data: bytes) -> None:
        self.received += data
        self._next()

    def _next(self) -> None:
        if self.busy or self.transport is None:
            return
        found = _parsed(self.received)
        if found is None:
            return
        method, target, headers, body, used = found
        del self.received[:used]
        self.busy = True
        if method == "CONNECT":
            asyncio.get_running_loop().create_task(self._secure(target.rpartition(":")[0]))
            return
        named, target = split_target(target)
        host = named or self.host or headers.get("host", "").rpartition(":")[0] or headers.get("host", "")
        if target.startswith(CONTROL):
            self._send(Answer(200, (("Content-Type", "application/json"),), self.server.control(target)), "GET")
            return
        self._ask(Request(method, host.lower(), target, headers, body))

    async def _secure(self, host: str) -> None:
        transport = self.transport
        if transport is None:
            return
        transport.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
        inner = Connection(self.server, host)
        self.server.count.handshakes += 1
        try:
            secure = await asyncio.get_running_loop().start_tls(
                transport, inner, self.server.authority.context(host), server_side=True
            )
        except OSError:  # ssl.SSLError is one: the client hung up
            transport.abort()
            return
        if secure is not None:
            inner.begin(secure)

    def _ask(self, request: Request) -> None:
        server = self.server
        came = time.monotonic()
        server.count.requests += 1
        server.at_once += 1
        server.count.most_at_once = max(server.count.most_at_once, server.at_once)

        def send(answer: Answer) -> None:
            server.at_once -= 1
            self._send(answer, request.method)

        def late(answer: Answer) -> None:
            left = server.latency - (time.monotonic() - came)
            if left > 0:
                asyncio.get_running_loop().call_later(left, send, answer)
            else:
                send(answer)

        answer = server.answer(request)
        if isinstance(answer, Answer):
            late(answer)
        else:
            answer.add_done_callback(lambda done: late(done.result()))

    def _send(self, answer: Answer, method: str) -> None:
        transport = self.transport
        if transport is None or transport.is_closing():
            return
        told = {name.lower(): value for name, value in answer.headers}
        length = told.get("content-length", "0") if method == "HEAD" else str(len(answer.body))
        lines = [f"HTTP/1.1 {answer.status} Answer"]
        lines += (f"{name}: {value}" for name, value in answer.headers if name.lower() not in _KEPT_BY_THE_CONNECTION)
        lines += [f"Content-Length: {length}", "", ""]
        sent = "\r\n".join(lines).encode("latin-1") + (b"" if method == "HEAD" else answer.body)
        self.server.count.bytes += len(sent)
        transport.write(sent)
        self.busy = False
        if self.received:
            self._next()


def _parsed(received: bytearray) -> tuple[str, str, Mapping[str, str], bytes, int] | None:
    """Method, target, headers, body and length of the first request, or None while it is not whole."""
    end = received.find(b"\r\n\r\n")
    if end < 0:
        return None
    first, *lines = received[:end].decode("latin-1").split("\r\n")
    method, target, _ = first.split(" ", 2)
    headers = {}
    for line in lines:
        name, _, value = line.partition(":")
        headers[name.strip().lower()] = value.strip()
    start = end + 4
    length = int(headers.get("content-length", "0"))
    if len(received) < start + length:
        return None
    return method, target, headers, bytes(received[start : start + length]), start + length
