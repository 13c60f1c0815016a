"""Paths into what AWS answered: JMESPath with some functions, bounded, and without exceptions.

What is absent is null, and so is what a function cannot take. ``tag:Name`` is the value of a tag, in every shape that
AWS gives tags. Paths come from anybody, so what one may do is bounded when it is read, and again while it runs.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Mapping
from functools import lru_cache
from math import prod
from typing import Any
from urllib.parse import unquote

import jmespath
from jmespath.exceptions import JMESPathError, JMESPathTypeError
from jmespath.functions import Functions, signature
from jmespath.visitor import TreeInterpreter

MAX_CHARACTERS = 2000
MAX_DEPTH = 40
MAX_REPEATS = 64
"""How often a path may repeat what it is given, by its multi-selects: ``[@, @] | [@, @]`` four times."""
MAX_STEPS = 300_000
MAX_ENTRIES = 200_000
_MAX_TEXT = 1_000_000

FUNCTIONS = ("json", "base64", "list", "lower", "upper", "tags", "after")
"""What paths have beside JMESPath's own functions."""

_TAG = re.compile(r'(?<![\w"\'`])tag:(?:"([^"\\]{1,128})"|([\w+\-=@/]{1,128}))')
_ANY: Any = {"types": []}


class BadPath(Exception):
    """What is wrong with a path, as the end of a sentence."""


class _Functions(Functions):
    @signature(_ANY)
    def _func_json(self, value: object) -> Any:
        """The value of a JSON text, as AWS gives policy documents: plain, or URL-encoded."""
        if not isinstance(value, str):
            return value
        try:
            return json.loads(decoded(value))
        except (ValueError, RecursionError):
            return None

    @signature(_ANY)
    def _func_base64(self, value: object) -> Any:
        """The text that is encoded, as AWS gives user data."""
        if not isinstance(value, str):
            return None
        try:
            return base64.b64decode(value, validate=True).decode("utf-8", "replace")
        except (binascii.Error, ValueError):
            return value

    @signature(_ANY)
    def _func_list(self, value: object) -> list[Any]:
        """A list: of one where a single value is, of none where nothing is. Policies have both forms."""
        return [] if value is None else value if isinstance(value, list) else [value]

    @signature(_ANY)
    def _func_lower(self, value: object) -> Any:
        return value.lower() if isinstance(value, str) else _lowered(value)

    @signature(_ANY)
    def _func_upper(self, value: object) -> Any:
        return value.upper() if isinstance(value, str) else None

    @signature(_ANY, _ANY)
    def _func_after(self, value: object, mark: object) -> Any:
        """What follows the last ``mark`` of a text: the name in an ARN."""
        return value.rpartition(mark)[2] if isinstance(value, str) and isinstance(mark, str) and mark else None

    @signature(_ANY)
    def _func_tags(self, value: object) -> dict[str, Any]:
        """The tags of a thing by their keys, or those of a list of tags."""
        return tags_of(value)

    @signature({"types": ["string"]}, {"types": ["array-string"]})
    def _func_join(self, separator: str, texts: list[str]) -> str:
        if (len(separator) + 1) * len(texts) + sum(map(len, texts)) > _MAX_TEXT:
            raise _TooMuch
        return separator.join(texts)

    @signature({"types": ["string", "number", "boolean", "null"]})
    def _func_to_string(self, value: object) -> str:
        return value if isinstance(value, str) else json.dumps(value)


def _lowered(value: object) -> Any:
    return [each.lower() if isinstance(each, str) else each for each in value] if isinstance(value, list) else None


def tags_of(value: object) -> dict[str, Any]:
    """Tags by key: from a list of ``{Key, Value}``, a mapping, or a thing that has either."""
    if isinstance(value, dict):
        for name in ("Tags", "tags", "TagSet", "TagList", "tagList", "tagSet", "TagsList"):
            if isinstance(value.get(name), (list, dict)):
                return tags_of(value[name])
        return {key: each for key, each in value.items() if isinstance(each, str)}
    found: dict[str, Any] = {}
    for each in value if isinstance(value, list) else ():
        if isinstance(each, dict):
            lower = {key.lower(): part for key, part in each.items()}
            key = lower.get("key", lower.get("tagkey"))
            if isinstance(key, str):
                found[key] = lower.get("value", lower.get("tagvalue"))
    return found


