"""The recorded account: made once from the emulated one, by every tool that will be measured."""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from .floor_data import make_floor_data
from .metering import CommandFailedError, metered
from .places import SCRIPTS, cache, calls_file, recording_file
from .recording import Recording, load
from .serving import Key, Served, serving
from .tools import GRADER, GRADER_ENVIRONMENT, Place, Tool, grader_command


@contextmanager
def replayed(*more: Path) -> Iterator[tuple[Served, Recording]]:
    """A server of the recording, with further recordings laid over it."""
    if not recording_file().exists():
        record_account(())
    with serving("serve", recording_file(), *more) as served:
        yield served, load([recording_file()])


def record_account(peers: Sequence[Tool]) -> None:
    """Start the emulated account, let every tool ask it once, and keep what it answered."""
    with (
        serving("record", recording_file(), lines=2) as served,
        tempfile.TemporaryDirectory(prefix="bench-") as folder,
    ):
        key_id, secret, region, balancer = served.said[0].split()
        place = Place(served.port, region, balancer)
        environment = {**served.environment(Key(key_id, secret), region, tls=True), **GRADER_ENVIRONMENT}
        commands: list[tuple[str, tuple[str, ...], Sequence[int]]] = [
            ("grader", GRADER.command(place), GRADER.codes),
            ("grader in all regions", grader_command(place), GRADER.codes),
            ("trace", (sys.executable, str(SCRIPTS / "trace.py"), region, str(calls_file())), (0,)),
            *((peer.name, peer.command(place), peer.codes) for peer in peers),
        ]
        for name, command, codes in commands:
            home = Path(folder) / name
            home.mkdir()
            served.reset(0)
            try:
                taken = metered(command, environment, home, codes=codes)
            except CommandFailedError as error:
                print(f"recording {name}: {error}", file=sys.stderr)
                continue
            print(f"recorded {name}: {served.count()['requests']} requests, exit code {taken.exit_code}", flush=True)
    calls = json.loads(calls_file().read_text(encoding="utf-8"))
    calls += _probes(load([recording_file()]), calls)
    calls_file().write_text(json.dumps(calls, indent=1), encoding="utf-8")
    make_floor_data(calls, cache() / "floor-data")


def _probes(recording: Recording, calls: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The requests to the application as further calls, each after what the grader must know to make it."""
    listeners = next(number for number, call in enumerate(calls) if call["operation"] == "DescribeListeners")
    asked = [question for question in recording.answers if question.service == "application"]
    order = {"/health": 0, "/docs": 1, "/openapi.json": 1}
    asked.sort(key=lambda question: order.get(_path(question.operation), 2))
    paths = [_path(question.operation) for question in asked]
    health, document = (len(calls) + paths.index(path) for path in ("/health", "/openapi.json"))
    after = {0: listeners, 1: health, 2: document}
    return [
        {
            "after": after[order.get(path, 2)],
            "host": recording.balancer,
            "method": question.operation.partition(" ")[0],
            "url": path,
            "body": question.body.decode(),
        }
        for question, path in zip(asked, paths, strict=True)
    ]


def _path(operation: str) -> str:
    return operation.partition(" ")[2].rstrip("?")
