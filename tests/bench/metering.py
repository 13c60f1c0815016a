"""Running a command as a whole process, and what it took."""

from __future__ import annotations

import os
import pty
import selectors
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from .places import SCRIPTS

GIVEN = ("PATH", "LANG", "LC_ALL", "TZ")
"""All that a measured command inherits of the user's environment."""


class CommandFailedError(RuntimeError):
    """A measured command ended with a code that it should not have; its last lines are in the message."""


@dataclass(frozen=True, slots=True)
class Taken:
    """What one run took, of the process and all its children."""

    wall_s: float
    cpu_s: float
    """user and system"""
    peak_mib: float
    """the largest resident set of any one process"""
    together_mib: float | None
    """of all its processes at once, by proportional set size; None where it was not weighed"""
    first_output_s: float | None
    """until the first byte on standard output or standard error, which is a terminal; None where nothing came"""
    exit_code: int
    output: str
    """the last 4,000 characters of both"""


def metered(
    command: Sequence[str],
    environment: Mapping[str, str],
    folder: Path,
    *,
    codes: Sequence[int] = (0,),
    weigh: bool = False,
) -> Taken:
    """Run ``command`` in ``folder``, which is its home as well.

    ``weigh`` looks every few milliseconds at the memory of all its processes, which takes time of its own.

    Raises ``CommandFailedError`` where it ends with none of ``codes``.
    """
    inherited = {name: os.environ[name] for name in GIVEN if name in os.environ}
    terminal, theirs = pty.openpty()
    figures, told = os.pipe()
    process = subprocess.Popen(
        [sys.executable, "-I", "-S", str(SCRIPTS / "launch.py"), str(told), *command],
        cwd=folder,
        env={**inherited, "HOME": str(folder), "TERM": "xterm", "COLUMNS": "120", **environment},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=theirs,
        pass_fds=(told,),
    )
    os.close(theirs)
    os.close(told)
    assert process.stdout is not None
    scales = _Scales(process.pid) if weigh else None
    first, said = _listened((process.stdout.fileno(), terminal), scales)
    process.wait()
    process.stdout.close()
    os.close(terminal)
    with os.fdopen(figures) as pipe:
        began, ended, code, seconds, kib = map(float, pipe.read().split())
    taken = Taken(
        wall_s=ended - began,
        cpu_s=seconds,
        peak_mib=kib / 1024,
        together_mib=scales.most / 1024 if scales else None,
        first_output_s=first - began if first is not None else None,
        exit_code=int(code),
        output=said[-4000:].decode("utf-8", "replace"),
    )
    if taken.exit_code not in codes:
        raise CommandFailedError(f"{' '.join(command)} ended with {taken.exit_code}:\n{taken.output}")
    return taken


class _Scales:
    """The memory of all that descends from a process, as Linux tells it (``smaps_rollup``, proportional set size)."""

    def __init__(self, launcher: int) -> None:
        self._launcher = launcher
        self.most = 0.0
        """KiB"""

    def look(self) -> None:
        self.most = max(self.most, sum(map(self._size, self._below(self._launcher))))

    def _below(self, process: int) -> list[int]:
        found: list[int] = []
        for task in Path(f"/proc/{process}/task").glob("*/children"):
            with suppress(OSError):
                found += map(int, task.read_text().split())
        return found + [one for child in found for one in self._below(child)]

    def _size(self, process: int) -> float:
        with suppress(OSError):
            for line in Path(f"/proc/{process}/smaps_rollup").read_text().splitlines():
                if line.startswith("Pss:"):
                    return float(line.split()[1])
        return 0.0


def _listened(descriptors: Sequence[int], scales: _Scales | None = None) -> tuple[float | None, bytes]:
    """Read until all ends are closed: when the first byte came, and the last that was said."""
    first: float | None = None
    said = b""
    with selectors.DefaultSelector() as selector:
        for descriptor in descriptors:
            selector.register(descriptor, selectors.EVENT_READ)
        while selector.get_map():
            if scales is not None:
                scales.look()
            for ready, _ in selector.select(0.005 if scales is not None else None):
                try:
                    piece = os.read(ready.fd, 65536)
                except OSError:  # a terminal whose other side is closed
                    piece = b""
                if not piece:
                    selector.unregister(ready.fd)
                    continue
                first = time.monotonic() if first is None else first
                said = (said + piece)[-16000:]
    return first, said
