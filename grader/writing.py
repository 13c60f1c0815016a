"""Writing files whole or not at all: beside the target first, then renamed over it."""

from __future__ import annotations

import gzip
import os
import sys
import tempfile
from pathlib import Path

from grader.errors import UsageError

STANDARD_OUTPUT = "-"


def write_text(target: str, text: str) -> None:
    """Write text as UTF-8 to a file (compressed if it ends in ``.gz``) or, for ``-``, to standard output.

    Lone surrogates, which no file can hold, are written as escapes. Raises ``UsageError`` where the file cannot be
    written; an older file of that name then stays as it was.
    """
    content = text.encode("utf-8", "backslashreplace")
    if target == STANDARD_OUTPUT:
        sys.stdout.flush()
        binary = getattr(sys.stdout, "buffer", None)
        if binary is None:
            sys.stdout.write(content.decode("utf-8"))
        else:
            binary.write(content if content.endswith(b"\n") else content + b"\n")
        sys.stdout.flush()
        return
    if target.endswith(".gz"):
        content = gzip.compress(content, mtime=0)
    path = Path(target)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        _replace(path, content)
    except OSError as error:
        raise UsageError(
            f"cannot be written: {error.strerror or error}.", where=target, remedy="Name another file."
        ) from error


def _replace(path: Path, content: bytes) -> None:
    if path.is_dir():
        raise IsADirectoryError(21, "it is a folder")
    if path.exists() and not path.is_file():  # a pipe or a device: there is nothing to rename over
        path.write_bytes(content)
        return
    handle, beside = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name[:40]}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        os.chmod(beside, path.stat().st_mode & 0o777 if path.exists() else 0o666 & ~_umask())
        os.replace(beside, path)
    except OSError:
        Path(beside).unlink(missing_ok=True)
        raise


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
