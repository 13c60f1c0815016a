"""What is counted over a class, and the questions that it raises."""

from __future__ import annotations

from random import Random
from statistics import correlation, mean
from typing import Any

import pytest

from grader.class_run.summary import generalized
from grader.classes.questions import HandIn, questions_about
from grader.classes.statistics import Statistics
from tests.report.class_page.made_up import item, steps, summary

STEPS = steps()


def counted(summaries: list[dict[str, Any]]) -> Statistics:
    """Statistics of some summaries."""
    statistics = Statistics(STEPS)
    for one in summaries:
        statistics.add(one)
    return statistics


def test_difficulty_and_discrimination_are_those_of_the_books() -> None:
    """The mean share earned, and the correlation with the rest of the score, as Python's own library has them."""
    random = Random(1)
    summaries = [
        summary([item(one, random.choice(["passed", "partial", "failed"]), random) for one in STEPS]) for _ in range(60)
    ]
    for number, step in enumerate(counted(summaries).steps):
        earned = [one["items"][number]["earned"] for one in summaries]
        rest = [one["raw"] - got for one, got in zip(summaries, earned, strict=True)]
        assert step.difficulty == pytest.approx(mean(earned) / step.points)
        assert step.discrimination == pytest.approx(correlation(earned, rest))


def test_what_is_open_or_does_not_apply_says_nothing_about_a_step() -> None:
    """Such students are left out of difficulty and discrimination, and counted as open where they are."""
    random = Random(1)
    summaries = [summary([item(one, outcome, random) for one in STEPS]) for outcome in ("unverified", "not_applicable")]
    first = counted(summaries).steps[0]
    assert (first.decided, first.open, first.lost, first.difficulty, first.discrimination) == (0, 1, 0, None, None)


def test_a_step_that_all_earn_discriminates_nothing() -> None:
    """Without any difference there is no correlation; it is not zero."""
    random = Random(1)
    summaries = [summary([item(one, "passed", random) for one in STEPS]) for _ in range(5)]
    assert {(step.difficulty, step.discrimination) for step in counted(summaries).steps} == {(1.0, None)}


def test_open_points_are_told_by_the_permission_that_is_missing() -> None:
    """How many students, and how many points, the most first."""
    random = Random(1)
    (one,) = counted([summary([item(STEPS[0], "unverified", random)])] * 3).permissions
    assert (one.students, one.points) == (3, STEPS[0].points * 3)


def test_reasons_are_counted_by_student() -> None:
    """The most common first, in words."""
    random = Random(1)

    def lost(found: str) -> dict[str, Any]:
        one = item(STEPS[0], "failed", random)
        one["reasons"][0]["found"] = found
        return summary([one])

    step = counted([lost("no NAT route")] * 27 + [lost("image built for arm64")] * 9 + [lost("x")] * 4).steps[0]
    assert step.words == "27 of 40: no NAT route; 9: image built for arm64; 4: x"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (
            "private route table rtb-0a1b2c3d has no route to nat-0f00",
            "private route table rtb-99 has no route to nat-1111",
        ),
        ("load balancer my-alb has no listeners", "load balancer sentiment-app-alb has no listeners"),
        ("subnets subnet-0a1, subnet-0b2 are not associated", "subnets subnet-1 and subnet-2 are not associated"),
        ("bucket a-b-c (arn:aws:s3:::a-b-c) is public", "bucket my_bucket (arn:aws:s3:::my_bucket) is public"),
    ],
)
def test_equal_mistakes_read_alike(one: str, other: str) -> None:
    """Ids, addresses and names are a student's own; what is left is the reason."""
    names = ("my-alb", "sentiment-app-alb")
    assert generalized(one, names) == generalized(other, names)


def test_what_distinguishes_reasons_stays() -> None:
    """A platform, a port and a protocol are no names."""
    assert generalized("the image is built for arm64", ()) == "the image is built for arm64"
    assert "HTTP:80" in generalized("no listener HTTP:80 forwards to it", ())


def hand_in(student: str, account: str, expected: str = "", **facts: Any) -> HandIn:
    """A hand-in with some facts."""
    whole = summary([], account=account)
    whole["facts"].update(facts)
    return HandIn(student, expected, whole)


def test_what_two_hand_ins_share_is_asked() -> None:
    """The same account; the same VPC or load balancer in different accounts; another student's endpoint."""
    found = questions_about(
        [
            hand_in("a", "1" * 12, vpcs=["vpc-1"]),
            hand_in("b", "1" * 12, vpcs=["vpc-1"]),
            hand_in("c", "2" * 12, vpcs=["vpc-1"], hosts=["c.elb.amazonaws.com"], asked="c.elb.amazonaws.com"),
            hand_in("d", "3" * 12, hosts=["d.elb.amazonaws.com"], asked="c.elb.amazonaws.com"),
            hand_in("e", "4" * 12, expected="5" * 12, asked="x.elb.amazonaws.com"),
        ]
    )
    assert [(one.students, one.words[:30]) for one in found] == [
        (("a", "b"), "They handed in the same accoun"),
        (("a", "b", "c"), "The same VPC, vpc-1, appears i"),
        (("d", "c"), "The application that was teste"),
        (("e",), "The evidence is from account 4"),
        (("e",), "The application that was teste"),
    ]


def test_a_class_without_anything_in_common_raises_no_question() -> None:
    """Nobody is suspected for nothing."""
    hands = [
        hand_in(name, name * 12, name * 12, vpcs=[f"vpc-{name}"], hosts=[f"{name}.elb.amazonaws.com"],
                asked=f"{name}.elb.amazonaws.com")
        for name in "123"
    ]  # fmt: skip
    assert questions_about(hands) == ()


def test_a_check_of_the_rubric_that_broke_is_the_first_question() -> None:
    """Once for all students in whose accounts it broke, with what to do."""
    random = Random(1)
    hands = [HandIn(name, "", summary([item(STEPS[0], "unverified", random)])) for name in ("ada", "bob")]
    for hand in hands:
        hand.summary["broken"] = ["1.1 Root: the check x stopped with KeyError: 1"]  # type: ignore[index]
    first = questions_about(hands)[0]
    assert first.students == ("ada", "bob")
    assert first.words == (
        "Step 1.1 Root: the check x stopped with KeyError: 1. Its points are open. Fix the check and use --regrade."
    )
