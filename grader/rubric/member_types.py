"""Where a path leads in the shapes of AWS, and what is wrong with it on the way."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from grader.calls.shapes import Shape
from grader.things.paths import Path

_NAMES = {"structure": "an object", "map": "an object", "list": "a list", "boolean": "true or false"}
_NUMBERS = ("integer", "long", "float", "double")


@dataclass(frozen=True, slots=True)
class Kind:
    """What a path leads to: a ``shape``, or a list of it; neither where that is not known."""

    shape: Shape | None = None
    is_list: bool = False

    @property
    def name(self) -> str:
        """The type: ``list``, ``structure``, ``string``, …; empty where it is not known."""
        return "list" if self.is_list else self.shape.kind if self.shape is not None else ""

    @property
    def is_number(self) -> bool:
        """Whether it is a number."""
        return self.name in _NUMBERS

    @property
    def entry(self) -> Kind:
        """What the entries of a list are."""
        if self.is_list:
            return Kind(self.shape)
        return Kind(self.shape.entry) if self.shape is not None and self.shape.kind == "list" else Kind()


UNKNOWN = Kind()


class Walk:
    """Follows a path; ``problems`` says what is wrong, each as a sentence with what to do."""

    def __init__(self) -> None:
        self.problems: list[tuple[str, str]] = []

    def follow(self, where: Path, start: Kind) -> Kind:
        """Where the path leads from ``start``."""
        return self._visit(where.tree, start)

    def _visit(self, node: Any, at: Kind) -> Kind:
        method = getattr(self, f"_{node['type']}", None)
        if method is None:
            for child in _children(node):
                self._visit(child, UNKNOWN if node["type"] == "function_expression" else at)
            return UNKNOWN
        kind: Kind = method(node, at)
        return kind

    def _identity(self, node: Any, at: Kind) -> Kind:
        return at

    _current = _identity

    def _field(self, node: Any, at: Kind) -> Kind:
        name = node["value"]
        if at.name == "list":
            self.problems.append((f"{name!r} is used on a list.", f"Write []: [].{name}, or list[].{name}."))
            return UNKNOWN
        if at.shape is None:
            return UNKNOWN
        if at.shape.kind == "map":
            return Kind(at.shape.entry)
        if at.shape.kind != "structure":
            if at.shape.kind in ("string", "timestamp"):
                self.problems.append((f"{name!r} is used on a text.", "To read JSON in a text, use json(…)."))
            elif at.shape.kind != "blob":
                self.problems.append((f"{name!r} is used on {_NAMES.get(at.shape.kind, 'a number')}.", ""))
            return UNKNOWN
        if name not in at.shape.members:
            self._no_member(name, at.shape)
            return UNKNOWN
        return Kind(at.shape.member(name))

    def _no_member(self, name: str, shape: Shape) -> None:
        lower = {each.lower(): each for each in shape.members}
        close = get_close_matches(name.lower(), lower, n=1, cutoff=0.6)
        has = ", ".join(list(shape.members)[:8])
        remedy = f"Did you mean {lower[close[0]]!r}?" if close else f"Members: {has}."
        self.problems.append((f"there is no member {name!r}.", remedy))

    def _subexpression(self, node: Any, at: Kind) -> Kind:
        for child in node["children"]:
            at = self._visit(child, at)
        return at

    def _pipe(self, node: Any, at: Kind) -> Kind:
        first, then = node["children"]
        return self._visit(then, self._visit(first, at))

    def _index_expression(self, node: Any, at: Kind) -> Kind:
        for child in node["children"]:
            at = self._visit(child, at)
        return at

    def _index(self, node: Any, at: Kind) -> Kind:
        return at.entry

    def _slice(self, node: Any, at: Kind) -> Kind:
        return at

    def _flatten(self, node: Any, at: Kind) -> Kind:
        inner = self._visit(node["children"][0], at)
        entry = inner.entry
        if entry.name == "list":
            entry = entry.entry
        if inner.name and inner.name != "list":
            self.problems.append(("[] is used on something that is not a list.", "Remove the []."))
        return Kind(entry.shape, entry.shape is not None)

    def _projection(self, node: Any, at: Kind) -> Kind:
        base, then = node["children"]
        inner = self._visit(base, at)
        found = self._visit(then, inner.entry)
        return Kind(found.shape, is_list=True) if found.shape is not None and not found.is_list else UNKNOWN

    def _value_projection(self, node: Any, at: Kind) -> Kind:
        self._visit(node["children"][0], at)
        return UNKNOWN

    def _filter_projection(self, node: Any, at: Kind) -> Kind:
        base, then, condition = node["children"]
        inner = self._visit(base, at)
        self._visit(condition, inner.entry)
        found = self._visit(then, inner.entry)
        return Kind(found.shape, is_list=True) if found.shape is not None and not found.is_list else UNKNOWN

    def _comparator(self, node: Any, at: Kind) -> Kind:
        one, other = node["children"]
        kinds = (self._visit(one, at), self._visit(other, at))
        for kind, against in ((kinds[0], other), (kinds[1], one)):
            if against["type"] == "literal":
                self._compared(kind, against["value"])
        return UNKNOWN

    def _compared(self, kind: Kind, literal: Any) -> None:
        if kind.name == "boolean" and isinstance(literal, str):
            self.problems.append(
                (f"true or false is compared with the text {literal!r}.", f"Write `{literal}` in backticks.")
            )
        elif kind.is_number and isinstance(literal, str):
            self.problems.append(
                (f"a number is compared with the text {literal!r}.", f"Write `{literal}` in backticks.")
            )
        elif kind.name == "string" and isinstance(literal, (int, float, bool)) and literal is not None:
            self.problems.append((f"a text is compared with {literal!r}.", f"Write '{literal}' in quotation marks."))

    def _literal(self, node: Any, at: Kind) -> Kind:
        return UNKNOWN

    def _function_expression(self, node: Any, at: Kind) -> Kind:
        name = node["value"]
        kinds = [self._visit(child, at) for child in _children(node)]
        first = kinds[0] if kinds else UNKNOWN
        if name in ("sort", "sort_by", "reverse", "list", "lower", "max_by", "min_by"):
            if name in ("max_by", "min_by"):
                return first.entry
            return first if first.name == "list" or name == "lower" else UNKNOWN
        return UNKNOWN

    def _expref(self, node: Any, at: Kind) -> Kind:
        return UNKNOWN


def _children(node: Any) -> Iterator[Any]:
    return (child for child in node["children"] if isinstance(child, dict))
