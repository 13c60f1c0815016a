"""An emulated account of AWS, and the examples that are built in it."""

from __future__ import annotations

import importlib.util
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from grader.collect import Access, Collector
from grader.errors import GraderError
from grader.evidence import Evidence
from grader.grading.pipeline import Graded, grade_all
from grader.rubric import Rubric, open_rubric
from grader.rubric.needs import operations_for

EXAMPLES = Path(__file__).parents[2] / "examples"


class Emulator:
    """A moto server; ``reset`` empties its account."""

    def __init__(self, url: str) -> None:
        self.url = url

    def reset(self) -> None:
        """An account with nothing in it."""
        httpx.post(f"{self.url}/moto-api/reset", timeout=30)

    def build(self, lab: str, mode: str) -> None:
        """An account with the lab of an example in it, and nothing else."""
        self.reset()
        spec = importlib.util.spec_from_file_location(f"build_{lab.replace('-', '_')}", EXAMPLES / lab / "build.py")
        assert spec is not None
        assert spec.loader is not None
        module: Any = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        module.main(self.url, mode)

    def collect(self, rubric: Rubric, **access: Any) -> dict[str, Any]:
        """What a rubric needs of the account."""
        given = {"regions": ("us-east-1",), **access}
        with Collector(operations_for(rubric.items)) as collector:
            return collector.collect(Access(endpoint_url=self.url, **given))


@pytest.fixture(scope="package")
def emulator() -> Iterator[Emulator]:
    """One emulator for all labs."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    # In a process of its own: functions that it starts look for Docker, and leave open what they read.
    command = [sys.executable, "-m", "moto.server", "--host", "127.0.0.1", "--port", str(port)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as server:
        try:
            _await(port)
            yield Emulator(f"http://127.0.0.1:{port}")
        finally:
            server.kill()


def _await(port: int) -> None:
    for _ in range(300):
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=1):
                return
        except OSError:
            time.sleep(0.2)
    raise RuntimeError("the emulator did not start")


@pytest.fixture(autouse=True)
def credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    """The emulator's key, and none of whoever runs the tests."""
    for name in list(os.environ):
        if name.startswith("AWS_") or name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.setenv("AWS_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", os.devnull)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")


def rubric_of(lab: str) -> Rubric:
    """The rubric of an example."""
    return open_rubric(EXAMPLES / lab / "rubric.yaml")


def graded(rubric: Rubric, document: dict[str, Any], **binds: str) -> Graded:
    """The result of one account."""
    found: list[Graded | GraderError] = []
    grade_all(rubric, [Evidence(document)], lambda _, one: found.append(one), binds=binds)
    one = found[0]
    if isinstance(one, GraderError):
        raise one
    return one


def outcomes(one: Graded) -> dict[str, str]:
    """The outcome of each item, by its id."""
    return {item.id: str(item.outcome) for item in one.result.items}
