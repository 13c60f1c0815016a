"""The JSON Schemas: they accept every example that there is, refuse others, and know each key of the program."""

from __future__ import annotations

import ast
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from grader.cli.schema import NAMES, SCHEMAS
from grader.grading.result_document import result_document
from grader.rubric import default_rubric, late_policy, reader
from grader.rubric.scheme import CONTROLLED
from tests.cases import golden, grade, patched
from tests.cli.conftest import Run, run

__all__ = ["run"]

ACCOUNTS = Path(__file__).parents[1] / "accounts"
EXAMPLES = Path(__file__).parents[2] / "examples"
CASES = ("M050", "M160", "U04", "V119", "U20")


def validator(name: str) -> jsonschema.Draft202012Validator:
    """The validator of a schema, itself valid."""
    schema = json.loads((SCHEMAS / f"{name}.schema.json").read_text("utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


def test_the_labs_rubric_is_a_rubric() -> None:
    """The schema accepts it as an editor reads it."""
    validator("rubric").validate(yaml.safe_load(default_rubric().read_text("utf-8")))


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*/rubric.yaml")), ids=lambda path: path.parent.name)
def test_every_example_is_a_rubric(path: Path) -> None:
    """The short form that things allow is no mistake to an editor."""
    validator("rubric").validate(yaml.safe_load(path.read_text("utf-8")))


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("sections", 0, "items", 0, "pionts"), "1"),
        (("sections", 0, "items", 0, "checks", 0, "chekc"), "x"),
        (("variants", "academy", "feeds"), "both"),
        (("sections", 0, "items", 0, "link"), "http://x"),
        (("points",), None),
    ],
)
def test_a_misspelled_rubric_is_none(path: tuple[Any, ...], value: Any) -> None:
    """What the reader refuses, an editor underlines."""
    document = yaml.safe_load(default_rubric().read_text("utf-8"))
    place = document
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    assert not validator("rubric").is_valid(document)


def taken() -> Iterator[tuple[frozenset[str], frozenset[str]]]:
    """The keys of each mapping that the reader of rubrics reads: those it needs, and all."""
    trees = (ast.parse(Path(str(one.__file__)).read_text("utf-8")) for one in (reader, late_policy))
    for node in (node for tree in trees for node in ast.walk(tree)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "mapping":
            given = {one.arg: frozenset(ast.literal_eval(one.value)) for one in node.keywords}
            if "needs" in given:
                yield given["needs"], given["needs"] | given.get("may", frozenset())


def test_the_schema_has_every_key_that_the_reader_takes() -> None:
    """A key that is new in one of them is missing in the other: this says which."""
    defined = json.loads((SCHEMAS / "rubric.schema.json").read_text("utf-8"))["$defs"]
    objects = [one for one in defined.values() if "properties" in one]
    written = {(frozenset(one.get("required", ())), frozenset(one["properties"])) for one in objects}
    assert written == set(taken())
    assert tuple(defined["control"]["properties"]["of"]["enum"]) == CONTROLLED


@pytest.mark.parametrize("case", CASES)
def test_every_case_is_evidence(case: str) -> None:
    """Refusals, probes and the Academy too."""
    validator("evidence").validate(patched(case))


@pytest.mark.parametrize("path", sorted((ACCOUNTS / "field").rglob("*.json")), ids=lambda path: path.name)
def test_every_published_account_is_evidence(path: Path) -> None:
    """What was collected elsewhere as well."""
    document = json.loads(path.read_text("utf-8"))
    if "calls" in document:
        validator("evidence").validate(document)


def test_an_answer_and_an_error_at_once_are_no_evidence() -> None:
    """A value holds a response or an error, never both and never neither."""
    wrong: tuple[dict[str, Any], ...] = ({}, {"response": {}, "error": {}}, {"response": []})
    for entry in wrong:
        calls = {"ec2.DescribeVpcs": {"eu-west-1": {"": entry}}}
        assert not validator("evidence").is_valid({**golden(), "calls": calls})


def described(schema: Any, document: Any, root: Any, place: str = "") -> Iterator[str]:
    """The keys of a document that a schema does not describe."""
    while "$ref" in schema:
        schema = root["$defs"][schema["$ref"].rpartition("/")[2]]
    options = schema.get("anyOf", [])
    if options:
        wanted = "null" if document is None else "array" if isinstance(document, list) else "object"
        kinds = [one if "$ref" not in one else root["$defs"][one["$ref"].rpartition("/")[2]] for one in options]
        schema = next(one for one in kinds if one.get("type") == wanted)
    if isinstance(document, dict) and "properties" in schema:
        for key, value in document.items():
            if key in schema["properties"]:
                yield from described(schema["properties"][key], value, root, f"{place}.{key}")
            else:
                yield f"{place}.{key}"
    if isinstance(document, list) and "items" in schema:
        for value in document:
            yield from described(schema["items"], value, root, place)


def test_every_result_is_a_result_and_each_key_is_described() -> None:
    """What the program writes, in every outcome; one and several."""
    documents = [result_document(one.result) for one in grade({case: patched(case) for case in CASES}).values()]
    check = validator("result")
    check.validate(documents)
    for document in documents:
        check.validate(document)
        assert list(described(check.schema, document, check.schema)) == []
    assert not check.is_valid({**documents[0], "items": [{}]})
    assert not check.is_valid([])


@pytest.mark.parametrize("name", NAMES)
def test_the_command_prints_the_schema(run: Run, name: str) -> None:
    """As it is in the package."""
    ran = run("schema", name)
    assert (ran.code, json.loads(ran.output)["$schema"]) == (0, "https://json-schema.org/draft/2020-12/schema")
