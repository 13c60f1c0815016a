"""Filling an exported file: which cell takes what, and all that its importer would refuse, before a byte is written."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from grader.errors import UnusableInput, UsageError
from grader.foreign_text import guarded, shorten
from grader.gradebook.graded import Grade
from grader.gradebook.layouts import NO, Layout, System, as_header, recognised, title_of
from grader.gradebook.table import DELIMITERS, Row, Table, read_bytes, read_table

MOST_IMPORTED = 100
"""A larger grade makes Moodle's import refuse the whole file, unless the site allows unlimited grades."""
_NUMBER = re.compile(r"-?\d+(?:[.,]\d+)?")


@dataclass(frozen=True, slots=True)
class Filled:
    """The new content of a file, and what was done: ``graded`` students in, ``left_out`` rows of others out."""

    table: Table
    layout: Layout
    content: bytes
    graded: int
    left_out: int
    unjudged: tuple[str, ...]
    column: str


def fill(path: Path, grades: Sequence[Grade], *, column: str | None = None, scaled: bool = False) -> Filled:
    """The file with the points of ``grades``; raises ``UnusableInput`` with every reason why it would be refused.

    ``column`` names the column of the total, ``scaled`` turns the points into the column's.
    """
    table, layout = _recognised(path)
    total = _total(table, layout, grades, column)
    problems: list[str] = []
    judged = [grade for grade in grades if grade.score is not None]
    placed = dict(_placed(table, layout, judged, problems))
    is_canvas = layout.system is System.CANVAS
    excused = [index for index in placed if is_canvas and as_header(table.rows[index][total]) == "ex"]
    for index in excused:  # a number would take the excuse away
        del placed[index]
    comma = _has_decimal_comma(table, layout)
    cells: dict[tuple[int, int], str] = {}
    for index, grade in placed.items():
        row = table.rows[index]
        if layout.changeable is not None and as_header(row[layout.changeable]) in NO:
            problems.append(f"{table.where(row)}: the grade of {_name(row, layout)} is locked.")
        assert grade.score is not None
        factor = _factor(table, layout, row, total, grade, scaled, problems)
        cells[index, total] = _number(grade.score * factor, comma)
        for at, title in layout.graded:
            step = next((one for one in grade.steps if at != total and _is_step(title_of(title), one[0])), None)
            if step is not None and step[2] is not None:
                _check_possible(table, layout, at, step[3], scaled, problems)
                cells[index, at] = _number(step[2] * _share(table, layout, at, step[3], scaled), comma)
        for at in _comment_columns(table, layout, total):
            text = guarded(grade.feedback)
            cells[index, at] = text if table.can_hold(text) else text.encode("ascii", "replace").decode()
    cells = {place: text for place, text in cells.items() if place[1] < len(table.rows[place[0]].cells)}
    for index in placed:
        if (index, total) not in cells:
            problems.append(f"{table.where(table.rows[index])}: this row is too short.")
    if problems:
        raise UnusableInput("\n".join(dict.fromkeys(problems)), remedy="Nothing was written.")
    if not placed:
        raise UnusableInput("no result belongs to a student in this file. Nothing was written.", where=str(path))
    keep = frozenset(index for index in range(len(table.rows)) if index < layout.first or index in placed)
    return Filled(
        table, layout, table.filled(cells, keep), len(placed),
        sum(not row.is_blank for row in table.rows[layout.first :]) - len(placed),
        tuple(grade.label for grade in grades if grade.score is None), table.header[total],
    )  # fmt: skip


def _recognised(path: Path) -> tuple[Table, Layout]:
    content = read_bytes(path)
    error: UnusableInput | None = None
    for delimiter in DELIMITERS:
        try:
            table = read_table(path, content, delimiter)
        except UnusableInput as found:
            error = error or found
            continue
        layout = recognised(table)
        if layout is not None:
            _check_file(table, layout)
            return table, layout
    if error is not None:
        raise error
    raise UnusableInput(
        "the columns are not those of a Canvas or Moodle export.",
        where=str(path),
        remedy="Export it again and do not edit it. For other systems, use grader export --csv FILE.",
    )


def _check_file(table: Table, layout: Layout) -> None:
    where = str(table.path)
    if layout.system is not System.MOODLE and table.encoding != "utf-8":
        said = f"{layout.system} reads UTF-8, but this file has another encoding."
        raise UnusableInput(said, where=where, remedy="Export it again.")
    if layout.is_scale:
        raise UnusableInput(
            "this assignment uses a scale, not points.",
            where=where,
            remedy="Set its grade type to Point.",
        )


def _total(table: Table, layout: Layout, grades: Sequence[Grade], column: str | None) -> int:
    """The column of the total: the one that is named, or called like the lab, or the only one."""
    where = str(table.path)
    shown = ", ".join(repr(shorten(title, 60)) for _, title in layout.graded[:8]) or "none"
    if column is not None:
        found = [at for at, title in layout.graded if as_header(title) == as_header(column)]
        found = found or [at for at, title in layout.graded if as_header(title_of(title)) == as_header(column)]
        if len(found) == 1:
            return found[0]
        if not found:
            said = f"no points column is named {column!r}."
            raise UsageError(said, where=where, remedy=f"Columns for points: {shown}.")
        raise UsageError(
            f"{len(found)} columns are named {column!r}.", where=where, remedy=f"Use the full name of one: {shown}."
        )
    labs = {as_header(grade.lab) for grade in grades}
    found = [at for at, title in layout.graded if as_header(_without_kind(title_of(title))) in labs]
    if not found:
        steps = {step[0] for grade in grades for step in grade.steps}
        titles = [(at, title_of(title)) for at, title in layout.graded]
        found = [at for at, title in titles if not any(_is_step(title, step) for step in steps)]
    if len(found) != 1:
        raise UsageError(
            "it is not clear which column is for the total." if found else "no column takes points.",
            where=where,
            remedy=f"Name it with --column NAME. Columns for points: {shown}.",
        )
    return found[0]


