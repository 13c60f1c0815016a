"""Gathering from several places: a refused place is a gap, and where there are gaps, none is not none."""

from __future__ import annotations

import pytest

from grader.errors import Missing, Unverified
from grader.evidence.question import Question
from grader.evidence.refusals import Refusal, RefusalKind
from grader.model.gathering import Gathered, gather, merged


def refusal(region: str, operation: str = "ec2.DescribeVpcs") -> Refusal:
    """A question that was refused in a region."""
    return Refusal(Question(operation, region), RefusalKind.IDENTITY_POLICY, operation.replace(".", ":"), "", "")


def gap(*regions: str) -> Unverified:
    """What was refused in some regions."""
    return Unverified(f"refused in {' and '.join(regions)}", tuple(map(refusal, regions)))


ONE, OTHER = gap("eu-west-1"), gap("us-east-1")


def test_a_refused_place_is_a_gap_beside_what_the_others_told() -> None:
    """What AWS says is absent adds nothing, and hides nothing."""

    def read(place: str) -> list[str]:
        if place == "closed":
            raise ONE
        if place == "absent":
            raise Missing("there is none")
        return [place, place.upper()]

    found = gather(read, ["a", "closed", "absent", "b"])
    assert tuple(found) == ("a", "A", "b", "B")
    assert len(found) == 4
    assert found.gaps == (ONE,)
    assert gather(read, ["absent"]).complete() == ()


def test_with_a_gap_nothing_is_complete() -> None:
    """The items are still there, for whoever needs only one."""
    found = Gathered((1, 2), (ONE,))
    with pytest.raises(Unverified, match="refused in eu-west-1"):
        found.complete()
    assert tuple(found) == (1, 2)
    assert Gathered((1, 2)).complete() == (1, 2)


def test_a_choice_of_the_items_keeps_the_gaps() -> None:
    """What was left out may be in the gap as well."""
    assert Gathered((1, 2, 3), (ONE,)).where(lambda one: one > 1) == Gathered((2, 3), (ONE,))


def test_another_regions_gap_hides_nothing_of_this_one() -> None:
    """A gap that touches both regions hides something in each."""
    found = Gathered((1,), (ONE, OTHER, gap("us-east-1", "eu-west-1")))
    assert found.within("eu-west-1") == Gathered((1,), (ONE, found.gaps[2]))
    with pytest.raises(Unverified):
        found.complete_in("eu-west-1")
    found.complete_in("eu-north-1")


def test_nothing_found_is_missing_only_without_gaps() -> None:
    """Else it is unknown, with the refusals."""
    empty: tuple[int, ...] = ()
    missing = Gathered(empty).nothing("There is no VPC.")
    assert isinstance(missing, Missing)
    assert str(missing) == "There is no VPC."
    assert Gathered(empty, (ONE,)).nothing("There is no VPC.") is ONE


def test_several_refusals_are_one_with_all_that_was_refused() -> None:
    """The first one's reason with the number of the others, and each refusal once."""
    assert merged([ONE]) is ONE
    found = merged([ONE, OTHER, ONE])
    assert str(found) == "refused in eu-west-1 (and 2 more)"
    assert found.refusals == (refusal("eu-west-1"), refusal("us-east-1"))
