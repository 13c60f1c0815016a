"""What is built from the tree works away from it."""

from __future__ import annotations

import json
import shutil
import subprocess
import tarfile
import zipfile
from pathlib import Path

import pytest

from tests.packaging.conftest import TOP, Installation, build

GOLDEN = TOP / "tests" / "accounts" / "golden.json"


def _names(wheel: Path) -> set[str]:
    with zipfile.ZipFile(wheel) as archive:
        return set(archive.namelist())


def _in_tree(*patterns: str) -> set[str]:
    files = {file for pattern in patterns for file in TOP.glob(pattern) if file.is_file()}
    return {file.relative_to(TOP).as_posix() for file in files if "__pycache__" not in file.parts}


def test_the_wheel_holds_what_the_tree_holds(wheel: Path) -> None:
    """Every file of the package is inside, and rubric, checks and reference application under grader/bundled."""
    beside = {f"grader/bundled/{name}" for name in _in_tree("rubric.yaml", "checks/**/*", "reference_app/**/*")}
    assert _in_tree("grader/**/*") | beside <= _names(wheel)


def test_the_wheel_holds_nothing_else(wheel: Path) -> None:
    """Nothing but the package comes into somebody's site-packages: no tests, no folder called checks, no caches."""
    assert {name.partition("/")[0].partition("-")[0] for name in _names(wheel)} == {"grader", "aws_lab_grader"}
    assert [name for name in _names(wheel) if "__pycache__" in name or name.endswith(".pyc")] == []


def test_the_source_distribution_builds_the_same_wheel(wheel: Path, tmp_path: Path) -> None:
    """Whoever builds from the source distribution gets what the tree gives."""
    source = build(TOP, "sdist", tmp_path / "sdist")
    shutil.unpack_archive(source, tmp_path)
    (unpacked,) = [folder for folder in tmp_path.iterdir() if folder.name.startswith("aws_lab_grader")]
    assert _names(build(unpacked, "wheel", tmp_path / "wheel")) == _names(wheel)


def test_the_source_distribution_can_be_tested(tmp_path: Path) -> None:
    """The tests, the accounts that they grade, the lock files and the Makefile are in the source distribution."""
    source = build(TOP, "sdist", tmp_path)
    with tarfile.open(source) as archive:
        inside = {name.partition("/")[2] for name in archive.getnames()}
    assert _in_tree("tests/**/*.py", "tests/accounts/**/*", "requirements*.lock", "Makefile", "*.md") <= inside


@pytest.mark.slow
class TestAnInstalledWheel:
    """The program as somebody has it who installed the wheel and has no copy of the tree."""

    def test_it_lints_its_own_rubric(self, installed: Installation, tmp_path: Path) -> None:
        """Rubric and checks are found inside the package."""
        done = installed.grader("lint", cwd=tmp_path)
        assert (done.returncode, done.stderr) == (0, "")
        assert "26 items" in done.stdout

    def test_it_prints_the_policy(self, installed: Installation, tmp_path: Path) -> None:
        """The policy is the one that the tree's rubric gives."""
        done = installed.grader("policy", cwd=tmp_path)
        assert "ec2:DescribeVpcs" in json.loads(done.stdout)["Statement"][0]["Action"]

    def test_it_grades_and_writes_the_page(self, installed: Installation, tmp_path: Path) -> None:
        """Grading kept evidence gives the score on standard output and the page in reports/."""
        shutil.copy(GOLDEN, tmp_path)
        done = installed.grader("grade", "golden.json", "--json", "result.json", cwd=tmp_path)
        assert (done.returncode, done.stderr) == (0, "")
        assert json.loads((tmp_path / "result.json").read_text("utf-8"))["score"] == 10.0
        assert "</html>" in (tmp_path / "reports" / "123456789012.html").read_text("utf-8")

    def test_it_writes_pytests_own_report(self, installed: Installation, tmp_path: Path) -> None:
        """pytest-html comes with it."""
        shutil.copy(GOLDEN, tmp_path)
        installed.grader("grade", "golden.json", "--no-html", "--pytest-html", "raw.html", cwd=tmp_path)
        assert "test_the_root_user_has_mfa" in (tmp_path / "raw.html").read_text("utf-8")

    def test_it_lists_the_faults_of_the_demo(self, installed: Installation, tmp_path: Path) -> None:
        """The list needs none of the demo's packages."""
        done = installed.grader("demo", "--list-faults", cwd=tmp_path)
        assert (done.returncode, done.stderr) == (0, "")
        assert "nat-in-private-subnet" in done.stdout

    def test_it_says_what_the_demo_needs(self, installed: Installation, tmp_path: Path) -> None:
        """Without the demo's packages one sentence says how to get them."""
        done = installed.grader("demo", cwd=tmp_path)
        assert done.returncode == 4
        assert "pip install" in done.stderr
        assert "Traceback" not in done.stderr

    def test_it_asks_for_credentials(self, installed: Installation, tmp_path: Path) -> None:
        """botocore's data comes with it: without credentials, `check` says so and how to give some."""
        done = installed.grader("check", cwd=tmp_path)
        assert done.returncode == 4
        assert "credentials" in done.stderr
        assert "Traceback" not in done.stderr

    def test_it_runs_the_demo(self, installed_with_demo: Installation, tmp_path: Path) -> None:
        """With the demo's packages the emulated account scores all points, away from the tree."""
        done = installed_with_demo.grader("demo", "--json", "result.json", cwd=tmp_path)
        assert done.returncode == 0, done.stderr
        assert json.loads((tmp_path / "result.json").read_text("utf-8"))["score"] == 10.0

    def test_it_is_not_the_tree(self, installed_with_demo: Installation, tmp_path: Path) -> None:
        """These tests are about the wheel: the package that they run is the installed one."""
        ask = [str(installed_with_demo.programs / "python"), "-c", "import grader; print(grader.__file__)"]
        found = subprocess.run(ask, cwd=tmp_path, capture_output=True, text=True, check=True).stdout
        assert Path(found.strip()).is_relative_to(installed_with_demo.folder)
