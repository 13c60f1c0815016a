"""Half an answer is none: what breaks off is told from what is short."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

import pytest
from botocore.parsers import ResponseParserError
from hypothesis import given
from hypothesis import strategies as st

from grader.collect.complete import check_complete


@dataclass(frozen=True, slots=True)
class Response:
    """As botocore has it."""

    content: bytes
    status_code: int = 200
    headers: dict[str, str] = field(default_factory=dict)


JSON = {"content-type": "application/x-amz-json-1.1"}
CBOR = {"content-type": "application/cbor"}
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(0, 2**63) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=3), inner, max_size=4),
    max_leaves=12,
)


def _cbor(value: Any) -> bytes:
    """CBOR by RFC 8949, with definite lengths."""
    def head(kind: int, number: int) -> bytes:
        for code, size in ((24, 1), (25, 2), (26, 4), (27, 8)):
            if number < (24 if code == 24 else 0):
                return bytes([kind << 5 | number])
            if number < 256**size:
                return bytes([kind << 5 | code]) + number.to_bytes(size, "big")
        raise OverflowError(number)

    if value is None or isinstance(value, bool):
        return {None: b"\xf6", True: b"\xf5", False: b"\xf4"}[value]
    if isinstance(value, int):
        return head(0, value)
    if isinstance(value, str):
        text = value.encode("utf-8", "replace")
        return head(3, len(text)) + text
    if isinstance(value, list):
        return head(4, len(value)) + b"".join(map(_cbor, value))
    return head(5, len(value)) + b"".join(_cbor(each) for pair in value.items() for each in pair)


@given(st.dictionaries(st.text(max_size=3), VALUES, max_size=4), st.data())
def test_a_cbor_answer_is_whole_or_is_none(value: dict[str, Any], data: st.DataObject) -> None:
    """Every answer passes, and none of its beginnings."""
    body = _cbor(value)
    check_complete("POST", Response(body, headers=CBOR))
    cut = data.draw(st.integers(0, len(body) - 1))
    with pytest.raises(ResponseParserError):
        check_complete("POST", Response(body[:cut], headers=CBOR))


def test_a_cbor_answer_of_unknown_length_is_whole_with_its_end() -> None:
    """Maps, lists and texts may end with a break instead of saying their length."""
    body = b"\xbf\x61a\x9f\x01\x02\xff\x61b\x7f\x61x\x61y\xff\xff"
    check_complete("POST", Response(body, headers=CBOR))
    for cut in range(len(body)):
        with pytest.raises(ResponseParserError):
            check_complete("POST", Response(body[:cut], headers=CBOR))


@given(st.dictionaries(st.text(max_size=3), VALUES, max_size=4), st.data())
def test_a_json_answer_is_whole_or_is_none(value: dict[str, Any], data: st.DataObject) -> None:
    """The same of JSON."""
    body = json.dumps(value).encode()
    check_complete("POST", Response(body, headers=JSON))
    with pytest.raises(ResponseParserError):
        check_complete("POST", Response(body[: data.draw(st.integers(0, len(body) - 1))], headers=JSON))


@pytest.mark.parametrize("body", [b"", b"  \n", b"<!DOCTYPE html><p>Log in", b"\n<HTML></HTML>", b"\xbf" * 5000])
def test_a_page_and_nothing_are_no_answers(body: bytes) -> None:
    """Whatever they say that they are."""
    with pytest.raises(ResponseParserError):
        check_complete("GET", Response(body, headers=CBOR if body[:1] == b"\xbf" else {}))


def test_errors_and_heads_are_left_to_botocore() -> None:
    """A refusal may have no body, and the answer to HEAD never has one."""
    check_complete("GET", Response(b"", 403))
    check_complete("HEAD", Response(b""))
