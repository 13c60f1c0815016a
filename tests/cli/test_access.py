"""``grader access``: a role that reads what the rubric needs, for one account, with an external id for each student."""

from __future__ import annotations

import json
import re
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from cfnlint import api

from grader.classes.external_ids import external_id
from grader.collect import policy_document
from grader.rubric import open_rubric
from grader.rubric.needs import operations_for
from tests.cli.conftest import Run

TA = "210987654321"


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    """The secret of a course."""
    path = tmp_path / "course.secret"
    path.write_text("a secret that nobody guesses\n", "utf-8")
    return path


def test_the_template_is_clean(run: Run) -> None:
    """AWS's own linter finds nothing."""
    text = run("access", "--account", TA).output
    assert api.lint(text, None, ["us-east-1", "eu-west-1"]) == []


def test_the_role_reads_what_the_rubric_needs_and_no_more(run: Run) -> None:
    """The actions are those of the policy, one by one, without a wildcard."""
    properties = json.loads(run("access", "--account", TA).output)["Resources"]["GraderRole"]["Properties"]
    (policy,) = properties["Policies"]
    assert policy["PolicyDocument"] == policy_document(operations_for(open_rubric().items))
    assert not any("*" in action for one in policy["PolicyDocument"]["Statement"] for action in one["Action"])
    assert "ManagedPolicyArns" not in properties


def test_the_role_is_trusted_by_one_account_with_an_external_id(run: Run) -> None:
    """Nobody else may take it, and not even that account without the student's external id."""
    text = run("access", "--account", TA).output
    (trust,) = json.loads(text)["Resources"]["GraderRole"]["Properties"]["AssumeRolePolicyDocument"]["Statement"]
    assert trust["Principal"] == {"AWS": {"Fn::Sub": f"arn:${{AWS::Partition}}:iam::{TA}:root"}}
    assert trust["Condition"] == {"StringEquals": {"sts:ExternalId": {"Ref": "ExternalId"}}}
    assert re.findall(r"\d{12}", text) == [TA, TA]


def test_each_student_has_an_external_id_that_the_run_derives_too(run: Run, secret: Path, tmp_path: Path) -> None:
    """The command and the link carry it, and it differs from student to student."""
    roster = tmp_path / "roster.csv"
    roster.write_text("id\nada\nbo & co\n", "utf-8")
    url = "https://bucket.s3.amazonaws.com/role.json?versionId=1"
    ran = run("access", "--account", TA, "--secret-file", secret, "--roster", roster, "--template-url", url)
    ids = {name: external_id(secret.read_bytes().strip(), name) for name in ("ada", "bo & co")}
    assert len(set(ids.values())) == 2
    for name, identifier in ids.items():
        command, link = [line for line in ran.errors.splitlines() if line.startswith(f"{name}: ")]
        assert command.endswith(f"--parameter-overrides ExternalId={identifier}")
        given = parse_qs(urlsplit(link.partition(": ")[2]).fragment.partition("?")[2])
        assert (given["templateURL"], given["param_ExternalId"]) == ([url], [identifier])


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--account", "12"], "not a 12-digit account id"),
        (["--account", TA, "--student", "ada"], "derived from a secret"),
        (["--account", TA, "--template-url", "http://x"], "not an https URL"),
        (["--account", TA, "--role-name", "a b"], "not a valid role name"),
    ],
)
def test_wrong_usage_gets_a_sentence(run: Run, options: list[str], said: str) -> None:
    """Exit code 2, and nothing on standard output."""
    ran = run("access", *options)
    assert (ran.code, ran.output) == (2, "")
    assert said in ran.errors


def test_a_short_secret_is_refused(run: Run, tmp_path: Path) -> None:
    """One that could be found by trying protects nobody."""
    (tmp_path / "short").write_text("abc", "utf-8")
    ran = run("access", "--account", TA, "--student", "ada", "--secret-file", tmp_path / "short")
    assert ran.code == 2
    assert "needs at least 16" in ran.errors
