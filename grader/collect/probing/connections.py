"""The sockets of the probe: only to addresses that were checked, and never open beyond a deadline.

A name is resolved once for a whole probe, and every connection goes to the addresses that were checked then: an
answer of the DNS that changes in between changes nothing. Where ``--connect-to`` names a place, the caller has
chosen it, and it is not checked.
"""

from __future__ import annotations

import socket
import ssl
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from threading import Lock
from time import monotonic
from typing import Any

import httpcore
import httpx

from grader.collect.probing.routes import Route

Resolve = Callable[[str, int], Iterable[str]]
"""The addresses of a host name, as text; raises ``OSError`` where it has none."""

_NAT64 = IPv6Network("64:ff9b::/96")


class NotPublic(OSError):
    """A name that leads to an address which no application of AWS has."""


def is_public(text: str) -> bool:
    """Whether an address can be one of the internet: not private, loopback, link-local, multicast or special.

    An IPv4 address inside an IPv6 one (mapped, 6to4, Teredo, NAT64) has to be public too.
    """
    try:
        address = ip_address(text)
    except ValueError:
        return False  # with a zone, such as fe80::1%eth0, it is link-local
    if isinstance(address, IPv6Address):
        inside = _inside(address)
        if inside is not None:
            return is_public(str(inside))
        if address.is_site_local:
            return False
    return address.is_global and not (address.is_multicast or address.is_reserved or address.is_unspecified)


def _inside(address: IPv6Address) -> IPv4Address | None:
    """The IPv4 address that an IPv6 one leads to."""
    if address in _NAT64:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    if address.teredo is not None:
        return address.teredo[1]
    return address.ipv4_mapped or address.sixtofour


def resolved(host: str, port: int) -> tuple[str, ...]:
    """The addresses of a host name, as the system resolves it."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return tuple(dict.fromkeys(str(address[0]) for *_, address in found))


_ends: ContextVar[float] = ContextVar("ends")
"""When the request of this thread ends, by the monotonic clock."""


@contextmanager
def ending(moment: float) -> Iterator[None]:
    """No socket that the body uses waits beyond ``moment`` (monotonic clock), however slowly its bytes come."""
    token = _ends.set(moment)
    try:
        yield
    finally:
        _ends.reset(token)


def _left(timeout: float | None) -> float:
    left = _ends.get(0.0) - monotonic()
    if left <= 0:
        raise TimeoutError
    return left if timeout is None else min(left, timeout)


@dataclass(frozen=True, slots=True)
class _Stream(httpcore.NetworkStream):
    """A connection whose every read and write has what is left of the request's time."""

    stream: httpcore.NetworkStream

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self.stream.read(max_bytes, _left(timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self.stream.write(buffer, _left(timeout))

    def close(self) -> None:
        self.stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        return _Stream(self.stream.start_tls(ssl_context, server_hostname, _left(timeout)))

    def get_extra_info(self, info: str) -> Any:
        return self.stream.get_extra_info(info)


@dataclass(slots=True)
class Connections(httpcore.NetworkBackend):
    """Opens the connections of one probe: to where ``routes`` lead, else to public addresses alone."""

    routes: tuple[Route, ...] = ()
    resolve: Resolve = resolved
    public: Callable[[str], bool] = is_public
    sent: int = 0
    """How many requests went through."""
    _addresses: dict[str, tuple[str, ...]] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)
    _backend: httpcore.NetworkBackend = field(default_factory=httpcore.SyncBackend)

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Any = None,
    ) -> httpcore.NetworkStream:
        route = next((each for each in self.routes if each.leads(host, port)), None)
        if route is not None:
            return _Stream(self._backend.connect_tcp(route.to_host, route.to_port, _left(timeout)))
        error: Exception = NotPublic(f"{host} has no address")
        for address in self.addresses(host, port):
            try:
                return _Stream(self._backend.connect_tcp(address, port, _left(timeout)))
            except httpcore.ConnectError as failure:
                error = failure
        raise error

    def count(self) -> None:
        """Count a request."""
        with self._lock:
            self.sent += 1

    def addresses(self, host: str, port: int) -> tuple[str, ...]:
        """The addresses of a host, resolved and checked once; raises ``NotPublic`` if any of them is not public."""
        with self._lock:
            if host not in self._addresses:
                found = tuple(self.resolve(host, port))
                refused = [address for address in found if not self.public(address)]
                if refused:
                    raise NotPublic(f"{host} leads to {refused[0]}, which is no public address")
                self._addresses[host] = found
            return self._addresses[host]


class _Content(httpx.SyncByteStream):
    def __init__(self, stream: Any) -> None:
        self._stream = stream

    def __iter__(self) -> Iterator[bytes]:
        yield from self._stream

    def close(self) -> None:
        self._stream.close()


class Transport(httpx.BaseTransport):
    """Sends requests through ``Connections``. Proxies of the environment are not used: they resolve names again."""

    def __init__(self, connections: Connections) -> None:
        # A balancer's certificate is never for its own amazonaws.com name, and nothing secret is sent to it.
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        self._connections = connections
        self._pool = httpcore.ConnectionPool(ssl_context=context, network_backend=connections, max_connections=None)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """The answer to a request; raises httpcore's errors and ``OSError``."""
        self._connections.count()
        answer = self._pool.handle_request(
            httpcore.Request(
                request.method,
                httpcore.URL(
                    scheme=request.url.raw_scheme,
                    host=request.url.raw_host,
                    port=request.url.port,
                    target=request.url.raw_path,
                ),
                headers=request.headers.raw,
                content=request.stream,
                extensions=request.extensions,
            )
        )
        return httpx.Response(
            answer.status, headers=answer.headers, stream=_Content(answer.stream), extensions=answer.extensions
        )

    def close(self) -> None:
        """Close all connections."""
        self._pool.close()
