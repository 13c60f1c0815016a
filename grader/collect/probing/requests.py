"""One request to an application, as a rubric describes it: under the rules of the probe.

Only public addresses are asked, or those that ``--connect-to`` names, and redirects to other hosts are not followed; a
deadline holds for all tries together, and an answer is read up to a cut. Nothing of the caller's credentials is sent.
"""

from __future__ import annotations

import json
import socket
from collections.abc import Mapping
from contextlib import closing
from time import monotonic, sleep
from typing import Any
from urllib.parse import urljoin, urlsplit

import httpx

from grader.collect.answers import NO_ANSWER, Answer, answered, refused
from grader.collect.probing.connections import Connections, NotPublic, Transport, ending
from grader.collect.probing.probe import BROKEN, MAX_REDIRECTS, as_os_error, read_content
from grader.collect.probing.routes import Route

REQUEST_SECONDS = 5.0
BUDGET_SECONDS = 20.0
CUT_BYTES = 65536
_PAUSE_SECONDS = 1.0
_HEADERS = 40
_NOT_SENT = {"authorization", "cookie", "host", "content-length", "transfer-encoding", "connection"}


def ask_application(parameters: Mapping[str, Any], method: str, routes: tuple[Route, ...]) -> Answer:
    """Send the request; a refused connection is an answer with status 0, what has no address or no end is none."""
    url, tries = str(parameters.get("url", "")), int(parameters.get("tries", 1))
    deadline = monotonic() + BUDGET_SECONDS
    outcome = refused(NO_ANSWER, "No request was sent.")
    for number in range(tries):
        if number:
            sleep(min(_PAUSE_SECONDS, max(0.0, deadline - monotonic())))
        outcome = _once(url, method, parameters, routes, min(deadline, monotonic() + REQUEST_SECONDS))
        status = (outcome.response or {}).get("status", 0)
        if 0 < status < 500 or monotonic() >= deadline:
            break
    return outcome


def _once(url: str, method: str, parameters: Mapping[str, Any], routes: tuple[Route, ...], ends: float) -> Answer:
    began = monotonic()
    try:
        parts = urlsplit(url)
        host = "" if parts.port == 0 else parts.hostname or ""  # an impossible port raises
    except ValueError:
        host, parts = "", urlsplit("")
    if parts.scheme not in ("http", "https") or not host:
        return refused(NO_ANSWER, f"{url} is no address.")
    try:
        with Transport(Connections(routes)) as transport:
            status, headers, content = _sent(transport, url, host, method, parameters, ends)
    except NotPublic:
        return refused(NO_ANSWER, f"{host} is not a public address, so nothing was sent to it.")
    except socket.gaierror:
        return refused(NO_ANSWER, f"{host} has no address.")
    except TimeoutError:
        return refused(NO_ANSWER, f"{url} gave no answer within {REQUEST_SECONDS:.0f} s.")
    except (ConnectionRefusedError, ConnectionResetError, BrokenPipeError):
        status, headers, content = 0, {}, b""
    except OSError as error:
        return refused(NO_ANSWER, f"There is no way to {host} ({error.strerror or error}).")
    return answered(
        {
            "status": status,
            "headers": headers,
            "body": content[:CUT_BYTES].decode("utf-8", "replace"),
            "ms": round(1000 * (monotonic() - began)),
        }
    )


def _sent(
    transport: Transport, url: str, host: str, method: str, parameters: Mapping[str, Any], ends: float
) -> tuple[int, dict[str, str], bytes]:
    headers = {"Accept": "*/*", "Accept-Encoding": "identity", "User-Agent": "aws-lab-grader"}
    body = parameters.get("body")
    content = body.encode() if isinstance(body, str) else None if body is None else json.dumps(body).encode()
    if content is not None:
        headers["Content-Type"] = "text/plain" if isinstance(body, str) else "application/json"
    given = parameters.get("headers")
    for name, value in given.items() if isinstance(given, dict) else ():
        if str(name).lower() not in _NOT_SENT:
            headers[str(name)] = str(value)
    port = urlsplit(url).port
    for _ in range(MAX_REDIRECTS + 1):
        left = ends - monotonic()
        if left <= 0:
            raise TimeoutError
        try:
            request = httpx.Request(
                method, url, content=content, headers=headers,
                extensions={"timeout": dict.fromkeys(("connect", "read", "write", "pool"), left)},
            )  # fmt: skip
            with ending(ends), closing(transport.handle_request(request)) as response:
                there = urljoin(url, response.headers.get("location", ""))
                parts = urlsplit(there)
                if not (response.is_redirect and parts.hostname == host and parts.port == port):
                    told = {name.lower(): value[:500] for name, value in list(response.headers.items())[:_HEADERS]}
                    told.pop("set-cookie", None)
                    return response.status_code, told, read_content(response, CUT_BYTES, ends)
                url = there
                if response.status_code in (301, 302, 303):
                    method, content = "GET", None
        except BROKEN as error:
            raise as_os_error(error) from error
        except (httpx.InvalidURL, ValueError, RuntimeError) as error:
            raise ConnectionResetError(str(error)) from error
    return response.status_code, {}, b""
