"""Results as a gradebook takes them: whose they are by every name that is known, points, and the causes in words."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from io import StringIO
from pathlib import Path, PurePath
from typing import Any

from grader.errors import UnusableInput
from grader.foreign_text import plain, shorten
from grader.gradebook.layouts import as_header as folded
from grader.gradebook.table import read_bytes
from grader.grading.result_document import checked_results, exact, load_results

LONGEST = 4000
"""Characters of feedback; Moodle shows it beside a grade."""


@dataclass(frozen=True, slots=True)
class Grade:
    """A result: ``keys`` are the names that it goes by, ``score`` None where nothing could be judged."""

    where: str
    label: str
    keys: frozenset[str]
    lab: str
    score: Fraction | None
    maximum: Fraction
    steps: tuple[tuple[str, str, Fraction | None, Fraction], ...]
    feedback: str
    document: Mapping[str, Any]


def read_grades(paths: Sequence[Path], roster: Path | None) -> tuple[Grade, ...]:
    """The results of files; raises ``UnusableInput`` for a file that holds none."""
    others = _roster(roster) if roster is not None else ()
    grades = []
    for path in paths:
        documents = checked_results(load_results(path), str(path))
        own = [path.name.removesuffix(".gz").removesuffix(".json")] if len(documents) == 1 else []
        grades += [_grade(document, str(path), own, others) for document in documents]
    return tuple(grades)


def _roster(path: Path) -> tuple[frozenset[str], ...]:
    """Each row of a roster as the names that one student goes by."""
    content = read_bytes(path)
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UnusableInput(f"not UTF-8 text (byte {error.start}).", where=str(path)) from error
    first = text.partition("\n")[0]
    delimiter = max(",;\t", key=first.count)
    rows = list(csv.reader(StringIO(text), delimiter=delimiter))
    names = ("student", "account", "profile", "email", "name", "id")
    columns = [at for at, title in enumerate(rows[0] if rows else ()) if folded(title) in names]
    if not columns:
        raise UnusableInput(
            "this roster has none of the columns that are needed.",
            where=str(path),
            remedy=f"Use at least one of: {', '.join(names)}.",
        )
    return tuple(frozenset(folded(row[at]) for at in columns if at < len(row) and row[at].strip()) for row in rows[1:])


def _grade(document: dict[str, Any], where: str, own: Iterable[str], others: Iterable[frozenset[str]]) -> Grade:
    said = [document.get(name) for name in ("student", "profile", "account")]
    source = document.get("source")
    if isinstance(source, str):
        said.append(PurePath(source).name.removesuffix(".gz").removesuffix(".json"))
    keys = frozenset(folded(one) for one in (*said, *own) if isinstance(one, str) and one.strip())
    for row in others:
        if keys & row:
            keys |= row
    feeds = document.get("feeds")
    if not isinstance(feeds, dict):
        feeds = {"score": document["score"], "max_score": document["max_score"]}
    score, most = feeds.get("score"), exact(feeds["max_score"])
    return Grade(
        where=where,
        label=plain(str(document.get("student") or document.get("account") or where), 80),
        keys=keys,
        lab=str(document.get("lab", "")),
        score=None if score is None else exact(score),
        maximum=most,
        steps=tuple(_step(item) for item in document["items"]),
        feedback=_feedback(document),
        document=document,
    )


def _step(item: Mapping[str, Any]) -> tuple[str, str, Fraction | None, Fraction]:
    """Id, title, points (None where some are open: a person or another run decides), and the most there are."""
    earned, lost, waiting = (exact(item[name]) for name in ("earned", "lost", "open"))
    applies = item.get("outcome") != "not_applicable"
    return item["id"], item["title"], earned if applies and not waiting else None, earned + lost + waiting


def _feedback(document: Mapping[str, Any]) -> str:
    """The causes in words, those that bring back most first, then what is open; one line."""
    why = document.get("why")
    parts = [plain(str(why["sentence"]))] if isinstance(why, dict) and why.get("sentence") else []
    parts += [_lost(item) for item in _in_order(document["items"])]
    waiting = [item["id"] for item in document["items"] if item["open"]]
    if waiting:
        parts.append(f"Open, neither earned nor lost: {', '.join(waiting)}.")
    text = " ".join(parts) or "Every point was earned."
    # Moodle shows feedback as HTML; these two would be markup in it.
    text = text.replace("<", "‹").replace(">", "›")
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"


def _in_order(items: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """The items that lost points, a cause before what it stops."""
    worth: dict[str, float] = {}
    for item in items:
        for check in item["checks"]:
            if check["outcome"] == "failed":
                root = check.get("because_of") or item["id"]
                worth[root] = worth.get(root, 0) + check["points"]
    lost = [item for item in items if item["lost"]]

    def place(item: Mapping[str, Any]) -> tuple[float, bool]:
        root = item.get("because_of")
        return -worth.get(root or item["id"], 0), root is not None

    return sorted(lost, key=place)


def _lost(item: Mapping[str, Any]) -> str:
    lost = [check for check in item["checks"] if check["outcome"] == "failed"]
    said = "; ".join(shorten(plain(check["message"]), 300) for check in lost)
    cause = item.get("because_of")
    advice = f"Caused by {cause}." if cause else plain(str(lost[0].get("hint", ""))) if lost else ""
    return f"{item['id']} {plain(item['title'])} (-{item['lost']:g}): {said}. {advice}".strip()
