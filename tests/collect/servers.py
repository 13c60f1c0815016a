"""Real servers on loopback: one that stands before the emulated account, and one that answers as it is told."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socket import SHUT_RDWR, socket
from threading import Lock, Thread
from typing import Any
from urllib.parse import urlsplit


@dataclass(frozen=True, slots=True)
class Asked:
    """One request as it arrived: ``service`` and ``region`` are those that it was signed for."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes
    service: str = ""
    region: str = ""
    key_id: str = ""
    action: str = ""

    @property
    def question(self) -> tuple[str, ...]:
        """What makes two requests the same question: everything but the moment at which it was asked."""
        body = re.sub(
            rb"\d{9,}|\d{4}-\d\d-\d\dT[\d:A-F%.]+Z?|\xfb.{8}|\xc1\x1a.{4}|\xc1\xfb.{8}", b"#", self.body, flags=re.S
        )
        return (self.region, self.service, self.method, self.path, self.action, body.decode("latin-1"))


@dataclass(frozen=True, slots=True)
class Reply:
    """What is sent back; ``after`` seconds."""

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    after: float = 0


Answering = Callable[[Asked], Reply | None]


@dataclass(slots=True)
class Server:
    """Where it is, and what arrived."""

    url: str
    asked: list[Asked] = field(default_factory=list)

    @property
    def port(self) -> int:
        """Its port."""
        return urlsplit(self.url).port or 0

    def actions(self, name: str) -> list[Asked]:
        """The requests for one operation."""
        return [each for each in self.asked if each.action == name]


def _asked(handler: BaseHTTPRequestHandler) -> Asked:
    body = handler.rfile.read(int(handler.headers.get("Content-Length") or 0))
    scope = re.search(r"Credential=([^/]+)/\d+/([^/]+)/([^/]+)/", handler.headers.get("Authorization") or "")
    key_id, region, service = scope.groups() if scope else ("", "", "")
    target = handler.headers.get("X-Amz-Target", "").rpartition(".")[2]
    cbor = re.fullmatch(r"/service/\w+/operation/(\w+)", handler.path)
    query = re.search(rb"(?:^|&)Action=(\w+)", body)
    action = target or (cbor[1] if cbor else "") or (query[1].decode() if query else "")
    return Asked(handler.command, handler.path, dict(handler.headers), body, service, region, key_id, action)


@contextmanager
def serving(answer: Answering) -> Iterator[Server]:
    """A server that answers each request as ``answer`` says; None hangs up without a word."""
    server = Server("")
    lock = Lock()
    stopping: list[bool] = []
    connections: set[socket] = set()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def setup(self) -> None:
            connections.add(self.request)
            super().setup()

        def finish(self) -> None:
            connections.discard(self.request)

        def handle_one_request(self) -> None:
            try:
                super().handle_one_request()
            except OSError:
                self.close_connection = True

        def answer(self) -> None:
            asked = _asked(self)
            with lock:
                server.asked.append(asked)
            reply = answer(asked)
            if reply is None or stopping:
                self.close_connection = True
                return
            if reply.after:
                from time import sleep

                sleep(reply.after)
            self.send_response(reply.status)
            for name, value in reply.headers.items():
                self.send_header(name, value)
            if "Transfer-Encoding" not in reply.headers:
                self.send_header("Content-Length", str(len(reply.body)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(reply.body)

        do_GET = do_POST = do_HEAD = do_PUT = do_DELETE = answer  # noqa: N815 - http.server's names

        def log_message(self, format: str, *args: Any) -> None:
            """Say nothing."""

    class Quiet(ThreadingHTTPServer):
        daemon_threads = True
        block_on_close = False
        request_queue_size = 128

        def shutdown_request(self, request: Any) -> None:
            self.close_request(request)

    listening = Quiet(("127.0.0.1", 0), Handler)
    server.url = f"http://127.0.0.1:{listening.server_address[1]}"
    thread = Thread(target=listening.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        stopping.append(True)
        listening.shutdown()
        listening.server_close()
        thread.join()
        for connection in list(connections):
            try:
                connection.shutdown(SHUT_RDWR)
            except OSError:
                continue


@contextmanager
def in_front_of(upstream: str, instead: Answering = lambda asked: None) -> Iterator[Server]:
    """A server that passes everything on to ``upstream``, but what ``instead`` answers itself."""
    with serving(lambda asked: instead(asked) or passed_on(upstream, asked)) as server:
        yield server


def passed_on(upstream: str, asked: Asked) -> Reply:
    """What ``upstream`` answers to a request."""
    there = urlsplit(upstream)
    connection = HTTPConnection(there.hostname or "", there.port, timeout=30)
    try:
        connection.request(asked.method, asked.path, asked.body, dict(asked.headers))
        response = connection.getresponse()
        dropped = {"transfer-encoding", "connection", "content-length", "server", "date"}
        headers = {name: value for name, value in response.getheaders() if name.lower() not in dropped}
        return Reply(response.status, response.read(), headers)
    finally:
        connection.close()


def refusal(service: str, code: str, message: str, status: int = 403) -> Reply:
    """An error as the protocol of ``service`` (as it is signed) spells it."""
    if service == "ec2":
        text = f"<Response><Errors><Error><Code>{code}</Code><Message>{message}</Message></Error></Errors></Response>"
    elif service in ("iam", "sts", "elasticloadbalancing"):
        inside = f"<Type>Sender</Type><Code>{code}</Code><Message>{message}</Message>"
        text = f"<ErrorResponse><Error>{inside}</Error></ErrorResponse>"
    elif service == "s3":
        text = f"<Error><Code>{code}</Code><Message>{message}</Message></Error>"
    else:
        text = f'{{"__type": "{code}", "message": "{message}"}}'
    return Reply(
        status, text.encode(), {"Content-Type": "text/xml" if text[0] == "<" else "application/x-amz-json-1.1"}
    )


HTML = b"<!DOCTYPE html><html><head><title>Log in</title><meta charset=utf-8></head><body><br><p>Log in</body></html>"
"""A page such as a hotel's network answers with."""
