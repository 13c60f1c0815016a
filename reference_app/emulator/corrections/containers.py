"""What the tasks of an emulated account run: the application, its health, and its log."""

from __future__ import annotations

import http.client
import re
import time
from collections.abc import Iterable
from dataclasses import dataclass, field

from moto.logs.models import logs_backends

from ..application import Application, LogLine
from ..troubles import Trouble

_OWN_ADDRESS = re.compile(r"http://127\.0\.0\.1:\d+")


@dataclass(frozen=True, slots=True)
class LogStream:
    """Where a task's output goes: `awslogs` options of its definition, with the task's id."""

    region: str
    group: str
    name: str


@dataclass(slots=True)
class Container:
    """The one application that stands for every task of the account, or None."""

    account: str
    application: Application | None = None
    trouble: Trouble | None = None
    """What AWS shows in place of tasks that run well."""
    _pending: list[LogLine] = field(default_factory=list)
    _stream: LogStream | None = None

    def run(self, application: Application | None) -> None:
        self.application = application
        if application is not None:
            application.tell(self._write)

    def log_to(self, stream: LogStream) -> None:
        """Send the log to this stream: what was said before goes to the first task's."""
        self._stream = stream
        pending, self._pending = self._pending, []
        for line in pending:
            self._write(line)

    def say(self, stream: LogStream, lines: Iterable[str]) -> None:
        """Write lines to a stream of their own, as a container that ended did."""
        backend, now = logs_backends[self.account][stream.region], int(time.time() * 1000)
        if stream.group in backend.groups:
            if stream.name not in backend.groups[stream.group].streams:
                backend.create_log_stream(stream.group, stream.name)
            events = [{"timestamp": now, "message": line} for line in lines]
            backend.put_log_events(stream.group, stream.name, events)

    def _write(self, line: LogLine) -> None:
        stream = self._stream
        if stream is None:
            self._pending.append(line)
            return
        groups = logs_backends[self.account][stream.region].groups
        if stream.group in groups and stream.name in groups[stream.group].streams:
            # In a container it would listen on the port that its tasks have, not on one of this machine's.
            message = _OWN_ADDRESS.sub("http://0.0.0.0:8000", line.message)
            event = {"timestamp": line.milliseconds, "message": message}
            logs_backends[self.account][stream.region].put_log_events(stream.group, stream.name, [event])

    def answers(self, path: str) -> int | None:
        """The status of GET `path`, or None where nothing answers: the health check, really made."""
        if self.application is None:
            return 200 if path == "/health" else 404
        host, port = self.application.address()
        connection = http.client.HTTPConnection(host, port, timeout=5)
        try:
            connection.request("GET", path, headers={"User-Agent": "ELB-HealthChecker/2.0"})
            return connection.getresponse().status
        except OSError:
            return None
        finally:
            connection.close()


_containers: dict[str, Container] = {}


def container_of(account: str) -> Container:
    return _containers.setdefault(account, Container(account))


def forget_container(account: str) -> None:
    _containers.pop(account, None)
