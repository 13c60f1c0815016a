"""Expressions of rubrics: what a course writes works, and none takes memory or time without end."""

from __future__ import annotations

from time import monotonic

import pytest

from grader.things.paths import BadPath, Path

TAGS = [{"Key": "Name", "Value": "x"}]
ANSWER = {"Vpcs": [{"VpcId": f"vpc-{n}", "IsDefault": n == 0, "Tags": TAGS} for n in range(50)]}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("length(Vpcs[?!IsDefault])", 49),
        ("Vpcs[0].{id: VpcId, tags: Tags[].{k: Key, v: Value}, d: IsDefault}.id", "vpc-0"),
        ("Vpcs[?Tags[?Key=='Name' && Value=='x']] | [0].VpcId", "vpc-0"),
        ("sort_by(Vpcs, &VpcId)[-1].[VpcId, IsDefault]", ["vpc-9", False]),
        ("not_null(a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, Vpcs[1].VpcId)", "vpc-1"),
        ("join(', ', Vpcs[:2].VpcId)", "vpc-0, vpc-1"),
        ("Vpcs[*].[a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s] | length(@)", 50),
        ("length(missing)", None),
        ("sum(Vpcs)", None),
        ("Vpcs[0].VpcId.length(@)", 5),
        (".".join("a" * 900), None),
        ("Vpcs" + "[0]" * 600, None),
    ],
)
def test_what_a_course_writes_gives_its_value(text: str, value: object) -> None:
    """Fields side by side, filters, sorting; a function that cannot take what it finds gives nothing, and no crash."""
    assert Path(text).value_in(ANSWER) == value


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("@ | [@, @]" + " | [@, @]" * 6, "repeats what it is given"),
        ("[@, @][].[@, @][].[@, @][].[@, @][].[@, @][].[@, @][].[@, @]", "repeats what it is given"),
        ("map(&[@, @, @], map(&[@, @, @], map(&[@, @, @], map(&[@, @, @], [@, @]))))", "repeats what it is given"),
        ("{a: @, b: @, c: @}.{a: @, b: @, c: @}.{a: @, b: @, c: @}.{a: @, b: @, c: @}", "repeats what it is given"),
        ("`[1]`" + " | [@, @]" * 7, "repeats what it is given"),
        ("[Vpcs, Vpcs] | [[0], [0], @] | [@, @, @] | [@, @, @, @] | to_string(@)", "repeats what it is given"),
        ("(" * 900 + "@" + ")" * 900, "nested deeper"),
        ("!" * 1900 + "a", "nested deeper"),
        ("a" * 2001, "longer than 2000 characters"),
        ("Vpcs[", "not a JMESPath expression"),
        ("", "not a JMESPath expression"),
        ("\ud800", "not a JMESPath expression"),
    ],
)
def test_what_has_no_end_is_refused_as_it_is_read(text: str, said: str) -> None:
    """Doubling, spelled in any way; depth; length; and what is no expression at all."""
    began = monotonic()
    with pytest.raises(BadPath, match=said):
        Path(text)
    assert monotonic() - began < 5


def test_a_separator_does_not_multiply_texts() -> None:
    """A long separator between many texts would be larger than memory: it gives nothing."""
    assert Path("join(a, b)").value_in({"a": "x" * 10_000, "b": ["y"] * 100_000}) is None
