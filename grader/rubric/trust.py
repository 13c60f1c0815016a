"""Which files of a rubric are code that does not come with the grader: running them is for the user to agree to.

A check module is Python, and so are a ``conftest.py`` and an ``__init__.py`` beside it. Grading runs them with the
rights of whoever grades. ``lint``, ``policy`` and ``collect`` run none of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from hashlib import sha256
from pathlib import Path

from grader.rubric.bundled import bundle, is_ours
from grader.rubric.scheme import Rubric, rows


def foreign_code(rubric: Rubric) -> dict[Path, str]:
    """The files that grading by a rubric would run and that are not ours, by path, each with its SHA-256."""
    ours = {_digest(path) for path in bundle("checks").glob("*.py")}
    modules = tuple(dict.fromkeys(row.function.path for row in rows(rubric.items)))
    found = {path: _digest(path) for path in _run_with(modules)}
    return {path: digest for path, digest in found.items() if digest not in ours}


def conftests(modules: Iterable[Path]) -> tuple[Path, ...]:
    """What pytest would look for beside check modules that are not ours, outermost first."""
    folders: dict[Path, None] = {}
    for folder in (path.parent for path in modules if not is_ours(path)):
        folders |= dict.fromkeys((folder.parent, folder) if folder.name == "checks" else (folder,))
    return tuple(path for folder in folders if (path := folder / "conftest.py").is_file())


def _run_with(modules: tuple[Path, ...]) -> Iterator[Path]:
    foreign = [path for path in modules if not is_ours(path)]
    yield from foreign
    yield from conftests(foreign)
    # Python runs the __init__.py of every folder that it takes as a package around a module.
    for folder in dict.fromkeys(above for path in foreign for above in path.parents):
        if (folder / "__init__.py").is_file():
            yield folder / "__init__.py"


def _digest(path: Path) -> str:
    return sha256(path.read_bytes()).hexdigest()
