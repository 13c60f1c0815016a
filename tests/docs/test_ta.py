"""docs/ta.md, executed: every command of a TA's first hour, in its order, against emulated accounts."""

from __future__ import annotations

import os
import re
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from grader.classes.roster import COLUMNS
from grader.rubric import default_rubric, open_rubric
from tests.bench.serving import Key
from tests.classes.conftest import live as live
from tests.classes.conftest import scores, write_evidence
from tests.classes.live import LiveClass
from tests.classes.many_accounts import key_of

TOP = Path(__file__).resolve().parents[2]
TEXT = (TOP / "docs/ta.md").read_text("utf-8")
_FENCE = re.compile(r"^```(\w+)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
LINES = [line for kind, body in _FENCE.findall(TEXT) if kind == "sh" for line in body.splitlines()]
FILES = dict(re.findall(r"^```\w+\n# ([\w.-]+)\n(.*?)^```$", TEXT, re.DOTALL | re.MULTILINE))


@pytest.mark.slow
def test_the_first_hour_goes_as_told(live: LiveClass, tmp_path: Path) -> None:
    """Each command does its job, in the order of the page, and leaves what the page says."""
    for name, body in FILES.items():
        (tmp_path / name).write_text(body, "utf-8")
    (tmp_path / "keys").mkdir()
    for name, account in (("ada", 700000000000), ("bo", 700000000001)):
        text = f"[default]\naws_access_key_id={key_of(account)}\naws_secret_access_key=not-a-secret\n"
        (tmp_path / f"keys/{name}.txt").write_text(text, "utf-8")
    write_evidence(tmp_path / "handed-in/cy.json", "U04", account="700000000002")
    shutil.copy(default_rubric(), tmp_path / "corrected.yaml")
    (tmp_path / "overrides.yaml").rename(tmp_path / "later.yaml")
    kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    served = live.served.environment(Key("", ""), "eu-west-1", tls=False)
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        del served[name]
    environment = kept | served | {
        "HOME": str(tmp_path), "PYTHONPATH": str(TOP), "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    }  # fmt: skip
    out = tmp_path / "reports/roster"
    said = []
    for line in LINES:
        if line == "grader class roster.csv" and out.exists():
            (tmp_path / "later.yaml").rename(tmp_path / "overrides.yaml")
        program = line.replace("grader ", f"{sys.executable} -m grader ", 1) if line.startswith("grader ") else line
        ran = subprocess.run(
            program, shell=True, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=300, check=False
        )
        assert ran.returncode in (0, 1, 3), (line, ran.stderr)
        assert "Traceback" not in ran.stderr
        said.append(ran.stdout + ran.stderr)
        if line == "grader class roster.csv":
            expected = {"ada": live.score(700000000000), "bo": live.score(700000000001)}
            if (tmp_path / "overrides.yaml").exists():
                expected["bo"] = 10.0
            assert {name: float(scores(out)[name]["score"]) for name in expected} == expected
    assert set(scores(out)) == {"ada", "bo"}
    assert "decided by Kim" in scores(out)["bo"]["decisions"]
    assert "Deleted all data of cy" in said[-1]
    with sqlite3.connect(out / "state.sqlite") as state:
        (query,) = [body for kind, body in _FENCE.findall(TEXT) if kind == "sql"]
        assert [row[0] for row in state.execute(query)] == ["ada", "bo"]
    state.close()
    listed = re.findall(r"`([\w.]+/?)`", TEXT.partition("## 3.")[2].partition("\n\n**")[0].partition("`--out`")[2])
    assert {name for name in listed if not (out / name).exists()} <= {"class.html"}


def test_every_column_is_explained() -> None:
    """The page names each kind of column that a roster can have."""
    table = TEXT.partition("| column |")[2].partition("\n\n")[0].lower()
    for meaning, names in COLUMNS.items():
        plain = [re.sub(r"[^a-z0-9]", "", word) for word in re.findall(r"`([^`]+)`", table)]
        assert set(plain) & set(names), meaning


def test_the_late_policy_shown_is_one(tmp_path: Path) -> None:
    """It can be pasted into a rubric as it stands."""
    (shown,) = [body for kind, body in _FENCE.findall(TEXT) if kind == "yaml" and body.startswith("late:")]
    path = tmp_path / "rubric.yaml"
    path.write_text(default_rubric().read_text("utf-8").replace("variants:\n", f"{shown}\nvariants:\n", 1), "utf-8")
    policy = open_rubric(path).late
    assert policy is not None
    assert policy.extensions
