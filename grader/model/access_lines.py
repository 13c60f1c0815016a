"""Requests in log lines, as web servers and frameworks write them: Common Log Format and its kin, JSON, logfmt.

Lines about requests that the application itself sent (urllib3, httpx) are none.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

_METHOD = r"(?P<method>GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS)"
_TARGET = r"(?P<target>/[^\s\"]*|https?://[^\s\"]+)"
_STATUS = r"(?P<status>[1-5]\d\d)(?![\d.:])(?!\s*(?:ms|us|µs|s|B|KB|bytes)\b)"
_BETWEEN = r"[\s:|,;=>→-]{0,8}"

# Escape sequences that colour a terminal, also where the escape character was lost or written out.
_COLOUR = re.compile(r"(?:\x1b|\\u001b|\\x1b|\\033|\\e)?\[[0-9;]{0,8}m")
# What an HTTP client logs of its own requests: httpx, and urllib3 with the host before the request.
_OUTGOING = re.compile(r"\bHTTP Request: |https?://\S+ \"(?:GET|HEAD|POST|PUT|PATCH|DELETE) ")
_FORMS = (
    # "GET /docs HTTP/1.1" 200 of uvicorn, gunicorn, Flask, nginx, aiohttp, Django; hypercorn leaves out HTTP/;
    # chi of Go puts "from ADDRESS -" before the status.
    re.compile(rf"\"{_METHOD} {_TARGET} (?:HTTP/)?[\d.]+\"(?: from \S+ -)?\s+{_STATUS}"),
    # GET /docs HTTP/1.1 200, GET /docs 200 5 ms of morgan and koa; POST /predict -> 200, POST /predict - status: 200.
    re.compile(
        rf"(?<![\w/]){_METHOD} \"?(?P<target>/[^\s\"]*)(?=[\s\"])\"?(?: HTTP/[\d.]+)?\"?"
        rf"{_BETWEEN}(?:status(?:[ _]?code)?|returned|responded|completed)?{_BETWEEN}(?<!\d){_STATUS}",
        re.IGNORECASE,
    ),
    # [GIN] 2026/11/20 - 10:00:00 | 200 | 1.2ms | 10.0.1.5 | GET "/docs"
    re.compile(rf"\|\s*{_STATUS}\s*\|.{{0,200}}\|\s*{_METHOD}\s+\"?{_TARGET}"),
)
_LOGFMT = re.compile(r"\b([A-Za-z_.]+)=(\"[^\"]*\"|\S+)")
_METHOD_NAMES = ("method", "requestmethod", "httpmethod", "verb")
_TARGET_NAMES = ("path", "url", "uri", "requesturi", "requesturl", "requestpath", "target", "endpoint")
_STATUS_NAMES = ("status", "statuscode", "responsestatus", "httpstatus", "responsecode")
_TEXT_NAMES = ("message", "msg", "log", "event", "text", "record")
_HEALTH_PATHS = frozenset(
    ("/health", "/healthz", "/healthcheck", "/health-check", "/ping", "/ready", "/readyz", "/live", "/livez")
)
_CHECKER = "ELB-HealthChecker"
_DEEPEST = 4
_LONGEST = 4096
"""How many characters of a line are read: an access line has a few hundred."""


@dataclass(frozen=True, slots=True)
class Request:
    """A request that the application logged. ``is_from_a_checker`` where the line names a load balancer's checker."""

    method: str
    path: str
    status: int
    is_from_a_checker: bool = False

    def is_a_health_check(self, health_path: str = "") -> bool:
        """Whether a load balancer may have sent it; ``health_path`` is what its health check asks."""
        if self.is_from_a_checker:
            return True
        path = _plain(self.path)
        if path == "/":  # a page that people open as well; only a check that asks for it makes that unknown
            return _plain(health_path) == "/" and bool(health_path) and self.method in ("GET", "HEAD")
        return path in _HEALTH_PATHS or (bool(health_path) and path == _plain(health_path))

    @property
    def succeeded(self) -> bool:
        """Whether it was answered with 2xx."""
        return 200 <= self.status < 300


def requests_in(lines: Iterable[str]) -> Iterator[Request]:
    """The requests that lines tell of, one at most for each line."""
    for line in lines:
        found = _request(_COLOUR.sub("", line))
        if found is not None:
            yield found


def _request(line: str) -> Request | None:
    text = line.strip()[: 16 * _LONGEST]
    line = line[:_LONGEST]
    if text.startswith("{"):
        try:
            value = json.loads(text)
        except (ValueError, RecursionError):
            value = None
        if isinstance(value, dict):
            return _of_object(value, text)
    if _OUTGOING.search(line):
        return None
    for form in _FORMS:
        match = form.search(line)
        if match:
            return _made(match["method"], match["target"], match["status"], line)
    pairs = {name: value.strip('"') for name, value in _LOGFMT.findall(line)}
    return _of_fields(pairs, line) if len(pairs) > 2 else None


def _of_object(value: Mapping[str, Any], text: str) -> Request | None:
    flat = dict(_flattened(value, _DEEPEST))
    found = _of_fields(flat, text)
    if found is not None:
        return found
    for name, part in flat.items():
        if _last(name) in _TEXT_NAMES and isinstance(part, str) and not part.startswith("{"):
            return _request(part)
    return None


def _flattened(value: Mapping[str, Any], depth: int, before: str = "") -> Iterator[tuple[str, Any]]:
    for name, part in value.items():
        if isinstance(part, dict) and depth:
            yield from _flattened(part, depth - 1, f"{before}{name}.")
        elif not isinstance(part, (dict, list)):
            yield f"{before}{name}", part


def _of_fields(fields: Mapping[str, Any], text: str) -> Request | None:
    """A request from named values, whatever their names are written like; ``http.response.status_code`` is one."""
    method, target, status = (_named(fields, names) for names in (_METHOD_NAMES, _TARGET_NAMES, _STATUS_NAMES))
    if not (isinstance(method, str) and isinstance(target, str) and target.startswith(("/", "http"))):
        return None
    if re.fullmatch(_METHOD, method.upper()) is None or re.fullmatch(r"[1-5]\d\d", str(status)) is None:
        return None
    return _made(method, target, str(status), text)


def _named(fields: Mapping[str, Any], names: tuple[str, ...]) -> Any:
    found = {_last(name): value for name, value in reversed(tuple(fields.items()))}
    return next((found[name] for name in names if name in found), None)


def _last(name: str) -> str:
    return re.sub(r"[^a-z]", "", name.rpartition(".")[2].lower())


def _made(method: str, target: str, status: str, text: str) -> Request:
    path = target.partition("://")[2].partition("/")[2] if "://" in target else target[1:]
    return Request(method.upper(), f"/{path}", int(status), _CHECKER in text)


def _plain(path: str) -> str:
    return path.partition("?")[0].rstrip("/").lower() or "/"
