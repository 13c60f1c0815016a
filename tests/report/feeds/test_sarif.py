"""SARIF 2.1.0, by its JSON schema and by the sentences of the standard that a schema cannot hold."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from grader.grading.pipeline import Graded
from grader.report.feeds.sarif import render
from tests.cases import grade, patched

SCHEMA = json.loads((Path(__file__).parent / "schemas" / "sarif-2.1.0.json").read_text("utf-8"))
VALIDATOR = jsonschema.Draft4Validator(SCHEMA, format_checker=jsonschema.Draft4Validator.FORMAT_CHECKER)


def run_of(graded: Graded) -> dict[str, Any]:
    """The one run of a log."""
    log = json.loads(render([graded]))
    (run,) = log["runs"]
    assert isinstance(run, dict)
    return run


def test_the_schema_of_the_standard_accepts_it(any_account: Graded) -> None:
    """Every result, hostile ones too, is a valid log."""
    VALIDATOR.validate(json.loads(render([any_account])))


def test_the_schema_would_refuse_something_else() -> None:
    """The schema is a real one: a result of an unknown kind is refused."""
    log = {
        "version": "2.1.0",
        "runs": [{"tool": {"driver": {"name": "x"}}, "results": [{"message": {"text": "x"}, "kind": "wrong"}]}],
    }
    with pytest.raises(jsonschema.ValidationError):
        VALIDATOR.validate(log)


def test_only_a_lost_point_is_a_failure(any_account: Graded) -> None:
    """A kind other than ``fail`` has level ``none`` (3.27.10 of the standard), and only failed checks are ``fail``."""
    results = run_of(any_account)["results"]
    failed = [check for item in any_account.result.items for check in item.checks if check.outcome == "failed"]
    assert [result["kind"] for result in results].count("fail") == len(failed)
    assert all((result["level"] == "error") == (result["kind"] == "fail") for result in results)
    assert {result["level"] for result in results} <= {"error", "none"}


@pytest.mark.parametrize(
    ("case", "kinds"),
    [("U04", {"open"}), ("nothing-said", {"open"}), ("empty", {"fail", "open", "review"})],
)
def test_what_aws_would_not_say_is_no_failure(graded: Callable[[str], Graded], case: str, kinds: set[str]) -> None:
    """A refusal is ``open`` and what a person decides is ``review``; the message says which."""
    results = run_of(graded(case))["results"]
    assert {result["kind"] for result in results} == kinds
    said = {"open": "not counted against you", "review": "your instructor decides", "fail": ""}
    assert all(said[result["kind"]] in result["message"]["text"] for result in results)


def test_a_correct_deployment_has_no_results(graded: Callable[[str], Graded]) -> None:
    """Passed checks raise no alert; the run still tells how many there were."""
    run = run_of(graded("golden"))
    assert run["results"] == []
    assert run["properties"]["passedChecks"] == len(run["tool"]["driver"]["rules"])


def test_every_result_names_its_rule(any_account: Graded) -> None:
    """``ruleIndex`` and ``ruleId`` of a result name the same rule, and rules are unique (3.27.6, 3.19.23)."""
    run = run_of(any_account)
    rules = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
    assert len(set(rules)) == len(rules)
    assert all(rules[result["ruleIndex"]] == result["ruleId"] for result in run["results"])


def test_fingerprints_tell_results_apart_and_stay(graded: Callable[[str], Graded]) -> None:
    """The same finding has the same fingerprint tomorrow, so that an alert is not opened twice."""
    first, second = run_of(graded("empty")), run_of(graded("empty"))
    prints = [json.dumps(result["partialFingerprints"]) for result in first["results"]]
    assert len(set(prints)) == len(prints)
    assert prints == [json.dumps(result["partialFingerprints"]) for result in second["results"]]


def test_controls_are_tags_of_the_results_that_fail_them(graded: Callable[[str], Graded]) -> None:
    """Whoever filters by standard finds the resource that fails a control; a missing one fails none."""
    (found,) = grade({"M226": patched("M226")}).values()
    without_logs = [one["properties"] for one in run_of(found)["results"] if "controls" in one["properties"]]
    assert [one["tags"] for one in without_logs] == [["AWS Foundational Security Best Practices v1.0.0/ECS.9"]]
    assert without_logs[0]["resources"][0].endswith("task-definition/sentiment-app-task:3")
    of_nothing = [one["properties"].get("controls", ()) for one in run_of(graded("empty"))["results"]]
    assert all(name.startswith("CIS") for names in of_nothing for name in names), "the root user is always there"


def test_locations_tell_nothing_of_the_machine(hostile: Graded) -> None:
    """A location is a relative name: no folder of whoever graded."""
    for result in run_of(hostile)["results"]:
        for location in result["locations"]:
            uri = location["physicalLocation"]["artifactLocation"]["uri"]
            assert not uri.startswith(("/", "folder/", "file:"))
