"""The lab's own rubric and checks, and rubrics of courses, which may use these checks as well."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from grader.errors import RubricError
from grader.rubric.reader import load_rubric
from grader.rubric.scheme import Rubric

HERE = Path(__file__).resolve().parents[1]


def bundle(name: str) -> Path:
    """A file or folder at the top of the source tree, and inside the package in a wheel."""
    inside = HERE / "bundled" / name
    return inside if inside.exists() else HERE.parent / name


def default_rubric() -> Path:
    """The lab's own rubric."""
    return bundle("rubric.yaml")


def lint_rubric(path: Path) -> tuple[tuple[RubricError, ...], Rubric | None]:
    """Every mistake in a rubric, by line, and the rubric where it can be read."""
    from grader.rubric.linting import mistakes

    return mistakes(path, (bundle("checks"),))


def open_rubric(path: Path | None = None, values: Mapping[str, str] | None = None) -> Rubric:
    """A rubric, by default the lab's; check modules are found beside it first, then among ours."""
    return load_rubric(path or default_rubric(), search=(bundle("checks"),), values=values)


def is_ours(path: Path) -> bool:
    """Whether a check module is one of those that come with the grader."""
    return path.resolve().parent == bundle("checks").resolve()
