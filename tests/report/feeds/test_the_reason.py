"""Every feed says why the service does not work, in the words of the diagnosis."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from xml.etree import ElementTree

import pytest

from grader.report.formats import FORMATS, renderer
from grader.report.wording import why_words
from tests.cases import grade_one
from tests.model.diagnosis.scenes import ended, log, scene

SEPARATE = "\x1e"


def strings(value: Any) -> Iterator[str]:
    """Every text of a document."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, list | dict):
        for one in value.values() if isinstance(value, dict) else value:
            yield from strings(one)


def texts(name: str, written: str) -> str:
    """What a reader of a format sees."""
    if name == "junit":
        root = ElementTree.fromstring(written)
        return SEPARATE.join(text for one in root.iter() for text in ((one.text or ""), *one.attrib.values()))
    if name in ("markdown", "annotations"):
        return written.replace("\\", "").replace("%0A", "\n")
    lines = written.splitlines() if name == "autolab" else [written]
    return SEPARATE.join(text for line in lines for text in strings(json.loads(line)))


@pytest.mark.parametrize("name", FORMATS)
def test_the_reason_is_in_every_feed(name: str) -> None:
    """An image for another processor: what happened, and the line of the log that says so."""
    graded = grade_one(scene(ended(), log("exec /app/start: exec format error")).document)
    why = graded.result.why
    assert why is not None
    shown = texts(name, renderer(name)([graded]))
    assert why.sentence in shown
    assert why.quote in shown


def test_markdown_and_annotations_say_it_once() -> None:
    """It explains several checks; a summary repeats nothing."""
    graded = grade_one(scene(ended(), log("exec /app/start: exec format error")).document)
    assert graded.result.why is not None
    for name in ("markdown", "annotations"):
        shown = texts(name, renderer(name)([graded]))
        assert shown.count(why_words(graded.result.why)) == 1, shown
