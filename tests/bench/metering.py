"""Running a command as a whole process, and what it took."""

from __future__ import annotations

import os
import pty
import selectors
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
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
) -> Taken:
    """Run ``command`` in ``folder``, which is its home as well.

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
    first, said = _listened((process.stdout.fileno(), terminal))
    process.wait()
    process.stdout.close()
    os.close(terminal)
    with os.fdopen(figures) as pipe:
        began, ended, code, seconds, kib = map(float, pipe.read().split())
    taken = Taken(
        wall_s=ended - began,
        cpu_s=seconds,
        peak_mib=kib / 1024,
        first_output_s=first - began if first is not None else None,
        exit_code=int(code),
        output=said[-4000:].decode("utf-8", "replace"),
    )
    if taken.exit_code not in codes:
        raise CommandFailedError(f"{' '.join(command)} ended with {taken.exit_code}:\n{taken.output}")
    return taken


def _listened(descriptors: Sequence[int]) -> tuple[float | None, bytes]:
    """Read until all ends are closed: when the first byte came, and the last that was said."""
    first: float | None = None
    said = b""
    with selectors.DefaultSelector() as selector:
        for descriptor in descriptors:
            selector.register(descriptor, selectors.EVENT_READ)
        while selector.get_map():
            for ready, _ in selector.select():
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
