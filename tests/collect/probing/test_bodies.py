"""Bodies made from schemas: judged by a JSON schema validator that is not ours."""

from __future__ import annotations

from time import perf_counter
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from grader.collect.probing.bodies import CannotMake, Maker

SCHEMAS: dict[str, Any] = {
    "text": {"type": "string"},
    "short text": {"type": "string", "maxLength": 3},
    "long text": {"type": "string", "minLength": 200},
    "exact text": {"type": "string", "minLength": 5, "maxLength": 5},
    "code": {"type": "string", "pattern": "^[A-Z]{3}$"},
    "digits": {"type": "string", "pattern": r"^\d+$"},
    "language": {"enum": ["pl", "en"]},
    "constant": {"const": "ok"},
    "whole": {"type": "integer", "minimum": 10, "maximum": 20},
    "over": {"type": "integer", "exclusiveMinimum": 5},
    "under": {"type": "number", "exclusiveMaximum": 0},
    "step": {"type": "integer", "minimum": 3, "multipleOf": 5},
    "high": {"type": "number", "maximum": -3},
    "truth": {"type": "boolean"},
    "nothing": {"type": "null"},
    "list": {"type": "array", "items": {"type": "integer"}, "minItems": 3},
    "prediction": {"type": "object", "required": ["text"], "properties": {"text": {"type": "string", "minLength": 1}}},
    "optional": {
        "type": "object",
        "properties": {"a": {"type": "integer"}, "b": {"type": "array", "items": {"type": "string"}}},
    },
    "unnamed object": {"properties": {"a": {"type": "integer"}}, "required": ["a"]},
    "either": {"anyOf": [{"type": "null"}, {"type": "integer"}]},
    "one": {"oneOf": [{"type": "string"}, {"type": "integer"}]},
    "both": {
        "allOf": [
            {"type": "object", "properties": {"a": {"type": "string"}}, "required": ["a"]},
            {"properties": {"b": {"type": "integer"}}, "required": ["b"]},
        ]
    },
    "types": {"type": ["null", "string"]},
    "reference": {"$ref": "#/$defs/thing"},
    "joined reference": {"allOf": [{"$ref": "#/$defs/thing"}, {"properties": {"n": {"type": "integer"}}}]},
    "example": {"type": "string", "examples": ["given"]},
    "nullable": {"type": "string", "nullable": True},
}
DEFINITIONS = {"thing": {"type": "object", "required": ["name"], "properties": {"name": {"type": "string"}}}}


@pytest.mark.parametrize("name", sorted(SCHEMAS))
def test_a_valid_body_is_valid(name: str) -> None:
    """What is made for a schema is accepted by a validator, and is sure."""
    document = {**SCHEMAS[name], "$defs": DEFINITIONS}
    maker = Maker(document)
    Draft202012Validator(document).validate(maker.valid(SCHEMAS[name]))
    assert maker.sure


@pytest.mark.parametrize("name", sorted(set(SCHEMAS)))
def test_an_invalid_body_is_invalid(name: str) -> None:
    """What is made to be refused is refused by a validator."""
    document = {**SCHEMAS[name], "$defs": DEFINITIONS}
    body = Maker(document).invalid(SCHEMAS[name])
    assert not Draft202012Validator(document).is_valid(body)


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "string", "pattern": "^(a+)+$"},
        {"type": "string", "pattern": "^x-[0-9]{9}$"},
        {"type": "string", "pattern": "["},
        {"type": "string", "not": {"const": "a"}},
        {"type": "array", "uniqueItems": True, "minItems": 3, "items": {"type": "string"}},
        {"type": "integer", "minimum": 5, "maximum": 3},
        {},
        {"type": "object", "required": ["unknown"]},
        {"type": "string", "format": "date"},
        {"type": "string", "format": "ipvanyaddress"},
        {"type": "string", "format": "uuid7"},
        {"type": "string", "format": "file-path"},
        {"type": "string", "contentMediaType": "application/json", "contentSchema": {}},
        {"type": "object", "minProperties": 2, "additionalProperties": {"type": "integer"}},
    ],
    ids=str,
)
def test_what_may_be_refused_is_not_sure(schema: dict[str, Any]) -> None:
    """Where the schema cannot be met with certainty, a refusal of the body will not count against anybody."""
    maker = Maker(schema)
    maker.valid(schema)
    assert not maker.sure


_DEEP: dict[str, Any] = {"type": "object", "required": ["a"], "properties": {"a": {"$ref": "#/$defs/self"}}}


@pytest.mark.parametrize(
    ("schema", "document"),
    [
        ({"$ref": "#/$defs/self"}, {"$defs": {"self": {"$ref": "#/$defs/self"}}}),
        (_DEEP, {"$defs": {"self": _DEEP}}),
        ({"$ref": "https://example.com/schema"}, {}),
        ({"$ref": "#/nowhere"}, {}),
        ({"$ref": "#/list"}, {"list": []}),
        ({"type": "string", "minLength": 10**9}, {}),
        ({"type": "array", "minItems": 10**9, "items": {}}, {}),
        ({"allOf": [{"type": "string"}] * 5000}, {}),
        ({"allOf": [3]}, {}),
        ({"anyOf": []}, {}),
        ({"anyOf": [1, 2]}, {}),
        ({"type": "string", "example": "x" * 100_000}, {}),
        ({"type": "array", "minItems": 40, "items": {"type": "array", "minItems": 40, "items": {}}}, {}),
        (7, {}),
    ],
    ids=range(14),
)
def test_a_hostile_schema_is_left(schema: Any, document: dict[str, Any]) -> None:
    """Circles, depths, lengths and nonsense end in CannotMake, at once."""
    began = perf_counter()
    with pytest.raises(CannotMake):
        Maker(document).valid(schema)
    assert perf_counter() - began < 1


@pytest.mark.parametrize("schema", [{}, {"items": {}}, {"type": ["array", "object", "string"]}, True], ids=str)
def test_what_accepts_everything_has_no_invalid_body(schema: Any) -> None:
    """There is nothing to send that should be refused."""
    with pytest.raises(CannotMake):
        Maker({}).invalid(schema)


def test_an_escaped_reference_is_followed() -> None:
    """A slash in a name stands as ~1 in a reference."""
    document = {"paths": {"/a~b": {"type": "boolean"}}}
    assert Maker(document).valid({"$ref": "#/paths/~1a~0b"}) is True
