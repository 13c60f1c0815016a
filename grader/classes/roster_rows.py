"""The rows of a roster with their lines, from CSV as spreadsheets write it or from YAML."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from grader.classes.students import Mistake, RosterError
from grader.errors import UnusableInput
from grader.rubric.located_yaml import Marked, read_marked

MOST_BYTES = 64 * 1024 * 1024
YAML = (".yaml", ".yml")
TABLES = (".csv", ".tsv", ".txt")


@dataclass(frozen=True, slots=True)
class Row:
    """One row: its cells by the names of the columns as they are in the file."""

    where: str
    cells: Mapping[str, str]


def read_rows(path: Path) -> tuple[Row, ...]:
    """The rows of a roster; raises ``RosterError`` with every mistake in the shape of the file."""
    text = _text(path)
    mistakes: list[Mistake] = []
    rows = tuple(_of_yaml(text, path) if path.suffix.lower() in YAML else _of_table(text, path, mistakes))
    if mistakes:
        raise RosterError(tuple(mistakes))
    if not rows:
        raise RosterError((Mistake(str(path), "the roster has no students."),))
    return rows


def is_roster(path: Path) -> bool:
    """Whether a file is a roster by its name, or by its contents where both kinds are YAML; False if unreadable."""
    if path.suffix.lower() in TABLES:
        return True
    if path.suffix.lower() not in YAML:
        return False
    try:
        root = read_marked(_text(path), str(path), UnusableInput)
        return "students" in root.mapping()
    except RosterError:
        return False
    except UnusableInput:
        return _is_list(path)


def _is_list(path: Path) -> bool:
    return bool(re.match(r"(\s*(#[^\n]*)?\n|---[^\n]*\n)*\s*-\s", _text(path)))


def _text(path: Path) -> str:
    try:
        with path.open("rb") as file:
            content = file.read(MOST_BYTES + 1)
    except OSError as error:
        raise RosterError((Mistake(str(path), f"cannot be read: {error.strerror or error}."),)) from error
    if len(content) > MOST_BYTES:
        raise RosterError((Mistake(str(path), f"larger than {MOST_BYTES // 2**20} MiB."),))
    encoding = "utf-16" if content[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    try:
        return content.decode(encoding)
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        remedy = "Save it as UTF-8 (in Excel: CSV UTF-8)."
        raise RosterError((Mistake(f"{path}:{line}", f"not UTF-8 text (byte {error.start}).", remedy),)) from error


def _of_table(text: str, path: Path, mistakes: list[Mistake]) -> Iterator[Row]:
    lines = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text), strict=True)
    heads: list[str] | None = None
    began = 1
    while True:
        try:
            cells = next(lines, None)
        except csv.Error as error:
            mistakes.append(Mistake(f"{path}:{began}", f"not CSV: {error}."))
            return
        if cells is None:
            return
        where, began = f"{path}:{began}", lines.line_num + 1
        if not any(cell.strip() for cell in cells):
            continue
        if heads is None:
            heads = [cell.strip() for cell in cells]
            continue
        if any(cell.strip() for cell in cells[len(heads) :]):
            problem = f"this row has {len(cells)} cells, but the first row names {len(heads)} columns."
            mistakes.append(Mistake(where, problem, "Quote cells that contain a separator."))
            continue
        yield Row(where, {head: cell.strip() for head, cell in zip(heads, cells, strict=False) if head})


def _delimiter(text: str) -> str:
    """What separates the columns: the sign that the first line has most of."""
    first = next((line for line in text.splitlines() if line.strip()), "")
    return max((",", ";", "\t"), key=first.count)


def _of_yaml(text: str, path: Path) -> Iterator[Row]:
    try:
        root = read_marked(text, str(path), UnusableInput)
        if not _holds_a_list(root):
            keys = root.mapping(needs=("students",), may=("format",))
            root = keys["students"]
        for entry in root.sequence():
            yield Row(entry.where, {name: _scalar(value) for name, value in entry.mapping().items()})
    except RosterError:
        raise
    except UnusableInput as error:
        raise RosterError((Mistake(error.where, error.problem, error.remedy),)) from error


def _holds_a_list(root: Marked) -> bool:
    return str(getattr(root.node, "tag", "")).endswith(":seq")


def _scalar(value: Marked) -> str:
    """A value as it is written: YAML would read ``012345678901`` as an octal number."""
    if not isinstance(value.node.value, str):
        raise value.wrong(f"{value.name} should be a single value.")
    tag = str(value.node.tag)
    return "" if tag.endswith(":null") else value.node.value.strip()
