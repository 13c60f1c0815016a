"""The best of several candidates: one earns all shares, and a refusal that may hide a better one opens what it lost."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pytest

from grader.errors import Missing, Pending, Unverified
from grader.evidence.question import Question
from grader.evidence.refusals import Refusal, RefusalKind
from grader.model.best import Best, best_of
from grader.model.findings import Finding

YES, NO, GONE, UNKNOWN = "yes", "no", "gone", "unknown"


@dataclass(frozen=True)
class Candidate:
    """A candidate with what each of three claims says of it."""

    name: str
    says: tuple[str, str, str]


def claim(number: int) -> Callable[[Candidate], Finding]:
    """One of the three claims."""

    def said(one: Candidate) -> Finding:
        word = one.says[number]
        if word == GONE:
            raise Missing(f"{one.name} has none")
        if word == UNKNOWN:
            refusal = Refusal(Question("iam.ListMFADevices", "global", one.name), RefusalKind.OTHER, "x", "", "")
            raise Unverified(f"refused of {one.name}", (refusal,))
        return Finding(word == YES, f"{one.name} says {word}")

    return said


CLAIMS = tuple(map(claim, range(3)))


def best(*says: tuple[str, str, str]) -> Best[Candidate]:
    """The best of candidates called a, b, c."""
    return best_of([Candidate(name, one) for name, one in zip("abc", says, strict=False)], CLAIMS)


def shares(found: Best[Candidate]) -> str:
    """What each claim says of the best: + for held, - for lost, ? for open."""

    def share(number: int) -> str:
        try:
            return "+" if found.share(claim(number)) else "-"
        except Unverified:
            return "?"

    return "".join(map(share, range(3)))


@pytest.mark.parametrize(
    ("says", "chosen", "told"),
    [
        (((YES, NO, NO), (YES, YES, NO)), "b", "++-"),
        (((YES, YES, NO), (YES, NO, NO)), "a", "++-"),
        # Of equal ones, that of which the first claims hold; else the first.
        (((NO, NO, YES), (YES, NO, NO)), "b", "+--"),
        (((YES, NO, NO), (YES, NO, NO)), "a", "+--"),
        (((GONE, YES, YES), (YES, NO, GONE)), "a", "-++"),
        # Of equal ones, that with more open.
        (((YES, NO, NO), (YES, UNKNOWN, NO)), "b", "+?-"),
    ],
)
def test_the_one_of_which_most_claims_hold_earns_all_shares(
    says: tuple[tuple[str, str, str], ...], chosen: str, told: str
) -> None:
    """Shares of two candidates are never added up."""
    found = best(*says)
    assert (found.chosen.name, shares(found)) == (chosen, told)
    assert found.hidden is None


def test_a_refusal_that_may_hide_a_better_one_opens_what_is_lost() -> None:
    """Not what is held; one that could at most be as good hides nothing."""
    assert shares(best((YES, YES, NO), (UNKNOWN, UNKNOWN, UNKNOWN))) == "++?"
    assert shares(best((YES, YES, NO), (UNKNOWN, UNKNOWN, NO))) == "++-"
    assert shares(best((YES, NO, GONE), (UNKNOWN, UNKNOWN, NO))) == "+??"


def test_the_refusals_of_all_that_may_be_better_are_named_once() -> None:
    """With what each of them hides."""
    everything = (UNKNOWN, UNKNOWN, UNKNOWN)
    hidden = best((YES, NO, NO), everything, everything).hidden
    assert hidden is not None
    assert [one.question.key for one in hidden.refusals] == ["b", "c"]  # type: ignore[attr-defined]


def test_what_is_missing_is_said() -> None:
    """As a claim that does not hold."""
    assert best((GONE, NO, NO)).share(claim(0)) == Finding(False, "a has none")


def test_what_is_pending_is_not_swallowed() -> None:
    """Only refusals and what is missing are weighed."""

    def waits(_: Candidate) -> Finding:
        raise Pending("later")

    with pytest.raises(Pending):
        best_of([Candidate("a", (NO, NO, NO))], [waits])
