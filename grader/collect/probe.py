"""Asking the application itself, over HTTP."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from grader.errors import UsageError

_RULE = re.compile(r"(?P<host>[\w.-]*):(?P<port>\d{0,5}):(?P<to_host>[\w.-]+|\[[0-9a-fA-F:]+\]):(?P<to_port>\d{1,5})")


@dataclass(frozen=True, slots=True)
class Route:
    """One rule of ``--connect-to``; an empty host or port 0 matches any."""

    host: str
    port: int
    to_host: str
    to_port: int


@dataclass(frozen=True, slots=True)
class ProbeResult:
    """What the application answered, as ``meta`` of the evidence holds it."""

    meta: dict[str, Any]


def check_routes(rules: tuple[str, ...]) -> tuple[Route, ...]:
    """The rules of ``--connect-to``; raises ``UsageError`` for one that is not ``HOST:PORT:TO_HOST:TO_PORT``."""
    return tuple(_route(rule) for rule in rules)


def _route(rule: str) -> Route:
    found = _RULE.fullmatch(rule)
    ports = [int(port) for port in (found["port"] or "0", found["to_port"])] if found else []
    if not found or max(ports) > 65535:
        raise UsageError(
            f"{rule!r} is not HOST:PORT:TO_HOST:TO_PORT.",
            where="--connect-to",
            remedy="As in curl: my-alb-1.eu-west-1.elb.amazonaws.com:80:127.0.0.1:8000; an empty HOST or PORT matches any.",
        )
    return Route(found["host"].lower(), ports[0], found["to_host"].strip("[]"), ports[1])
