# ruff: noqa: E501 - a table of changes reads best with one in a line
"""What cannot all be true in a file is said with the grade, and costs nothing; what can be is not."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from grader.evidence import Evidence
from grader.evidence.contradictions import SeenVpcs, contradictions
from tests.cases import cases, golden, grade_one
from tests.cli.conftest import Ran, run  # noqa: F401 - the fixture

TODAY = datetime(2026, 11, 20, 12, tzinfo=UTC)
Change = Callable[[dict[str, Any]], object]


def said(document: dict[str, Any]) -> list[str]:
    """The sentences about a document."""
    return list(contradictions(Evidence(document), TODAY))


def caller(document: dict[str, Any]) -> Any:
    """The answer of STS in it."""
    return document["calls"]["sts.GetCallerIdentity"]["global"][""]["response"]


def balancer(document: dict[str, Any]) -> Any:
    """The load balancer in it."""
    return document["calls"]["elbv2.DescribeLoadBalancers"]["eu-west-1"][""]["response"]["LoadBalancers"][0]


@pytest.mark.parametrize("case", cases(), ids=lambda case: case.id)
def test_no_kept_case_contradicts_itself(case: Any) -> None:
    """Correct, faulty, refused, Learner Lab: nothing is said of honest evidence."""
    assert said(case.document) == []


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (lambda d: d["meta"].update(account="999999999999"), "AWS answered 123456789012"),
        (lambda d: d["meta"].update(account="the best"), "is not an AWS account id"),
        (lambda d: (d["meta"].update(account="999999999999"), caller(d).update(Account="999999999999")), "belongs to 123456789012"),
        (lambda d: d["meta"].update(environment="academy"), "but the caller was arn:aws:iam::123456789012:user/mlops-admin"),
        (lambda d: caller(d).update(Arn="arn:aws:sts::123456789012:assumed-role/voclabs/user1=x"), "the caller was AWS Academy's"),
        (lambda d: d["meta"].update(now="2027-01-01T00:00:00+00:00"), "read in the future"),
        (lambda d: d["meta"].update(now="2020-01-01T00:00:00+00:00"), "the account was read at 2020-01-01 00:00"),
        (lambda d: d["meta"].update(http_probe={"ok": True, "status": 200, "url": "http://u:p@other.example/health?t=s"}), "an answer of other.example, which"),
        (lambda d: d["meta"].update(http_probe={"ok": True, "status": 200, "url": "", "load_balancer": "arn:x"}), "an answer of arn:x, which"),
    ],
)  # fmt: skip
def test_each_contradiction_is_a_notice_and_costs_nothing(change: Change, expected: str) -> None:
    """One sentence, in the result too; the score is that of what the answers hold."""
    document = golden()
    change(document)
    (sentence,) = said(document)
    assert expected in sentence
    graded = grade_one(document)
    assert any(expected in notice for notice in graded.result.notices)
    if "account" not in sentence and "read" not in sentence:
        assert graded.result.lost == 0


@pytest.mark.parametrize(
    "change",
    [
        lambda d: d["meta"].pop("account"),
        lambda d: (d["meta"].update(environment="academy"), caller(d).update(Arn="arn:aws:sts::123456789012:assumed-role/LabRole/i-0abc")),
        lambda d: d["calls"].pop("sts.GetCallerIdentity"),
        lambda d: d["meta"].update(now="2026-11-20T10:30:00+02:00"),
        lambda d: d["meta"].update(http_probe={"ok": True, "status": 200, "url": f"http://{balancer(d)['DNSName']}:80/health"}),
        lambda d: d["meta"].update(http_probe={"ok": True, "status": 200, "url": "http://x/", "load_balancer": balancer(d)["LoadBalancerArn"]}),
        lambda d: (d["meta"].update(http_probe={"ok": True, "status": 200, "url": "http://x/"}), d["calls"].pop("elbv2.DescribeLoadBalancers")),
        lambda d: d["calls"]["ec2.DescribeVpcs"]["eu-west-1"][""]["response"]["Vpcs"].append({"VpcId": "vpc-shared", "OwnerId": "111111111111", "CidrBlock": "10.7.0.0/16"}),
    ],
    ids=range(8),
)  # fmt: skip
def test_what_can_be_true_is_not_doubted(change: Change) -> None:
    """Unknown accounts, machines of a Learner Lab, other offsets, refused answers, shared VPCs."""
    document = golden()
    change(document)
    assert [sentence for sentence in said(document) if "read at" not in sentence] == []


def test_the_same_vpc_in_two_files_is_a_notice(run: Any, tmp_path: Path) -> None:  # noqa: F811
    """The later one says where it was seen; a file that is given twice, and a VPC shared with both, say nothing."""
    copied = golden()
    copied["meta"]["account"] = caller(copied)["Account"] = "999999999999"
    text = json.dumps(copied).replace("123456789012", "999999999999")
    (tmp_path / "monday.json").write_text(json.dumps(golden()), encoding="utf-8")
    (tmp_path / "copied.json").write_text(text, encoding="utf-8")
    ran: Ran = run("grade", tmp_path / "monday.json", tmp_path / "copied.json", "--no-html")
    assert ran.output.count("The same VPC (vpc-0a1b2c3d4e5f60718) is in monday.json, of account 123456789012.") == 1
    assert ran.output.count("!") == 1
    twice: Ran = run("grade", tmp_path / "monday.json", tmp_path / "monday.json", "--no-html")
    assert "!" not in twice.output
    seen = SeenVpcs()
    for source in ("one", "two"):
        shared = {"meta": {"account": source}, "calls": {"ec2.DescribeVpcs": {"r": {"": {"response": {"Vpcs": [{"VpcId": "vpc-1", "OwnerId": "111111111111"}]}}}}}}
        assert seen.notices(Evidence(shared, source=source)) == ()
