"""Reading a JSON answer without trusting it: typed access that says where a value is wrong.

An answer of AWS leaves out what is empty, so every getter takes what stands for an absent value; without one the
field is required. A value of another type than expected raises ``EvidenceError`` with its place, a JSON pointer; one
that was scrubbed ``Unverified``: it is neither there nor absent.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, overload

from grader.errors import EvidenceError, Unverified
from grader.evidence.json_files import pointer
from grader.evidence.scrubbing import is_scrubbed

D = TypeVar("D")
_REQUIRED: Any = object()
_LARGE = 1e30  # beyond any number of AWS; Infinity and NaN are none either


class Fields:
    """One JSON object. ``where`` is the file that it is from, or what it is in with the keys that lead to it."""

    __slots__ = ("_parent", "raw")

    def __init__(self, raw: object, where: str | tuple[str | Fields, *tuple[str | int, ...]]) -> None:
        self._parent = where
        if not isinstance(raw, dict):
            self.raw: Mapping[str, Any] = {}
            raise EvidenceError(f"should be an object, but is {_kind(raw)}.", where=self.where)
        self.raw = raw

    @property
    def where(self) -> str:
        """The place of this object, for messages: ``lab.json: /calls/ec2.DescribeVpcs``."""
        return self.place()

    def place(self, *steps: str | int) -> str:
        """The place of what these keys and indexes lead to from here."""
        source, path = self._place()
        path = (*path, *steps)
        return f"{source}: {pointer(*path)}" if path else source

    def _place(self) -> tuple[str, tuple[str | int, ...]]:
        if isinstance(self._parent, str):
            return self._parent, ()
        start, *steps = self._parent
        source, above = start._place() if isinstance(start, Fields) else (str(start), ())
        return source, (*above, *steps)

    @overload
    def text(self, name: str) -> str: ...
    @overload
    def text(self, name: str, default: D) -> str | D: ...
    def text(self, name: str, default: Any = _REQUIRED) -> Any:
        """The text ``name``; ``default`` where it is absent or null."""
        value = self.raw.get(name)
        if isinstance(value, str):
            return value
        return self._absent(name, value, default, "text")

    @overload
    def number(self, name: str) -> float: ...
    @overload
    def number(self, name: str, default: D) -> float | D: ...
    def number(self, name: str, default: Any = _REQUIRED) -> Any:
        """The number ``name``; ``default`` where it is absent or null."""
        value = self.raw.get(name)
        if isinstance(value, (int, float)) and not isinstance(value, bool) and abs(value) < _LARGE:
            return value
        return self._absent(name, value, default, "a number")

    def whole(self, name: str, default: int = 0) -> int:
        """The whole number ``name``."""
        return int(self.number(name, default))

    def flag(self, name: str, default: bool = False) -> bool:
        """The truth value ``name``; ``default`` where it is absent or null."""
        value = self.raw.get(name)
        if isinstance(value, bool):
            return value
        flag: bool = self._absent(name, value, default, "true or false")
        return flag

    def is_scrubbed(self, name: str) -> bool:
        """Whether ``name`` had a value that the evidence does not hold."""
        return is_scrubbed(self.raw.get(name))

    def within(self, name: str) -> Fields:
        """The object ``name``; an empty one where it is absent or null."""
        value = self.raw.get(name)
        if is_scrubbed(value):
            raise self._scrubbed(name)
        return Fields({} if value is None else value, (self, name))

    def required(self, name: str) -> Fields:
        """The object ``name``, which has to be there."""
        return Fields(self.raw.get(name), (self, name))

    def each(self, name: str) -> tuple[Fields, ...]:
        """The objects of the list ``name``; none where it is absent or null."""
        return tuple(Fields(value, (self, name, n)) for n, value in enumerate(self._list(name)))

    def texts(self, name: str) -> tuple[str, ...]:
        """The texts of the list ``name``; none where it is absent or null."""
        values = self._list(name)
        for number, value in enumerate(values):
            if is_scrubbed(value):
                raise self._scrubbed(name)
            if not isinstance(value, str):
                raise EvidenceError(f"should be text, but is {_kind(value)}.", where=self.place(name, number))
        return tuple(values)

    def tag(self, key: str) -> str:
        """The value of a tag (``Tags`` of EC2's shape) for a sentence, empty where it is absent or scrubbed.

        No verdict may rest on it.
        """
        for tag in self.each("Tags"):
            if tag.text("Key", "") == key:
                return "" if tag.is_scrubbed("Value") else tag.text("Value", "")
        return ""

    def _list(self, name: str) -> list[Any]:
        value = self.raw.get(name)
        if value is None:
            return []
        if is_scrubbed(value):
            raise self._scrubbed(name)
        if not isinstance(value, list):
            raise EvidenceError(f"should be a list, but is {_kind(value)}.", where=self.place(name))
        return value

    def _scrubbed(self, name: str) -> Unverified:
        return Unverified(
            f"{name} was left out of the evidence because it may be private (collect with --keep-all to include it)"
        )

    def _absent(self, name: str, value: object, default: Any, expected: str) -> Any:
        if is_scrubbed(value):
            raise self._scrubbed(name)
        if value is not None:
            raise EvidenceError(f"should be {expected}, but is {_kind(value)}.", where=self.place(name))
        if default is _REQUIRED:
            raise EvidenceError(f"{name} is missing.", where=self.where)
        return default


def _kind(value: object) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    names = {str: "text", int: "a number", float: "a number", list: "a list", dict: "an object"}
    return names.get(type(value), type(value).__name__)
