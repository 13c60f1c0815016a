# ruff: noqa: E501 - tables read best as they are
"""What must hold for any input: it is graded, or one sentence says why not; nothing else, and soon."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from time import monotonic
from typing import Any

import click
import yaml
from hypothesis import strategies as st

from grader.collect.probing.openapi import read_document, trials
from grader.containment import InternalError
from grader.errors import GraderError, UnusableInput
from grader.evidence import Evidence, parse_evidence
from grader.grading.pipeline import Graded, grade_all
from grader.report.formats import FORMATS, renderer
from grader.report.page.page import render_page
from grader.report.terminal import render_result, render_summary
from grader.rubric import open_rubric
from tests.cases import golden
from tests.fuzz.edits import Edit, edited, edits_of

SECONDS = 20
"""What one input may take, on a busy machine."""

RUBRIC = """\
format: 1
lab: A lab
points: "2.0"
variants:
  academy: {title: Academy, not_applicable: ["1.2"], convert_to: "2.0", note: n}
bonus: {points: "1", note: n, awards: [{points: "0.5", reason: r}]}
sections:
  - id: "1"
    title: Storage
    items:
      - id: "1.1"
        title: A bucket
        points: "1.0"
        hint: Create one.
        link: https://example.org/
        with: {cidr: 10.0.0.0/16}
        controls: [{standard: CIS, id: "1.4"}]
        checks:
          - {check: "check_2_s3.py::TestBucket::test_there_is_a_bucket_of_your_own", points: "0.5"}
          - {check: "check_2_s3.py::TestBucket::test_the_bucket_is_private", points: "0.5", hint: h, title: t}
      - id: "1.2"
        title: A question
        points: "1.0"
        hint: Look.
        builds_on: ["1.1"]
        runs_through: ["1.1"]
        checks:
          - {ask: ec2.DescribeVpcs, expression: "length(Vpcs[?!IsDefault])", expect: {at_least: 1}, title: t, points: "1"}
"""
OPENAPI: Mapping[str, Any] = {
    "openapi": "3.1.0",
    "servers": [{"url": "/api"}],
    "paths": {
        "/predict": {
            "parameters": [{"name": "v", "in": "query", "required": True, "schema": {"type": "integer", "minimum": 3}}],
            "post": {
                "requestBody": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Text"}}}},
                "responses": {"200": {}},
            },
        },
        "/items/{id}": {
            "get": {"parameters": [{"name": "id", "in": "path", "required": True, "schema": {"type": "string", "example": "a"}}]}
        },
    },
    "components": {
        "schemas": {
            "Text": {
                "type": "object",
                "required": ["text", "many"],
                "properties": {
                    "text": {"type": "string", "minLength": 3, "maxLength": 9, "pattern": "^[a-z]+$"},
                    "many": {"type": "array", "minItems": 1, "items": {"anyOf": [{"type": "number", "multipleOf": 0.5}, {"enum": ["a", 1]}]}},
                    "other": {"allOf": [{"$ref": "#/components/schemas/Other"}, {"not": {"type": "null"}}]},
                },
            },
            "Other": {"type": ["object", "null"], "additionalProperties": False, "properties": {"d": {"format": "date", "type": "string"}}},
        }
    },
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Target:
    """A reader of foreign input: the document that is edited, and what must hold of each edited one."""

    document: Any
    holds: Callable[[Any], None]

    def strategy(self) -> st.SearchStrategy[tuple[Edit, ...]]:
        """Edits of the document."""
        return edits_of(self.document)

    def tries(self, edits: tuple[Edit, ...]) -> None:
        """Raises where an edited document does harm."""
        began = monotonic()
        self.holds(edited(self.document, edits))
        assert monotonic() - began < SECONDS


def evidence_is_graded_or_refused(document: Any) -> None:
    """Every report of it is made, or one sentence names the file."""
    said = ""
    try:
        evidence = parse_evidence(json.dumps(document).encode(), "hand-in.json")
    except UnusableInput as error:
        said = str(error)
    if said:
        assert said.startswith("hand-in.json")
        return
    graded = _graded(open_rubric(), evidence)
    if isinstance(graded, GraderError):
        assert isinstance(graded, UnusableInput), graded
        assert not isinstance(graded, InternalError)
        return
    result = graded.result
    assert result.score + result.lost + result.open == result.max_score
    render_page(graded).encode("utf-8")
    for text in (render_result(result), render_summary([(result, "")])):
        assert all(line.isprintable() for line in click.unstyle(text).splitlines())
    for name in FORMATS:
        renderer(name)([graded]).encode("utf-8", "backslashreplace")


def a_rubric_is_read_or_refused(document: Any) -> None:
    """It is linted and grades, or one sentence names its line; code that is not ours is never run."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "rubric.yaml"
        text = document if isinstance(document, str) else yaml.safe_dump(document, allow_unicode=False)
        path.write_text(text, encoding="utf-8", errors="replace")
        said = ""
        try:
            rubric = open_rubric(path)
        except UnusableInput as error:
            said = str(error)
        if said:
            assert str(path) in said
            return
    graded = _graded(rubric, Evidence(golden(), source="hand-in.json"))
    assert isinstance(graded, (Graded, UnusableInput)), graded


def an_openapi_document_is_tried_or_left(document: Any) -> None:
    """Requests come out of it, within bounds, or none."""
    found = trials(read_document(json.dumps(document).encode()), frozenset())
    assert len(found) < 100
    assert all(one.target.startswith("/") and not one.target.startswith("//") for one in found)


def _graded(rubric: Any, evidence: Evidence) -> Graded | GraderError:
    said: list[Graded | GraderError] = []
    grade_all(rubric, [evidence], lambda _, graded: said.append(graded))
    (graded,) = said
    return graded


@cache
def targets() -> Mapping[str, Target]:
    """All of them, by name."""
    return {
        "evidence": Target(golden(), evidence_is_graded_or_refused),
        "rubric": Target(yaml.safe_load(RUBRIC), a_rubric_is_read_or_refused),
        "openapi": Target(OPENAPI, an_openapi_document_is_tried_or_left),
    }
