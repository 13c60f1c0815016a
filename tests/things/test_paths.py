"""Paths: what they lead to, what they are in words, and that none can hang or raise."""

from __future__ import annotations

import time
from typing import Any

import pytest

from grader.things.paths import BadPath, Path
from grader.things.words import member_in_words, value_in_words


@pytest.mark.parametrize(
    ("text", "value", "found"),
    [
        ("A.B", {"A": {"B": 1}}, 1),
        ("A.B", {}, None),
        ("A.B", None, None),
        ("A[].B", {"A": [{"B": 1}, {}]}, [1]),
        ("length(A)", {}, None),
        ("A[?starts_with(B, 'x')]", {"A": [{"B": "xy"}, {}]}, [{"B": "xy"}]),
        ("tag:Name", {"Tags": [{"Key": "Name", "Value": "web"}]}, "web"),
        ('tag:"a b"', {"Tags": [{"Key": "a b", "Value": "c"}]}, "c"),
        ("Instances[].tag:Name", {"Instances": [{"Tags": [{"Key": "Name", "Value": "web"}]}]}, ["web"]),
        ("Policy", {"Policy": "%7B%22Version%22%3A%222012%22%7D"}, '{"Version":"2012"}'),
        ("json(Policy).Statement[].Effect", {"Policy": '{"Statement": [{"Effect": "Allow"}]}'}, ["Allow"]),
        ("base64(@)", "not base64", "not base64"),
        ("json(@)", "[" * 5000, None),
    ],
)
def test_where_a_path_leads(text: str, value: Any, found: Any) -> None:
    """What is absent is null, tags have one spelling, and documents of IAM are read as they were written."""
    assert Path(text).value_in(value) == found


@pytest.mark.parametrize(
    "text",
    [
        " | ".join(["[@, @]"] * 30),
        "[" * 60,
        "a" * 3000,
        " | ".join(["[@, @, @, @]"] * 4),
        "nope(A)",
        "length(A, B)",
        "A[",
    ],
)
def test_a_path_is_bounded_when_it_is_read(text: str) -> None:
    """A path that doubles what it is given without end, or that is none, is refused."""
    with pytest.raises(BadPath):
        Path(text)


@pytest.mark.parametrize("text", ["A[].A[].A[].[@, @][] | [][] | [][]", "A[*].A[*] | [?@ == @]", "sort_by(A, &B)"])
def test_a_path_is_bounded_while_it_runs(text: str) -> None:
    """What remains ends soon, whatever the answer is."""
    wide = {"A": [{"A": [{"A": [{"B": 1}] * 30}] * 30}] * 30}
    began = time.monotonic()
    Path(text).value_in(wide)
    assert time.monotonic() - began < 10


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("CidrBlock", "CIDR block"),
        ("EnableDnsHostnames.Value", "enable DNS hostnames"),
        ("State.Name", "state name"),
        ("Environment.Variables.TABLE_NAME", "TABLE_NAME in environment variables"),
        ("tag:Name", "tag Name"),
        ("base64(UserData.Value)", "user data"),
        ("IpRanges[].CidrIp", "IP range CIDR IP"),
        ("MultiAZ", "multi AZ"),
        ("VpcId", "VPC id"),
        ("Ipv6CidrBlock", "IPv6 CIDR block"),
        ("Listeners[?Port==`80`].Protocol", "listener protocol"),
        ("@", "value"),
    ],
)
def test_members_in_words(path: str, words: str) -> None:
    """A student reads words, not JMESPath."""
    assert member_in_words(path) == words


def test_values_in_words() -> None:
    """Values are as a person writes them, and never as Python does."""
    assert value_in_words(None) == "not set"
    assert value_in_words([]) == "empty"
    assert value_in_words([True, "a"]) == "true and a"
    assert value_in_words({"FromPort": 22, "IpRanges": []}) == "from port 22"
