"""Setting up from a fresh clone: what is declared is locked, and what is missing is said."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest

from tests.packaging.conftest import TOP

PROJECT: dict[str, Any] = tomllib.loads((TOP / "pyproject.toml").read_text("utf-8"))["project"]
EXTRAS: dict[str, list[str]] = PROJECT["optional-dependencies"]
LOCKS = {
    "requirements.lock": [*PROJECT["dependencies"], *EXTRAS["build"]],
    "requirements-demo.lock": [*PROJECT["dependencies"], *EXTRAS["demo"], *EXTRAS["build"]],
    "requirements-dev.lock": [*PROJECT["dependencies"], *(each for extra in EXTRAS.values() for each in extra)],
}
_ENTRY = re.compile(r"^(?P<name>[a-z0-9-]+)(?:\[[\w,]+\])?==(?P<version>[^ ;]+)(?P<rest>(?:.*\\\n)*.*)", re.MULTILINE)


def _locked(lock: str) -> list[tuple[str, str, str]]:
    text = (TOP / lock).read_text("utf-8")
    return [(found["name"], found["version"], found["rest"]) for found in _ENTRY.finditer(text)]


def _name(requirement: str) -> str:
    return re.split(r"[\[>=<~! ]", requirement, maxsplit=1)[0].lower().replace("_", "-")


@pytest.mark.parametrize("lock", LOCKS)
def test_everything_declared_is_locked(lock: str) -> None:
    """Each dependency of pyproject.toml has a version in the lock file that is meant to hold it."""
    there = {name for name, _, _ in _locked(lock)}
    assert {_name(requirement) for requirement in LOCKS[lock]} <= there


@pytest.mark.parametrize("lock", LOCKS)
def test_everything_locked_has_a_hash(lock: str) -> None:
    """pip refuses a file that is not the one that was locked."""
    assert [name for name, _, rest in _locked(lock) if "--hash=sha256:" not in rest] == []


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_file_names_no_place(lock: str) -> None:
    """Whoever installs decides from which index; the file names neither one nor a path, only how it was made."""
    text = (TOP / lock).read_text("utf-8")
    assert "://" not in text
    assert re.match(r"#.*\n# +uv pip compile --universal .*pyproject\.toml", text)


@pytest.mark.parametrize("lock", ["requirements.lock", "requirements-demo.lock"])
def test_the_lock_files_agree(lock: str) -> None:
    """What is tested is what is installed: the smaller lock files take the versions of the largest."""
    tested = {(name, version) for name, version, _ in _locked("requirements-dev.lock")}
    assert {(name, version) for name, version, _ in _locked(lock)} <= tested


def test_dependencies_have_a_lower_bound() -> None:
    """Whoever installs without the lock files gets versions that are new enough."""
    assert [each for each in (*PROJECT["dependencies"], *EXTRAS["demo"]) if ">=" not in each] == []


def test_a_missing_python_is_said(tmp_path: Path) -> None:
    """Without a Python that is new enough, make says so in one sentence and leaves nothing behind."""
    shutil.copy(TOP / "Makefile", tmp_path)
    for lock in (*LOCKS, "pyproject.toml"):
        shutil.copy(TOP / lock, tmp_path)
    done = subprocess.run(["make", "demo", "PYTHON="], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "needs Python 3.11 or later" in done.stderr.splitlines()[0]
    assert not (tmp_path / ".venv").exists()


def test_a_newer_python_is_found(tmp_path: Path) -> None:
    """Where python3 is too old, a newer one under its own name is taken."""
    programs = tmp_path / "bin"
    programs.mkdir()
    for name, code in {"python3": 1, "python3.12": 0}.items():
        (programs / name).write_text(f"#!/bin/sh\nexit {code}\n", "utf-8")
        (programs / name).chmod(0o755)
    shutil.copy(TOP / "Makefile", tmp_path)
    surroundings = {**os.environ, "PATH": os.pathsep.join([str(programs), os.environ["PATH"]])}
    dry = ["make", "--dry-run", ".venv/.made"]
    done = subprocess.run(dry, cwd=tmp_path, env=surroundings, capture_output=True, text=True, check=True)
    assert "python3.12 -m venv .venv" in done.stdout


def test_ci_is_runnable() -> None:
    """.ci/run can be started, and runs the same commands as a person does."""
    script = TOP / ".ci" / "run"
    assert os.access(script, os.X_OK)
    commands = ["make installs", "make lint", "make docs", "make test", "make test-slow"]
    assert script.read_text("utf-8").splitlines()[-5:] == commands


def test_ci_says_which_pythons_are_absent(tmp_path: Path) -> None:
    """.ci/installs.py finds Pythons on PATH and pyenv's, takes the oldest and the newest pip, and names the absent."""
    answers = {
        tmp_path / "bin" / "python3.12": '["/opt/python3.12", [3, 12, 4], "24.0", ""]',
        tmp_path / "bin" / "python3.13": '["/opt/python3.13", [3, 13, 9], "", ""]',
        tmp_path / "pyenv" / "versions" / "3.11.9" / "bin" / "python3": '["/opt/pyenv/3.11.9", [3, 11, 9], "24.0", ""]',
        tmp_path / "pyenv" / "versions" / "3.9.18" / "bin" / "python3": "",
        tmp_path / "pyenv" / "versions" / "3.19.0" / "bin" / "python3": '["/opt/pyenv/3.19.0", [3, 19, 0], "33.1", ""]',
    }
    for program, answer in answers.items():
        program.parent.mkdir(parents=True, exist_ok=True)
        program.write_text(f"#!/bin/sh\necho '{answer}'\n", "utf-8")
        program.chmod(0o755)
    places = {"PATH": str(tmp_path / "bin"), "PYENV_ROOT": str(tmp_path / "pyenv"), "HOME": str(tmp_path)}
    command = [sys.executable, str(TOP / ".ci" / "installs.py"), "--list"]
    done = subprocess.run(command, env=os.environ | places, capture_output=True, text=True, check=True)
    said = done.stdout.splitlines()
    assert [line for line in said if "not tested" in line] == [
        "Python 3.13.9: /opt/python3.13: not tested, it is without venv and ensurepip",
        "Python 3.13: ABSENT, not tested",
        "Python 3.14: ABSENT, not tested",
    ]
    assert [line.partition(" with ")[2] for line in said if line.startswith("would install")] == [
        "Python 3.11.9, pip 22.3", "Python 3.11.9, pip newest",
        "Python 3.12.4, pip 23.2.1", "Python 3.12.4, pip newest",
        "Python 3.19.0, pip 33.1", "Python 3.19.0, pip newest",
    ]  # fmt: skip


def test_no_python_at_all_fails(tmp_path: Path) -> None:
    """Where .ci/installs.py finds nothing to try, it has not succeeded."""
    places = {"PATH": str(tmp_path), "PYENV_ROOT": str(tmp_path), "HOME": str(tmp_path)}
    command = [sys.executable, str(TOP / ".ci" / "installs.py")]
    done = subprocess.run(command, env=os.environ | places, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "FAILED: no Python" in done.stderr
