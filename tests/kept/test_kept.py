"""Evidence, rubrics and results of earlier releases still grade, lint and compare."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Ran, run  # noqa: F401 - the fixture
from tests.cli.test_trust import agreed  # noqa: F401 - the fixture

HERE = Path(__file__).parent
RELEASES = sorted(path.name for path in HERE.iterdir() if path.name[0].isdigit())
EVIDENCE = [path for path in sorted(HERE.glob("*/evidence/*"))]
RESULTS = [path for path in sorted(HERE.glob("*/results/*"))]


def _ids(path: Path) -> str:
    return f"{path.parts[-3]}-{path.name}"


def test_there_is_a_release() -> None:
    """The folders are found; each has evidence, results and rubrics."""
    assert "0.1.0" in RELEASES
    for release in RELEASES:
        assert all(list((HERE / release / kind).iterdir()) for kind in ("evidence", "results", "rubrics"))


@pytest.mark.parametrize("path", EVIDENCE, ids=_ids)
def test_evidence_still_grades(run: Any, path: Path, tmp_path: Path) -> None:  # noqa: F811
    """By the lab's rubric, to a result with all the keys that the release's own result has."""
    ran: Ran = run("grade", path, "--no-html", "--json", tmp_path / "result.json")
    assert ran.code in (0, 1, 3)
    found = json.loads((tmp_path / "result.json").read_text("utf-8"))
    kept = json.loads((path.parents[1] / "results" / f"{path.name.partition('.')[0]}.json").read_text("utf-8"))
    assert kept.keys() <= found.keys()
    assert [item["id"] for item in kept["items"]] == [item["id"] for item in found["items"]]
    assert kept["items"][0].keys() <= found["items"][0].keys()
    assert kept["items"][0]["checks"][0].keys() <= found["items"][0]["checks"][0].keys()
    assert found["max_score"] == kept["max_score"]


@pytest.mark.parametrize("path", RESULTS, ids=_ids)
def test_results_still_compare(run: Any, path: Path) -> None:  # noqa: F811
    """With themselves nothing changed; and with the evidence behind them, where that is kept too."""
    ran = run("diff", path, path)
    assert ran.code == 0
    assert "No check is judged otherwise." in ran.output
    evidence = path.parents[1] / "evidence" / f"{path.stem}.json.gz"
    if evidence.exists():
        assert run("diff", path, evidence).code == 0


@pytest.mark.parametrize("release", RELEASES)
def test_rubrics_still_lint_and_grade(run: Any, agreed: None, release: str) -> None:  # noqa: F811
    """The lab's own as it was, and a course's with check modules of its own."""
    for rubric in sorted((HERE / release / "rubrics").rglob("*.yaml")):
        assert run("lint", rubric).code == 0
        evidence = HERE / release / "evidence" / "correct.json.gz"
        assert run("grade", evidence, "--rubric", rubric, "--no-html").code in (0, 1)
