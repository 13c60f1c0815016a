"""What a run leaves for people: ``class.html``, ``scores.csv`` and ``manual.csv``, made from the state of the run."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from grader.class_run.folder import Folder, write
from grader.class_run.state import State
from grader.classes.decisions import step_of
from grader.classes.overview import Overview, masked, overview_of
from grader.classes.statistics import Named
from grader.classes.students import Mistake, Student
from grader.foreign_text import guarded, unguarded
from grader.report.class_page.page import render_class
from grader.rubric import Rubric


def write_outputs(
    folder: Folder, state: State, rubric: Rubric, students: Sequence[Student], mistakes: Iterable[Mistake], share: bool
) -> Overview:
    """Write all of them, each whole or not at all; gives what the page shows."""
    by_id = {student.id: student for student in students}
    overview = overview_of(
        rubric.lab,
        float(rubric.max_score),
        steps_of(rubric),
        ((by_id[identifier], *rest) for identifier, *rest in state.summaries() if identifier in by_id),  # type: ignore[misc]
        mistakes,
    )
    shown = masked(overview) if share else overview
    write(folder.path / "class.html", render_class(shown).encode("utf-8", "backslashreplace"))
    write(folder.path / "scores.csv", _table(_scores(state, rubric, by_id)))
    # Points that somebody filled in stay: the rows of before are read first.
    filled = _filled_in(folder)
    write(folder.manual, _table(_manual(state, rubric, by_id, filled)))
    return overview


def steps_of(rubric: Rubric) -> tuple[Named, ...]:
    """The steps of a rubric, as statistics name them."""
    return tuple(Named(item.id, item.title, item.section, float(item.points)) for item in rubric.items)


def _table(rows: Iterable[Sequence[object]]) -> Iterator[bytes]:
    for row in rows:
        line = io.StringIO()
        csv.writer(line, lineterminator="\r\n").writerow(row)
        yield line.getvalue().encode("utf-8", "backslashreplace")


def _points(value: float | None) -> str:
    return "" if value is None else f"{value:.4f}".rstrip("0").rstrip(".")


def _scores(state: State, rubric: Rubric, by_id: Mapping[str, Student]) -> Iterator[Sequence[object]]:
    extra = list(dict.fromkeys(name for student in by_id.values() for name, _ in student.extra))
    fixed = (
        "student", "name", "email", "section", "account", "score", "raw_score", "up_to", "max_score", "converted",
        "open", "late_days", "late_penalty", "decisions", "error",
    )  # fmt: skip
    yield [*fixed, *(item.id for item in rubric.items), *map(guarded, extra)]
    for identifier, _, summary, error in state.summaries():
        student = by_id.get(identifier)
        if student is None:
            continue
        who = [guarded(one) for one in (student.id, student.name, student.email, student.section)]
        others = dict(student.extra)
        own = [guarded(others.get(name, "")) for name in extra]
        if summary is None:
            yield [*who, student.account, *[""] * 9, guarded(error), *[""] * len(rubric.items), *own]
            continue
        items = {item["id"]: item for item in summary["items"]}
        late = summary["late"]
        up_to = max(0.0, summary["high"] - late["penalty"])
        yield [
            *who, summary["account"], _points(summary["adjusted"]), _points(summary["raw"]), _points(up_to),
            _points(summary["max"]), _points(summary["converted"]), _points(summary["open"]), late["days"] or "",
            _points(late["penalty"] or None),
            guarded(" ".join(summary["decisions"])), guarded(error),
            *(_points(items[item.id]["earned"]) if _counts(items.get(item.id)) else "" for item in rubric.items),
            *own,
        ]  # fmt: skip


def _counts(item: Mapping[str, Any] | None) -> bool:
    return item is not None and item["outcome"] != "not_applicable"


_MANUAL = ("student", "name", "step", "title", "worth", "link", "points", "comment", "who")


def _manual(
    state: State, rubric: Rubric, by_id: Mapping[str, Student], filled: Mapping[tuple[str, str], dict[str, str]]
) -> Iterator[Sequence[object]]:
    titles = {item.id: item.title for item in rubric.items}
    yield _MANUAL
    left = dict(filled)
    for identifier, slug, summary, _ in state.summaries():
        if identifier not in by_id:
            continue
        for item in summary["items"] if summary else ():
            row = left.pop((identifier, item["id"]), None)
            if not item["manual"] and row is None:
                continue
            row = row or {}
            yield [
                guarded(identifier), guarded(by_id[identifier].name), item["id"], titles.get(item["id"], ""),
                row.get("worth") or _points(item["manual"]), f"pages/{slug}.html#step-{item['id']}",
                row.get("points", ""), row.get("comment", ""), row.get("who", ""),
            ]  # fmt: skip
    for (identifier, step), row in left.items():
        # Of a student without a grade today, or of a step that is gone: somebody's work is not thrown away.
        if guarded(identifier) and (identifier in by_id or row.get("points")):
            yield [row.get(name, "") if name not in ("student", "step") else (guarded(identifier), step)[name == "step"]
                   for name in _MANUAL]  # fmt: skip


def _filled_in(folder: Folder) -> dict[tuple[str, str], dict[str, str]]:
    """The rows of ``manual.csv`` in which somebody wrote something, by student and step."""
    try:
        text = folder.manual.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError):
        return {}
    found = {}
    delimiter = ";" if ";" in text.partition("\n")[0] else ","
    for row in csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter):
        cells = {str(name).strip().lower(): str(value or "").strip() for name, value in row.items() if name}
        if cells.get("points") or cells.get("comment"):
            found[unguarded(cells.get("student", "")), step_of(cells)] = cells
    return found
