"""What each expectation holds of, and that none raises, hangs or is true of nothing."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from grader.errors import Missing
from grader.things.expectations import RELATIONS, BadExpectation, read
from grader.things.judge import Judge
from grader.things.values import TooSlow

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
POLICY = {
    "Statement": [
        {"Effect": "Allow", "Action": "s3:Get*", "Resource": "arn:aws:s3:::photos/*"},
        {"Effect": "Deny", "Action": ["s3:GetObjectAcl"], "Resource": "*"},
        {"Effect": "Allow", "NotAction": "iam:*", "Resource": "arn:aws:sqs:::orders", "Principal": {"AWS": "*"}},
    ]
}


class References:
    """A VPC that is there, and a group that is not."""

    def value_of(self, name: str, path: str) -> Any:
        if name == "vpc":
            return "vpc-1"
        raise Missing(f"There is no {name}.")

    def words_for(self, name: str, path: str) -> str:
        return f"that of {name}"

    def label_for(self, value: Any) -> str:
        return str(value)


def holds(expected: str, value: Any) -> bool:
    """Whether an expectation, as YAML, holds of a value."""
    return Judge(References(), NOW).told(read(yaml.safe_load(expected)), value, "it").holds


TRUE: list[tuple[str, Any]] = [
    ("t2.micro", "t2.micro"),
    ("80", 80),
    ("80", "80"),
    ("'80'", 80),
    ("2.0", 2),
    ("true", True),
    ("true", "true"),
    ("$vpc.VpcId", "vpc-1"),
    ("[a, b]", ["a", "b"]),
    ("{equal: 3}", 3),
    ("null", None),
    ("{not: a}", "b"),
    ("{not: a}", None),
    ("{one_of: [a, $vpc.VpcId]}", "vpc-1"),
    ("{between: [1, 3]}", "2"),
    ("{at_least: 3}", 3),
    ("{at_most: 3}", "3"),
    ("{more_than: 2}", 3),
    ("{less_than: 4}", 3),
    ("{matches: 'in.tall +httpd'}", "dnf install  httpd"),
    ("{like: 'web-?*'}", "web-12"),
    ("{like: 'a[1]*'}", "a[1]b"),
    ("{ignoring_case: enable HTTP}", "Enable http"),
    ("{ignoring_case: {contains: HTTP}}", "Enable http access"),
    ("{contains: ell}", "hello"),
    ("{contains: 5}", "a5"),
    ("{contains: {Key: a}}", [{"Key": "b"}, {"Key": "a"}]),
    ("{contains: [a, b]}", ["b", "c", "a"]),
    ("{within: 10.0.0.0/8}", "10.1.0.0/16"),
    ("{within: 10.0.0.0/8}", "10.1.1.1"),
    ("{within: [10.0.0.0/8, 192.168.0.0/16]}", ["10.0.0.0/16", "192.168.1.0/24"]),
    ("{within: 'fd00::/8'}", "fd00::1"),
    ("{same_as: [a, b]}", ["b", "a", "a"]),
    ("{present: true}", 0),
    ("{present: false}", None),
    ("{present: false}", []),
    ("{count: 2}", [1, 2]),
    ("{count: {at_least: 1}}", [1]),
    ("{count: 0}", None),
    ("{some: {A: 1, B: 2}}", [{"A": 1}, {"A": 1, "B": 2}]),
    ("{every: {A: 1}}", [{"A": 1}, {"A": 1}]),
    ("{none: {A: 1}}", [{"A": 2}]),
    ("{not: {some: {A: 1}}}", []),
    ("{any_of: [{like: 'a*'}, {like: 'b*'}]}", "bc"),
    ("{all_of: [{at_least: 1}, {at_most: 2}]}", 1),
    ("{at_least: 1, at_most: 2}", 2),
    ("{A.B: 1, C: {present: true}}", {"A": {"B": 1}, "C": 0}),
    ("{before: 2026-11-20}", "2026-11-19T23:00:00Z"),
    ("{after: '2026-11-01T00:00:00Z'}", 1795000000),
    ("{before: now}", 1.7e9),
    ("{age: {at_most: 7}}", "2026-11-15T00:00:00+00:00"),
    ("{'tag:Name': web}", {"Tags": [{"Key": "Name", "Value": "web"}]}),
    ("{'tag:Name': web}", {"tags": {"Name": "web"}}),
    ("{'tag:Name': web}", {"TagList": [{"key": "Name", "value": "web"}]}),
    ("{json(Policy).A: 1}", {"Policy": "%7B%22A%22%3A1%7D"}),
    ("{base64(D): {contains: httpd}}", {"D": "aHR0cGQ="}),
    ("{list(Action): {some: a}}", {"Action": "a"}),
    ("{list(Action): {some: a}}", {"Action": ["b", "a"]}),
    ("{lower(A): web}", {"A": "WEB"}),
    ("{\"after(Arn, '/')\": name}", {"Arn": "arn:x/y/name"}),
    ("{allows: 's3:GetObject'}", POLICY),
    ("{allows: {action: s3:GetObject, resource: 'arn:aws:s3:::photos/a'}}", json.dumps(POLICY)),
    ("{allows: {action: sqs:SendMessage, resource: 'arn:aws:sqs:::orders', principal: '123456789012'}}", POLICY),
    ("{allows: 'S3:getobject'}", POLICY),
]
FALSE: list[tuple[str, Any]] = [
    ("a", None),
    ("a", ["a"]),
    ("1", True),
    ("true", 1),
    ("80", "eighty"),
    ("[a, b]", ["b", "a"]),
    ("{at_least: 3}", None),
    ("{at_least: 1}", [1]),
    ("{at_least: 1}", "x"),
    ("{matches: a}", None),
    ("{matches: a}", 5),
    ("{contains: a}", None),
    ("{contains: a}", {"a": 1}),
    ("{within: 10.0.0.0/8}", "11.0.0.0/8"),
    ("{within: 10.0.0.0/8}", None),
    ("{within: 10.0.0.0/8}", []),
    ("{within: 10.0.0.0/8}", "fd00::1"),
    ("{same_as: [a]}", []),
    ("{same_as: [a, b]}", ["a"]),
    ("{same_as: [a]}", ["a", "b"]),
    ("{some: a}", []),
    ("{every: a}", []),
    ("{none: a}", []),
    ("{some: a}", None),
    ("{every: a}", None),
    ("{none: a}", None),
    ("{every: {A: 1}}", [{"A": 1}, {}]),
    ("{none: {A: 1}}", [{"A": 1}]),
    ("{some: a}", "a"),
    ("{A: 1}", [{"A": 1}]),
    ("{A: 1}", "A"),
    ("{age: {at_most: 7}}", "2026-11-01"),
    ("{age: {at_most: 7}}", None),
    ("{before: now}", "2026-11-21"),
    ("{json(Policy).A: 1}", {"Policy": "not json"}),
    ("{like: 'web*'}", "my-web"),
    ("{allows: 's3:GetObjectAcl'}", POLICY),
    ("{allows: 's3:PutObject'}", {"Statement": []}),
    ("{allows: 's3:GetObject'}", None),
    ("{allows: {action: s3:GetObject, resource: 'arn:aws:s3:::other/a'}}", POLICY),
    ("{allows: {action: [s3:GetObject, iam:GetUser]}}", POLICY),
]


@pytest.mark.parametrize(("expected", "value"), TRUE)
def test_what_holds(expected: str, value: Any) -> None:
    """Each relation holds of what it says, however AWS writes it."""
    assert holds(expected, value)


@pytest.mark.parametrize(("expected", "value"), FALSE)
def test_what_does_not_hold(expected: str, value: Any) -> None:
    """What is absent, of another type or other is not as expected, and nothing is true of an empty list."""
    assert not holds(expected, value)


def test_every_relation_is_tried() -> None:
    """No relation is without an example of which it holds."""
    assert [name for name in RELATIONS if not any(f"{name}:" in expected for expected, _ in TRUE)] == []


@pytest.mark.parametrize(
    ("expected", "part"),
    [
        ("{min: 1}", "at_least"),
        ("{at_leest: 1}", "at_least"),
        ("{at_least: one}", "number"),
        ("{present: 'true'}", "true or false"),
        ("{matches: '('}", "not a regular expression"),
        ("{within: 10.0.0/8}", "no block"),
        ("{between: [1]}", "two numbers"),
        ("2012-10-17", "Quote it"),
        ("{one_of: a}", "list"),
        ("{A: {}}", "nothing is expected"),
        ("{'A[': 1}", "not a JMESPath"),
        ("{count(A): 1}", "length"),
        ("{allows: {resource: a}}", "action"),
        ("{age: 7}", "relation"),
        ("{before: soon}", "time"),
    ],
)
def test_what_is_no_expectation(expected: str, part: str) -> None:
    """A mistake is told when the rubric is read, with what to do about it."""
    with pytest.raises(BadExpectation) as caught:
        read(yaml.safe_load(expected))
    assert part in f"{caught.value.problem} {caught.value.remedy}"


def test_a_reference_to_what_is_missing_is_missing() -> None:
    """A thing that is not there has no id to be equal to."""
    with pytest.raises(Missing):
        holds("$group.GroupId", "sg-1")


_PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["A", "B", "Tags"]), inner, max_size=3),
    max_leaves=8,
)


@given(_PLAIN)
def test_no_value_raises(value: Any) -> None:
    """Whatever AWS or a hostile file has in a place, an expectation is held or not."""
    for expected, _ in TRUE:
        assert holds(expected, value) in (True, False)


@pytest.mark.parametrize("pattern", ["(a+)+$", "(a|aa)+$", "(.*a){20}$"])
def test_a_regular_expression_cannot_hang(pattern: str) -> None:
    """A pattern that backtracks without end is stopped."""
    began = time.monotonic()
    with pytest.raises(TooSlow):
        holds(json.dumps({"matches": pattern}), "a" * 5000 + "b")
    assert time.monotonic() - began < 5


@pytest.mark.parametrize("relation", ["matches", "like"])
def test_a_number_that_a_student_gives_is_a_text_where_one_is_needed(relation: str) -> None:
    """``$team`` with ``--set team=7`` is the number 7, and means the text here."""
    assert read({relation: 7}) == read({relation: "7"})
    with pytest.raises(BadExpectation, match="needs a text"):
        read({relation: True})
