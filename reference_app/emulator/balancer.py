"""The emulated load balancer: a small reverse proxy on loopback that does what the account's state says.

It refuses connections where there is no listener for port 80 or its security groups allow nobody there, answers 503
where there is no target, 504 where groups or network ACLs keep it from every target and 502 where no application
listens, and otherwise passes requests to the application. What it passes is counted in the emulated CloudWatch, as AWS
counts it.
"""

from __future__ import annotations

import http.client
import socket
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from types import TracebackType

from .corrections.containers import container_of
from .corrections.elbv2 import address_of, has_listener, targets
from .corrections.groups import is_open_to_world, reaches
from .corrections.metrics import publish

HOP_BY_HOP = {
    "connection",
    "keep-alive",
    "transfer-encoding",
    "te",
    "trailer",
    "upgrade",
    "proxy-authorization",
}
ERRORS = {502: "Bad Gateway", 503: "Service Temporarily Unavailable", 504: "Gateway Time-out"}
"""What the load balancer answers itself."""
LARGEST_BODY = 1_000_000


class LoadBalancer:
    """A port that is kept as long as the context lives; it listens between `serve` and the end."""

    def __init__(self, account: str, region: str) -> None:
        self.account = account
        self.region = region
        self.port = 0
        self.arn = ""
        self._held: socket.socket | None = None
        self._server: ThreadingHTTPServer | None = None
        self._thread: Thread | None = None

    def __enter__(self) -> LoadBalancer:
        self._hold()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        self._stop_serving()
        self._release()

    def _hold(self) -> None:
        """Keep the port without listening: connections are refused, and nobody else gets it."""
        self._held = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        self._held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._held.bind(("127.0.0.1", self.port))
        self.port = self._held.getsockname()[1]

    def _release(self) -> None:
        if self._held is not None:
            self._held.close()
            self._held = None

    def serve(self, arn: str) -> None:
        """Listen for the load balancer `arn`."""
        self.arn = arn
        self._release()
        balancer = self

        class Handler(_Handler):
            owner = balancer

        self._server = ThreadingHTTPServer(("127.0.0.1", self.port), Handler)
        self._server.daemon_threads = True
        self._thread = Thread(target=self._server.serve_forever, name="load-balancer", daemon=True)
        self._thread.start()

    def settle(self) -> None:
        """Stop listening where nobody can get an answer: no open port 80, or no application at all."""
        if container_of(self.account).application is None or not self.is_open():
            self._stop_serving()
            self._release()
            self._hold()

    def is_open(self) -> bool:
        """Whether there is a listener for port 80, and security groups that allow the world to it."""
        place = (self.account, self.region, self.arn, 80)
        return has_listener(*place) and is_open_to_world(*place)

    def _stop_serving(self) -> None:
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server = None
        if self._thread is not None:
            self._thread.join()
            self._thread = None

    def count(self, status: int, *, from_target: bool) -> None:
        """Publish one request. AWS counts in RequestCount only what had a target."""
        kind = f"{status // 100}XX"
        names = ("RequestCount", f"HTTPCode_Target_{kind}_Count") if from_target else (f"HTTPCode_ELB_{kind}_Count",)
        dimension = {"Name": "LoadBalancer", "Value": self.arn.split(":loadbalancer/")[1]}
        publish(self.account, self.region, "AWS/ApplicationELB", dict.fromkeys(names, 1.0), [dimension], "Count")


class _Handler(BaseHTTPRequestHandler):
    owner: LoadBalancer
    # A connection for each request: nothing is left open when the account ends.
    protocol_version = "HTTP/1.0"

    def _pass_on(self) -> None:
        owner = self.owner
        if not owner.is_open():
            return  # the connection closes without an answer
        body = self.rfile.read(min(int(self.headers.get("Content-Length") or 0), LARGEST_BODY))
        container = container_of(owner.account)
        application = container.application
        registered = targets(owner.account, owner.region, owner.arn, 80)
        if application is None or not registered:
            self._fail(503)
            return
        if not any(reaches(owner.account, owner.region, owner.arn, *target) for target in registered):
            self._fail(504)
            return
        if container.trouble is not None and container.trouble.answer is not None:
            self._fail(container.trouble.answer)
            return
        headers = {name: value for name, value in self.headers.items() if name.lower() not in HOP_BY_HOP}
        # Uvicorn logs the address that forwarded, which in AWS is the load balancer's own in its subnet.
        forwarded = address_of(owner.account, owner.region, owner.arn)
        headers |= {"X-Forwarded-For": forwarded, "X-Forwarded-Proto": "http", "X-Forwarded-Port": "80"}
        connection = http.client.HTTPConnection(*application.address(), timeout=60)
        try:
            connection.request(self.command, self.path, body=body or None, headers=headers)
            answer = connection.getresponse()
            kept = [(name, value) for name, value in answer.getheaders() if name.lower() not in HOP_BY_HOP]
            payload = answer.read()
            self._answer(answer.status, kept, payload)
            owner.count(answer.status, from_target=True)
        except OSError:
            self._fail(502)
        finally:
            connection.close()

    def _fail(self, status: int) -> None:
        """Answer with an error of the load balancer's own."""
        words = f"{status} {ERRORS[status]}"
        page = (
            f"<html>\r\n<head><title>{words}</title></head>\r\n<body>\r\n"
            f"<center><h1>{words}</h1></center>\r\n</body>\r\n</html>\r\n"
        )
        self._answer(status, [("Server", "awselb/2.0"), ("Content-Type", "text/html")], page.encode())
        self.owner.count(status, from_target=False)

    def _answer(self, status: int, headers: list[tuple[str, str]], body: bytes) -> None:
        self.send_response_only(status)
        for name, value in headers:
            if name.lower() != "content-length":
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        try:
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(body)
        except OSError:
            pass  # the client has gone, as clients do: nobody is there to be answered

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = _pass_on  # noqa: N815

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""
