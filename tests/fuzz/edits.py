# ruff: noqa: E501 - tables read best as they are
"""Small changes of a JSON document, as data: short to keep, and short to read once one has found something."""

from __future__ import annotations

import json
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st

Path = tuple[str | int, ...]

ODD: tuple[Any, ...] = (
    None, True, False, 0, -1, 5, 3.5, 1e308, -1e308, 10**29, 10**400, "", " ", "x", "x" * 5000, "\x00", "\x1b]0;x\x07", "\u202e",
    "::error::x", "##[error]x", "<script>", "a\nb", [], {}, [None], [[]], [{}], {"": None}, {"a": {"b": []}}, ["x", 5, None],
    "0.0.0.0/0", "::/0", "999.1.1.1/40", "10.0.0.0/33", "arn:aws:", "arn:aws:iam::1:root", "arn:::::/::", "%", "%2", "{}", "[",
    "2026-13-01", "9999-12-31T23:59:59+14:00", "0001-01-01T00:00:00-14:00", "1970-01-01", "1e999", "-1", "0", "NaN", "vpc-", "ACTIVE",
    "\ud800", float("nan"), float("inf"),
)  # fmt: skip
"""Values that no answer of AWS holds where they are put."""


@dataclass(frozen=True, slots=True)
class Edit:
    """One change: ``value`` at ``path``, or nothing there any more, or the same twice."""

    path: Path
    kind: str
    value: Any = None

    def apply(self, document: Any) -> None:
        """Change ``document`` in place; an edit whose place is gone changes nothing."""
        holder = document
        for step in self.path[:-1]:
            if not _has(holder, step):
                return
            holder = holder[step]
        last = self.path[-1]
        if self.kind == "put" and (isinstance(holder, dict) or _has(holder, last)):
            holder[last] = deepcopy(self.value)
        elif self.kind == "remove" and _has(holder, last):
            del holder[last]
        elif self.kind == "repeat" and isinstance(holder, list) and isinstance(last, int) and _has(holder, last):
            holder.append(deepcopy(holder[last]))


def _has(holder: Any, step: str | int) -> bool:
    if isinstance(holder, dict):
        return step in holder
    return isinstance(holder, list) and isinstance(step, int) and 0 <= step < len(holder)


def edited(document: Any, edits: tuple[Edit, ...]) -> Any:
    """A copy of ``document`` after some edits."""
    changed = deepcopy(document)
    for edit in edits:
        edit.apply(changed)
    return changed


def paths(document: Any) -> tuple[Path, ...]:
    """Every place in a document but the outermost."""
    return tuple(_paths(document, ()))


def _paths(value: Any, above: Path) -> Iterator[Path]:
    steps = value if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ()
    for step in steps:
        yield (*above, step)
        yield from _paths(value[step], (*above, step))


def odd_values() -> st.SearchStrategy[Any]:
    """A value out of place: one that has done harm elsewhere, or any JSON."""
    leaves = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20)
    anything = st.recursive(leaves, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4), max_leaves=8)
    return st.sampled_from(ODD) | anything


def edits_of(document: Any, most: int = 4) -> st.SearchStrategy[tuple[Edit, ...]]:
    """Some edits of one document."""
    places = st.sampled_from(paths(document))
    put = st.builds(Edit, places, st.just("put"), odd_values())
    moved = st.builds(lambda to, source: Edit(to, "put", _at(document, source)), places, places)
    other = st.builds(Edit, places, st.sampled_from(("remove", "repeat")))
    return st.lists(put | moved | other, min_size=1, max_size=most).map(tuple)


def _at(document: Any, path: Path) -> Any:
    for step in path:
        document = document[step]
    return document


def spelled(edits: tuple[Edit, ...]) -> str:
    """Edits as the text of a corpus file."""
    return json.dumps([[list(edit.path), edit.kind, edit.value] for edit in edits], indent=1) + "\n"


def read(text: str) -> tuple[Edit, ...]:
    """The edits of a corpus file."""
    return tuple(Edit(tuple(path), kind, value) for path, kind, value in json.loads(text))
