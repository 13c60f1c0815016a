"""One set of connections for all clients: one TLS context, one pool for each host.

botocore gives every client a session of its own, and its sessions read the CA bundle again for every
connection. Its ``before-send`` event lets a handler answer a request instead, so all clients send through the
sessions kept here.
"""

from __future__ import annotations

import os
import socket
from threading import Lock
from typing import Any
from urllib.parse import urlsplit

from botocore.httpsession import URLLib3Session, create_urllib3_context, get_cert_path
from botocore.utils import get_environ_proxies

CONNECT_SECONDS = 4.0
READ_SECONDS = 15.0
CONNECTIONS = 32
"""To one host, at most; also how many questions are out at once."""
CONNECTIONS_APART = 256
"""The same where many accounts are read at once: one without a place in the pool is closed, and costs a handshake."""


class _OneContextSession(URLLib3Session):  # type: ignore[misc]
    """botocore's session, with the CA bundle loaded once into its context instead of for every connection.

    Should botocore rename the two methods, it would send as before, only slower.
    """

    _context: Any = None

    def _get_ssl_context(self) -> Any:
        # Asked for when the session is made, and again by every thread that is among the first to send through a
        # proxy: thirty at once would each load the bundle.
        if self._context is None:
            context = create_urllib3_context()
            if self._verify:
                context.load_verify_locations(get_cert_path(self._verify))
            self._context = context
        return self._context

    def _setup_ssl_cert(self, conn: Any, url: str, verify: Any) -> None:
        conn.cert_reqs = "CERT_REQUIRED" if verify else "CERT_NONE"
        conn.ca_certs = None


class Transport:
    """Sends requests of all clients; the environment's proxies are honoured for each host, as botocore does."""

    def __init__(self, ca_bundle: str | None, connections: int = CONNECTIONS) -> None:
        self._connections = connections
        self._verify: str | bool = ca_bundle or os.environ.get("REQUESTS_CA_BUNDLE") or True
        self._sessions: dict[tuple[tuple[str, str], ...], _OneContextSession] = {}
        self._by_origin: dict[str, _OneContextSession] = {}
        self._lock = Lock()

    def send(self, request: Any) -> Any:
        """Send a prepared request; raises as botocore's own session does."""
        parts = urlsplit(request.url)
        origin = f"{parts.scheme}://{parts.netloc}"
        session = self._by_origin.get(origin)
        if session is None:
            session = self._session_for(origin)
        return session.send(request)

    def _session_for(self, origin: str) -> _OneContextSession:
        with self._lock:
            proxies = get_environ_proxies(origin)
            manner = tuple(sorted(proxies.items()))
            if manner not in self._sessions:
                self._sessions[manner] = _OneContextSession(
                    verify=self._verify,
                    proxies=proxies,
                    timeout=(CONNECT_SECONDS, READ_SECONDS),
                    max_pool_connections=self._connections,
                    # As botocore's own clients have it: without it a POST's body waits for an acknowledgement.
                    socket_options=[(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)],
                )
            return self._by_origin.setdefault(origin, self._sessions[manner])

    def close(self) -> None:
        """Close all connections."""
        with self._lock:
            for session in self._sessions.values():
                session.close()
            self._sessions.clear()
            self._by_origin.clear()
