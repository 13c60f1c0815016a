"""Lock files install as they are, with any pip: each is complete, and nothing lets pip resolve one."""

from __future__ import annotations

import re
import shutil
import subprocess
import tomllib
from collections.abc import Iterator
from functools import cache
from importlib.metadata import PackageNotFoundError, requires
from pathlib import Path
from typing import Any

import pytest
from packaging.markers import Marker
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from tests.packaging.conftest import TOP

SETTINGS: dict[str, Any] = tomllib.loads((TOP / "pyproject.toml").read_text("utf-8"))
EXTRAS: dict[str, tuple[str, ...]] = {
    "requirements.lock": ("build",),
    "requirements-demo.lock": ("demo", "build"),
    "requirements-dev.lock": ("demo", "test", "dev", "build"),
}
"""The extras of pyproject.toml that each lock file is for."""
PYTHONS = ("3.11", "3.12", "3.13", "3.14")
SYSTEMS = {"linux": ("Linux", "posix"), "darwin": ("Darwin", "posix"), "win32": ("Windows", "nt")}
INSTALLERS = {".ci/installs.py", "Makefile", "docs/students.md", "action.yml", "integrations/gradescope/setup.sh"}
"""Files that are known to install a lock file."""
_NO_TEXT = {".lock", ".json", ".html", ".png", ".gz", ".pyc"}
_NOT_READ = {"build", "dist", "htmlcov", "mutants"}
_CONTINUED = re.compile(r"\\\n")


def _environment(python: str, system: str) -> dict[str, str]:
    platform, os_name = SYSTEMS[system]
    return {
        "python_version": python, "python_full_version": f"{python}.0", "implementation_version": f"{python}.0",
        "implementation_name": "cpython", "platform_python_implementation": "CPython", "sys_platform": system,
        "platform_system": platform, "os_name": os_name, "platform_machine": "x86_64", "platform_release": "",
        "platform_version": "",
    }  # fmt: skip


@cache
def _locked(lock: str) -> tuple[Requirement, ...]:
    text = _CONTINUED.sub(" ", (TOP / lock).read_text("utf-8"))
    lines = [line.partition(" --hash")[0] for line in text.splitlines() if re.match(r"[A-Za-z0-9]", line)]
    return tuple(Requirement(line) for line in lines)


def _versions(locked: tuple[Requirement, ...], environment: dict[str, str]) -> dict[str, list[Version]]:
    """What a lock file would install there."""
    versions: dict[str, list[Version]] = {}
    for each in locked:
        if each.marker is None or each.marker.evaluate(environment):
            (pinned,) = each.specifier
            versions.setdefault(canonicalize_name(each.name), []).append(Version(pinned.version))
    return versions


@cache
def _needs(package: str) -> tuple[Requirement, ...]:
    """What a package says that it needs. One that is not installed (another system's) is taken to need nothing."""
    try:
        return tuple(Requirement(each) for each in requires(package) or ())
    except PackageNotFoundError:
        return ()


def _wanted(lock: str, environment: dict[str, str]) -> Iterator[tuple[str, Requirement]]:
    """Every requirement that applies, from those of pyproject.toml down, with who has it; extras are followed."""
    project = SETTINGS["project"]
    optional = project["optional-dependencies"]
    roots = [*project["dependencies"], *(one for extra in EXTRAS[lock] for one in optional[extra])]
    todo = [("pyproject.toml", Requirement(each)) for each in roots]
    seen: set[tuple[str, str]] = set()
    while todo:
        owner, requirement = todo.pop()
        yield owner, requirement
        name = canonicalize_name(requirement.name)
        for extra in ("", *requirement.extras):
            if (name, extra) not in seen:
                seen.add((name, extra))
                todo += [(name, each) for each in _needs(name) if _applies(each.marker, environment | {"extra": extra})]


def _applies(marker: Marker | None, environment: dict[str, str]) -> bool:
    # What needs no extra is wanted once, when the package itself is.
    return not environment["extra"] if marker is None else marker.evaluate(environment)


def _lacking(lock: str, locked: tuple[Requirement, ...], python: str, system: str) -> list[str]:
    environment = _environment(python, system)
    there = _versions(locked, environment)
    return [
        f"{owner} needs {requirement}"
        for owner, requirement in _wanted(lock, environment)
        if not any(
            requirement.specifier.contains(version, prereleases=True)
            for version in there.get(canonicalize_name(requirement.name), ())
        )
    ]


