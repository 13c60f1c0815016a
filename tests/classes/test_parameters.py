"""Values of each student: a column of the roster gives what the rubric leaves to it."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from tests.classes.conftest import command as command
from tests.classes.conftest import scores, write_evidence

RUBRIC = """
lab: A network of your own
points: "2.0"
parameters:
  vpc_name: {about: the name of your VPC}
  team: {default: "0"}
things:
  vpc: {list: ec2.DescribeVpcs, each: "Vpcs[?!IsDefault]", where: {"tag:Name": $vpc_name}}
sections:
  - id: "1"
    title: Network
    items:
      - id: "1.1"
        title: The VPC of team {team}
        points: "2.0"
        hint: Name it {vpc_name}.
        checks:
          - {of: vpc, expect: {State: available}, points: "2.0"}
"""


@pytest.fixture
def course(tmp_path: Path) -> Path:
    """Four hand-ins of the same account, and a rubric that asks each student for another name."""
    (tmp_path / "lab.yaml").write_text(RUBRIC, "utf-8")
    for name in ("ada", "bo", "cy", "di"):
        write_evidence(tmp_path / f"hand-ins/{name}.json")
    rows = [
        ("student id", "VPC name", "team", "evidence"),
        ("ada", "sentiment-app-vpc", "12", "hand-ins/ada.json"),
        ("bo", "other-vpc", "13", "hand-ins/bo.json"),
        ("cy", "sentiment-app-vpc", "", "hand-ins/cy.json"),
        ("di", "", "14", "hand-ins/di.json"),
    ]
    with (tmp_path / "roster.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(rows)
    return tmp_path


def test_each_student_is_graded_with_the_values_of_the_roster(
    course: Path, command: Callable[..., CompletedProcess[str]]
) -> None:
    """A value that is missing costs that student's grade alone; the same command again changes nothing."""
    for _ in range(2):
        done = command("class", "roster.csv", "--rubric", "lab.yaml", "--out", "out")
        assert "Traceback" not in done.stderr
        found = scores(course / "out")
        assert [found[name]["score"] for name in ("ada", "bo", "cy")] == ["2", "0", "2"]
        assert found["di"]["score"] == ""
    results = {path.name: path.read_text("utf-8") for path in (course / "out").rglob("*.json")}
    assert any("The VPC of team 12" in text for text in results.values())
    assert any("Name it other-vpc." in text for text in results.values())
    assert "vpc_name" in (course / "out/run.log").read_text("utf-8") + done.stderr + done.stdout


def test_one_value_for_all_is_given_as_before(course: Path, command: Callable[..., CompletedProcess[str]]) -> None:
    """``--set`` is for whoever has no cell of their own."""
    command("class", "roster.csv", "--rubric", "lab.yaml", "--out", "out", "--set", "vpc_name=sentiment-app-vpc")
    assert {name: row["score"] for name, row in scores(course / "out").items()} == {
        "ada": "2", "bo": "0", "cy": "2", "di": "2",
    }  # fmt: skip
