"""Writing files whole or not at all: beside the target first, then renamed over it."""

from __future__ import annotations

import gzip
import os
import sys
import tempfile
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from grader.cli.options import STANDARD_OUTPUT
from grader.errors import UsageError

_FILE, _FOLDER = 0o600, 0o700
"""What is written speaks of a student's account: it is for whoever graded it, and for nobody else on the machine."""


def write_text(target: str, text: str) -> None:
    """Write one text; see ``write_texts``."""
    write_texts(target, [text])


def write_texts(target: str, texts: Iterable[str]) -> None:
    """Write texts, one after the other, as UTF-8 to a file or, for ``-``, to standard output.

    A name that ends in ``.gz`` is compressed. A link is followed. What GitHub's runner collects in is appended to. Lone
    surrogates, which no file can hold, are written as escapes. Raises ``UsageError`` where the file cannot be written;
    an older file of that name then stays as it was. Only this user can read the file, and the folders that are made for
    it, unless an older file lets a group read it, and not everybody.
    """
    if target == STANDARD_OUTPUT:
        _to_standard_output(texts)
        return
    path = Path(target)
    try:
        _make_folder(path.parent)
        _replace(path, (text.encode("utf-8", "backslashreplace") for text in texts))
    except OSError as error:
        raise UsageError(
            f"cannot be written: {error.strerror or error}.", where=target, remedy="Name another file."
        ) from error


def write_bytes(target: str, content: bytes) -> None:
    """Write a file as it is, whole or not at all; raises ``UsageError`` where it cannot be written."""
    if target == STANDARD_OUTPUT:
        sys.stdout.flush()
        sys.stdout.buffer.write(content)
        sys.stdout.flush()
        return
    try:
        _replace(Path(target), [content])
    except OSError as error:
        raise UsageError(
            f"cannot be written: {error.strerror or error}.", where=target, remedy="Name another file."
        ) from error


def check_folder(target: str) -> None:
    """Find out whether a file can be written that another library will write itself; makes its folder."""
    path = Path(target)
    try:
        _make_folder(path.parent)
    except OSError as error:
        raise UsageError(f"cannot be written: {error.strerror or error}.", where=target) from error
    if path.is_dir() or not os.access(path.parent, os.W_OK):
        raise UsageError("cannot be written.", where=target, remedy="Name another file.")


def reserve(target: str) -> Path:
    """A file that another library will write itself, made so that nobody else can read it at any moment."""
    check_folder(target)
    path = Path(target)
    with suppress(OSError):
        path.touch(_FILE)
        path.chmod(_FILE)
    return path


def _make_folder(folder: Path) -> None:
    """Make a folder and those above it that are absent, for this user alone; one that is there stays as it is."""
    if folder.is_dir():
        return
    if folder.parent != folder:
        _make_folder(folder.parent)
    folder.mkdir(mode=_FOLDER, exist_ok=True)


def _to_standard_output(texts: Iterable[str]) -> None:
    sys.stdout.flush()
    binary = getattr(sys.stdout, "buffer", None)
    last = ""
    for text in texts:
        last = text or last
        if binary is None:
            sys.stdout.write(text)
        else:
            binary.write(text.encode("utf-8", "backslashreplace"))
    if not last.endswith("\n"):
        sys.stdout.write("\n")
    sys.stdout.flush()


COLLECTED = ("GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY", "GITHUB_ENV", "GITHUB_PATH")
"""Variables that name files which GitHub's runner reads after a step, and to which others have written before."""


def _is_collected(path: Path) -> bool:
    named = (os.environ.get(name) for name in COLLECTED)
    return any(one and os.path.realpath(one) == str(path) for one in named)


def _append(path: Path, contents: Iterable[bytes]) -> None:
    with path.open("a+b") as file:
        if file.tell():
            file.seek(-1, os.SEEK_END)
            if file.read(1) != b"\n":
                file.write(b"\n")
        file.writelines(contents)


def _replace(path: Path, contents: Iterable[bytes]) -> None:
    path = Path(os.path.realpath(path))
    if path.is_dir():
        raise IsADirectoryError(21, "it is a folder")
    if _is_collected(path):
        _append(path, contents)
        return
    if path.exists() and not path.is_file():  # a pipe or a device: there is nothing to rename over
        with path.open("wb") as file:
            file.writelines(contents)
        return
    handle, beside = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name[:40]}.")
    try:
        with os.fdopen(handle, "wb") as file:
            if path.suffix == ".gz":
                with gzip.GzipFile(fileobj=file, mode="wb", mtime=0) as packed:
                    packed.writelines(contents)
            else:
                file.writelines(contents)
        if path.exists() and not (mode := path.stat().st_mode & 0o777) & 0o007:
            os.chmod(beside, mode)  # somebody has chosen who may read it
        os.replace(beside, path)
    finally:
        Path(beside).unlink(missing_ok=True)  # there is nothing of this name left, unless it went wrong