@pytest.mark.parametrize("system", SYSTEMS)
@pytest.mark.parametrize("python", PYTHONS)
@pytest.mark.parametrize("lock", EXTRAS)
def test_a_lock_file_is_complete(lock: str, python: str, system: str) -> None:
    """Whatever a locked package needs, for itself and for each extra that somebody wants of it, is locked as well, in
    a version that fits, on every system and Python. So --no-deps leaves out nothing."""
    assert _lacking(lock, _locked(lock), python, system) == []


@pytest.mark.parametrize("python", PYTHONS)
@pytest.mark.parametrize("lock", EXTRAS)
def test_no_package_is_locked_twice(lock: str, python: str) -> None:
    """Of two versions for one Python, pip without its resolver would install either."""
    twice = [
        (system, name)
        for system in SYSTEMS
        for name, versions in _versions(_locked(lock), _environment(python, system)).items()
        if len(versions) > 1
    ]
    assert twice == []


@pytest.mark.parametrize("lock", EXTRAS)
def test_what_builds_the_package_is_locked(lock: str) -> None:
    """The tree is installed with --no-build-isolation: what builds it comes from the lock file too."""
    names = {canonicalize_name(each.name) for each in _locked(lock)}
    assert {canonicalize_name(Requirement(each).name) for each in SETTINGS["build-system"]["requires"]} <= names


def test_a_gap_is_found() -> None:
    """The test of completeness follows extras: without what moto[server] brings, the demo's lock file has a gap."""
    lock = "requirements-demo.lock"
    without = tuple(each for each in _locked(lock) if each.name != "flask-cors")
    assert [each.partition(" needs ")[0] for each in _lacking(lock, without, "3.12", "linux")] == ["moto"]


def _commands() -> Iterator[tuple[str, str]]:
    """Every line that asks for hashes or installs a lock file, with its file. Lines that go on count as one."""
    tops = [path for path in TOP.iterdir() if path.name in (".ci", ".github") or not path.name.startswith(".")]
    files = [path for top in tops if top.name not in _NOT_READ for path in ([top] if top.is_file() else top.rglob("*"))]
    for path in files:
        if path.suffix in _NO_TEXT or not path.is_file() or path == Path(__file__):
            continue
        text = _CONTINUED.sub(" ", path.read_text("utf-8", errors="replace"))
        for line in text.splitlines():
            if "--require-hashes" in line or _installs(line):
                yield path.relative_to(TOP).as_posix(), line


def _installs(line: str) -> bool:
    """Whether a line is pip installing a lock file."""
    return "install" in line and re.search(r"(?:-r|--requirement)\b.*\.lock\b", line) is not None


def test_every_place_installs_a_lock_file_as_it_is() -> None:
    """With --no-deps pip resolves nothing, so its age and what is released meanwhile change nothing; with
    --require-hashes nothing unknown comes in."""
    commands = list(_commands())
    assert {name for name, _ in commands} >= INSTALLERS
    wanted = {"--no-deps", "--require-hashes"}
    assert [each for each in commands if not wanted <= set(re.findall(r"--[a-z-]+", each[1]))] == []


@pytest.mark.parametrize("target", ["demo", "test", "test-slow", "lint", "wheel", "fuzz"])
def test_make_installs_a_lock_file_as_it_is(target: str, tmp_path: Path) -> None:
    """What make runs in the end, whatever its variables are called."""
    for path in (TOP / "Makefile", TOP / "pyproject.toml", *TOP.glob("requirements*.lock")):
        shutil.copy(path, tmp_path)
    dry = ["make", "--dry-run", target, "PYTHON=python3"]
    done = subprocess.run(dry, cwd=tmp_path, capture_output=True, text=True, check=True)
    lines = [line for line in done.stdout.splitlines() if _installs(line)]
    assert lines
    assert [line for line in lines if not {"--no-deps", "--require-hashes"} <= set(line.split())] == []


def test_every_other_installation_is_of_one_package() -> None:
    """What follows a lock file installs the grader alone: the action and the Gradescope image resolve nothing."""
    for name in ("action.yml", "integrations/gradescope/setup.sh", "Makefile"):
        text = _CONTINUED.sub(" ", (TOP / name).read_text("utf-8"))
        lines = [line for line in text.splitlines() if re.search(r"(pip|\$\(PIP\)) install\b", line)]
        assert lines, name
        assert [line for line in lines if "--no-deps" not in line] == []
