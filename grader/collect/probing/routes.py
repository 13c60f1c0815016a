"""Where probes of the application go, and what they bring back; light, so that it is there before probing is loaded."""

from __future__ import annotations

import re
from collections.abc import Iterable
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

    def leads(self, host: str, port: int) -> bool:
        """Whether connections to this host and port go to where this rule says."""
        return self.host in ("", host.lower()) and self.port in (0, port)


@dataclass(frozen=True, slots=True)
class ProbeResult:
    """What was found: ``answer`` as ``meta.http_probe`` holds it, or None with a ``note`` that says why.

    ``sent`` is how many requests the application was sent.
    """

    answer: dict[str, Any] | None
    note: str = ""
    sent: int = 0


def check_routes(rules: Iterable[str]) -> tuple[Route, ...]:
    """The rules of ``--connect-to``; raises ``UsageError`` for one that is not ``HOST:PORT:TO_HOST:TO_PORT``."""
    return tuple(_route(rule) for rule in rules)


def _route(rule: str) -> Route:
    found = _RULE.fullmatch(rule)
    port, to_port = (int(found["port"] or "0"), int(found["to_port"])) if found else (0, 0)
    if not found or not 0 < to_port <= 65535 or port > 65535:
        raise UsageError(
            f"{rule!r} is not HOST:PORT:TO_HOST:TO_PORT.",
            where="--connect-to",
            remedy="As in curl: name.eu-west-1.elb.amazonaws.com:80:127.0.0.1:8000; an empty HOST or PORT matches any.",
        )
    return Route(found["host"].lower(), port, found["to_host"].strip("[]"), to_port)
