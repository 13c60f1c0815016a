"""Grades one Gradescope submission: the evidence file that a student handed in.

``results/results.json`` is written in every case. A submission that cannot be graded gets the reason and is marked
``not_graded`` in ``extra_data``; it has no score, since a zero would be a grade. Times come from
``submission_metadata.json``, never from the clock, so that a regrade next year says the same.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import datetime
from pathlib import Path
from typing import Any

SECONDS = 300
"""How long grading may take; it takes seconds. Gradescope's own limit is 10 minutes or more."""
GRADED = (0, 1, 3)
"""The exit codes of the grader with which there is a result."""


class NotGraded(Exception):
    """There is nothing to grade, or it cannot be used; the text is for the student."""


def main(root: Path) -> int:
    """Grade the submission below ``root`` (``/autograder``); 0 in every case that was written down."""
    submitted_at = created_at(root / "submission_metadata.json")
    try:
        document = graded(root, evidence_of(root / "submission"))
    except NotGraded as error:
        document = {
            "output": f"{error}\nThis is not a grade: fix it and submit again.",
            "output_format": "text",
            "visibility": "visible",
            "extra_data": {"outcome": "not_graded"},
        }
    document["extra_data"]["submitted_at"] = submitted_at
    collected = document["extra_data"].get("collected_at")
    if later(collected, submitted_at):
        document["output"] = (
            "NOTE: the evidence says that it was collected after it was submitted. Your instructor will look at it.\n"
            + document["output"]
        )
        document["extra_data"]["collected_after_submission"] = True
    write(root / "results" / "results.json", document)
    return 0


def created_at(metadata: Path) -> str | None:
    """When the work was submitted, as Gradescope wrote it; None where it did not say."""
    try:
        found = json.loads(metadata.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return found.get("created_at") if isinstance(found, dict) else None


def later(collected: str | None, submitted: str | None) -> bool:
    """Whether ``collected`` is after ``submitted``; unknown and unreadable times are not."""
    try:
        return datetime.fromisoformat(collected or "") > datetime.fromisoformat(submitted or "")
    except (ValueError, TypeError):
        return False


def evidence_of(submission: Path) -> Path:
    """The one evidence file of a submission; raises ``NotGraded`` for none or several."""
    found = sorted(
        path
        for path in submission.rglob("*")
        if path.name.endswith((".json", ".json.gz")) and path.is_file() and not path.is_symlink()
    )
    how = "Write it with: grader check --evidence lab.json.gz"
    if not found:
        raise NotGraded(f"There is no evidence file (.json or .json.gz) in the submission. {how}")
    if len(found) > 1:
        names = ", ".join(path.name[:80] for path in found[:5])
        raise NotGraded(f"There are {len(found)} JSON files ({names}); submit the evidence alone. {how}")
    return found[0]


def graded(root: Path, evidence: Path) -> dict[str, Any]:
    """The document that the grader writes; raises ``NotGraded`` where it writes none."""
    target = root / "results" / "graded.json"
    command = [sys.executable, "-I", "-m", "grader", "grade", "--no-html", "--gradescope", str(target)]
    rubric = root / "source" / "rubric.yaml"
    if rubric.is_file():
        # It came with the archive that the instructor made, never with a submission.
        command += ["--rubric", str(rubric), "--trust-checks"]
    try:
        # The evidence comes from a student: it is data for a process that has no credentials to lose.
        done = subprocess.run(
            [*command, "--", str(evidence)],
            env={name: value for name, value in os.environ.items() if not name.startswith("AWS_")},
            capture_output=True,
            timeout=SECONDS,
            check=False,
            cwd=root,
        )
    except subprocess.TimeoutExpired as error:
        raise NotGraded(f"Grading took more than {SECONDS} seconds.") from error
    said = done.stderr.decode("utf-8", "replace").replace(str(evidence), evidence.name).strip()
    if done.returncode not in GRADED:
        raise NotGraded(said[-2000:] or f"The grader stopped with exit code {done.returncode}.")
    try:
        document = json.loads(target.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise NotGraded(f"The grader wrote no result. {said[-2000:]}") from error
    target.unlink()
    if not isinstance(document, dict):
        raise NotGraded("The grader wrote no result.")
    return document


def write(path: Path, document: dict[str, Any]) -> None:
    """Write the results whole or not at all, with Unix newlines."""
    beside = path.with_suffix(".new")
    with beside.open("w", encoding="utf-8", newline="\n") as file:
        json.dump(document, file, ensure_ascii=True, indent=2)
        file.write("\n")
    os.replace(beside, path)


if __name__ == "__main__":
    raise SystemExit(main(Path(sys.argv[1])))
