"""The GitHub Action: its metadata by GitHub's schema, its script by running it as a runner does."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from tests.cases import patched
from tests.report.feeds.hostile_text import HOSTILE

TREE = Path(__file__).parents[2]
SCHEMAS = Path(__file__).parent / "schemas"
SCRIPT = TREE / "integrations" / "github" / "grade.sh"

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="a runner has bash; this machine may not")


@dataclass(frozen=True)
class Step:
    """What a step left behind: exit code, its log, the summary, the outputs."""

    code: int
    log: str
    summary: str
    outputs: dict[str, str]


@pytest.fixture
def step(tmp_path: Path) -> Callable[..., Step]:
    """Runs the action's script on evidence, with inputs as environment variables."""

    def run(document: dict[str, Any] | None, **inputs: str) -> Step:
        evidence = tmp_path / "evidence.json"
        if document is not None:
            evidence.write_text(json.dumps(document), "utf-8")
        workspace = tmp_path / "workspace"
        workspace.mkdir(exist_ok=True)
        output, summary = tmp_path / "output", tmp_path / "summary"
        environment = {
            "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]),
            "RUNNER_TEMP": str(tmp_path / "temp"),
            "GITHUB_OUTPUT": str(output),
            "GITHUB_STEP_SUMMARY": str(summary),
            "GRADER_EVIDENCE": str(evidence),
            "AWS_EC2_METADATA_DISABLED": "true",
            "HOME": str(tmp_path),
            **inputs,
        }
        done = subprocess.run(["bash", str(SCRIPT)], env=environment, cwd=workspace, capture_output=True, check=False)
        lines = output.read_text("utf-8").splitlines()
        return Step(
            code=done.returncode,
            log=(done.stdout + done.stderr).decode("utf-8"),
            summary=summary.read_text("utf-8") if summary.exists() else "",
            outputs=dict(line.split("=", 1) for line in lines),
        )

    return run


def obeyed(log: str) -> list[str]:
    """The workflow commands that a runner would obey: those outside of ``::stop-commands::`` and its token."""
    found, token = [], ""
    for line in log.splitlines():
        if token:
            token = "" if line.strip() == f"::{token}::" else token
        elif line.startswith("::stop-commands::"):
            token = line.removeprefix("::stop-commands::")
        elif re.match(r"\s*(::|##\[)", line):
            found.append(line)
    assert not token, "commands were never switched on again"
    return found


def test_the_metadata_is_what_github_accepts() -> None:
    """``action.yml`` is valid by the schema of action metadata."""
    schema = json.loads((SCHEMAS / "github-actions.json").read_text("utf-8"))
    jsonschema.Draft7Validator(schema).validate(yaml.safe_load((TREE / "action.yml").read_text("utf-8")))


def test_the_example_workflow_is_what_github_accepts() -> None:
    """The example is valid, and names only inputs and outputs that the action has."""
    schema = json.loads((SCHEMAS / "github-workflows.json").read_text("utf-8"))
    text = (TREE / "integrations" / "github" / "grade-reference-deployment.yml").read_text("utf-8")
    # YAML 1.1 reads the key "on" as true; GitHub does not.
    workflow = {"on" if key is True else key: value for key, value in yaml.safe_load(text).items()}
    jsonschema.Draft7Validator(schema).validate(workflow)
    action = yaml.safe_load((TREE / "action.yml").read_text("utf-8"))
    (used,) = [each for each in workflow["jobs"]["grade"]["steps"] if each.get("id") == "lab"]
    assert used["with"].keys() <= action["inputs"].keys()
    assert set(re.findall(r"steps\.lab\.outputs\.([\w-]+)", text)) <= action["outputs"].keys()


def test_no_input_is_text_of_a_script() -> None:
    """No ``run`` contains an expression: whoever sets an input cannot run anything."""
    steps = yaml.safe_load((TREE / "action.yml").read_text("utf-8"))["runs"]["steps"]
    assert not [each for each in steps if "${{" in each.get("run", "")]
    assert [each for each in steps if "grade.sh" in each.get("run", "")]


def test_every_input_of_the_script_is_an_input_of_the_action() -> None:
    """What the script reads, the action passes on."""
    steps = yaml.safe_load((TREE / "action.yml").read_text("utf-8"))["runs"]["steps"]
    for script in ("grade.sh", "issue.sh"):
        (step,) = [each for each in steps if script in each.get("run", "")]
        read = re.findall(r"(?:GRADER|GH)_[A-Z_]+", (SCRIPT.parent / script).read_text("utf-8"))
        assert set(read) == step["env"].keys()


