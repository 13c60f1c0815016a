"""What failed because of what: causes belong to checks, and only what really stops something is one."""

from __future__ import annotations

from typing import Any

import pytest

from grader.grading.causes import in_order, roots
from grader.grading.pipeline import Graded
from tests.cases import golden, grade_one, patched
from tests.grading.test_field_cases import CASES, document


def field(name: str) -> Graded:
    """A field case, graded."""
    return grade_one(document(next(case for case in CASES if case["id"].startswith(name))))


def causes(graded: Graded) -> dict[str, str | None]:
    """The cause of every item that lost something."""
    return {item.id: item.because_of for item in graded.result.items if item.lost}


def test_a_missing_route_stops_the_pull_and_all_that_follows() -> None:
    """Running, reaching, opening and logging fail because of the NAT route."""
    assert causes(field("A01")) == {"4.5": None, "5.4": "4.5", "5.5": "4.5", "6.1": "4.5", "6.3": "4.5"}


def test_a_harmless_fault_is_no_cause() -> None:
    """Port 8000 open to the world stops nothing; beside it the missing route does."""
    found = causes(field("D32"))
    assert found["4.6"] is None
    assert {found[item] for item in ("5.4", "5.5", "6.1")} == {"4.5"}


def test_what_never_started_has_no_log_of_its_own_to_lose() -> None:
    """Without another fault the log is missing because no task runs."""
    assert causes(field("A02"))["6.3"] == "5.4"


def test_each_check_has_its_own_cause() -> None:
    """Of one item, one check can be a consequence and the other not."""
    items = {item.id: item for item in field("A16").result.items}
    assert [check.because_of for check in items["5.4"].checks] == ["4.5", "4.5"]
    assert [check.because_of for check in items["6.3"].checks if check.outcome == "failed"] == ["4.5"]
    assert [check.because_of for check in items["4.5"].checks] == [None, None]


def test_what_is_missing_takes_what_is_built_on_it_along() -> None:
    """Without a bucket there are no files; without a VPC no subnets."""
    calls = golden()["calls"]
    calls["s3.ListBuckets"]["global"][""]["response"]["Buckets"] = []
    found = causes(grade_one({"meta": golden()["meta"], "calls": calls}))
    assert found["2.2"] == "2.1"


@pytest.mark.parametrize(
    ("name", "item"), [("M179", "5.5"), ("M182", "5.5"), ("M087", "4.3"), ("M125", "4.5"), ("M160", "4.6")]
)
def test_a_fault_of_its_own_has_no_cause(name: str, item: str) -> None:
    """A root is nobody's consequence, and every other cause is an item that lost something."""
    graded = grade_one(patched(name))
    lost = {one.id for one in graded.result.items if one.lost}
    assert all(cause is None or cause in lost for cause in causes(graded).values())
    assert any(cause is None for cause in causes(graded).values())
    assert item


def test_the_order_puts_causes_before_what_they_stop() -> None:
    """What brings back most comes first, and each cause before its consequences."""
    graded = field("D32")
    order = [item.id for item in in_order(graded.result.items)]
    assert order.index("4.5") < min(order.index(one) for one in ("5.4", "5.5", "6.1", "6.3"))
    values = [root.recovers for root in roots(graded.result.items)]
    assert values == sorted(values, reverse=True)
    assert sum(values) == graded.result.lost


def test_what_a_repair_brings_back_is_counted_once() -> None:
    """Each lost check is under exactly one root."""
    for name in ("A01", "A16", "D32", "C16"):
        graded = field(name)
        found = [
            (lost.item.id, lost.check.id)
            for root in roots(graded.result.items)
            for lost in (*root.own, *root.follow)
        ]
        failed = [
            (item.id, check.id)
            for item in graded.result.items
            for check in item.checks
            if check.outcome == "failed"
        ]
        assert sorted(found) == sorted(failed)


def test_a_consequence_is_told_to_wait_for_its_cause() -> None:
    """The hint of a check that another step stops would lead astray, so no report gives it."""
    from grader.report.feeds.annotations import render as annotations
    from grader.report.feeds.markdown import render as markdown
    from grader.report.terminal import render_result

    graded = field("A01")
    texts: list[Any] = [render_result(graded.result), markdown([graded]), annotations([graded])]
    for text in texts:
        assert "Caused by 4.5. Fix that first." in text
        assert "Use the log driver awslogs" not in text
