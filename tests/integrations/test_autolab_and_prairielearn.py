"""What Autolab and PrairieLearn are set up with, tried as their pages and our README files say."""

from __future__ import annotations

import gzip
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import yaml

from grader.rubric import open_rubric
from tests.cases import patched

INTEGRATIONS = Path(__file__).parents[2] / "integrations"
AUTOLAB = INTEGRATIONS / "autolab"
QUESTION = INTEGRATIONS / "prairielearn" / "cloud-lab"
FROM_MAKE = {"MAKEFLAGS", "MAKELEVEL", "MFLAGS", "MAKEOVERRIDES"}
"""What ``make test`` sets: a make started under it adds a last line of its own; Tango starts make from no make."""
ENVIRONMENT = {name: value for name, value in os.environ.items() if name not in FROM_MAKE}
ENVIRONMENT["GRADER_PYTHON"] = sys.executable

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="both run Linux")


def evidence(*patches: str) -> bytes:
    """The evidence of a case as a compressed file."""
    return gzip.compress(json.dumps(patched(*patches)).encode())


NOTHING = gzip.compress(json.dumps({"meta": patched()["meta"], "calls": {}}).encode())
"""Evidence of an account of which nothing was asked."""


def test_the_assessment_has_a_problem_for_each_step() -> None:
    """Problem names and points are the rubric's: Autolab ignores a score of a problem that it does not have."""
    assessment = yaml.safe_load((AUTOLAB / "cloudlab.yml").read_text("utf-8"))
    found = {problem["name"]: problem["max_score"] for problem in assessment["problems"]}
    assert found == {item.id: float(item.points) for item in open_rubric().items}
    assert assessment["general"]["handin_filename"] in (AUTOLAB / "autograde-Makefile").read_text("utf-8")


def autolab(folder: Path, content: bytes) -> tuple[str, dict[str, Any]]:
    """What Autolab shows, and the scores that it reads: as Tango does it, with the Makefile and the archive."""
    shutil.copy(AUTOLAB / "autograde-Makefile", folder / "Makefile")
    subprocess.run(["tar", "cf", str(folder / "autograde.tar"), "-C", str(AUTOLAB), "autograde.sh"], check=True)
    (folder / "lab.json.gz").write_bytes(content)
    done = subprocess.run(["make"], cwd=folder, env=ENVIRONMENT, capture_output=True, check=True)
    lines = done.stdout.decode("utf-8").rstrip("\n").split("\n")
    scores = json.loads(lines[-1])
    assert isinstance(scores, dict)
    return "\n".join(lines[:-1]), scores


def test_autolab_reads_the_scores_of_a_submission(tmp_path: Path) -> None:
    """Lost points are lost, and the feedback is the line before."""
    shown, answer = autolab(tmp_path, evidence("M050"))
    assert answer["scores"]["2.2"] == 0
    assert answer["scores"]["1.1"] == 0.25
    assert json.loads(shown.splitlines()[-1])["_presentation"] == "semantic"


@pytest.mark.parametrize(("content", "said"), [(b"not json", "not JSON"), (b"\x1f\x8bbroken", "damaged")])
def test_autolab_enters_nothing_for_a_file_that_cannot_be_used(tmp_path: Path, content: bytes, said: str) -> None:
    """The student reads why; no problem has a score."""
    shown, answer = autolab(tmp_path, content)
    assert answer == {"scores": {}}
    assert said in shown
    assert "This is not a grade" in shown


def test_the_question_has_what_prairielearn_demands() -> None:
    """Required keys of ``info.json``; the entry script is the one in the folder, and reads what is uploaded."""
    info = json.loads((QUESTION / "info.json").read_text("utf-8"))
    assert {"uuid", "title", "topic", "type"} <= info.keys()
    assert UUID(info["uuid"]).version == 4
    assert (info["type"], info["gradingMethod"]) == ("v3", "External")
    options = info["externalGradingOptions"]
    assert options.keys() <= {"enabled", "image", "entrypoint", "timeout", "serverFilesCourse", "environment"}
    assert options["entrypoint"].endswith("/grade/tests/run.sh")
    uploaded = "lab.json.gz"
    assert f'file-names="{uploaded}"' in (QUESTION / "question.html").read_text("utf-8")
    assert f"/student/{uploaded}" in (QUESTION / "tests" / "run.sh").read_text("utf-8")


def prairielearn(root: Path, content: bytes | None, python: str = sys.executable) -> dict[str, Any]:
    """The results that the entry script leaves."""
    shutil.copytree(QUESTION / "tests", root / "tests")
    (root / "student").mkdir()
    if content is not None:
        (root / "student" / "lab.json.gz").write_bytes(content)
    environment = {**os.environ, "GRADE_ROOT": str(root), "GRADER_PYTHON": python}
    subprocess.run(["bash", str(root / "tests" / "run.sh")], env=environment, check=False, capture_output=True)
    assert [path.name for path in (root / "results").iterdir()] == ["results.json"]
    document = json.loads((root / "results" / "results.json").read_text("utf-8"))
    assert isinstance(document, dict)
    return document


@pytest.mark.parametrize(("case", "score"), [((), 1.0), (("M050",), 0.975), (("U04",), 0.9875)])
def test_prairielearn_reads_the_score_of_a_submission(tmp_path: Path, case: tuple[str, ...], score: float) -> None:
    """The certain share of the points."""
    document = prairielearn(tmp_path, evidence(*case))
    assert (document["gradable"], document["score"]) == (True, score)


@pytest.mark.parametrize("content", [None, b"not json", NOTHING])
def test_prairielearn_uses_up_no_attempt_without_a_grade(tmp_path: Path, content: bytes | None) -> None:
    """No file, a broken one, an ended session: not gradable, with a reason and without a path of the machine."""
    document = prairielearn(tmp_path, content)
    assert (document["gradable"], "score" in document) == (False, False)
    assert str(tmp_path) not in document["message"]


def test_prairielearn_uses_up_no_attempt_when_the_grader_is_killed(tmp_path: Path) -> None:
    """The results that say so are there from the beginning."""
    assert prairielearn(tmp_path, evidence(), python="/nowhere/python")["gradable"] is False
