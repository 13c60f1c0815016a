"""The server as a process of its own, and the environment that points any tool at it."""

from __future__ import annotations

import http.client
import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .authority import Authority
from .exchange import ENDPOINT_HOST
from .places import TOP, authority_folder


@dataclass(frozen=True, slots=True)
class Key:
    """Whoever asks."""

    access_key_id: str
    secret_access_key: str


@dataclass(frozen=True, slots=True)
class Served:
    """A server that runs."""

    port: int
    said: tuple[str, ...] = ()
    """what it printed after its port"""

    def reset(self, latency: float) -> None:
        """Count anew, and answer after ``latency`` seconds from now on."""
        self._control(f"reset?latency={latency}")

    def count(self) -> dict[str, Any]:
        """What was asked since then, as ``server.Count.told`` has it."""
        return self._control("count")

    def _control(self, what: str) -> dict[str, Any]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            connection.request("GET", f"/-/{what}")
            told: dict[str, Any] = json.loads(connection.getresponse().read())
        finally:
            connection.close()
        return told

    def environment(self, key: Key, region: str, *, tls: bool, real_hosts: bool = False) -> dict[str, str]:
        """Variables for a tool: credentials, the way to the server, and nothing of this user's own.

        With ``real_hosts`` there is no endpoint, and each service of each region is a host of its own.
        """
        bundle = str(Authority(authority_folder()).bundle)
        proxy = f"http://127.0.0.1:{self.port}"
        endpoint = {} if real_hosts else {"AWS_ENDPOINT_URL": f"{'https' if tls else 'http'}://{ENDPOINT_HOST}"}
        return {
            "AWS_ACCESS_KEY_ID": key.access_key_id,
            "AWS_SECRET_ACCESS_KEY": key.secret_access_key,
            "AWS_DEFAULT_REGION": region,
            "AWS_REGION": region,
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_CA_BUNDLE": bundle,
            "REQUESTS_CA_BUNDLE": bundle,
            "SSL_CERT_FILE": bundle,
            **dict.fromkeys(("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"), proxy),
            **endpoint,
        }


@contextmanager
def serving(*arguments: str | Path, lines: int = 1, environment: Mapping[str, str] | None = None) -> Iterator[Served]:
    """Run ``python -m tests.bench`` with ``arguments`` beside us; it ends with the context."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.bench", *map(str, arguments)],
        cwd=TOP,
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        said = [process.stdout.readline().strip() for _ in range(lines)]
        if not said[0]:
            raise RuntimeError(f"the server did not start (exit code {process.wait()})")
        yield Served(int(said[0]), tuple(said[1:]))
    finally:
        process.stdin.close()
        process.wait(timeout=120)
        process.stdout.close()
