"""The Gradescope autograder, run as Gradescope runs it: results are written whatever happens."""

from __future__ import annotations

import gzip
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.cases import patched

HARNESS = Path(__file__).parents[2] / "integrations" / "gradescope"

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Gradescope runs Linux")

Run = Callable[..., dict[str, Any]]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Lays out ``/autograder`` for a submission of some files, runs it, and reads what Gradescope would read."""

    def submit(files: dict[str, bytes], *, metadata: object = None, python: str | None = None) -> dict[str, Any]:
        root = tmp_path / "autograder"
        (root / "submission").mkdir(parents=True)
        (root / "venv" / "bin").mkdir(parents=True)
        shutil.copytree(HARNESS, root / "source")
        (root / "venv" / "bin" / "python").write_text(python or f'#!/bin/sh\nexec "{sys.executable}" "$@"\n', "utf-8")
        (root / "venv" / "bin" / "python").chmod(0o755)
        for name, content in files.items():
            (root / "submission" / name).parent.mkdir(parents=True, exist_ok=True)
            (root / "submission" / name).write_bytes(content)
        if metadata is not None:
            (root / "submission_metadata.json").write_text(json.dumps(metadata), "utf-8")
        subprocess.run(
            [str(root / "source" / "run_autograder")],
            env={**os.environ, "AUTOGRADER_ROOT": str(root)},
            check=False,
            capture_output=True,
        )
        content = (root / "results" / "results.json").read_bytes()
        assert b"\r" not in content
        document = json.loads(content)
        assert isinstance(document, dict)
        if document["extra_data"].get("outcome") == "not_graded":
            assert not {"score", "tests"} & document.keys(), "a zero would be a grade"
        else:
            assert isinstance(document["score"], (int, float))
        return document

    return submit


def evidence(*patches: str) -> bytes:
    """The evidence of a case as a file's content."""
    return json.dumps(patched(*patches)).encode()


@pytest.mark.parametrize(("case", "score"), [((), 10.0), (("M050",), 9.75), (("U04",), 9.875)])
def test_a_submission_is_graded(run: Run, case: tuple[str, ...], score: float) -> None:
    """The certain points, with a test for each item."""
    document = run({"lab.json": evidence(*case)})
    assert document["score"] == score
    assert len(document["tests"]) == 26
    assert "outcome" not in document["extra_data"]


def test_a_compressed_file_in_a_folder_is_found(run: Run) -> None:
    """Students hand in what they have: a folder, a compressed file."""
    assert run({"my lab/evidence.json.gz": gzip.compress(evidence())})["score"] == 10.0


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({}, "no evidence file"),
        ({"readme.txt": b"hello"}, "no evidence file"),
        ({"a.json": b"{}", "b.json": b"{}"}, "There are 2 JSON files"),
        ({"lab.json": b"not json"}, "not JSON"),
        ({"lab.json": b"{}"}, "not an evidence file"),
        ({"lab.json": b"[" * 100_000}, "not an evidence file"),
        ({"lab.json.gz": b"\x1f\x8bbroken"}, "damaged"),
    ],
)
def test_what_cannot_be_graded_says_so(run: Run, files: dict[str, bytes], said: str) -> None:
    """The student reads why, in one sentence without a path of the machine, and that it is not a grade."""
    document = run(files)
    assert document["extra_data"]["outcome"] == "not_graded"
    assert said in document["output"]
    assert "This is not a grade" in document["output"]
    assert "/submission/" not in document["output"]
    assert "Traceback" not in document["output"]


def test_evidence_of_nothing_is_no_grade(run: Run) -> None:
    """Evidence for which AWS was asked nothing has no score, and says so."""
    document = run({"lab.json": json.dumps({"meta": patched()["meta"], "calls": {}}).encode()})
    assert document["extra_data"]["outcome"] == "not_graded"
    assert "Nothing could be judged" in document["output"]


@pytest.mark.parametrize("python", ["#!/bin/sh\nexit 3\n", "#!/bin/sh\nkill -9 $$\n", "not a program"])
def test_a_crash_leaves_results(run: Run, python: str) -> None:
    """Killed or broken before it began: Gradescope still finds results that say so."""
    document = run({"lab.json": evidence()}, python=python)
    assert document["extra_data"] == {"outcome": "not_graded"}
    assert "This is not a grade" in document["output"]


def test_times_are_those_of_the_submission(run: Run) -> None:
    """``created_at`` is carried along; the clock is not asked."""
    document = run({"lab.json": evidence()}, metadata={"created_at": "2026-11-21T09:00:00.000000-08:00"})
    assert document["extra_data"]["submitted_at"] == "2026-11-21T09:00:00.000000-08:00"
    assert "collected_after_submission" not in document["extra_data"]


def test_evidence_from_the_future_is_flagged(run: Run) -> None:
    """Collected after it was submitted: impossible, so the instructor is told; the score stands."""
    document = run({"lab.json": evidence()}, metadata={"created_at": "2026-11-01T09:00:00+00:00"})
    assert document["extra_data"]["collected_after_submission"] is True
    assert document["score"] == 10.0


@pytest.mark.parametrize("metadata", [[], {"created_at": 3}, {"created_at": "yesterday"}, {}])
def test_strange_metadata_stops_nothing(run: Run, metadata: object) -> None:
    """Grading does not depend on the metadata."""
    assert run({"lab.json": evidence()}, metadata=metadata)["score"] == 10.0


def test_a_rubric_in_the_archive_is_used(tmp_path: Path, run: Run) -> None:
    """A course's own rubric beside the harness replaces the lab's: a broken one is said, not ignored."""
    source = tmp_path / "harness"
    shutil.copytree(HARNESS, source)
    (source / "rubric.yaml").write_text("lab: [", "utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(f"{__name__}.HARNESS", source)
        document = run({"lab.json": evidence()})
    assert "rubric.yaml" in document["output"]
    assert document["extra_data"]["outcome"] == "not_graded"


def test_scripts_have_unix_newlines_and_may_run() -> None:
    """Gradescope's machine is Linux: a carriage return in the first line stops everything."""
    for name in ("setup.sh", "run_autograder"):
        path = HARNESS / name
        assert b"\r" not in path.read_bytes()
        assert path.stat().st_mode & 0o111
        assert path.read_text("utf-8").startswith("#!/usr/bin/env bash\n")
