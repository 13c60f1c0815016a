"""The picture, kept true: who may import what, and what a check is made of."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
DOORS = {
    "botocore": ("grader/collect/",),
    "boto3": ("grader/collect/session.py",),
    "httpx": ("grader/collect/",),
    "jmespath": ("grader/collect/expressions.py", "grader/rubric/queries.py"),
    "yaml": ("grader/rubric/located_yaml.py",),
    "pytest": ("grader/grading/runner.py", "grader/grading/pytest_plugin.py"),
    "_pytest": (),
    "jinja2": ("grader/report/",),
    "click": ("grader/cli/", "grader/report/"),
}
"""The one door of each library: folders or modules of grader/ that may import it."""


def imports(path: Path) -> Iterator[str]:
    """Every module that a file imports, wherever in it."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module


def modules(folder: str) -> Iterator[tuple[str, Path]]:
    """The modules of a folder by their path from the root."""
    for path in sorted((ROOT / folder).rglob("*.py")):
        yield path.relative_to(ROOT).as_posix(), path


@pytest.mark.parametrize("library", DOORS)
def test_each_library_has_one_door(library: str) -> None:
    """A third-party library is imported where the picture has it, and nowhere else."""
    strangers = [
        name
        for name, path in modules("grader")
        if library in {one.partition(".")[0] for one in imports(path)} and not name.startswith(DOORS[library] or ("-",))
    ]
    assert strangers == []


def test_arrows_point_right() -> None:
    """Model, score and results know nothing of collecting, running or reports; collecting nothing of points."""
    forbidden = {
        "grader/model/": ("grader.collect", "grader.report", "grader.rubric", "grader.grading"),
        "grader/grading/score.py": ("grader.collect", "grader.model", "grader.report"),
        "grader/grading/results.py": ("grader.collect", "grader.model", "grader.report", "grader.rubric"),
        "grader/collect/": ("grader.model", "grader.rubric", "grader.grading", "grader.report"),
    }
    wrong = [
        (name, one)
        for start, barred in forbidden.items()
        for name, path in modules("grader")
        if name.startswith(start)
        for one in imports(path)
        if one.startswith(barred)
    ]
    assert wrong == []


@pytest.mark.parametrize("name", [name for name, _ in modules("checks") if "check_" in name])
def test_a_check_is_one_assertion_over_the_model(name: str) -> None:
    """Checks import the model alone, hold one assertion in three lines at most, and never mention points."""
    path = ROOT / name
    allowed = ("grader.model", "grader.evidence", "grader.rubric.queries", "grader.grading.queries")
    assert all(one.startswith(allowed) for one in imports(path))
    assert not re.search(r"\bpoints?\b", path.read_text(encoding="utf-8"))
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef):
            assert len(node.body) <= 3
            assert isinstance(node.body[-1], ast.Assert)
            assert not any(isinstance(one, (ast.If, ast.For, ast.While, ast.Try)) for one in ast.walk(node))
