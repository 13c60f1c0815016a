"""Reading a JSON file that someone else may have written: bounded in size and depth, packed or not, parsed as data.

This is the one reader of evidence and of results. Whoever calls it says what the file should be, and how to say that
it is not: as a ``JsonFile``.
"""

from __future__ import annotations

import gzip
import json
import zlib
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

from grader.errors import UnusableInput

MAX_BYTES = 512 * 1024 * 1024
"""What a file may hold, unpacked."""
MAX_DEPTH = 64
"""How deep its values may be nested."""


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
        """What the file holds. Raises ``error`` for one that is missing, too large, too deep, not UTF-8 or not JSON."""
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
        try:
            document = json.loads(self._unpacked(content, source).decode("utf-8-sig"))
        except UnicodeDecodeError as error:
            raise self.error(f"not UTF-8 text (byte {error.start}).", where=source) from error
        except json.JSONDecodeError as error:
            place = f"{source}:{error.lineno}"
            raise self.error(f"not JSON: {error.msg} in column {error.colno}.", where=place) from error
        except (RecursionError, ValueError) as error:
            raise self.error(f"not {self.noun}: {error}.", where=source) from error
        if _deeper_than(document, MAX_DEPTH):
            raise self.error(f"nested deeper than {MAX_DEPTH} levels{self.too_deep}.", where=source)
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
