"""The functions and the evaluation of paths: JMESPath's own interpreter, with its steps counted."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping
from typing import Any

import jmespath
from jmespath.exceptions import JMESPathError, JMESPathTypeError
from jmespath.functions import Functions, signature
from jmespath.visitor import TreeInterpreter

from grader.things.documents import decoded, tags_of

MAX_STEPS = 300_000
MAX_ENTRIES = 200_000
_MAX_TEXT = 1_000_000
_ANY: Any = {"types": []}


class NoPath(Exception):
    """What is wrong with the text of a path."""


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


def compiled(text: str) -> Any:
    """The syntax tree of a path; raises ``NoPath``."""
    try:
        return jmespath.compile(text).parsed
    except JMESPathError as error:
        raise NoPath(str(error).splitlines()[0].rstrip(".")) from error


def evaluated(tree: Any, thing: object) -> Any:
    """What a path leads to; None where there is nothing, or where it would go beyond a bound."""
    try:
        return _Bounded(_OPTIONS).visit(tree, thing)
    except (JMESPathError, _TooMuch, ArithmeticError, ValueError, TypeError, AttributeError, RecursionError):
        return None


def function_problem(node: Mapping[str, Any]) -> str:
    """What is wrong with a call of a function; empty where nothing is."""
    name = node["value"]
    known = _Functions.FUNCTION_TABLE
    if name not in known:
        from difflib import get_close_matches

        aliases = {"count": "length", "len": "length", "size": "length"}
        near = aliases.get(name) or next(iter(get_close_matches(name, known, n=1)), "")
        return f"there is no function {name!r}" + (f"; did you mean {near!r}?" if near else "")
    wanted, given = known[name]["signature"], len(node["children"])
    variadic = bool(wanted) and wanted[-1].get("variadic")
    if given < len(wanted) or (given > len(wanted) and not variadic):
        return f"{name}() takes {len(wanted)} argument{'s' if len(wanted) != 1 else ''}, not {given}"
    return ""
