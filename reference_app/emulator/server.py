"""Moto's own threaded server on a free loopback port, which leaves nothing behind when it stops."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Lock
from typing import Any

from moto.moto_server.threaded_moto_server import ThreadedMotoServer
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, MotoRequestHandler, create_backend_app
from werkzeug.serving import make_server

Application = Callable[[dict[str, Any], Any], Any]
Wrapper = Callable[[Application], Application]


class Dispatcher(DomainDispatcherApplication):
    """Moto's, where a service that moto does not have is an error; moto prints a line and breaks."""

    def get_backend_for_host(self, host: str | None) -> Any:
        if host is not None and "amazonaws.com" in host and not self._knows(host):
            raise NotImplementedError(f"{host.partition('.')[0]} is not emulated.")
        return super().get_backend_for_host(host)

    def _knows(self, host: str) -> bool:
        return any(pattern.match(f"http://{host}") for _, pattern in self.backend_url_patterns)


class LoopbackMotoServer(ThreadedMotoServer):
    """ThreadedMotoServer with our gateway before its dispatcher, no log lines, and every socket closed."""

    def __init__(self, wrap: Wrapper) -> None:
        super().__init__(ip_address="127.0.0.1", port=0, verbose=False)
        self._wrap = wrap
        self._open: set[socket.socket] = set()
        self._lock = Lock()

    def _server_entry(self) -> None:
        # Flask makes an application for each service on its first call; the gateway sees all of them.
        dispatcher = Dispatcher(create_backend_app)
        keeper = self

        class Handler(MotoRequestHandler):
            def setup(self) -> None:
                with keeper._lock:
                    keeper._open.add(self.request)
                super().setup()

            def finish(self) -> None:
                super().finish()
                with keeper._lock:
                    keeper._open.discard(self.request)

            def log(self, type: str, message: str, *args: Any) -> None:
                """Say nothing: the demo prints a score, not a log of requests."""

        self._server = make_server(
            self._ip_address, self._port, self._wrap(dispatcher), threaded=True, request_handler=Handler
        )
        self._server_ready_event.set()
        self._server.serve_forever()

    def stop(self) -> None:
        super().stop()
        if self._server is not None:
            self._server.server_close()  # moto leaves the listening socket open
        with self._lock:
            connections = tuple(self._open)
        for connection in connections:  # clients keep connections alive, and each holds a thread
            _hang_up(connection)


def _hang_up(connection: socket.socket) -> None:
    try:
        connection.shutdown(socket.SHUT_RDWR)
    except OSError:
        return  # it has hung up first


@contextmanager
def served(wrap: Wrapper) -> Iterator[str]:
    """The address, such as `http://127.0.0.1:43211`, of a server that lives as long as the context."""
    server = LoopbackMotoServer(wrap)
    server.start()
    try:
        host, port = server.get_host_and_port()
        yield f"http://{host}:{port}"
    finally:
        server.stop()
