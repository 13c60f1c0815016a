"""A CSV file byte by byte: every cell knows its place, so that one can be changed and all others stay."""

from __future__ import annotations

import codecs
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from grader.errors import UnusableInput

MAX_BYTES = 64 * 1024 * 1024
DELIMITERS = (",", ";", "\t", ":", "|")
"""What Canvas and Moodle put between cells."""
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)


@dataclass(frozen=True, slots=True)
class Cell:
    """What a cell says, and where it is in the text, quotes included."""

    text: str
    start: int
    end: int
    is_quoted: bool


@dataclass(frozen=True, slots=True)
class Row:
    """The cells of a row; it ends, with its line end, at ``end``."""

    number: int
    cells: tuple[Cell, ...]
    start: int
    end: int

    def __getitem__(self, column: int) -> str:
        return self.cells[column].text.strip() if column < len(self.cells) else ""

    @property
    def is_blank(self) -> bool:
        """Whether no cell says anything."""
        return not any(cell.text.strip() for cell in self.cells)


@dataclass(frozen=True, slots=True)
class Table:
    """A file, its encoding (``mark`` is the byte order mark before its text), delimiter and rows."""

    path: Path
    content: bytes
    mark: bytes
    encoding: str
    text: str
    delimiter: str
    rows: tuple[Row, ...]

    @property
    def header(self) -> Row:
        """The first row."""
        return self.rows[0]

    def where(self, row: Row) -> str:
        """The file and line, for messages."""
        return f"{self.path}:{row.number}"

    def filled(self, cells: Mapping[tuple[int, int], str], keep: frozenset[int]) -> bytes:
        """The file with new texts of cells (by row and column index) and without the rows that are not kept."""
        parts: list[str] = []
        for index, row in enumerate(self.rows):
            if index not in keep:
                continue
            at = row.start
            for column, cell in enumerate(row.cells):
                if (index, column) in cells:
                    parts += [self.text[at : cell.start], self._spelled(cells[index, column], cell.is_quoted)]
                    at = cell.end
            parts.append(self.text[at : row.end])
        return self.mark + "".join(parts).encode(self.encoding)

    def _spelled(self, text: str, quoted: bool) -> str:
        if quoted or any(mark in text for mark in (self.delimiter, '"', "\n", "\r")) or text != text.strip():
            return '"' + text.replace('"', '""') + '"'
        return text

    def can_hold(self, text: str) -> bool:
        """Whether the file's encoding has all characters of a text."""
        try:
            text.encode(self.encoding)
        except UnicodeEncodeError:
            return False
        return True


def read_bytes(path: Path) -> bytes:
    """The content of a file; raises ``UnusableInput`` for one that cannot be read or is too large."""
    try:
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise UnusableInput(f"cannot be read: {error.strerror or error}.", where=str(path)) from error
    if len(content) > MAX_BYTES:
        raise UnusableInput("this file is too large for a gradebook.", where=str(path))
    return content


def read_table(path: Path, content: bytes, delimiter: str) -> Table:
    """The file cut at ``delimiter``; raises ``UnusableInput`` where it is no such table or no text."""
    mark, encoding = next(((mark, name) for mark, name in _MARKS if content.startswith(mark)), (b"", ""))
    body = content[len(mark) :]
    text = ""
    for name in (encoding,) if encoding else ("utf-8", "cp1252"):
        try:
            text, encoding = body.decode(name), name
            break
        except UnicodeDecodeError:
            continue
    if not encoding or text.encode(encoding) != body or "\0" in text:
        raise UnusableInput("this file is not text in an encoding that gradebooks use.", where=str(path))
    rows = _rows(text, delimiter, path)
    if not rows:
        raise UnusableInput("this file is empty.", where=str(path), remedy="Export the gradebook again.")
    return Table(path, content, mark, encoding, text, delimiter, rows)


def _rows(text: str, delimiter: str, path: Path) -> tuple[Row, ...]:
    rows: list[Row] = []
    at, line = 0, 1
    while at < len(text):
        start, first = at, line
        cells: list[Cell] = []
        while True:
            cell, at = _cell(text, at, delimiter, f"{path}:{line}")
            cells.append(cell)
            line += text.count("\n", cell.start, cell.end)
            if at < len(text) and text[at] == delimiter:
                at += 1
                continue
            break
        if text.startswith("\r\n", at):
            at += 2
        elif at < len(text):
            at += 1
        rows.append(Row(first, tuple(cells), start, at))
        line += 1
    return tuple(rows)


def _cell(text: str, at: int, delimiter: str, where: str) -> tuple[Cell, int]:
    if at < len(text) and text[at] == '"':
        end = at + 1
        while True:
            end = text.find('"', end)
            if end < 0:
                raise UnusableInput("a quotation mark is never closed.", where=where)
            if not text.startswith('""', end):
                break
            end += 2
        after = end + 1
        if after < len(text) and text[after] not in (delimiter, "\r", "\n"):
            raise UnusableInput("a cell continues after its closing quotation mark.", where=where)
        return Cell(text[at + 1 : end].replace('""', '"'), at, after, True), after
    end = at
    while end < len(text) and text[end] not in (delimiter, "\r", "\n"):
        end += 1
    return Cell(text[at:end], at, end, False), end
