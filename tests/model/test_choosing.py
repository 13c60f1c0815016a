"""Choosing among candidates: the strongest signs win whatever AWS's order, and --bind names whole names."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from grader.evidence.question import Question
from grader.model.choosing import Sign, choose, identity, is_called, ranking


@dataclass(frozen=True)
class Thing:
    """A candidate."""

    name: str
    id: str = ""
    arn: str = ""
    region: str = ""
    seen: tuple[int, ...] = ()
    sources: tuple[Question, ...] = ()


@dataclass(frozen=True)
class Family:
    """A candidate that has a family instead of a name."""

    family: str


def signs(thing: Thing) -> list[Sign]:
    """A sign of each weight, shown or not."""
    return [(weight, f"sign {weight}", weight in thing.seen) for weight in (4, 2, 1)]


WEAK, STRONG, BOTH = Thing("weak", seen=(1, 2)), Thing("strong", seen=(4,)), Thing("both", seen=(4, 1))


@pytest.mark.parametrize("things", [(WEAK, STRONG, BOTH), (BOTH, STRONG, WEAK), (STRONG, BOTH, WEAK)])
def test_the_strongest_signs_win_in_any_order(things: tuple[Thing, ...]) -> None:
    """Their weights add up, and the second is named."""
    chosen = choose(things, signs)
    assert (chosen.chosen, chosen.runner_up) == (BOTH, STRONG)
    assert ranking(things, signs) == (BOTH, STRONG, WEAK)


def test_of_equal_ones_the_first_by_name_is_taken() -> None:
    """Then by id, ARN and region, so that AWS's order never decides."""
    first, second = Thing("a", id="2"), Thing("b", id="1")
    assert choose((second, first), signs).chosen is first
    assert ranking((Thing("a", id="1", region="z"), Thing("a", id="1", region="b")), signs)[0].region == "b"
    assert identity(Thing("a", "1", "arn", "r")) == ("a", "1", "arn", "r")
    assert identity(Family("web")) == ("web",)
    assert identity(object()) == ()


def test_it_says_why() -> None:
    """The signs that were seen, and where there is none, that there was no other."""
    two = choose([BOTH, WEAK], signs)
    assert (two.why, two.runner_up) == ("sign 4, sign 1", WEAK)
    alone = choose([Thing("alone")], signs)
    assert (alone.why, alone.runner_up) == ("it is the only candidate", None)


def test_what_was_chosen_says_where_it_was_read() -> None:
    """A candidate that does not know has no sources."""
    question = Question("ec2.DescribeVpcs", "eu-west-1")
    assert choose([Thing("a", sources=(question,))], signs).sources == (question,)
    assert choose([Family("web")], lambda _: ()).sources == ()


@pytest.mark.parametrize("name", ["lab", "vpc-1", "arn:aws:x"])
def test_a_candidate_is_called_by_its_whole_name_id_or_arn(name: str) -> None:
    """Not by a part of it, not by its region, and not by nothing."""
    thing = Thing("lab", "vpc-1", "arn:aws:x", "eu-west-1")
    assert is_called(thing, name)
    assert not is_called(thing, name[:-1])
    assert not is_called(thing, "eu-west-1")
    assert is_called(Family("web"), "web")
    assert not is_called(object(), "None")
