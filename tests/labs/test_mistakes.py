"""Authors' mistakes: none passes lint silently, and none makes a verdict wrong or ends a run."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import boto3
import pytest

from grader.errors import RubricError
from grader.rubric import open_rubric
from grader.rubric.bundled import lint_rubric
from tests.labs.conftest import Emulator, graded, outcomes, rubric_of

HERE = Path(__file__).parent / "mistakes"
LINT = sorted(path.name for path in (HERE / "lint").iterdir())
SAYS = {
    "01-typo-operation.yaml": "Did you mean ec2.DescribeVpcs?",
    "02-cli-spelling.yaml": "Did you mean ec2.DescribeVpcs?",
    "03-boto-spelling.yaml": "Did you mean ec2.DescribeVpcs?",
    "05-iam-name.yaml": "Did you mean elbv2.DescribeLoadBalancers?",
    "07-writes.yaml": "ec2.DeleteVpc is not asked",
    "10-jmespath-wrong-key.yaml": "Did you mean 'Vpcs'?",
    "11-jmespath-unknown-function.yaml": "did you mean 'length'?",
    "12-jmespath-arity.yaml": "length() takes 1 argument",
    "16-unknown-relation.yaml": "Did you mean 'at_least'?",
    "29-builds-on-cycle.yaml": "1.1 -> 1.2 -> 1.1",
    "39-number-vs-string-literal.yaml": "Write `false` in backticks",
}
"""What some of them must be told."""


def answers(name: str) -> dict[str, Any]:
    """Evidence beside the rubrics whose verdicts were wrong."""
    document: dict[str, Any] = json.loads((HERE / "answers" / f"{name}.json").read_text(encoding="utf-8"))
    return document


def rows(name: str, document: dict[str, Any]) -> list[str]:
    """The outcome of each row of a rubric."""
    items = graded(open_rubric(HERE / "answers" / f"{name}.yaml"), document).result.items
    return [str(check.outcome) for item in items for check in item.checks]


@pytest.mark.parametrize("name", LINT)
def test_no_mistake_passes_lint(name: str) -> None:
    """Each mistake is told, with its line, and once."""
    mistakes, _ = lint_rubric(HERE / "lint" / name)
    said = [str(mistake) for mistake in mistakes]
    assert said
    assert all(f"{name}:" in one for one in said)
    assert SAYS.get(name, "") in " ".join(said)
    assert len(said) <= 2


def test_lint_tells_all_mistakes_at_once() -> None:
    """Three mistakes of one row, and those around it, are told together."""
    said = " ".join(map(str, lint_rubric(HERE / "answers" / "three.yaml")[0]))
    for part in ("'hnt'", "Did you mean ec2.DescribeVpcs?", "Incomplete expression", 'Quote it: "2"'):
        assert part in said


def with_groups(*opened: str) -> dict[str, Any]:
    """An account with a security group in each of two regions, SSH open to everybody in some."""
    document = answers("riu")

    def group(region: str) -> dict[str, Any]:
        port = 22 if region in opened else 80
        rule = {"FromPort": port, "ToPort": port, "IpProtocol": "tcp", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}
        return {"response": {"SecurityGroups": [{"GroupId": "sg-1", "GroupName": "web", "IpPermissions": [rule]}]}}

    document["calls"]["ec2.DescribeSecurityGroups"] = {
        region: {"": group(region)} for region in document["meta"]["regions"]
    }
    return document


@pytest.mark.parametrize("region", ["eu-west-1", "us-east-1"])
def test_a_negative_claim_is_not_made_true_by_another_region(region: str) -> None:
    """All three negative rows fail where one region opens SSH, whatever the others answer."""
    assert rows("none-over-regions", with_groups(region)) == ["failed", "failed", "failed"]
    assert rows("none-over-regions", with_groups())[:2] == ["passed", "passed"]


def with_users(*devices: int) -> dict[str, Any]:
    """An account with users of so many MFA devices, a bucket, and no load balancer."""
    document = answers("riu")
    calls = document["calls"]
    names = [f"user{number}" for number in range(len(devices))]
    calls["iam.ListUsers"] = {"global": {"": {"response": {"Users": [{"UserName": name} for name in names]}}}}
    calls["iam.ListMFADevices"] = {
        "global": {
            f"UserName={name}": {"response": {"MFADevices": [{"UserName": name}] * count}}
            for name, count in zip(names, devices, strict=True)
        }
    }
    calls["s3.ListBuckets"] = {"global": {"": {"response": {"Buckets": [{"Name": "photos"}, {"Name": "papers"}]}}}}
    calls["s3.ListObjectsV2"] = {
        "global": {
            "Bucket=photos": {"response": {"Contents": [{"Key": "cat.png"}]}},
            "Bucket=papers": {"response": {"Contents": [{"Key": "report.csv"}]}},
        }
    }
    calls["elbv2.DescribeLoadBalancers"] = {
        region: {"": {"response": {"LoadBalancers": []}}} for region in document["meta"]["regions"]
    }
    return document


def test_every_user_means_every_user() -> None:
    """One of three users with MFA is not every user, and no user is not every user either."""
    assert rows("mfa", with_users(1, 0, 1))[2] == "failed"
    assert rows("mfa", with_users(1, 1, 1))[2] == "passed"
    assert rows("mfa", with_users())[2] == "failed"


def test_a_row_names_what_it_is_about() -> None:
    """The user without a device is named, and a file in one of several buckets is found."""
    result = graded(open_rubric(HERE / "answers" / "mfa.yaml"), with_users(1, 0, 1)).result
    assert "user1" in result.items[2].checks[0].found
    assert result.items[0].outcome == "passed"


def test_what_an_empty_list_leaves_out_is_missing_and_not_denied() -> None:
    """Where AWS answered that there are no buckets, the file is missing; where it refused, the file is open."""
    document = with_users(1)
    document["calls"]["s3.ListBuckets"] = {"global": {"": {"response": {"Buckets": []}}}}
    del document["calls"]["s3.ListObjectsV2"]
    assert rows("no-buckets", document) == ["failed", "failed", "passed"]
    document["calls"]["s3.ListBuckets"] = {"global": {"": {"error": {"Code": "AccessDenied", "Message": "no"}}}}
    assert rows("no-buckets", document)[0] == "unverified"


@pytest.mark.parametrize("account", ["s1", "s2", "s3"])
def test_an_absent_member_is_null(account: str) -> None:
    """Accounts in which a tag is absent are graded, each row by itself."""
    assert rows("some-crash", answers(account))[1] == "passed"


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("numstr", ["passed", "passed"]),
        ("float-int", ["passed"]),
        ("null-function", ["passed"]),
        ("null-length", ["failed"]),
        ("bool-true", ["passed"]),
    ],
)
def test_types_never_end_a_run(name: str, expected: list[str]) -> None:
    """Numbers compare as numbers, and what cannot be compared is just not so."""
    assert rows(name, answers("s2")) == expected


def test_a_text_that_contains_a_number_is_judged() -> None:
    """A number is looked for in a text as its digits are written."""
    assert rows("contains-int", answers("s2"))[0] in ("passed", "failed")


def test_a_quoted_number_is_a_mistake_with_its_line() -> None:
    """at_least of a text is told when the rubric is read."""
    with pytest.raises(RubricError, match=r"str-relation\.yaml:14.*needs a number"):
        open_rubric(HERE / "answers" / "str-relation.yaml")


def test_a_date_is_a_mistake_with_its_line() -> None:
    """YAML reads a date where a text was meant: that is told, and not judged."""
    with pytest.raises(RubricError, match=r"date\.yaml:14.*Quote it"):
        open_rubric(HERE / "answers" / "date.yaml")


def test_evidence_of_another_rubric_says_so() -> None:
    """A region that another rubric did not ask about is open, and the message says why."""
    (item,) = graded(open_rubric(HERE / "answers" / "region-in-use.yaml"), answers("riu")).result.items
    assert item.outcome == "unverified"
    assert "collected for another rubric" in item.checks[0].found
    notices = graded(rubric_of("web-server"), answers("riu")).result.notices
    assert any("collected for another rubric" in notice for notice in notices)


def test_parts_in_other_vpcs_are_not_the_labs() -> None:
    """Subnets, tables and a group in three other VPCs, two of them in other regions, earn nothing of the lab's."""
    result = graded(rubric_of("web-server"), answers("mix")).result
    assert [item.id for item in result.items if item.outcome == "passed"] == ["1.1"]
    assert all(item.outcome == "failed" for item in result.items if item.id[0] in "23")


def test_a_named_region_is_asked_even_where_only_the_default_vpc_is(emulator: Emulator) -> None:
    """A group in the default VPC of a region that was named is found."""
    emulator.reset()
    ec2 = boto3.client("ec2", endpoint_url=emulator.url, region_name="eu-west-1")
    group = ec2.create_security_group(GroupName="web", Description="web")["GroupId"]
    ec2.authorize_security_group_ingress(
        GroupId=group,
        IpPermissions=[{"IpProtocol": "tcp", "FromPort": 80, "ToPort": 80, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}],
    )
    rubric = open_rubric(HERE / "answers" / "region-in-use.yaml")
    document = emulator.collect(rubric, regions=("us-east-1", "eu-west-1"))
    assert outcomes(graded(rubric, document)) == {"1.1": "passed"}
