# ruff: noqa: E501 - a table of broken answers reads best with one in a line
"""Evidence files: read as they are, refused in one sentence where they are broken or hostile."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from grader.errors import EvidenceError
from grader.evidence import Evidence, json_files, load_evidence, parse_evidence
from grader.grading.pipeline import grade_all
from grader.rubric import open_rubric
from tests.cases import GOLDEN, golden, grade_one


def test_compressed_evidence_is_the_same(tmp_path: Path) -> None:
    """A .json.gz is told by its content and reads like the plain file."""
    path = tmp_path / "lab.json"
    path.write_bytes(gzip.compress(GOLDEN.read_bytes()))
    assert list(load_evidence(path)) == list(load_evidence(GOLDEN))


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "not JSON"),
        (b'{"meta": {}', "not JSON"),
        (b"[]", "outermost value must be an object"),
        (b"{}", "needs 'meta' and 'calls'"),
        (b'{"meta": {}, "calls": {}, "format": 2}', "newer than this grader"),
        (b'{"meta": {"format": 2}, "calls": {}}', "newer than this grader"),
        (b'{"meta": {}, "calls": {}, "format": "x"}', "/format: should be a number"),
        (b'{"meta": [], "calls": {}}', "/meta: should be an object"),
        (b'{"meta": {}, "calls": []}', "/calls: should be an object"),
        (b'{"meta": {}, "calls": {"a.B": {"r": {"": {}}}}}', "either 'response' or 'error'"),
        (b'{"meta": {}, "calls": {"a.B": {"r": {"": {"response": {}, "error": {}}}}}}', "either 'response' or 'error'"),
        (b'{"meta": {}, "calls": {"a.B": {"r": []}}}', "should be an object, but is a list"),
        (b"\xff\xfe{}", "not UTF-8"),
        (b"\x1f\x8b\x08broken", "gzip data is damaged"),
        (b'{"a":' * 100_000, "not an evidence file"),
        (b'{"meta": {}, "calls": {}, "x": ' + b"[" * 90 + b"]" * 90 + b"}", "nested deeper than 64"),
    ],
)
def test_a_broken_file_is_refused_in_one_sentence(tmp_path: Path, content: bytes, sentence: str) -> None:
    """What cannot be evidence is named with its place."""
    path = tmp_path / "lab.json"
    path.write_bytes(content)
    with pytest.raises(EvidenceError) as caught:
        load_evidence(path)
    assert sentence in str(caught.value)
    assert str(path) in str(caught.value)


def test_missing_files_and_folders_are_named(tmp_path: Path) -> None:
    """A path without a file says how to make one; a folder is no file."""
    with pytest.raises(EvidenceError, match="grader collect"):
        load_evidence(tmp_path / "none.json")
    with pytest.raises(EvidenceError, match="this is a folder"):
        load_evidence(tmp_path)


def test_a_file_is_bounded(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """More than the bound is refused, compressed or not, without reading it all."""
    monkeypatch.setattr(json_files, "MAX_BYTES", 1000)
    bomb = tmp_path / "bomb.json.gz"
    bomb.write_bytes(gzip.compress(b" " * 10_000_000))
    for path in (GOLDEN, bomb):
        with pytest.raises(EvidenceError, match="larger than"):
            load_evidence(path)


@pytest.mark.parametrize(
    ("operation", "change", "sentence"),
    [
        ("ec2.DescribeVpcs", {"Vpcs": "none"}, "/Vpcs: should be a list, but is text"),
        ("ec2.DescribeVpcs", {"Vpcs": [7]}, r"/Vpcs/0: should be an object, but is a number"),
        ("ec2.DescribeVpcs", {"Vpcs": [{"VpcId": "vpc-1", "CidrBlock": "10.0.0.0/99"}]}, "is not a CIDR block"),
        ("ec2.DescribeVpcs", {"Vpcs": [{"CidrBlock": "10.0.0.0/16"}]}, "VpcId is missing"),
        ("ec2.DescribeVpcs", {"Vpcs": [{"VpcId": 5, "CidrBlock": "10.0.0.0/16"}]}, "/Vpcs/0/VpcId: should be text, but is a number"),
        ("ec2.DescribeVpcs", {"Vpcs": [{"VpcId": "v", "CidrBlock": "::/0"}]}, "is not an IPv4 CIDR block"),
        ("ec2.DescribeVpcs", {"Vpcs": [{"VpcId": "v", "CidrBlock": "10.0.0.0/8", "IsDefault": 1}]}, "true or false"),
        ("elbv2.DescribeLoadBalancers", {"LoadBalancers": [{"LoadBalancerArn": "x", "SecurityGroups": [1]}]}, "should be text"),
        ("ecs.ListClusters", {"clusterArns": [None]}, "should be text, but is null"),
        ("budgets.DescribeBudgets", {"Budgets": [{"BudgetName": "b", "BudgetLimit": {"Amount": "x"}}]}, "is not a number"),
        ("budgets.DescribeBudgets", {"Budgets": [{"BudgetName": "b", "TimePeriod": {"End": "x"}}]}, "not an ISO 8601 time"),
        ("iam.GetAccountSummary", {"SummaryMap": {"AccountMFAEnabled": 1e999}}, "should be a number"),
    ],
)  # fmt: skip
def test_an_answer_of_another_shape_is_named_with_its_place(
    operation: str, change: dict[str, Any], sentence: str
) -> None:
    """A value that no answer of AWS has ends the grading of that file, with the place of the value."""
    document = golden()
    for keys in document["calls"][operation].values():
        keys[""] = {"response": change}
    with pytest.raises(EvidenceError, match=sentence) as caught:
        grade_one(document)
    assert f"/calls/{operation}/" in str(caught.value) or "CIDR" in sentence or "subnet" in str(caught.value)


@pytest.mark.parametrize(
    ("meta", "sentence"),
    [({"now": "yesterday"}, "not an ISO 8601 time"), ({"regions": "eu"}, "/meta/regions: should be a list")],
)
def test_a_broken_meta_is_named(meta: dict[str, Any], sentence: str) -> None:
    """The facts about the reading itself are checked as well."""
    document = golden()
    document["meta"].update(meta)
    with pytest.raises(EvidenceError, match=sentence):
        grade_one(document)


def test_meta_may_grow_and_may_be_poor() -> None:
    """Unknown keys are ignored; without regions those of the answers are searched."""
    document = golden()
    document["meta"] = {"account": "123456789012", "weather": "fine", "now": "2026-11-20T10:00:00"}
    result = grade_one(document).result
    assert result.score == 10
    assert result.regions == ("eu-west-1", "us-east-1", "us-west-2")


def test_one_broken_file_does_not_stop_the_others() -> None:
    """Of several accounts only the broken one fails."""
    broken = golden()
    broken["calls"]["ec2.DescribeVpcs"]["eu-west-1"][""] = {"response": {"Vpcs": 5}}
    said: list[str] = []
    accounts = [Evidence(document) for document in (golden(), broken, golden())]
    grade_all(open_rubric(), accounts, lambda _, graded: said.append(type(graded).__name__))
    assert said == ["Graded", "EvidenceError", "Graded"]


def test_hostile_names_are_text() -> None:
    """Names with markup, control characters or 10,000 characters change no verdict."""
    text = json.dumps(golden())
    for name in ("sentiment-app-vpc", "private-subnet-1", "sentiment-app-nat"):
        text = text.replace(name, f"<script>\\u001b[31m\\u202e{'x' * 10_000}{name}")
    result = grade_one(json.loads(text)).result
    assert result.score == 10


def test_a_probe_in_the_evidence_decides() -> None:
    """A live answer decides 5.5 and 6.1; without one, metrics and logs do."""
    document = golden()
    document["meta"]["http_probe"] = {"ok": False, "status": 503, "url": "http://x/health"}
    graded = grade_one(document)
    assert {item.id: item.earned for item in graded.result.items if item.lost} == {"5.5": 0, "6.1": 0}


def test_evidence_from_bytes() -> None:
    """What is already in memory reads like a file."""
    assert parse_evidence(GOLDEN.read_bytes(), "here").account == "123456789012"


def test_what_another_load_balancer_answered_says_nothing() -> None:
    """A probe of a leftover load balancer neither costs nor earns: metrics and logs decide."""
    document = golden()
    document["meta"]["http_probe"] = {
        "ok": False, "status": 503, "url": "http://other/health", "load_balancer": "arn:aws:elasticloadbalancing:x",
    }  # fmt: skip
    assert grade_one(document).result.score == 10
