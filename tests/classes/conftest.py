"""Folders of evidence, and the command in a process of its own."""

from __future__ import annotations

import csv
import json
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.bench.recording import load
from tests.cases import golden, grade, patched
from tests.classes.command import environment, grader
from tests.classes.live import LiveClass
from tests.classes.many_accounts import many_accounts, record

Command = Callable[..., "subprocess.CompletedProcess[str]"]


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


@pytest.fixture(scope="package")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveClass]:
    """Emulated accounts: every other one is without fault, the others have the NAT gateway in a private subnet."""
    folder = tmp_path_factory.mktemp("recorded")
    recordings = [folder / "good.jsonl", folder / "nat.jsonl"]
    record(recordings[0])
    record(recordings[1], "nat-in-private-subnet")
    expected = grade({str(file): json.loads(file.with_suffix(".json").read_text("utf-8")) for file in recordings})
    scores = tuple(float(expected[str(file)].result.score) for file in recordings)
    with many_accounts(recordings, folder / "authority") as served:
        yield LiveClass(served, load(recordings).balancer, scores)
