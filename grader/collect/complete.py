"""Whether what came is the whole of an answer. botocore reads half of one, or a login page, as one that is empty.

"There is no service" and "the connection broke before the services came" must not look alike: the first costs points.
"""

from __future__ import annotations

import json
from typing import Any

from botocore.parsers import ResponseParserError

_PAGES = (b"<!doctype html", b"<html")
_ENDLESS = 31
"""The length of what ends with a break, in CBOR's initial byte (RFC 8949, section 3)."""
_BREAK = 0xFF
_MAX_DEPTH = 200


def check_complete(method: str, response: Any) -> None:
    """Raise ``ResponseParserError`` for a successful response whose body is a page, is empty or breaks off."""
    if not 200 <= response.status_code < 300 or method == "HEAD":
        return
    body: bytes = response.content
    start = body[:200].lstrip().lower()
    if start.startswith(_PAGES):
        raise ResponseParserError("an HTML page came instead of a response")
    if not start:
        raise ResponseParserError("the response is empty")
    kind = response.headers.get("content-type", "")
    if "json" in kind or start[:1] == b"{":
        try:
            json.loads(body)
        except (ValueError, RecursionError) as error:
            raise ResponseParserError("the response is incomplete or not JSON") from error
    elif "cbor" in kind and not _is_whole(body):
        raise ResponseParserError("the response is incomplete or not CBOR")


def _is_whole(body: bytes) -> bool:
    """Whether bytes are one data item of CBOR, from its first byte to its last."""
    try:
        return _after(body, 0, 0) == len(body)
    except (IndexError, RecursionError):
        return False


def _after(body: bytes, at: int, depth: int) -> int:
    """Where the item at ``at`` ends; raises ``IndexError`` where the bytes do."""
    if depth > _MAX_DEPTH:
        raise RecursionError
    kind, short = body[at] >> 5, body[at] & 31
    at += 1
    if short == _ENDLESS:
        if kind not in (2, 3, 4, 5):
            raise IndexError
        while body[at] != _BREAK:
            at = _after(body, at, depth + 1)
        return at + 1
    size = {24: 1, 25: 2, 26: 4, 27: 8}.get(short, 0)
    if short > 27 or at + size > len(body):
        raise IndexError
    number = int.from_bytes(body[at : at + size], "big") if size else short
    at += size
    if kind in (2, 3):
        at += number
    elif kind in (4, 5):
        for _ in range(number * (kind - 3)):
            at = _after(body, at, depth + 1)
    elif kind == 6:
        at = _after(body, at, depth + 1)
    if at > len(body):
        raise IndexError
    return at
