"""``grader why``: the reason for one loss."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cases import golden
from tests.cli.conftest import Run
from tests.model.diagnosis.scenes import Change, no_nat_route, scene, stopped

TIMEOUT = "ResourceInitializationError: unable to pull secrets or registry auth: dial tcp 1.2.3.4:443: i/o timeout"


@pytest.fixture(autouse=True)
def _somewhere_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def kept(*changes: Change) -> Path:
    """An evidence file of a scene in the current folder."""
    path = Path("lab.json")
    path.write_text(json.dumps(scene(*changes).document), encoding="utf-8")
    return path


def test_it_prints_the_diagnosis_the_repair_and_both_ways(run: Run) -> None:
    """For one item: what happened, what to type, and where the traffic ends."""
    ran = run("why", "5.4", kept(no_nat_route, stopped(TIMEOUT)))
    assert ran.code == 0
    assert "because of 4.5" in ran.output
    assert "has no route to 0.0.0.0/0" in ran.output
    assert "$ aws ec2 create-route --region eu-west-1" in ran.output
    assert ran.output.index("The way in") < ran.output.index("The way out")


def test_without_an_item_it_takes_the_largest_loss(run: Run) -> None:
    """The step that is the cause of most lost points."""
    ran = run("why", kept(no_nat_route, stopped(TIMEOUT)))
    assert ran.output.startswith("4.5 ")


def test_an_item_that_the_diagnosis_is_not_about_has_its_own_words(run: Run) -> None:
    """What was found, what was expected, and what to do."""
    document = golden()
    document["calls"]["iam.ListAccountAliases"]["global"][""]["response"]["AccountAliases"] = []
    Path("lab.json").write_text(json.dumps(document), encoding="utf-8")
    ran = run("why", "1.2", "lab.json")
    assert ran.code == 0
    assert "the account has no alias" in ran.output
    assert "The way in" not in ran.output


def test_where_nothing_is_lost_it_says_so(run: Run) -> None:
    """Exit code 0: it was asked a question and answered it."""
    ran = run("why", kept())
    assert (ran.code, ran.output) == (0, "No points are lost.\n")


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("5,4", "lab.json"), "Did you mean 5.4"),
        (("9.9", "lab.json"), "there is no item '9.9'"),
        (("5.4", "missing.json"), "missing.json: cannot be read"),
        (("5.4", "lab.json", "more.json"), "takes one file and at most one item"),
    ],
)
def test_wrong_usage_is_said_in_one_line(run: Run, arguments: tuple[str, ...], says: str) -> None:
    """Exit code 2, with what to do."""
    kept()
    ran = run("why", *arguments)
    assert ran.code == 2
    assert says in ran.errors
    assert ran.errors.count("\n") == 1


def test_help_has_an_example(run: Run) -> None:
    """As every command has."""
    assert "grader why 5.4 lab.json.gz" in run("why", "--help").output
