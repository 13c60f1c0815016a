"""Claims about the running application: what fails while a deployment is waited for is pending, not lost."""

from __future__ import annotations

import pytest

from grader.errors import Missing, Pending, Unverified
from grader.model.deployment import unless_waited_for
from grader.model.findings import Finding
from tests.cases import golden
from tests.model.small import answer, deploying, lab, refused

RIGHT, WRONG = Finding(True, "it is right"), Finding(False, "it is wrong", "a right one")
OLD = "2026-11-20T09:40:00+00:00"


def missing() -> Finding:
    """A claim about something that does not exist."""
    raise Missing("there is none")


def test_what_holds_needs_no_waiting() -> None:
    """Whatever is being deployed, and whatever was refused."""
    assert unless_waited_for(lab(deploying()), lambda: RIGHT) is RIGHT
    assert unless_waited_for(lab(refused(golden(), "ecs.DescribeServices")), lambda: RIGHT) is RIGHT


def test_what_fails_or_is_missing_is_waited_for() -> None:
    """While the deployment is young: it may bring it."""
    for claim in (lambda: WRONG, missing):
        with pytest.raises(Pending, match="is still in progress"):
            unless_waited_for(lab(deploying()), claim)


@pytest.mark.parametrize("minutes", ["settled", "old"])
def test_after_that_it_is_lost(minutes: str) -> None:
    """With its own words, as missing or as wrong."""
    one = lab(golden() if minutes == "settled" else deploying(created=OLD))
    assert unless_waited_for(one, lambda: WRONG) is WRONG
    with pytest.raises(Missing, match="there is none"):
        unless_waited_for(one, missing)


def test_without_a_service_nothing_is_waited_for() -> None:
    """Where AWS did not answer whether there is one, it is unknown."""
    without = golden()
    answer(without, "ecs.ListServices")["serviceArns"] = []
    assert unless_waited_for(lab(without), lambda: WRONG) is WRONG
    with pytest.raises(Missing):
        unless_waited_for(lab(without), missing)
    hidden = lab(refused(golden(), "ecs.ListServices", "ecs.DescribeServices"))
    with pytest.raises(Unverified, match="ecs:DescribeServices"):
        unless_waited_for(hidden, missing)