def _without_kind(title: str) -> str:
    """``Assignment: My lab`` without the kind of activity that Moodle puts before it."""
    return title.partition(": ")[2] or title


def _is_step(title: str, step: str) -> bool:
    return re.match(rf"(?:.*: )?{re.escape(step)}(?:\s|$|:)", title) is not None


def _comment_columns(table: Table, layout: Layout, total: int) -> Iterator[int]:
    """Where the feedback of the total goes: Moodle's gradebook has such a column for each of several titles."""
    wanted = as_header(title_of(table.header[total]))
    for at, title in layout.comments:
        own = as_header(title_of(title)).removesuffix(" feedback")
        if layout.system is System.WORKSHEET or own == wanted:
            yield at


def _placed(table: Table, layout: Layout, grades: Sequence[Grade], problems: list[str]) -> Iterator[tuple[int, Grade]]:
    """The row of each result. Says each result without one, with several, and each row that two results claim."""
    taken: dict[int, Grade] = {}
    for grade in grades:
        found = _rows_of(table, layout, grade)
        if not found:
            problems.append(f"{grade.where}: {grade.label} is not a student in {table.path.name}.")
        elif len(found) > 1:
            lines = ", ".join(str(table.rows[index].number) for index in found)
            problems.append(f"{table.path}: {grade.label} matches {len(found)} students (lines {lines}).")
        elif found[0] in taken:
            row = table.rows[found[0]]
            problems.append(
                f"{table.where(row)}: {_name(row, layout)} has two results ({taken[found[0]].where}, {grade.where})."
            )
        else:
            taken[found[0]] = grade
            yield found[0], grade


def _rows_of(table: Table, layout: Layout, grade: Grade) -> list[int]:
    rows = range(layout.first, len(table.rows))
    found = [at for at in rows if any(as_header(table.rows[at][key]) in grade.keys for key in layout.keys)]
    return found or [at for at in rows if grade.keys & _names(table.rows[at], layout)]


def _names(row: Row, layout: Layout) -> set[str]:
    names = set()
    for columns in layout.names:
        name = " ".join(row[at] for at in columns).strip()
        last, comma, first = name.partition(",")
        names |= {as_header(name), as_header(f"{first} {last}") if comma else as_header(name)}
    return names - {""}


def _name(row: Row, layout: Layout) -> str:
    columns = layout.names[0] if layout.names else layout.keys[:1]
    return shorten(" ".join(row[at] for at in columns), 60)


def _possible(table: Table, layout: Layout, row: Row | None, column: int) -> Fraction | None:
    """The most that a column takes, where the file says it."""
    text = ""
    if layout.possible is not None:
        text = table.rows[layout.possible][column]
    elif layout.maximum is not None and row is not None:
        text = row[layout.maximum]
    return Fraction(text.replace(",", ".")) if _NUMBER.fullmatch(text) else None


def _factor(
    table: Table, layout: Layout, row: Row, column: int, grade: Grade, scaled: bool, problems: list[str]
) -> Fraction:
    most = _possible(table, layout, row, column)
    if most is None and layout.system is System.MOODLE and grade.score is not None and grade.score > MOST_IMPORTED:
        where = table.where(row)
        problems.append(f"{where}: {grade.label} has more than {MOST_IMPORTED} points, which cannot be imported.")
    if most is None or not grade.maximum:
        return Fraction(1)
    if scaled:
        return most / grade.maximum
    title = table.header[column]
    if most != grade.maximum:
        problems.append(
            f"{table.path}: {title!r} takes up to {float(most):g} points, but the result of {grade.label} is out of"
            f" {float(grade.maximum):g}. Use --scale to convert it."
        )
    elif layout.system is System.WORKSHEET and grade.score is not None and grade.score > most:
        problems.append(f"{table.where(row)}: {grade.label} has more than the maximum of {float(most):g} points.")
    return Fraction(1)


def _check_possible(
    table: Table, layout: Layout, column: int, points: Fraction, scaled: bool, problems: list[str]
) -> None:
    most = _possible(table, layout, None, column) if layout.possible is not None else None
    if most is not None and most != points and not scaled:
        problems.append(
            f"{table.path}: {table.header[column]!r} takes up to {float(most):g} points, but the step has"
            f" {float(points):g}. Use --scale to convert it."
        )


def _share(table: Table, layout: Layout, column: int, points: Fraction, scaled: bool) -> Fraction:
    most = _possible(table, layout, None, column) if layout.possible is not None else None
    return most / points if scaled and most is not None and points else Fraction(1)


def _has_decimal_comma(table: Table, layout: Layout) -> bool:
    """Whether numbers of the columns of points are written with a decimal comma."""
    columns = [at for at, _ in layout.graded] + ([layout.maximum] if layout.maximum is not None else [])
    numbers = [row[at] for row in table.rows[1:] for at in columns if _NUMBER.fullmatch(row[at])]
    return any("," in number for number in numbers) and not any("." in number for number in numbers)


def _number(value: Fraction, comma: bool) -> str:
    """Points with two decimals, or three where they need them; never with separators of thousands."""
    text = f"{float(value):.3f}"
    text = text[:-1] if text.endswith("0") else text
    return text.replace(".", ",") if comma else text


def unchanged(filled: Filled) -> None:
    """Raise ``UnusableInput`` where somebody has changed the file since it was read."""
    if read_bytes(filled.table.path) != filled.table.content:
        raise UnusableInput(
            "this file was changed during the run. Nothing was written.",
            where=str(filled.table.path),
            remedy="Run the command again.",
        )
