"""The sentiment service as a child process on loopback: what runs where AWS would run a task's container."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Event, Lock, Thread

# The folder that holds the package, wherever it was installed under whatever name.
TOP = Path(__file__).resolve().parents[2]
START_SECONDS = 60.0
Trained = Callable[[], bytes]
_MODELS: list[bytes] = []
_SERVING = re.compile(r"Uvicorn running on http://(?P<host>[\d.]+):(?P<port>\d+)")


class ApplicationDidNotStartError(RuntimeError):
    """The service ended, or said nothing, before it answered. Its last lines are in the message."""


@dataclass(frozen=True, slots=True)
class LogLine:
    milliseconds: int
    """since 1970, as CloudWatch Logs counts"""
    message: str


@dataclass(frozen=True, slots=True)
class Usage:
    cpu_percent: float
    """of one processor, averaged since the start"""
    memory_bytes: int


class Application:
    """The child process, and what it has written so far."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        self.started = time.monotonic()
        self._lines: list[LogLine] = []
        self._lock = Lock()
        self._listener: Callable[[LogLine], None] | None = None
        self._settled = Event()
        self._address: tuple[str, int] | None = None
        self._reader = Thread(target=self._read, name="application-log", daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for raw in self.process.stdout:
            line = LogLine(int(time.time() * 1000), raw.rstrip())
            serving = _SERVING.search(line.message)
            if serving is not None:
                self._address = (serving["host"], int(serving["port"]))
                self._settled.set()
            with self._lock:
                self._lines.append(line)
                listener = self._listener
                if listener is not None and line.message:
                    listener(line)
        self._settled.set()

    def tell(self, listener: Callable[[LogLine], None]) -> None:
        """Give `listener` every line: those written before now at once, the others as they come."""
        with self._lock:
            for line in self._lines:
                if line.message:
                    listener(line)
            self._listener = listener

    def address(self) -> tuple[str, int]:
        """Host and port, once the service answers; raises ApplicationDidNotStartError."""
        self._settled.wait(START_SECONDS)
        if self._address is None:
            with self._lock:
                said = "\n".join(line.message for line in self._lines[-20:])
            raise ApplicationDidNotStartError(f"The reference application did not start:\n{said}")
        return self._address

    def usage(self) -> Usage | None:
        """What the process has used since its start; None where the system does not tell."""
        try:
            fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            return None
        ticks, pages = int(fields[11]) + int(fields[12]), int(fields[21])
        elapsed = max(time.monotonic() - self.started, 0.001)
        return Usage(
            cpu_percent=100 * ticks / os.sysconf("SC_CLK_TCK") / elapsed,
            memory_bytes=pages * os.sysconf("SC_PAGE_SIZE"),
        )

    def stop(self) -> None:
        stop_process(self.process)
        self._reader.join(timeout=5)
        if self.process.stdout is not None:
            self.process.stdout.close()


def stop_process(process: subprocess.Popen[str]) -> None:
    """End a child, politely first."""
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


@contextmanager
def training() -> Iterator[Trained]:
    """Train the model in a child process meanwhile; the function waits for it and gives the model.

    The same sentences give the same model, so a process trains it once.
    """
    if _MODELS:
        yield lambda: _MODELS[0]
        return
    with tempfile.TemporaryDirectory(prefix="emulated-account-") as folder:
        output = Path(folder) / "classifier.joblib"
        process = subprocess.Popen(
            [sys.executable, "-m", "reference_app.train", "--output", str(output)],
            cwd=TOP,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

        def trained() -> bytes:
            said, _ = process.communicate(timeout=START_SECONDS)
            if process.returncode != 0:
                raise ApplicationDidNotStartError(f"The model could not be trained:\n{said}")
            _MODELS.append(output.read_bytes())
            return _MODELS[0]

        try:
            yield trained
        finally:
            stop_process(process)
            if process.stdout is not None:
                process.stdout.close()


@contextmanager
def serving(environment: Mapping[str, str]) -> Iterator[Application]:
    """Start the service on a free loopback port. `environment` is what its task definition gives it."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    process = subprocess.Popen(
        [
            sys.executable,
            "-m",
            "uvicorn",
            "reference_app.service:app",
            "--host",
            "127.0.0.1",
            "--port",
            "0",
            "--no-use-colors",
        ],
        cwd=TOP,
        env={
            **inherited,
            "PYTHONUNBUFFERED": "1",
            "NO_PROXY": "127.0.0.1",
            "no_proxy": "127.0.0.1",
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "AWS_EC2_METADATA_DISABLED": "true",
            **environment,
        },
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    application = Application(process)
    try:
        yield application
    finally:
        application.stop()
