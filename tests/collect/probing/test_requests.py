"""Requests that a rubric describes: what is sent and kept, and what is never asked."""

from __future__ import annotations

from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import pytest

from grader.collect.probing import requests
from grader.collect.probing.requests import ask_application
from grader.collect.probing.routes import Route


class Site(BaseHTTPRequestHandler):
    """Counts what it is asked, and answers by the path."""

    seen: list[tuple[str, str, str, str]] = []  # noqa: RUF012 - the fixture empties it

    def _answer(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
        self.seen.append((self.command, self.path, body, self.headers.get("X-Team", "")))
        status = {"/missing": 404, "/away": 302, "/here": 302, "/broken": 500}.get(self.path, 200)
        content = b"x" * 100_000 if self.path == "/long" else b"Hello"
        self.send_response(status)
        if status == 302:
            self.send_header("Location", "http://elsewhere.example/" if self.path == "/away" else "/hello")
        self.send_header("Set-Cookie", "session=1")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    do_GET = do_POST = _answer  # noqa: N815 - names of the library

    def log_message(self, format: str, *args: object) -> None:
        return


@pytest.fixture
def way() -> Iterator[tuple[Route, ...]]:
    """The way to a site of one's own."""
    Site.seen.clear()
    server = ThreadingHTTPServer(("127.0.0.1", 0), Site)
    Thread(target=server.serve_forever, daemon=True).start()
    yield (Route("site.example", 80, "127.0.0.1", server.server_address[1]),)
    server.shutdown()
    server.server_close()


def ask(way: tuple[Route, ...], path: str, method: str = "GET", **more: Any) -> dict[str, Any]:
    """The entry of the evidence for one request."""
    return dict(ask_application({"url": f"http://site.example{path}", **more}, method, way).entry)


def test_an_answer_is_kept_without_cookies_and_cut(way: tuple[Route, ...]) -> None:
    """Status, headers and body are kept; cookies are not, and no more than the cut."""
    told = ask(way, "/long")["response"]
    assert told["status"] == 200
    assert len(told["body"]) == requests.CUT_BYTES
    assert "set-cookie" not in told["headers"]
    assert told["headers"]["content-length"] == "100000"


def test_what_is_wrong_is_an_answer_too(way: tuple[Route, ...]) -> None:
    """404 is an answer, and so is a server that hangs up."""
    assert ask(way, "/missing")["response"]["status"] == 404
    closed = (Route("site.example", 80, "127.0.0.1", 1),)
    assert ask(closed, "/")["response"]["status"] == 0


def test_a_redirect_to_another_host_is_not_followed(way: tuple[Route, ...]) -> None:
    """A redirect on the same host is followed, one to another host is the answer."""
    assert ask(way, "/here")["response"]["body"] == "Hello"
    assert ask(way, "/away")["response"]["status"] == 302


def test_a_body_is_sent_as_it_is_written(way: tuple[Route, ...]) -> None:
    """A mapping is sent as JSON, with the headers of the rubric; credentials of any kind are not."""
    ask(way, "/orders", "POST", body={"a": 1}, headers={"X-Team": "7", "Authorization": "secret"})
    assert Site.seen == [("POST", "/orders", '{"a": 1}', "7")]


def test_it_tries_again_only_where_that_may_help(way: tuple[Route, ...], monkeypatch: pytest.MonkeyPatch) -> None:
    """A server error is asked again, so many times; an answer is not."""
    monkeypatch.setattr(requests, "_PAUSE_SECONDS", 0.01)
    ask(way, "/broken", tries=3)
    ask(way, "/missing", tries=3)
    assert [path for _, path, _, _ in Site.seen] == ["/broken"] * 3 + ["/missing"]


@pytest.mark.parametrize(
    "url",
    ["http://127.0.0.1:9/", "http://localhost/", "http://169.254.169.254/latest/", "http://10.0.0.1/", "http://[::1]/"],
)
def test_only_public_addresses_are_asked(url: str) -> None:
    """What an account names must not make the grader ask its own machine or network."""
    entry = ask_application({"url": url}, "GET", ()).entry
    assert "not a public address" in entry["error"]["Message"]


@pytest.mark.parametrize("url", ["http://", "ftp://a.example/", "http://[", "http://a.example:99999/"])
def test_what_is_no_address_is_no_answer(url: str) -> None:
    """A text that is no address gives no answer and no exception."""
    assert ask_application({"url": url}, "GET", ()).entry["error"]["Code"] == "NoAnswer"
