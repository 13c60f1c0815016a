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
from tests.cases import grade, patched

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
    uids = [finding["finding_info"]["uid"] for finding in found]
    assert len(set(uids)) == len(uids)
    assert uids[0] == "123456789012/golden/1.1"
    steps = [finding for finding in found if "points" in finding["unmapped"]]
    assert len(steps) == 2 * len(graded("golden").result.items)


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
    """Lost points fail a control; what AWS did not answer is a warning, "due to missing information"."""
    (finding,) = [one for one in findings(graded(case)) if one["finding_info"]["uid"].endswith(f"/{item}")]
    assert (finding["compliance"]["status_id"], finding["compliance"]["status"]) == status


def test_controls_of_standards_are_requirements(graded: Callable[[str], Graded]) -> None:
    """A control of CIS is a finding of its own, with its standard and version."""
    (found,) = controls(graded("golden"), "1.4")
    assert found["compliance"]["requirements"] == ["CIS AWS Foundations Benchmark v5.0.0/1.4"]
    assert found["compliance"]["standards"] == ["CIS AWS Foundations Benchmark v5.0.0"]
    assert found["resources"][0]["type"] == "AwsAccount"


def controls(graded: Graded, identifier: str) -> list[dict[str, Any]]:
    """The findings of one control."""
    return [one for one in findings(graded) if one["compliance"]["control"] == identifier]


def test_a_control_is_about_the_resource_that_it_is_decided_of(graded: Callable[[str], Graded]) -> None:
    """The load balancer, the task definition, the user and both groups are named, not the account."""
    golden = graded("golden")
    assert {one["resources"][0]["type"] for one in controls(golden, "ELB.13")} == {
        "AWS::ElasticLoadBalancingV2::LoadBalancer"
    }
    assert controls(golden, "ECS.9")[0]["resources"][0]["uid"].endswith(":task-definition/sentiment-app-task:3")
    assert {one["resources"][0]["uid"] for one in controls(golden, "IAM.2")} == {"mlops-admin"}
    groups = controls(golden, "EC2.18")
    assert len({one["resources"][0]["uid"] for one in groups}) == 2
    assert not controls(golden, "S3.8"), "default settings of an account say nothing of a bucket"


def test_what_is_missing_fails_no_control(graded: Callable[[str], Graded]) -> None:
    """An empty account has no load balancer that could be wrong."""
    for control in ("ELB.13", "ECS.9", "EC2.18", "IAM.2", "IAM.19"):
        assert controls(graded("empty"), control) == []


def test_a_control_asks_for_more_than_its_step_where_it_does() -> None:
    """A group that is open on SSH and a policy of a user's own cost no point, and fail EC2.18 and IAM.2."""
    document = patched()
    answers = document["calls"]["ec2.DescribeSecurityGroups"].values()
    for entry in (entry for keys in answers for entry in keys.values()):
        for group in entry["response"]["SecurityGroups"]:
            if group["GroupName"] != "default":
                everywhere = {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}
                group["IpPermissions"].append(everywhere)
    for entry in document["calls"]["iam.ListUserPolicies"]["global"].values():
        entry["response"]["PolicyNames"] = ["mine"]
    (found,) = grade({"changed": document}).values()
    assert found.result.lost == 0
    assert {one["compliance"]["status"] for one in controls(found, "EC2.18")} == {"Fail"}
    assert {one["compliance"]["status"] for one in controls(found, "IAM.2")} == {"Fail"}
    assert {one["compliance"]["status"] for one in controls(found, "IAM.19")} == {"Pass"}


def test_time_is_when_the_account_was_read(graded: Callable[[str], Graded]) -> None:
    """Milliseconds of the moment of the evidence, not of the grading."""
    expected = int(graded("golden").result.collected_at.timestamp() * 1000)
    assert {finding["time"] for finding in findings(graded("golden"))} == {expected}
