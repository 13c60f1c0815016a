"""What a repository has around its code says what is so: hooks, workflows, release notes, make help."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from typing import Any

import pytest
import yaml

from tests.packaging.conftest import TOP


def _yaml(name: str) -> Any:
    return yaml.safe_load((TOP / name).read_text("utf-8"))


def test_the_hooks_take_the_locked_ruff() -> None:
    """What is committed is looked at by the ruff that `make lint` runs."""
    (locked,) = re.findall(r"^ruff==(\S+)", (TOP / "requirements-dev.lock").read_text("utf-8"), re.MULTILINE)
    (rev,) = [one["rev"] for one in _yaml(".pre-commit-config.yaml")["repos"] if "ruff" in one["repo"]]
    assert rev == f"v{locked}"


def test_every_supported_python_is_tested() -> None:
    """The workflow and the classifiers name the same Pythons."""
    project = tomllib.loads((TOP / "pyproject.toml").read_text("utf-8"))["project"]
    named = re.findall(r"Python :: (3\.\d+)", "\n".join(project["classifiers"]))
    assert _yaml(".github/workflows/test.yml")["jobs"]["pythons"]["strategy"]["matrix"]["python"] == named
    assert f">={named[0]}" == project["requires-python"]


def test_every_target_of_make_is_in_its_help() -> None:
    """`make help` is complete, and each line says what the target does."""
    text = (TOP / "Makefile").read_text("utf-8")
    (phony,) = re.findall(r"^\.PHONY: (.+)$", text, re.MULTILINE)
    done = subprocess.run(["make", "help"], cwd=TOP, capture_output=True, text=True, check=True)
    told = dict(re.findall(r"^make ([a-z-]+)  +(\S.*)$", done.stdout, re.MULTILINE))
    assert set(told) == set(phony.split())
    assert all(told.values())


@pytest.mark.parametrize("form", ["wrong-verdict.yml", "bug.yml"])
def test_the_forms_of_issues_ask_something(form: str) -> None:
    """Each field has an id of its own and a label."""
    fields = _yaml(f".github/ISSUE_TEMPLATE/{form}")["body"]
    ids = [field["id"] for field in fields]
    assert len(set(ids)) == len(ids)
    assert all(field["attributes"]["label"] for field in fields)


def test_a_release_has_its_part_of_the_changelog() -> None:
    """What is not released yet has no page; a version that is not the package's is refused."""
    sys.path.insert(0, str(TOP / ".ci"))
    try:
        from changes import changes
    finally:
        sys.path.pop(0)
    text = "# Changelog\n\n## [Unreleased]\n\n## [0.2.0] - 2026-12-01\n\n### Points\n\n- One.\n\n## [0.1.0]\n\n- Old.\n"
    assert changes(text, "0.2.0") == "### Points\n\n- One.\n"
    assert changes(text, "0.3.0") == ""
    done = subprocess.run([sys.executable, TOP / ".ci/changes.py", "99.0"], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (2, "")
