"""The one issue of the example workflow, with a stand-in for ``gh`` that keeps issues as GitHub does."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

SCRIPT = Path(__file__).parents[2] / "integrations" / "github" / "issue.sh"

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="a runner has bash; this machine may not")

GH = f"""#!{sys.executable}
import json, sys
from pathlib import Path
state = Path(__file__).with_name("issues.json")
issues = json.loads(state.read_text()) if state.exists() else []
words = sys.argv[1:]
given = {{name: words[at + 1] for at, name in enumerate(words[:-1]) if name.startswith("--")}}
assert given["--repo"] == "owner/repository"
if words[:2] == ["issue", "list"]:
    found = [one["number"] for one in issues if one["open"] and given["--label"] in one["labels"]]
    print(min(found) if found else "", end="")
elif words[:2] == ["issue", "create"]:
    body = Path(given["--body-file"]).read_text()
    assert len(body) <= 65536
    number, labels = len(issues) + 1, [given["--label"]]
    issues.append({{"number": number, "title": given["--title"], "open": True, "labels": labels, "body": body}})
elif words[:2] == ["issue", "edit"]:
    issues[int(words[2]) - 1]["body"] = Path(given["--body-file"]).read_text()
elif words[:2] == ["issue", "close"]:
    issues[int(words[2]) - 1]["open"] = False
else:
    assert words[:2] == ["label", "create"], words
state.write_text(json.dumps(issues))
"""

Morning = Callable[[str, str], list[dict[str, Any]]]


@pytest.fixture
def morning(tmp_path: Path) -> Morning:
    """Runs the step after a grading with an exit code and a summary; the issues that there are then."""
    programs = tmp_path / "bin"
    programs.mkdir()
    (programs / "gh").write_text(GH, "utf-8")
    (programs / "gh").chmod(0o755)

    def run(code: str, summary: str) -> list[dict[str, Any]]:
        (tmp_path / "summary.md").write_text(summary, "utf-8")
        environment = {
            "PATH": os.pathsep.join([str(programs), str(Path(sys.executable).parent), os.environ["PATH"]]),
            "GITHUB_REPOSITORY": "owner/repository",
            "GITHUB_RUN_ID": "7",
            "GRADER_CODE": code,
            "GRADER_FOLDER": str(tmp_path),
        }
        subprocess.run(["bash", str(SCRIPT)], env=environment, check=True, capture_output=True)
        state = programs / "issues.json"
        issues = json.loads(state.read_text("utf-8")) if state.exists() else []
        assert isinstance(issues, list)
        return issues

    return run


def test_one_issue_is_opened_updated_and_closed(morning: Morning) -> None:
    """The score falls, stays low with other words, recovers, and falls again: two issues, one of them open."""
    assert morning("0", "all well") == []
    (first,) = morning("1", "## 9.75 of 10")
    assert (first["open"], "## 9.75 of 10" in first["body"]) == (True, True)
    (second,) = morning("1", "## 9.50 of 10")
    assert (second["number"], "## 9.50 of 10" in second["body"]) == (1, True)
    (closed,) = morning("0", "all well")
    assert not closed["open"]
    assert [one["open"] for one in morning("1", "again")] == [False, True]


@pytest.mark.parametrize("code", ["2", "3", "4", ""])
def test_what_could_not_be_graded_changes_nothing(morning: Morning, code: str) -> None:
    """An expired role or a refused permission is no fall and no recovery."""
    assert morning(code, "no grade") == []
    morning("1", "low")
    assert [one["open"] for one in morning(code, "no grade")] == [True]


def test_a_long_summary_fits_into_an_issue(morning: Morning) -> None:
    """GitHub refuses a longer body; the beginning has the score and the table."""
    (one,) = morning("1", "# score\n" + "x" * 200_000)
    assert "# score" in one["body"]
