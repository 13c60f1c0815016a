"""Findings: quantifiers name the offenders, and neither nothing nor the unknown is ever taken for a pass."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from grader.errors import Missing, Pending, Unverified
from grader.model.findings import (
    Claim,
    Finding,
    at_least,
    both,
    denials,
    either,
    every,
    finding,
    known,
    label,
    sentence,
    some,
)  # fmt: skip

RIGHT = Finding(True, "it is right")
WRONG = Finding(False, "it is wrong", "a right one")
HIDDEN = Unverified("AWS did not answer")
LATER = Pending("it is being made")
GONE = Missing("there is none")
Said = Finding | Exception


def said(thing: Said) -> Finding:
    """What is claimed of a thing: itself, or raised."""
    if isinstance(thing, Finding):
        return thing
    raise thing


def claims(*things: Said) -> list[Claim]:
    """A claim for each thing."""
    return [lambda thing=thing: said(thing) for thing in things]  # type: ignore[misc]


def verdict(claim: Callable[[], Finding]) -> str:
    """``right``, ``wrong``, or the reason why nobody knows."""
    try:
        return "right" if claim() else "wrong"
    except (Unverified, Pending) as error:
        return str(error)


class TestEvery:
    @pytest.mark.parametrize(
        ("things", "expected"),
        [
            ((), "wrong"),
            ((RIGHT,), "right"),
            ((RIGHT, RIGHT), "right"),
            ((RIGHT, WRONG), "wrong"),
            ((RIGHT, GONE), "wrong"),
            ((RIGHT, HIDDEN), "AWS did not answer"),
            ((HIDDEN, RIGHT), "AWS did not answer"),
            ((HIDDEN,), "AWS did not answer"),
            ((HIDDEN, WRONG), "wrong"),
            ((WRONG, HIDDEN), "wrong"),
            ((LATER, HIDDEN), "it is being made"),
            ((HIDDEN, LATER), "AWS did not answer"),
        ],
    )
    def test_one_known_offender_decides_and_one_unknown_leaves_it_open(
        self, things: tuple[Said, ...], expected: str
    ) -> None:
        """Of nothing it is false; a known offender beside an unknown is a loss; without one it is the first unknown."""
        assert verdict(lambda: every(things, said)) == expected

    def test_it_names_the_offenders_alone(self) -> None:
        """Each with what was found of it, and what the first of them should have been."""
        other = Finding(False, "it is late", "an early one")
        found = every(["a", "b", "c"], {"a": RIGHT, "b": WRONG, "c": other}.__getitem__)
        assert (found.found, found.expected) == ("b: it is wrong; c: it is late", "a right one")
        things: tuple[Said, ...] = (RIGHT, GONE)
        assert every(things, said).found == f"{GONE!r}: there is none"

    def test_it_names_three_and_counts_the_rest(self) -> None:
        """A message stays readable in an account with many."""
        assert every("abc", lambda _: WRONG).found == "a: it is wrong; b: it is wrong; c: it is wrong"
        assert every("abcde", lambda _: WRONG).found == (
            "a: it is wrong; b: it is wrong; c: it is wrong; and 2 more"
        )

    def test_what_there_should_be_is_named(self) -> None:
        """Where there is nothing, and where all are right."""
        assert every([], said, of="subnets").found == "there are no subnets"
        assert every([], said, of="subnets").expected == "subnets, each as the handout asks"
        assert every([RIGHT, RIGHT], said, of="subnets").found == "all 2 subnets"
        assert (every([], said).found, every([RIGHT], said).found) == ("there are no resources", "all 1 resources")


class TestAtLeast:
    @pytest.mark.parametrize(
        ("needed", "things", "expected"),
        [
            (0, (), "wrong"),
            (1, (), "wrong"),
            (0, (WRONG,), "wrong"),
            (0, (RIGHT,), "right"),
            (1, (RIGHT, WRONG), "right"),
            (2, (RIGHT, WRONG), "wrong"),
            (2, (RIGHT, RIGHT), "right"),
            (2, (RIGHT, RIGHT, RIGHT), "right"),
            (2, (RIGHT, HIDDEN), "AWS did not answer"),
            (2, (RIGHT, HIDDEN, WRONG), "AWS did not answer"),
            (1, (RIGHT, HIDDEN), "right"),
            (2, (LATER, HIDDEN), "it is being made"),
            (1, (GONE,), "wrong"),
        ],
    )
    def test_enough_are_enough_and_nothing_never_is(self, needed: int, things: tuple[Said, ...], expected: str) -> None:
        """Of nothing it is false, even where nothing is needed; an unknown may be the one that is missing."""
        assert verdict(lambda: at_least(needed, things, said)) == expected

    def test_it_says_what_is_there_and_what_is_missing(self) -> None:
        """The offenders with what they should be; else how many there should be."""
        assert at_least(1, [RIGHT], said, of="zones").found == "1 zones"
        assert at_least(1, [RIGHT], said).found == "1 resources"
        nothing = at_least(0, [], said, of="zones")
        assert (nothing.found, nothing.expected) == ("there are no zones", "at least 1")
        assert at_least(3, [], said).expected == "at least 3"
        wrong = at_least(2, ["a"], lambda _: WRONG)
        assert (wrong.found, wrong.expected) == ("a: it is wrong", "a right one")
        assert at_least(2, ["a"], lambda _: Finding(False, "no"), of="zones").expected == "at least 2 zones"
        few = at_least(2, [RIGHT], said, of="zones")
        assert (bool(few), few.expected) == (False, "at least 2 zones")


class TestEitherAndSome:
    @pytest.mark.parametrize(
        ("things", "expected"),
        [
            ((), "wrong"),
            ((WRONG, RIGHT), "right"),
            ((HIDDEN, RIGHT), "right"),
            ((GONE, RIGHT), "right"),
            ((WRONG, HIDDEN, WRONG), "AWS did not answer"),
            ((LATER, HIDDEN), "it is being made"),
            ((GONE, GONE), "wrong"),
        ],
    )
    def test_one_is_enough_and_an_unknown_may_be_it(self, things: tuple[Said, ...], expected: str) -> None:
        """False only where all are known to be false; of nothing it is false."""
        assert verdict(lambda: either(*claims(*things))) == expected
        assert verdict(lambda: some(things, said)) == expected

    def test_the_last_one_speaks(self) -> None:
        """The words of the last that failed, or of what is missing."""
        assert either(*claims(Finding(False, "first"), WRONG)) == WRONG
        assert either(*claims(WRONG, GONE)).found == "there is none"
        assert either(*claims(WRONG, RIGHT)) == RIGHT
        assert either().found == "nothing was found"


class TestBoth:
    @pytest.mark.parametrize(
        ("things", "expected"),
        [
            ((RIGHT, RIGHT), "right"),
            ((RIGHT, WRONG), "wrong"),
            ((HIDDEN, WRONG), "wrong"),
            ((WRONG, HIDDEN), "wrong"),
            ((HIDDEN, RIGHT), "AWS did not answer"),
            ((LATER, HIDDEN), "it is being made"),
        ],
    )
    def test_one_false_decides_whatever_is_unknown(self, things: tuple[Said, ...], expected: str) -> None:
        """A fault beside an unknown is a fault."""
        assert verdict(lambda: both(*claims(*things))) == expected

    def test_the_first_false_one_speaks(self) -> None:
        """Else the last."""
        assert both(*claims(WRONG, Finding(False, "second"))) == WRONG
        assert both(*claims(Finding(True, "first"), RIGHT)) == RIGHT


def test_known_is_never_unknown() -> None:
    """For ranking: what cannot be told, is being made or is missing gives what was named instead."""
    for thing in (HIDDEN, LATER, GONE):
        assert known(lambda thing=thing: said(thing), "otherwise") == "otherwise"  # type: ignore[misc]
    assert known(lambda: said(WRONG), "otherwise") == WRONG


def test_a_plain_truth_value_is_a_finding_with_words() -> None:
    """And a finding stays as it is."""
    assert finding(True) == Finding(True, "holds")
    assert finding(False) == Finding(False, "does not hold")
    assert finding(WRONG) is WRONG


def test_a_finding_prints_what_was_found_and_what_was_expected() -> None:
    """What is expected is said only where it does not hold, and where something is."""
    assert repr(WRONG) == "it is wrong; expected: a right one"
    assert repr(Finding(True, "it is right", "a right one")) == "it is right"
    assert sentence("it is wrong", "") == "it is wrong"


def test_the_last_denied_finding_is_noted_while_checks_run() -> None:
    """Only one that was taken as false, and nothing of what ran before."""
    bool(WRONG)
    with denials() as last:
        assert last() is None
        bool(RIGHT)
        assert last() is None
        bool(WRONG)
        assert last() is WRONG
        with denials() as inner:
            assert inner() is None
            bool(Finding(False, "inner"))
        assert last() is WRONG


def test_a_resource_is_called_by_name_and_id() -> None:
    """Once where both are the same or there is no name; what an account calls a thing is cut and made harmless."""
    assert label("web", "subnet-1") == "web (subnet-1)"
    assert label("subnet-1", "subnet-1") == "subnet-1"
    assert label("", "subnet-1") == "subnet-1"
    long = label("x" * 5000, "y" * 5000)
    assert len(long) < 1000
    text = "x" * 5000
    assert len(every([text], lambda _: WRONG).found) < 1000
    assert every([7], lambda _: WRONG).found == "7: it is wrong"
