"""Folders of evidence, and the command in a process of its own."""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cases import golden, patched

TOP = Path(__file__).resolve().parents[2]
Command = Callable[..., "subprocess.CompletedProcess[str]"]


def environment(home: Path) -> dict[str, str]:
    """An environment without anybody's account."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("AWS_") and not name.lower().endswith("_proxy")
    }
    return kept | {
        "HOME": str(home), "PYTHONPATH": str(TOP), "AWS_DEFAULT_REGION": "eu-west-1", "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull, "AWS_EC2_METADATA_DISABLED": "true", "COLUMNS": "120",
    }  # fmt: skip


def grader(folder: Path, *arguments: object) -> list[str]:
    """The command line of ``grader``, as this Python runs it."""
    return [sys.executable, "-m", "grader", *map(str, arguments)]


@pytest.fixture
def command(tmp_path: Path) -> Command:
    """Run ``grader`` in the test's folder."""

    def ran(*arguments: object) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            grader(tmp_path, *arguments), cwd=tmp_path, env=environment(tmp_path), capture_output=True, text=True,
            timeout=300, check=False,
        )  # fmt: skip

    return ran


def write_evidence(path: Path, *cases: str, account: str = "123456789012") -> Path:
    """An evidence file of a case, of some account."""
    text = json.dumps(patched(*cases) if cases else golden())
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text.replace("123456789012", account), "utf-8")
    return path


def table(path: Path) -> list[dict[str, str]]:
    """The rows of a CSV file."""
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def scores(folder: Path) -> dict[str, dict[str, str]]:
    """scores.csv by student."""
    return {row["student"]: row for row in table(folder / "scores.csv")}


@pytest.fixture
def evidence(tmp_path: Path) -> Path:
    """Three hand-ins: full marks, a fault, and one whose permissions leave something open."""
    folder = tmp_path / "evidence"
    write_evidence(folder / "ada.json", account="100000000001")
    write_evidence(folder / "bo.json", "M125", account="100000000002")
    write_evidence(folder / "cy.json", "U04", account="100000000003")
    return folder
