"""JMESPath expressions of rubrics, which come from anybody: bounded before they run over an account.

An expression without end or with an answer larger than memory is easy to write: ``@ | [@, @] | [@, @] | …`` doubles
with each step. So the growth of an expression is bounded by what its text says, whatever it is put to: each
multi-select adds up what its parts take, each pipe and projection multiplies. Parts that take different fields share
what there is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import prod
from typing import Any

import jmespath
from jmespath.exceptions import JMESPathError
from jmespath.functions import Functions, signature

from grader.bounds import MAX_BYTES, MAX_EXPRESSION, MAX_EXPRESSION_DEPTH, MAX_GROWTH

_Node = Mapping[str, Any]


class BadExpression(Exception):
    """What is wrong with an expression, as the end of a sentence."""


class _Functions(Functions):
    @signature({"types": ["string"]}, {"types": ["array-string"]})
    def _func_join(self, separator: str, texts: list[str]) -> str:
        """JMESPath's own, bounded: a long separator between many texts is larger than both."""
        if len(separator) * len(texts) > MAX_BYTES:
            raise ValueError("too large")
        return separator.join(texts)


class Expression:
    """A compiled expression. Raises ``BadExpression`` for one that is none, or goes beyond a bound."""

    __slots__ = ("_compiled", "text")

    def __init__(self, text: str) -> None:
        self.text = text
        if len(text) > MAX_EXPRESSION:
            raise BadExpression(f"longer than {MAX_EXPRESSION} characters")
        try:
            self._compiled = jmespath.compile(text)
            depth = _depth(self._compiled.parsed)
        except JMESPathError as error:
            raise BadExpression(f"not a JMESPath expression: {str(error).splitlines()[0]}") from error
        except RecursionError:
            depth = MAX_EXPRESSION_DEPTH + 1
        if depth > MAX_EXPRESSION_DEPTH:
            raise BadExpression(f"nested deeper than {MAX_EXPRESSION_DEPTH} levels")
        if _growth(self._compiled.parsed) > MAX_GROWTH:
            raise BadExpression(f"it repeats what it is given more than {MAX_GROWTH} times")

    def __repr__(self) -> str:
        return self.text

    def value_in(self, response: object) -> Any:
        """What the expression gives over an answer; None where a function cannot take what it finds there."""
        try:
            return self._compiled.search(response, options=_OPTIONS)
        except (JMESPathError, ArithmeticError, ValueError, RecursionError):
            return None


_OPTIONS = jmespath.Options(custom_functions=_Functions())


_STARTS_WITH_ITS_FIRST = (
    "subexpression", "index_expression", "projection", "filter_projection", "value_projection", "flatten", "pipe",
    "key_val_pair",
)  # fmt: skip


def _children(node: _Node) -> list[_Node]:
    return [child for child in node["children"] if isinstance(child, dict)]


def _depth(root: _Node) -> int:
    """Levels of the syntax tree, which is also how deep evaluating it recurses; without recursion of its own."""
    level, depth = [root], 0
    while level and depth <= MAX_EXPRESSION_DEPTH:
        level = [child for node in level for child in _children(node)]
        depth += 1
    return depth


def _growth(node: _Node) -> float:
    """How many times its value may repeat what it is given, at most: also how often its parts are evaluated."""
    kind, parts = node["type"], _children(node)
    grown = [_growth(part) for part in parts]
    if kind in ("multi_select_list", "multi_select_dict"):
        return _shared(parts, grown)
    if kind == "function_expression":
        plain = [(part, size) for part, size in zip(parts, grown, strict=True) if part["type"] != "expref"]
        applied = [size for part, size in zip(parts, grown, strict=True) if part["type"] == "expref"]
        return _shared(*zip(*plain, strict=True)) * max(applied, default=1.0) if plain else 1.0
    if kind == "filter_projection":
        source, then, condition = grown
        return source * max(then, condition)
    if kind in ("projection", "value_projection", "pipe", "subexpression", "index_expression"):
        return prod(grown)
    return max(grown, default=1.0)


def _shared(parts: Sequence[_Node], grown: Sequence[float]) -> float:
    """The growth of parts side by side: different fields are different parts of what there is, and share it."""
    fields: dict[str, float] = {}
    others = 0.0
    for part, size in zip(parts, grown, strict=True):
        field = _field(part)
        if field is not None:
            fields[field] = fields.get(field, 0.0) + size
        elif part["type"] != "literal":
            others += size
    return max(1.0, max(fields.values(), default=0.0) + others)


def _field(node: _Node) -> str | None:
    """The field that a part of a multi-select begins with, if it begins with one."""
    while node["type"] in _STARTS_WITH_ITS_FIRST:
        node = _children(node)[0]
    return str(node["value"]) if node["type"] == "field" else None
