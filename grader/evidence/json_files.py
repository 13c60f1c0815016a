"""Reading a JSON file that someone else may have written: bounded (``grader.bounds``), packed or not, as data alone.

What JSON leaves open is refused, since two readers could read it differently: a key that appears twice in one object,
a number that is none (NaN), half a surrogate pair. The message names the place as a JSON pointer (RFC 6901).

This is the one reader of evidence and of results. Whoever calls it says what the file should be, and how to say that
it is not: as a ``JsonFile``.
"""

from __future__ import annotations

import gzip
import json
import re
import sys
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

from grader.bounds import MAX_BYTES, MAX_DEPTH, MAX_VALUES
from grader.errors import UnusableInput
from grader.foreign_text import shorten

STANDARD_INPUT = "-"
"""The name of a file that stands for standard input, as in most commands."""

# A text of JSON, or what is left of one where it does not end; never tried twice from the same place.
_TEXT = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+(?:"|\\?\Z)', re.DOTALL)
_SURROGATE = re.compile(rb"\\u[dD][89a-fA-F]")
_LONE = re.compile("[\ud800-\udfff]")


def pointer(*steps: str | int) -> str:
    """A JSON pointer (RFC 6901) to what these keys and indexes lead to; keys that are too long to read are cut."""
    return "".join(f"/{shorten(str(step), 200).replace('~', '~0').replace('/', '~1')}" for step in steps)


@dataclass(frozen=True, slots=True)
class JsonFile:
    """What a file should be: ``noun`` with its article ("an evidence file"), and the error where it is not.

    ``too_large`` and ``too_deep`` end the sentence about a file beyond a bound; ``remedy`` says how to make one.
    """

    noun: str
    error: type[UnusableInput] = UnusableInput
    too_large: str = ""
    too_deep: str = ""
    remedy: str = ""

    def read(self, path: Path) -> Any:
        """What the file holds, or standard input for ``-``.

        Raises ``error`` for one that is missing, too large, too deep, not UTF-8 or not JSON.
        """
        if str(path) == STANDARD_INPUT:
            return self.parse(sys.stdin.buffer.read(MAX_BYTES + 1), "standard input")
        try:
            with path.open("rb") as file:
                content = file.read(MAX_BYTES + 1)
        except IsADirectoryError as error:
            raise self.error(f"this is a folder, not {self.noun}.", where=str(path)) from error
        except OSError as error:
            raise self.error(
                f"cannot be read: {error.strerror or error}.", where=str(path), remedy=self.remedy
            ) from error
        return self.parse(content, str(path))

    def parse(self, content: bytes, source: str) -> Any:
        """The same of bytes; ``source`` is the place that messages name."""
        content = self._unpacked(content, source)
        if _more_values_than(content, MAX_VALUES):
            raise self.error(f"more than {MAX_VALUES:,} values{self.too_large}.", where=source)
        twice: list[tuple[dict[str, Any], str]] = []
        try:
            document = json.loads(
                content.decode("utf-8-sig"),
                object_pairs_hook=lambda pairs: _object(pairs, twice),
                parse_constant=_no_number,
            )
        except UnicodeDecodeError as error:
            raise self.error(f"not UTF-8 text (byte {error.start}).", where=source) from error
        except json.JSONDecodeError as error:
            place = f"{source}:{error.lineno}"
            raise self.error(f"not JSON: {error.msg} in column {error.colno}.", where=place) from error
        except (RecursionError, ValueError) as error:
            raise self.error(f"not {self.noun}: {error}.", where=source) from error
        if _deeper_than(document, MAX_DEPTH):
            raise self.error(f"nested deeper than {MAX_DEPTH} levels{self.too_deep}.", where=source)
        if twice:
            holder, key = twice[0]
            way = next((steps for steps, value in _walk(document) if value is holder), ())
            raise self.error(f"{pointer(*way, key)} appears twice.", where=source)
        if _SURROGATE.search(content):
            for steps, value in _walk(document):
                if isinstance(value, str) and _LONE.search(value):
                    raise self.error(f"{pointer(*steps)} holds half a surrogate pair, which is no text.", where=source)
        return document

    def _unpacked(self, content: bytes, source: str) -> bytes:
        if content[:2] == b"\x1f\x8b":
            try:
                with gzip.GzipFile(fileobj=BytesIO(content)) as packed:
                    content = packed.read(MAX_BYTES + 1)
            except (OSError, EOFError, zlib.error) as error:
                raise self.error(f"the gzip data is damaged ({error}).", where=source) from error
        if len(content) > MAX_BYTES:
            raise self.error(f"larger than {MAX_BYTES // 2**20} MiB{self.too_large}.", where=source)
        return content


def _more_values_than(content: bytes, limit: int) -> bool:
    """Whether there may be more values in a JSON text: each follows a comma or opens a list or an object."""
    if _marks(content) <= limit:
        return False
    return _marks(_TEXT.sub(b"", content)) > limit


def _marks(content: bytes) -> int:
    return content.count(b",") + content.count(b"[") + content.count(b"{")


def _object(pairs: list[tuple[str, Any]], twice: list[tuple[dict[str, Any], str]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs) and not twice:
        seen: set[str] = set()
        twice.append((found, next(key for key, _ in pairs if key in seen or seen.add(key))))  # type: ignore[func-returns-value]
    return found


def _no_number(name: str) -> Any:
    raise ValueError(f"{name} is not a number in JSON")


def _walk(document: Any) -> Iterator[tuple[tuple[str | int, ...], Any]]:
    """Every value with the keys and indexes that lead to it; keys are values of their own."""
    waiting: list[tuple[tuple[str | int, ...], Any]] = [((), document)]
    while waiting:
        steps, value = waiting.pop()
        yield steps, value
        if isinstance(value, dict):
            for key, child in value.items():
                yield steps, key
                waiting.append(((*steps, key), child))
        elif isinstance(value, list):
            waiting.extend(((*steps, number), child) for number, child in enumerate(value))


def _deeper_than(document: object, limit: int) -> bool:
    level = [one for one in (document,) if isinstance(one, (dict, list))]
    for _ in range(limit):
        level = [
            child
            for parent in level
            for child in (parent.values() if isinstance(parent, dict) else parent)
            if isinstance(child, (dict, list))
        ]
        if not level:
            return False
    return True
