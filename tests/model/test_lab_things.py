"""Things that a rubric binds itself, as checks see them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from grader.errors import Manual, Missing, Unverified
from grader.evidence import Evidence, Question
from grader.evidence.tracking import reading
from grader.model.lab_things import LabThings, ThingRow
from grader.rubric import open_rubric
from tests.cases import golden
from tests.model.small import DENIED

RUBRIC = """
lab: L
things:
  vpc: {list: ec2.DescribeVpcs, each: "Vpcs[?!IsDefault]", where: {"tag:Name": sentiment-app-vpc}}
  subnet: {list: ec2.DescribeSubnets, each: "Subnets[]", where: {VpcId: $vpc.VpcId, "tag:Name": public-subnet-1}}
items:
  - {id: "1", title: block, of: vpc, expect: {CidrBlock: 10.0.0.0/16}}
  - {id: "2", title: other, of: subnet, expect: {CidrBlock: 10.9.0.0/24}}
"""


def things(
    folder: Path, document: dict[str, Any], binds: dict[str, str] | None = None
) -> tuple[LabThings, list[ThingRow]]:
    """The things of the rubric in an account, and its rows by name."""
    file = folder / "rubric.yaml"
    file.write_text(RUBRIC, encoding="utf-8")
    rubric = open_rubric(file)
    return LabThings(rubric.things, Evidence(document), binds or {}), [ThingRow(row.name) for row in rubric.things.rows]


def test_a_row_says_what_it_found_and_what_it_rests_on(tmp_path: Path) -> None:
    """It holds, or it does not, with both values; the questions that it read are credited."""
    found, (block, other) = things(tmp_path, golden())
    with reading() as read:
        assert found.verdict(block)
    assert {one.operation for one in read if isinstance(one, Question)} == {"ec2.DescribeVpcs"}
    lost = found.verdict(other)
    assert not lost
    assert "10.0.1.0/24" in lost.found
    assert "10.9.0.0/24" in lost.expected


def test_what_was_taken_is_told(tmp_path: Path) -> None:
    """Each thing that was found, and nothing that a row waits for."""
    found, _ = things(tmp_path, golden())
    assert set(found.taken) == set(found.assignment) == {"vpc", "subnet"}
    assert dict(found.missing) == {}


def test_what_is_missing_is_missing_for_all_that_rests_on_it(tmp_path: Path) -> None:
    """Named by the thing that is not there."""
    document = golden()
    document["calls"]["ec2.DescribeVpcs"]["eu-west-1"][""]["response"]["Vpcs"] = []
    found, rows = things(tmp_path, document)
    for row in rows:
        with pytest.raises(Missing):
            found.verdict(row)
    assert set(found.missing.values()) == {"vpc"}
    assert set(found.taken) == set()


def test_a_refusal_leaves_it_open(tmp_path: Path) -> None:
    """With the error of the answer, which carries no traceback of an earlier check."""
    document = golden()
    document["calls"]["ec2.DescribeVpcs"]["eu-west-1"][""] = DENIED
    found, (block, _) = things(tmp_path, document)
    for _ in range(2):
        with pytest.raises(Unverified):
            found.verdict(block)


def test_a_person_decides_a_manual_row(tmp_path: Path) -> None:
    """In the words of the rubric, whatever the account holds."""
    found, _ = things(tmp_path, golden())
    with pytest.raises(Manual, match="Show your drawing"):
        found.verdict(ThingRow("drawing", "Show your drawing."))


def test_a_bound_thing_is_taken(tmp_path: Path) -> None:
    """By its id, instead of the one that the rubric describes."""
    document = golden()
    (own,) = [
        vpc["VpcId"]
        for vpc in document["calls"]["ec2.DescribeVpcs"]["eu-west-1"][""]["response"]["Vpcs"]
        if not vpc.get("IsDefault")
    ]
    found, (block, _) = things(tmp_path, document, {"vpc": own})
    assert found.taken["vpc"].is_bound
    assert found.verdict(block)
