"""``pytest checks --evidence FILE``: for whoever lives in pytest, with its own reports, selection and tracebacks."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.cases import GOLDEN, golden, patched

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True, slots=True)
class Session:
    """How a pytest session ended."""

    code: int
    text: str


def pytest_checks(*arguments: object) -> Session:
    """Run pytest over the checks, from the root of the tree, in a process of its own."""
    command = [sys.executable, "-m", "pytest", "checks", *map(str, arguments), "-p", "no:cacheprovider"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    return Session(done.returncode, done.stdout + done.stderr)


@pytest.fixture
def evidence(tmp_path: Path) -> Any:
    """Write a document to a file and give its path."""

    def write(document: dict[str, Any]) -> Path:
        path = tmp_path / "lab.json"
        path.write_text(json.dumps(document), encoding="utf-8")
        return path

    return write


def test_a_correct_deployment_passes_every_check() -> None:
    """All checks of the rubric are pytest items, and the header names the account."""
    session = pytest_checks("--evidence", GOLDEN)
    assert session.code == 0
    assert "63 passed" in session.text
    assert "account: 123456789012" in session.text


def test_a_fault_fails_with_what_was_found(evidence: Any) -> None:
    """pytest's own assertion text holds what was found and expected; -k and -x are pytest's own."""
    session = pytest_checks("--evidence", evidence(patched("M212")), "-k", "test_the_task_has_the_size")
    assert session.code == 1
    assert "1 failed" in session.text
    assert "memory 2048; expected: cpu 1024 (1 vCPU), memory 3072 (3 GB)" in session.text


def test_what_cannot_be_told_is_skipped_with_the_reason(evidence: Any) -> None:
    """Refused, pending and manual claims are skips that say why; a missing thing is a failure, not an error."""
    session = pytest_checks("--evidence", evidence(patched("U02")), "-rs", "-k", "TestBudget")
    assert session.code == 0
    assert "2 skipped" in session.text
    assert "unverified: AWS denied budgets:ViewBudget (identity policy)" in session.text
    session = pytest_checks("--evidence", evidence(patched("M031")), "-k", "TestBudget")
    assert "2 failed" in session.text
    assert "There is no budget." in session.text


def test_without_evidence_or_with_a_broken_file_one_sentence_says_so(evidence: Any, tmp_path: Path) -> None:
    """A usage error, no traceback."""
    session = pytest_checks("--evidence", tmp_path / "none.json")
    assert session.code == 4
    assert "grader collect --evidence FILE" in session.text
    session = pytest_checks("-k", "TestBudget")
    assert session.code != 0
    assert "name the account with --evidence FILE" in session.text


def test_another_rubric_gives_its_parameters(evidence: Any, tmp_path: Path) -> None:
    """--rubric runs a course's checks with the parameters of its rows."""
    (tmp_path / "check_ours.py").write_text(
        "def test_the_block(vpc, cidr):\n    assert cidr in vpc.cidrs\n", encoding="utf-8"
    )
    (tmp_path / "conftest.py").write_text('pytest_plugins = ["grader.grading.pytest_plugin"]\n', encoding="utf-8")
    (tmp_path / "rubric.yaml").write_text(
        'lab: x\npoints: "1"\nsections:\n- id: a\n  title: a\n  items:\n  - id: "1"\n    title: t\n    points: "1"\n'
        '    hint: h\n    checks:\n    - check: check_ours.py::test_the_block\n      points: "1"\n'
        "      with: {cidr: 10.0.0.0/16}\n",
        encoding="utf-8",
    )
    command = [
        sys.executable, "-m", "pytest", str(tmp_path / "check_ours.py"), "--evidence", str(evidence(golden())),
        "--rubric", str(tmp_path / "rubric.yaml"), "-p", "no:cacheprovider", "--import-mode=importlib",
    ]  # fmt: skip
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert "1 passed" in done.stdout, done.stdout
