"""Bodies made from a JSON schema: one that should be accepted, one that should be refused.

The schema comes from the application, so it is hostile until shown otherwise: references are local, depth,
work and patterns are bounded, after expansion too, and what cannot be made with certainty says so.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from time import monotonic
from typing import Any

MAX_DEPTH = 16
MAX_PARTS = 1000
MAX_STEPS = 50_000
"""Members that are looked at or copied for one operation, however often references repeat them."""
MAX_TEXT = 5000

_TEXT = "The lecture was great and I enjoyed the lab."
_UNASKED = "not what is asked for"
_FORMATS = {
    "date-time": "2026-01-15T10:00:00Z",
    "date": "2026-01-15",
    "time": "10:00:00Z",
    "duration": "PT1H",
    "email": "student@example.com",
    "uuid": "3fa85f64-5717-4562-b3fc-2c963f66afa6",
    "uri": "https://example.com/",
    "hostname": "example.com",
    "ipv4": "192.0.2.1",
    "ipv6": "2001:db8::1",
}
_DATED = frozenset({"date-time", "date", "time", "duration"})
"""Formats of which an application may want more than its schema can say, such as a day in the future."""
_PLAIN = frozenset({"password", "binary", "textarea"})
"""Formats that any text has."""
_KEYWORDS = frozenset({
    "$comment", "$defs", "$id", "$ref", "$schema", "additionalProperties", "allOf", "anyOf", "const", "default",
    "definitions", "deprecated", "description", "discriminator", "enum", "example", "examples", "exclusiveMaximum",
    "exclusiveMinimum", "externalDocs", "format", "items", "maxItems", "maxLength", "maximum", "minItems", "minLength",
    "minimum", "multipleOf", "nullable", "oneOf", "pattern", "properties", "readOnly", "required", "title", "type",
    "uniqueItems", "writeOnly", "xml",
})  # fmt: skip
"""Keywords that are followed, or that say nothing of which values are right."""
_GUESSES = (_TEXT, "abc", "Abc", "ABC", "a", "A", "1", "123", "12345", "en", "a1", "2026-01-15")
# Matching somebody's pattern can take for ever. Without groups, with few repetitions and short texts it cannot.
# What Python's re would warn of is left out too.
_TAME_PATTERN = re.compile(r"(?!.*(\[.*\[|--|&&|\|\||~~))[^(]{1,60}", re.DOTALL)
_TAME_REPETITIONS = 4


class CannotMake(Exception):
    """No body can be made from the schema within bounds."""


class Maker:
    """Makes values from schemas of one document, for one operation.

    ``sure`` turns false once a value may not be what is wanted. ``deadline`` is by the monotonic clock.
    """

    def __init__(self, document: Mapping[str, Any], deadline: float = math.inf) -> None:
        self._document = document
        self._deadline = deadline
        self._parts = 0
        self._steps = 0
        self.sure = True

    def spend(self, steps: int) -> None:
        """Count work; raises ``CannotMake`` where it is too much, or too late."""
        self._steps += 1 + steps
        if self._steps > MAX_STEPS or monotonic() > self._deadline:
            raise CannotMake("the schema takes too much work")

    def valid(self, schema: object, depth: int = 0) -> Any:
        """A value that the schema accepts, as far as ``sure`` says; raises ``CannotMake``."""
        self._parts += 1
        if depth > MAX_DEPTH or self._parts > MAX_PARTS:
            raise CannotMake("the schema is too deep or too large")
        schema = self.resolved(schema)
        for given in ("const", "example", "default"):
            if given in schema and schema[given] is not None:
                return _bounded(schema[given])
        for several in ("examples", "enum"):
            if isinstance(schema.get(several), list) and schema[several]:
                return _bounded(schema[several][0])
        if any(name not in _KEYWORDS and not name.startswith("x-") for name in schema):
            self.sure = False
        kinds = self.types(schema)
        if "object" in kinds:
            return self._object(schema, depth)
        if "array" in kinds:
            return self._array(schema, depth)
        if "string" in kinds:
            return self._string(schema)
        if "integer" in kinds or "number" in kinds:
            return self._number(schema, whole="integer" in kinds)
        if "boolean" in kinds:
            return True
        if "null" not in kinds:
            self.sure = False  # anything goes, so the application may well want something
            return {}
        return None

    def invalid(self, schema: object) -> Any:
        """A value that the schema refuses; raises ``CannotMake`` where it refuses nothing that is simple."""
        schema = self.resolved(schema)
        kinds = self.types(schema)
        required = schema.get("required")
        if "object" in kinds and isinstance(required, list) and required:
            return {}
        if isinstance(schema.get("enum"), list) or "const" in schema:
            return _UNASKED
        if "type" not in schema:
            raise CannotMake("the schema accepts anything")
        for kind, value in (("array", []), ("object", {}), ("string", _UNASKED)):
            if kind not in kinds:
                return value
        raise CannotMake("the schema accepts nearly anything")

    def resolved(self, schema: object) -> dict[str, Any]:
        """The schema with references followed, ``allOf`` joined and the first real alternative taken."""
        if schema is True or schema is None:
            return {}
        if not isinstance(schema, dict):
            raise CannotMake("the schema is no object")
        found: dict[str, Any] = schema
        for _ in range(MAX_DEPTH):
            self.spend(len(found))
            if isinstance(found.get("$ref"), str):
                beside = {name: value for name, value in found.items() if name != "$ref"}
                found = {**self._at(found["$ref"]), **beside}
            elif isinstance(found.get("allOf"), list):
                found = self._joined(found)
            elif any(isinstance(found.get(name), list) for name in ("anyOf", "oneOf")):
                found = self._alternative(found)
            else:
                return found
        raise CannotMake("the schema refers to itself")

    def types(self, schema: Mapping[str, Any]) -> set[str]:
        """The JSON types that a resolved schema accepts; none named means any."""
        named = schema.get("type", [])
        if not isinstance(named, (str, list)):
            raise CannotMake("the schema's type is none")
        self.spend(len(named))
        kinds = {named} if isinstance(named, str) else {each for each in named if isinstance(each, str)}
        if not kinds and ("properties" in schema or "required" in schema):
            kinds = {"object"}
        if not kinds and "items" in schema:
            kinds = {"array"}
        if schema.get("nullable") is True:
            kinds |= {"null"}
        return kinds

    def _at(self, pointer: str) -> dict[str, Any]:
        if not pointer.startswith("#/"):
            raise CannotMake("the schema refers to another document")
        self.spend(len(pointer))
        found: Any = self._document
        for step in pointer[2:].split("/"):
            step = step.replace("~1", "/").replace("~0", "~")
            if not isinstance(found, dict) or step not in found:
                raise CannotMake("the schema refers to nothing")
            found = found[step]
        if not isinstance(found, dict):
            raise CannotMake("the schema refers to no schema")
        return found

    def _joined(self, schema: dict[str, Any]) -> dict[str, Any]:
        joined = {name: value for name, value in schema.items() if name != "allOf"}
        for each in schema["allOf"]:
            self._parts += 1
            if self._parts > MAX_PARTS:
                raise CannotMake("the schema is too large")
            self.spend(1)
            part = self._at(each["$ref"]) if isinstance(each, dict) and isinstance(each.get("$ref"), str) else each
            if not isinstance(part, dict):
                raise CannotMake("the schema is no object")
            self.spend(len(part))
            for name, value in part.items():
                old = joined.get(name)
                # What is joined is copied each time, so that many references to one schema cost their square.
                if isinstance(old, dict) and isinstance(value, dict):
                    self.spend(len(old) + len(value))
                    joined[name] = {**old, **value}
                elif isinstance(old, list) and isinstance(value, list):
                    self.spend(len(old) + len(value))
                    joined[name] = [*old, *value]
                else:
                    joined.setdefault(name, value)
        return joined

    def _alternative(self, schema: dict[str, Any]) -> dict[str, Any]:
        name = "anyOf" if isinstance(schema.get("anyOf"), list) else "oneOf"
        beside = {other: value for other, value in schema.items() if other != name}
        self.spend(len(schema[name]))
        choices = [each for each in schema[name] if isinstance(each, dict)]
        real = [each for each in choices if each.get("type") != "null"]
        if not choices:
            raise CannotMake("the schema offers no alternative")
        chosen = {**beside, **(real or choices)[0]}
        if len(real) < len(choices) and real:
            chosen["nullable"] = True
        return chosen

    def _object(self, schema: Mapping[str, Any], depth: int) -> dict[str, Any]:
        properties = schema.get("properties")
        properties = properties if isinstance(properties, dict) else {}
        required = schema.get("required")
        self.spend(len(properties) + (len(required) if isinstance(required, list) else 0))
        wanted = [name for name in required if isinstance(name, str)] if isinstance(required, list) else []
        wanted = wanted or list(properties)
        return {name: self.valid(properties.get(name, {}), depth + 1) for name in wanted[:100]}

    def _array(self, schema: Mapping[str, Any], depth: int) -> list[Any]:
        least = _count(schema.get("minItems"), 1)
        most = _count(schema.get("maxItems"), least)
        if least > 50:
            raise CannotMake("the schema wants a long list")
        if schema.get("uniqueItems") is True and least > 1:
            self.sure = False
        return [self.valid(schema.get("items", {}), depth + 1) for _ in range(min(max(least, 1), most))]

    def _string(self, schema: Mapping[str, Any]) -> str:
        least, most = _count(schema.get("minLength"), 0), _count(schema.get("maxLength"), MAX_TEXT)
        if least > MAX_TEXT:
            raise CannotMake("the schema wants a long text")
        form = schema.get("format")
        if isinstance(form, str) and form in _FORMATS:
            self.sure = self.sure and form not in _DATED
            return _FORMATS[form]
        self.sure = self.sure and (form is None or form in _PLAIN)
        pattern = schema.get("pattern")
        if isinstance(pattern, str):
            return self._matching(pattern, least, most)
        text = _TEXT
        while len(text) < least:
            text = f"{text} {_TEXT}"
        return text[: max(least, min(most, max(least, len(_TEXT))))]

    def _matching(self, pattern: str, least: int, most: int) -> str:
        tame = _TAME_PATTERN.fullmatch(pattern) and sum(map(pattern.count, "*+?{")) <= _TAME_REPETITIONS
        try:
            matches = re.compile(pattern).search if tame else None
        except (re.error, OverflowError):
            matches = None
        for guess in _GUESSES if matches else ():
            if least <= len(guess) <= most and matches is not None and matches(guess):
                return guess
        self.sure = False
        return _TEXT[: max(least, min(most, len(_TEXT)))]

    def _number(self, schema: Mapping[str, Any], *, whole: bool) -> float:
        low, high = _number(schema.get("minimum")), _number(schema.get("maximum"))
        above, below = _number(schema.get("exclusiveMinimum")), _number(schema.get("exclusiveMaximum"))
        step = _number(schema.get("multipleOf"))
        value: float = 1
        if above is not None:
            value = max(value, above + (1 if whole else 0.5))
        if low is not None:
            value = max(value, low)
        if high is not None and value > high:
            value = high
        if below is not None and value >= below:
            value = below - (1 if whole else 0.5)
        if step:
            steps = value / step
            if not math.isfinite(steps):
                raise CannotMake("the number has too fine a step")
            value = max(1, round(steps)) * step
        if any((
            low is not None and value < low,
            high is not None and value > high,
            above is not None and value <= above,
            below is not None and value >= below,
        )):  # fmt: skip
            self.sure = False
        return int(value) if whole else value


def _number(value: object) -> float | None:
    usable = isinstance(value, (int, float)) and not isinstance(value, bool) and abs(value) < 1e15
    return value if usable else None  # type: ignore[return-value]


def _count(value: object, default: int) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else default


def _bounded(value: Any) -> Any:
    if len(as_json(value)) > 4 * MAX_TEXT:
        raise CannotMake("the example is too large")
    return value


def as_json(value: Any) -> bytes:
    """A value as the bytes of a body; raises ``CannotMake`` for what JSON has no text for (NaN, no end of depth)."""
    try:
        return json.dumps(value, allow_nan=False).encode()
    except (ValueError, RecursionError) as error:
        raise CannotMake("the example is not JSON") from error