def test_the_issue_is_off_unless_it_is_asked_for() -> None:
    """A step that writes to the repository runs for nobody who did not say so."""
    action = yaml.safe_load((TREE / "action.yml").read_text("utf-8"))
    assert action["inputs"]["issue"]["default"] == "false"
    (step,) = [each for each in action["runs"]["steps"] if "issue.sh" in each.get("run", "")]
    assert "inputs.issue == 'true'" in step["if"]


def test_a_baseline_fails_what_got_worse_alone(step: Callable[..., Step], tmp_path: Path) -> None:
    """Lost before and lost today passes; the same result is no baseline for a worse one."""
    kept = tmp_path / "kept.json"
    kept.write_bytes(Path(step(patched("M050")).outputs["result"]).read_bytes())
    assert step(patched("M050"), GRADER_BASELINE=str(kept)).code == 0
    worse = step(patched("M050", "M160"), GRADER_BASELINE=str(kept))
    assert worse.code == 1
    assert any("worse than the baseline" in line for line in obeyed(worse.log))


def test_nothing_judged_is_no_score(step: Callable[..., Step]) -> None:
    """The output is absent, not 0."""
    done = step({"meta": patched()["meta"], "calls": {}})
    assert (done.code, "score" in done.outputs, done.outputs["max-score"]) == (3, False, "10.0")


def test_full_marks_pass(step: Callable[..., Step]) -> None:
    """The outputs hold the score; the folder holds the page and the feeds; no error is annotated."""
    done = step(patched())
    folder = Path(done.outputs["folder"])
    assert (done.code, done.outputs["exit-code"]) == (0, "0"), done.log
    assert (done.outputs["score"], done.outputs["max-score"]) == ("10.0", "10.0")
    assert {path.name for path in folder.iterdir()} >= {"report.html", "result.json", "junit.xml", "results.sarif"}
    assert done.summary.startswith("## Introduction to Cloud Computing for MLOps: 10.00 of 10.00 points")
    assert [line.split(" ")[0] for line in obeyed(done.log)] == ["::notice"]


def test_lost_points_fail_and_are_annotated(step: Callable[..., Step]) -> None:
    """Below the threshold the step fails, and the item that lost points is an annotation."""
    done = step(patched("M050"))
    assert done.code == 1
    assert any("2.2 Upload required files" in line and line.startswith("::error") for line in obeyed(done.log))
    assert "holds no files" in done.summary


@pytest.mark.parametrize(("threshold", "code"), [("9.75", 0), ("9.76", 1)])
def test_the_threshold_decides(step: Callable[..., Step], threshold: str, code: int) -> None:
    """``fail-under`` is the least certain score that passes, compared exactly."""
    assert step(patched("M050"), GRADER_FAIL_UNDER=threshold).code == code


@pytest.mark.parametrize(("allowed", "code"), [("false", 3), ("true", 0)])
def test_open_points_fail_unless_they_are_allowed(step: Callable[..., Step], allowed: str, code: int) -> None:
    """What AWS did not answer is no certain score; ``allow-open`` accepts it."""
    assert step(patched("U04"), GRADER_ALLOW_OPEN=allowed).code == code


@pytest.mark.parametrize("inputs", [{"GRADER_EVIDENCE": "--help"}, {"GRADER_EVIDENCE": "/nowhere.json"}])
def test_no_grade_is_an_error_and_no_score(step: Callable[..., Step], inputs: dict[str, str]) -> None:
    """A file that is not there, or looks like an option, fails the step without a score."""
    done = step(None, **inputs)
    assert done.code == 2
    assert "score" not in done.outputs
    assert any("There is no grade" in line for line in obeyed(done.log))


@pytest.mark.parametrize("text", [text for text in HOSTILE if "::" in text or "<" in text])
def test_no_name_in_an_account_is_obeyed(step: Callable[..., Step], text: str) -> None:
    """Whatever an account's names hold, the runner obeys the same commands as without them."""
    document = json.loads(json.dumps(patched("M050")).replace("mlops-lab-sentiment-7f3a", json.dumps(text)[1:-1]))
    done = step(document)
    assert done.code == 1
    ours = re.compile(r"^::(error|warning|notice) title=[^:]*::")
    assert all(ours.match(line) for line in obeyed(done.log))
    assert not [line for line in obeyed(done.log) if re.match(r"::\w+ title=(owned|x)", line)]
    assert set(done.outputs) == {"exit-code", "folder", "result", "score", "max-score"}


def test_modules_of_the_checkout_are_not_run(step: Callable[..., Step], tmp_path: Path) -> None:
    """The job has AWS credentials: a student's json.py or grader.py beside it must not run with them."""
    workspace = tmp_path / "workspace"
    workspace.mkdir()
    for name in ("json", "secrets", "grader"):
        (workspace / f"{name}.py").write_text("raise SystemExit('a module of the checkout was run')", "utf-8")
    done = step(patched())
    assert done.code == 0, done.log
    assert "was run" not in done.log
