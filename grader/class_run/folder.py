"""The folder of a run: where everything lies, for its owner's eyes only, and each file whole or not at all."""

from __future__ import annotations

import errno
import gzip
import hashlib
import os
import re
import shutil
import sqlite3
import tempfile
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from grader.errors import CannotGrade, UnusableInput, UsageError

_PLAIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,59}")
_RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)$", re.IGNORECASE)  # no names of files on Windows


@dataclass(frozen=True, slots=True)
class Folder:
    """The folder of one run. Only one process may work in it at a time; ``locked`` sees to it."""

    path: Path

    def prepare(self) -> None:
        """Make the folder and those in it; raises ``UsageError`` where that cannot be done."""
        try:
            for name in ("", "evidence", "results", "pages"):
                place = self.path / name
                place.mkdir(parents=True, exist_ok=True)
                with suppress(PermissionError):  # somebody else's folder that we may write to
                    place.chmod(0o700)
            for left in (*self.path.glob(".writing-*"), *self.path.glob("*/.writing-*")):
                left.unlink(missing_ok=True)
        except OSError as error:
            raise UsageError(
                f"cannot be created: {error.strerror or error}.",
                where=str(self.path),
                remedy="Name another folder with --out.",
            ) from error

    @property
    def state(self) -> Path:
        """The database of the run."""
        return self.path / "state.sqlite"

    @property
    def log(self) -> Path:
        """What happened, line by line."""
        return self.path / "run.log"

    @property
    def manual(self) -> Path:
        """The steps that a person decides."""
        return self.path / "manual.csv"

    def evidence(self, slug: str) -> Path:
        """The evidence of a student; packed."""
        return self.path / "evidence" / f"{slug}.json.gz"

    def result(self, slug: str) -> Path:
        """The result of a student as JSON."""
        return self.path / "results" / f"{slug}.json"

    def page(self, slug: str) -> Path:
        """The page of a student."""
        return self.path / "pages" / f"{slug}.html"

    def locked(self) -> Lock:
        """The right to work in this folder; raises ``UsageError`` where another process has it."""
        return Lock(self.path / "run.lock")


class Lock:
    """A lock that ends with the process that holds it, however that ends. SQLite knows how, on every system."""

    def __init__(self, path: Path) -> None:
        made = not path.exists()
        try:
            self._held = sqlite3.connect(path, timeout=0, isolation_level=None)
            if made:
                path.chmod(0o600)
            self._held.execute("BEGIN EXCLUSIVE")
        except sqlite3.OperationalError as error:
            if "locked" not in str(error):
                raise UsageError(f"cannot be used: {error}.", where=str(path)) from error
            raise UsageError(
                "another run is using this folder.",
                where=str(path.parent),
                remedy="Wait until it ends, or name another folder with --out.",
            ) from error

    def release(self) -> None:
        """Let others in."""
        self._held.close()


def slugs(identifiers: Iterable[str], taken: Iterable[str] = ()) -> dict[str, str]:
    """A name of files for each student: the id where it is a plain name, else what is plain of it and a hash.

    No two are the same on a system that does not tell capitals apart; ``taken`` are in use already.
    """
    found: dict[str, str] = {}
    used = {slug.casefold() for slug in taken}
    for identifier in identifiers:
        slug = identifier
        if not _PLAIN.fullmatch(identifier) or _RESERVED.match(identifier) or identifier.casefold() in used:
            plain = re.sub(r"[^A-Za-z0-9_-]+", "-", identifier).strip("-_")[:40]
            slug = f"{plain or 'student'}-{hashlib.sha256(identifier.encode()).hexdigest()[:10]}"
        used.add(slug.casefold())
        found[identifier] = slug
    return found


def write(path: Path, contents: bytes | Iterable[bytes], *, lasting: bool = True) -> None:
    """Write a file whole or not at all, for its owner alone; where ``lasting``, so that it survives a power cut.

    Raises ``OutOfSpace`` where the disk is full, ``UsageError`` where the file cannot be written otherwise.
    """

    def fill(file: IO[bytes]) -> None:
        file.writelines([contents] if isinstance(contents, bytes) else contents)

    _write(path, fill, lasting)


def copy_packed(source: Path, path: Path, most: int) -> None:
    """Take over a file of evidence, packed, whatever it holds.

    Raises ``UnusableInput`` for a file above ``most`` bytes, or one that cannot be read.
    """
    if source.exists() and not source.is_file():  # a folder; or a pipe, which might never end
        raise UnusableInput("this is not a file.", where=str(source))
    try:
        with source.open("rb") as given:
            if os.fstat(given.fileno()).st_size > most:
                raise UnusableInput(f"larger than {most // 2**20} MiB, more than any account needs.", where=str(source))
            packed = given.read(2) == b"\x1f\x8b"
            given.seek(0)

            def fill(file: IO[bytes]) -> None:
                if packed:
                    shutil.copyfileobj(given, file)
                    return
                with gzip.GzipFile(fileobj=file, mode="wb", compresslevel=3, mtime=0) as pack:
                    shutil.copyfileobj(given, pack)

            _write(path, fill)
    except (IsADirectoryError, FileNotFoundError, PermissionError) as error:
        raise UnusableInput(f"cannot be read: {error.strerror}.", where=str(source)) from error


class OutOfSpace(CannotGrade):
    """The disk is full; what is written so far is whole."""


def _write(path: Path, fill: Callable[[IO[bytes]], None], lasting: bool = True) -> None:
    beside = ""
    try:
        handle, beside = tempfile.mkstemp(dir=path.parent, prefix=".writing-")
        with os.fdopen(handle, "wb") as file:
            fill(file)
            if lasting:
                file.flush()
                os.fsync(file.fileno())
        os.replace(beside, path)
        if lasting:
            _settle(path.parent)
    except OSError as error:
        if beside:
            Path(beside).unlink(missing_ok=True)
        raise out_of_space(error, path) from error


def out_of_space(error: OSError, path: Path) -> CannotGrade | UsageError:
    """The error to raise where a file could not be written."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        return no_space(path, error.strerror)
    return UsageError(f"cannot be written: {error.strerror or error}.", where=str(path))


def no_space(path: Path, why: object) -> OutOfSpace:
    """The error to raise where the disk is full."""
    return OutOfSpace(f"{path} cannot be written: {why}.", remedy="Free disk space, then run the same command again.")


def _settle(folder: Path) -> None:
    """Make the new name of a file last; Windows does so by itself."""
    if os.name == "posix":
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
