"""OCSF compliance findings, by the JSON schema of the version that they name."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import jsonschema
import pytest
from ocsf_json_schema import OcsfJsonSchemaEmbedded, get_ocsf_schema

from grader.grading.pipeline import Graded
from grader.report.feeds.ocsf import SCHEMA_VERSION, render

SCHEMA = OcsfJsonSchemaEmbedded(get_ocsf_schema(SCHEMA_VERSION)).get_class_schema("compliance_finding", ["cloud"])
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)


def findings(*graded: Graded) -> list[dict[str, Any]]:
    """The findings that these results are written to."""
    found = json.loads(render(graded))
    assert isinstance(found, list)
    return found


def test_the_schema_accepts_every_finding(any_account: Graded) -> None:
    """Every finding of every result, hostile ones too, is a valid compliance finding."""
    for finding in findings(any_account):
        VALIDATOR.validate(finding)


def test_the_schema_would_refuse_something_else(graded: Callable[[str], Graded]) -> None:
    """The schema is a real one: a finding without its status or with an unknown key is refused."""
    finding = findings(graded("golden"))[0]
    assert not VALIDATOR.is_valid({**finding, "surprise": 1})
    assert not VALIDATOR.is_valid({key: value for key, value in finding.items() if key != "compliance"})


def test_the_type_is_made_of_class_and_activity(graded: Callable[[str], Graded]) -> None:
    """``type_uid`` is the class times 100 plus the activity, as the schema's text demands."""
    for finding in findings(graded("M050")):
        assert finding["type_uid"] == finding["class_uid"] * 100 + finding["activity_id"]


def test_there_is_a_finding_for_each_item(graded: Callable[[str], Graded]) -> None:
    """Items are the controls; their ids tell findings of one account and of several apart."""
    found = findings(graded("golden"), graded("M050"))
    assert [finding["finding_info"]["uid"] for finding in found[:2]] == ["123456789012/1.1", "123456789012/1.2"]
    assert len(found) == 2 * len(graded("golden").result.items)


@pytest.mark.parametrize(
    ("case", "item", "status"),
    [
        ("golden", "1.1", (1, "Pass")),
        ("M050", "2.2", (3, "Fail")),
        ("M160", "4.6", (3, "Fail")),
        ("U04", "2.1", (2, "Warning")),
        ("academy", "1.1", (99, "Not applicable")),
    ],
)
def test_status_says_what_became_of_the_item(
    graded: Callable[[str], Graded], case: str, item: str, status: tuple[int, str]
) -> None:
    """Lost points fail a control; what AWS would not say is a warning, "due to missing information"."""
    (finding,) = [one for one in findings(graded(case)) if one["finding_info"]["uid"].endswith(f"/{item}")]
    assert (finding["compliance"]["status_id"], finding["compliance"]["status"]) == status


def test_controls_of_standards_are_requirements(graded: Callable[[str], Graded]) -> None:
    """An item that corresponds to a control of CIS says so, with the standard among the standards."""
    compliance = findings(graded("golden"))[0]["compliance"]
    assert "CIS AWS Foundations Benchmark v5.0.0/1.4" in compliance["requirements"]
    assert "CIS AWS Foundations Benchmark v5.0.0" in compliance["standards"]


def test_time_is_when_the_account_was_read(graded: Callable[[str], Graded]) -> None:
    """Milliseconds of the moment of the evidence, not of the grading."""
    expected = int(graded("golden").result.collected_at.timestamp() * 1000)
    assert {finding["time"] for finding in findings(graded("golden"))} == {expected}