def decoded(text: str) -> str:
    """A policy document as it was written: AWS gives those of IAM URL-encoded."""
    return unquote(text) if text.lstrip()[:3].upper() in ("%7B", "%5B", "%0A", "%20") else text


class _TooMuch(Exception):
    """A path that asks for more than there can be."""


class _Bounded(TreeInterpreter):
    """Evaluates a path step by step, and counts them."""

    def __init__(self, options: Any) -> None:
        super().__init__(options)
        self.steps = 0

    def visit(self, node: Any, *args: Any, **kwargs: Any) -> Any:
        self.steps += 1
        if self.steps > MAX_STEPS:
            raise _TooMuch
        try:
            value = super().visit(node, *args, **kwargs)
        except JMESPathTypeError:
            if node["type"] != "function_expression":
                raise
            value = None  # a function of something that is absent, or of another type
        if isinstance(value, list) and len(value) > MAX_ENTRIES:
            raise _TooMuch
        return value


_OPTIONS = jmespath.Options(custom_functions=_Functions())


class Path:
    """A path. Raises ``BadPath`` for a text that is none, or that goes beyond a bound."""

    __slots__ = ("_compiled", "text")

    def __init__(self, text: str) -> None:
        self.text = text
        if len(text) > MAX_CHARACTERS:
            raise BadPath(f"it is longer than {MAX_CHARACTERS} characters")
        try:
            self._compiled = jmespath.compile(_TAG.sub(lambda tag: f'tags(@)."{tag[1] or tag[2]}"', text))
        except JMESPathError as error:
            raise BadPath(f"{text!r} is not a JMESPath expression: {_reason(error)}") from error
        except RecursionError as error:
            raise BadPath(f"it is nested deeper than {MAX_DEPTH} levels") from error
        selects = []
        level, depth = [self._compiled.parsed], 0
        while level:
            depth += 1
            if depth > MAX_DEPTH:
                raise BadPath(f"it is nested deeper than {MAX_DEPTH} levels")
            for node in level:
                if node["type"].startswith("multi_select"):
                    selects.append(sum(child["type"] != "literal" for child in node["children"]))
                if node["type"] == "function_expression":
                    _check_function(node)
            level = [child for node in level for child in node["children"] if isinstance(child, dict)]
        if prod(max(1, each) for each in selects) > MAX_REPEATS:
            raise BadPath(f"it repeats what it is given more than {MAX_REPEATS} times")

    @property
    def tree(self) -> Any:
        """The syntax tree, for those who read what a path says."""
        return self._compiled.parsed

    def __repr__(self) -> str:
        return self.text

    def value_in(self, thing: object) -> Any:
        """What the path leads to; None where there is nothing."""
        try:
            value = _Bounded(_OPTIONS).visit(self._compiled.parsed, thing)
        except (JMESPathError, _TooMuch, ArithmeticError, ValueError, TypeError, AttributeError, RecursionError):
            return None
        return decoded(value) if isinstance(value, str) else value


def _reason(error: JMESPathError) -> str:
    return str(error).splitlines()[0].rstrip(".")


def _check_function(node: Mapping[str, Any]) -> None:
    name = node["value"]
    known = _Functions.FUNCTION_TABLE
    if name not in known:
        from difflib import get_close_matches

        aliases = {"count": "length", "len": "length", "size": "length"}
        near = aliases.get(name) or next(iter(get_close_matches(name, known, n=1)), "")
        raise BadPath(f"there is no function {name!r}" + (f"; did you mean {near!r}?" if near else ""))
    wanted, given = known[name]["signature"], len(node["children"])
    variadic = bool(wanted) and wanted[-1].get("variadic")
    if given < len(wanted) or (given > len(wanted) and not variadic):
        raise BadPath(f"{name}() takes {len(wanted)} argument{'s' if len(wanted) != 1 else ''}, not {given}")


@lru_cache(maxsize=4096)
def path(text: str) -> Path:
    """The path that a text is; raises as ``Path`` does."""
    return Path(text)
