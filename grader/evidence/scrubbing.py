"""Evidence without secrets: what ``collect`` writes holds the length of a private value instead of the value.

A scrubbed value is ``{"scrubbed": true, "length": n}``. Whoever needs it cannot tell: ``Fields`` raises
``Unverified`` for it, which neither earns nor costs a point. ``meta.scrubbed`` says what was kept all the same.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from grader.errors import Unverified
from grader.evidence.private import bare_urls, without_private

MOST_TRIED = 200
"""Private values of one answer that are tried one by one, to find those that a question of a rubric reads."""

Reader = Callable[[Any], Any]
"""What a question of a rubric reads in an answer."""

_WORDS = re.compile(r"[\s,;|=&\"'{}\[\]()<>]+")


@dataclass(frozen=True, slots=True)
class Keep:
    """What is kept: words that ``names`` something wanted, such as a bucket, and what ``readers`` read by operation.

    ``kinds`` says the same for ``meta.scrubbed``; ``names`` among them keeps the tags ``Name``.
    """

    names: Callable[[str], bool] = lambda text: False
    readers: Mapping[str, tuple[Reader, ...]] = field(default_factory=dict)
    kinds: tuple[str, ...] = ()


def is_scrubbed(value: object) -> bool:
    """Whether a value stands for one that was scrubbed."""
    return isinstance(value, Mapping) and value.get("scrubbed") is True


def scrubbed(document: Mapping[str, Any], keep: Keep) -> dict[str, Any]:
    """An evidence document without private values, but what ``keep`` names."""
    calls = {
        operation: {
            region: {key: _entry(entry, keep, keep.readers.get(operation, ())) for key, entry in keys.items()}
            for region, keys in regions.items()
        }
        for operation, regions in document["calls"].items()
    }
    meta = {**_bare(document["meta"]), "scrubbed": {"kept": list(keep.kinds)}}
    return {**document, "meta": meta, "calls": calls}


def _entry(entry: Mapping[str, Any], keep: Keep, readers: Iterable[Reader]) -> dict[str, Any]:
    if "response" not in entry:
        return _bare(entry)  # type: ignore[no-any-return]
    answer = entry["response"]
    kept = _read_by(answer, readers)

    def replace(text: str) -> Any:
        if text in kept or text == "":
            return text
        named = [word for word in _WORDS.split(bare_urls(text)) if keep.names(word)]
        return " ".join(named) if named else {"scrubbed": True, "length": len(text)}

    return {**entry, "response": without_private(answer, replace, names="names" in keep.kinds)}


def _read_by(answer: Any, readers: Iterable[Reader]) -> frozenset[str]:
    """The private texts without which a reader would read something else."""
    texts: list[str] = []
    without_private(answer, texts.append, names=False)
    found: set[str] = set()
    for reader in readers:
        whole = _read(reader, answer)
        without = [text for text in dict.fromkeys(texts) if text][:MOST_TRIED]
        needed = {text for text in without if _read(reader, _without(answer, {text})) != whole}
        others = set(texts) - needed
        # What matters only together with others, or cannot be tried one by one, is kept as a whole.
        found |= needed if _read(reader, _without(answer, others)) == whole else set(texts)
    return frozenset(found)


def _read(reader: Reader, answer: Any) -> Any:
    try:
        return reader(answer)
    except ValueError as error:  # as jmespath raises for a value of another type
        return type(error)


def _without(answer: Any, texts: set[str]) -> Any:
    def replace(text: str) -> Any:
        return {"scrubbed": True, "length": len(text)} if text in texts and text else text

    return without_private(answer, replace, names=False)


def _bare(value: Any) -> Any:
    return without_private(value, lambda text: text) if isinstance(value, (Mapping, list)) else value


class _Unknown(dict[str, Any]):
    """A scrubbed value that says so to whoever compares it or looks into it."""

    def get(self, key: str, default: Any = None) -> Any:
        raise _left_out()

    def __eq__(self, other: object) -> bool:
        raise _left_out()

    __ne__ = __eq__
    __hash__ = None


def _left_out() -> Unverified:
    return Unverified("this value was left out of the evidence because it may be private")


def read_scrubbed(answer: Any, read: Reader) -> Any:
    """What ``read`` finds in an answer; raises ``Unverified`` where that depends on a value that was scrubbed."""
    marked, count = _marked(answer)
    if not count:
        return read(answer)
    try:
        found = read(marked)
    except ValueError as error:  # a function of JMESPath that was given a scrubbed value, or another of a wrong type
        raise _left_out() from error
    if _marked(found)[1]:
        raise _left_out()
    return found


def _marked(value: Any) -> tuple[Any, int]:
    """A copy in which scrubbed values are ``_Unknown``, and how many there are."""
    if isinstance(value, _Unknown):
        return value, 1
    if isinstance(value, Mapping):
        if is_scrubbed(value):
            return _Unknown(value), 1
        members = {name: _marked(inner) for name, inner in value.items()}
        return {name: inner for name, (inner, _) in members.items()}, sum(count for _, count in members.values())
    if isinstance(value, list):
        found = [_marked(inner) for inner in value]
        return [inner for inner, _ in found], sum(count for _, count in found)
    return value, 0
