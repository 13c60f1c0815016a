"""The picture, kept true: who may import what, and what a check is made of. docs/architecture.md has it in words."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator, Mapping
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

LAYERS: tuple[tuple[str, ...], ...] = (
    ("grader/__init__.py", "grader/bounds.py", "grader/containment.py", "grader/errors.py", "grader/foreign_text.py"),
    ("grader/calls/",),
    ("grader/evidence/",),
    ("grader/things/",),
    ("grader/rubric/",),
    ("grader/collect/",),
    ("grader/model/",),
    ("grader/grading/",),
    ("grader/compare/",),
    ("grader/classes/", "grader/gradebook/"),
    ("grader/report/",),
    ("grader/class_run/",),
    ("grader/cli/", "grader/__main__.py"),
)
"""Lowest first. A module imports from its own layer and from those below."""

APART: Mapping[str, tuple[str, ...]] = {
    "grader/collect/": ("grader/rubric/",),
    "grader/model/": ("grader/rubric/", "grader/collect/"),
    "grader/grading/results.py": ("grader/rubric/", "grader/collect/", "grader/model/lab.py"),
    "grader/grading/score.py": ("grader/collect/", "grader/model/"),
    "grader/compare/": ("grader/collect/",),
    "grader/report/": ("grader/collect/", "grader/calls/"),
}
"""What lies below, and is none of their business all the same: collecting knows no points, scoring no AWS."""

PLACES: Mapping[str, tuple[str, ...]] = {
    "boto3": ("grader/collect/",),
    "botocore": ("grader/collect/", "grader/calls/shapes.py"),
    "click": ("grader/cli/", "grader/report/terminal.py", "grader/report/why.py", "grader/report/diff/terminal.py"),
    "distributed": ("grader/class_run/cluster.py",),
    "httpcore": ("grader/collect/probing/",),
    "httpx": ("grader/collect/probing/",),
    "jinja2": ("grader/report/",),
    "jmespath": ("grader/collect/expressions.py", "grader/things/path_functions.py"),
    "markupsafe": ("grader/report/",),
    "pytest": ("grader/grading/",),
    "regex": ("grader/things/expectations.py", "grader/things/values.py"),
    "reference_app": ("grader/cli/demo.py",),
    "rich": ("grader/cli/live_table.py",),
    "yaml": (
        "grader/rubric/located_yaml.py", "grader/rubric/short_form.py", "grader/rubric/repairing.py",
        "grader/rubric/student_values.py",
    ),
}
"""Where a library that is not Python's own may be imported."""


@cache
def modules() -> Mapping[str, ast.Module]:
    """Every module of grader/, by its path from the root."""
    paths = sorted((ROOT / "grader").rglob("*.py"))
    return {path.relative_to(ROOT).as_posix(): ast.parse(path.read_text(encoding="utf-8")) for path in paths}


def imported(tree: ast.AST) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Each module that a file imports, wherever in it and even for types alone, with the names taken from it."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((alias.name, ()) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, "imports name the whole path"
            yield node.module or "", tuple(alias.name for alias in node.names)


def file_of(module: str) -> str:
    """The file of one of our modules by its dotted name, empty where there is none."""
    start = module.replace(".", "/")
    return next((path for path in (f"{start}.py", f"{start}/__init__.py") if path in modules()), "")


def origin(module: str, name: str) -> str:
    """The file that ``name`` comes from: a module of that name, or what a package only passes on."""
    own = file_of(f"{module}.{name}")
    if own:
        return own
    file = file_of(module)
    if file.endswith("/__init__.py"):
        passed_on = (other for other, names in imported(modules()[file]) if name in names)
        return next((origin(other, name) for other in passed_on if other.startswith("grader.")), file)
    return file


@cache
def edges() -> Mapping[str, frozenset[str]]:
    """Which files of ours each file imports."""
    found: dict[str, set[str]] = {}
    for path, tree in modules().items():
        ours = [(module, names) for module, names in imported(tree) if module.partition(".")[0] == "grader"]
        targets = {origin(module, name) for module, names in ours for name in names}
        targets |= {file_of(module) for module, names in ours if not names}
        assert "" not in targets, f"{path} imports what there is not"
        found[path] = targets - {path}
    return {path: frozenset(targets) for path, targets in found.items()}


def layer(path: str) -> int:
    """The layer of a module by its number, -1 for none."""
    return next((number for number, places in enumerate(LAYERS) if path.startswith(places)), -1)


def test_every_module_belongs_to_a_layer() -> None:
    """No module lies beside the picture, and no layer is empty."""
    assert [path for path in modules() if layer(path) < 0] == []
    assert {layer(path) for path in modules()} == set(range(len(LAYERS)))


def test_a_layer_imports_only_from_below() -> None:
    """No import leads upwards, not even one for types alone or inside a function."""
    assert [(path, one) for path, targets in edges().items() for one in targets if layer(one) > layer(path)] == []


def test_no_modules_import_each_other() -> None:
    """There is no cycle of imports among files, type-only ones included."""
    try:
        tuple(TopologicalSorter(edges()).static_order())
    except CycleError as error:
        pytest.fail(" -> ".join(error.args[1]))


def test_what_is_none_of_their_business_is_not_imported() -> None:
    """Collecting knows nothing of points, the model nothing of rubrics, scores nothing of AWS."""
    wrong = [
        (path, one)
        for start, barred in APART.items()
        for path, targets in edges().items()
        if path.startswith(start)
        for one in targets
        if one.startswith(barred)
    ]
    assert wrong == []


def test_each_library_has_its_place() -> None:
    """A third-party library is imported where the picture has it, and nowhere else; one without a place nowhere."""
    strangers = [
        (path, library)
        for path, tree in modules().items()
        for library in {module.partition(".")[0] for module, _ in imported(tree)} - {"grader", "__future__"}
        if library not in sys.stdlib_module_names and not path.startswith(PLACES.get(library, ("nowhere",)))
    ]
    assert strangers == []


@pytest.mark.parametrize("path", sorted((ROOT / "checks").glob("check_*.py")), ids=lambda path: path.name)
def test_a_check_is_one_assertion_over_the_model(path: Path) -> None:
    """Checks import the model alone, hold one assertion in three lines at most, and never mention points."""
    text = path.read_text(encoding="utf-8")
    tree = ast.parse(text)
    allowed = ("grader.model", "grader.evidence", "grader.rubric.queries", "grader.grading.queries")
    assert all(module.startswith(allowed) for module, _ in imported(tree))
    assert not re.search(r"\bpoints?\b", text)
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef):
            assert len(node.body) <= 3
            assert isinstance(node.body[-1], ast.Assert)
            assert not any(isinstance(one, (ast.If, ast.For, ast.While, ast.Try)) for one in ast.walk(node))
