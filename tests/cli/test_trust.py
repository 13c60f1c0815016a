"""Code of a rubric runs only where the user agrees; the agreement holds for the same files, and no others."""

from __future__ import annotations

import importlib.util
import json
import marshal
import os
import stat
import sys
from pathlib import Path

import pytest

from tests.cases import GOLDEN
from tests.cli.conftest import Run
from tests.rubric.test_course import CHECKS, RUBRIC

RAN = "from pathlib import Path\nPath({!r}).touch()\n"
"""Code that leaves a mark when it runs."""


@pytest.fixture
def agreed(monkeypatch: pytest.MonkeyPatch) -> None:
    """An environment that agrees to everything."""
    monkeypatch.setenv("GRADER_TRUST_CHECKS", "1")


@pytest.fixture
def course(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A course's rubric whose module and conftest leave a mark; the user has agreed to nothing yet."""
    monkeypatch.delenv("GRADER_TRUST_CHECKS", raising=False)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("APPDATA", str(tmp_path / "config"))
    folder = tmp_path / "course"
    folder.mkdir()
    (folder / "rubric.yaml").write_text(RUBRIC, encoding="utf-8")
    (folder / "check_ours.py").write_text(RAN.format(str(tmp_path / "module-ran")) + CHECKS, encoding="utf-8")
    (folder / "conftest.py").write_text(RAN.format(str(tmp_path / "conftest-ran")), encoding="utf-8")
    return folder


def ran(folder: Path) -> set[str]:
    """What has run so far."""
    return {path.name for path in folder.parent.glob("*-ran")}


@pytest.mark.parametrize("command", ["grade", "diff"])
def test_nothing_runs_without_consent(run: Run, course: Path, command: str) -> None:
    """Exit code 2; each file and what to do are named; no line of the module or of conftest.py has run."""
    files = [GOLDEN] if command == "grade" else [GOLDEN, GOLDEN]
    refused = run(command, *files, "--rubric", course / "rubric.yaml", *(["--no-html"] if command == "grade" else []))
    assert refused.code == 2
    for expected in ("check_ours.py", "conftest.py", "--trust-checks"):
        assert expected in refused.errors
    assert ran(course) == set()


@pytest.mark.parametrize("command", ["try", "selftest"])
def test_an_authors_command_runs_nothing_without_consent(run: Run, course: Path, command: str) -> None:
    """They grade as well, so they ask as well."""
    refused = run(command, course / "rubric.yaml", GOLDEN)
    assert refused.code == 2
    assert "--trust-checks" in refused.errors
    assert ran(course) == set()


@pytest.mark.parametrize("command", ["lint", "policy"])
def test_what_gives_no_grade_runs_no_code(run: Run, course: Path, command: str) -> None:
    """lint and policy read the source alone, even where the user has agreed."""
    arguments = [course / "rubric.yaml"] if command == "lint" else ["--rubric", course / "rubric.yaml"]
    assert run(command, *arguments).code == 0
    assert ran(course) == set()


def test_the_consent_is_remembered_for_the_same_files(run: Run, course: Path) -> None:
    """Once with the flag, then without it; a changed module and a new conftest.py are asked about again."""
    grade = ("grade", GOLDEN, "--rubric", course / "rubric.yaml", "--no-html")
    assert run(*grade, "--trust-checks").code == 1
    assert ran(course) == {"module-ran", "conftest-ran"}
    assert run(*grade).code == 1
    with (course / "check_ours.py").open("a", encoding="utf-8") as module:
        module.write("# changed\n")
    again = run(*grade)
    assert again.code == 2
    assert "check_ours.py" in again.errors
    assert "conftest.py" not in again.errors


def test_what_is_remembered_is_for_the_user_alone(run: Run, course: Path) -> None:
    """The file holds digests and paths, and nobody else may write it; a broken one counts as none."""
    grade = ("grade", GOLDEN, "--rubric", course / "rubric.yaml", "--no-html")
    run(*grade, "--trust-checks")
    (path,) = (course.parent / "config").rglob("trusted-checks.json")
    assert len(json.loads(path.read_text("utf-8"))["trusted"]) == 2
    if sys.platform != "win32":
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    path.write_text("[", encoding="utf-8")
    assert run(*grade).code == 2


def test_the_environment_agrees_for_one_run(run: Run, course: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """GRADER_TRUST_CHECKS=1 is for CI; it remembers nothing, and "false" is no consent."""
    grade = ("grade", GOLDEN, "--rubric", course / "rubric.yaml", "--no-html")
    monkeypatch.setenv("GRADER_TRUST_CHECKS", "1")
    assert run(*grade).code == 1
    monkeypatch.setenv("GRADER_TRUST_CHECKS", "false")
    assert run(*grade).code == 2


def test_our_own_modules_need_no_consent(run: Run, course: Path) -> None:
    """A rubric that uses the grader's checks alone, or copies of them, runs as it is."""
    module = Path(__file__).parents[2] / "checks" / "check_2_s3.py"
    text = RUBRIC.replace("check_ours.py::TestBlock::test_the_vpc_has_the_block_of_the_sheet", "{}")
    rubric = (
        text.replace("{}", "check_2_s3.py::TestBucket::test_there_is_a_bucket_of_your_own", 1)
        .replace("{}", "check_2_s3.py::TestBucket::test_the_bucket_is_private", 1)
        .replace("            with: {cidr: 10.9.0.0/16}\n", "")
    )
    (course / "rubric.yaml").write_text(rubric, encoding="utf-8")
    grade = ("grade", GOLDEN, "--rubric", course / "rubric.yaml", "--no-html")
    assert run(*grade).code == 1
    (course / "conftest.py").unlink()
    (course / "check_2_s3.py").write_bytes(module.read_bytes())
    assert run(*grade).code == 1
    (course / "check_2_s3.py").write_text(module.read_text("utf-8") + "# ours no more\n", encoding="utf-8")
    assert run(*grade).code == 2
    assert ran(course) == set()


def test_a_cache_beside_a_trusted_module_is_not_run(run: Run, course: Path) -> None:
    """Whoever sends a trusted file may send compiled code beside it that is something else."""
    grade = ("grade", GOLDEN, "--rubric", course / "rubric.yaml", "--no-html")
    run(*grade, "--trust-checks")
    for mark in course.parent.glob("*-ran"):
        mark.unlink()
    evil = marshal.dumps(compile(RAN.format(str(course.parent / "cache-ran")) + CHECKS, "x", "exec"))
    (course / "__pycache__").mkdir(exist_ok=True)
    for name in ("check_ours", "conftest"):
        # Checked against the source by its hash (PEP 552), as pytest keeps them.
        source = (course / f"{name}.py").read_bytes()
        content = importlib.util.MAGIC_NUMBER + b"\x03\0\0\0" + importlib.util.source_hash(source) + evil
        for tag in (sys.implementation.cache_tag, f"{sys.implementation.cache_tag}-pytest-{pytest.__version__}"):
            (course / "__pycache__" / f"{name}.{tag}.pyc").write_bytes(content)
    assert run(*grade).code == 1
    assert ran(course) == {"module-ran", "conftest-ran"}


def test_conftests_of_folders_above_are_none_of_a_rubric(run: Run, course: Path) -> None:
    """pytest would run every conftest.py on the way up; only those beside the checks are part of a course."""
    (course.parent / "conftest.py").write_text(RAN.format(str(course.parent / "above-ran")), encoding="utf-8")
    assert run("grade", GOLDEN, "--rubric", course / "rubric.yaml", "--no-html", "--trust-checks").code == 1
    assert ran(course) == {"module-ran", "conftest-ran"}


def test_a_package_around_the_checks_is_code_too(run: Run, course: Path) -> None:
    """Python runs an __init__.py beside a module, so it needs consent like the module."""
    (course / "__init__.py").write_text(RAN.format(str(course.parent / "package-ran")), encoding="utf-8")
    refused = run("grade", GOLDEN, "--rubric", course / "rubric.yaml", "--no-html")
    assert "__init__.py" in refused.errors
    assert ran(course) == set()


@pytest.mark.skipif(sys.platform == "win32", reason="links need a privilege there")
def test_links_do_not_lead_out_of_the_folder(run: Run, course: Path, tmp_path: Path) -> None:
    """A module that is a link, and a folder of checks that is one, are not read."""
    outside = tmp_path / "outside"
    outside.mkdir()
    os.replace(course / "check_ours.py", outside / "check_ours.py")
    os.symlink(outside / "check_ours.py", course / "check_ours.py")
    linked = run("lint", course / "rubric.yaml")
    assert (linked.code, "is a link to a file outside its folder" in linked.errors) == (2, True)
    (course / "check_ours.py").unlink()
    os.symlink(outside, course / "checks")
    assert "there is no module" in run("lint", course / "rubric.yaml").errors


def test_modules_of_the_current_folder_are_not_the_graders(tmp_path: Path) -> None:
    """``python -m grader`` in a folder that somebody sent does not import from it."""
    import subprocess

    (tmp_path / "jmespath.py").write_text("raise SystemExit('imported from the current folder')\n", encoding="utf-8")
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    done = subprocess.run(
        [sys.executable, "-m", "grader", "lint"], cwd=tmp_path, env=environment, capture_output=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, b"")
