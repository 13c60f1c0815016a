"""Real results: the golden account, single faults and refusals of it, an empty one, and one full of hostile text."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonpatch
import pytest

from grader.evidence import Evidence
from grader.grading.pipeline import Graded, grade_all
from grader.grading.results import CheckResult
from grader.rubric import open_rubric

from .hostile_text import HOSTILE

ACCOUNTS = Path(__file__).parents[2] / "accounts"
FAULTS = ("M050", "M160", "M080", "M047")
REFUSED = ("U02", "U04", "U06")


EVERY = ("golden", "empty", "nothing-asked", "nothing-said", "academy", "faults", *FAULTS, *REFUSED)
EVERY_HOSTILE = tuple(f"hostile-{number}" for number in range(len(HOSTILE)))


def account(*patches: str) -> dict[str, Any]:
    """The golden account with the patches of some cases applied."""
    document: dict[str, Any] = json.loads((ACCOUNTS / "golden.json").read_text("utf-8"))
    for name in patches:
        patch = json.loads((ACCOUNTS / "patches" / f"{name}.json").read_text("utf-8"))
        document = jsonpatch.apply_patch(document, patch)
    return document


def answered(entry: dict[str, Any]) -> dict[str, Any]:
    """The golden account's questions, every one of them answered with ``entry``."""
    document = account()
    for regions in document["calls"].values():
        for keys in regions.values():
            keys.update({key: entry for key in keys})
    return document


def grade(documents: dict[str, dict[str, Any]]) -> dict[str, Graded]:
    """Each account graded, in one session."""
    found: dict[str, Graded] = {}

    def deliver(evidence: Evidence, graded: object) -> None:
        assert isinstance(graded, Graded), graded
        found[evidence.source] = graded

    evidence = [Evidence(document, source=name) for name, document in documents.items()]
    grade_all(open_rubric(), evidence, deliver)
    return found


def filled_with(graded: Graded, text: str) -> Graded:
    """The same result with ``text`` in every place that an account has a say in.

    The model shortens names by itself; a feed must not rely on it.
    """
    result = graded.result
    items = tuple(replace(item, checks=tuple(_filled(check, text) for check in item.checks)) for item in result.items)
    bindings = {
        noun: replace(bound, id=f"{text}{bound.id}", name=text, why=text, runner_up=text)
        for noun, bound in result.bindings.items()
    }
    return replace(
        graded,
        result=replace(
            result,
            items=items,
            bindings=bindings,
            caller=text,
            account=f"12{text}",
            notices=(text,),
            source=f"folder/{text}",
        ),
    )


def _filled(check: CheckResult, text: str) -> CheckResult:
    questions = tuple(replace(question, key=f"Name={text}") for question in check.evidence)
    refusals = tuple(
        replace(each, code=text, message=text, question=replace(each.question, key=text)) for each in check.refusals
    )
    found, expected = (f"{text} was found", text) if check.found else ("", "")
    return replace(check, found=found, expected=expected, evidence=questions, refusals=refusals)


@pytest.fixture(scope="session")
def graded() -> Callable[[str], Graded]:
    """Results by case: those named in ``EVERY`` and ``EVERY_HOSTILE``."""
    golden = account()
    academy = account()
    academy["meta"]["environment"] = "academy"
    documents = {
        "golden": golden,
        "empty": answered({"response": {}}),
        "nothing-asked": {"meta": golden["meta"], "calls": {}},
        "nothing-said": answered({"error": {"Code": "ExpiredToken", "Message": "The security token is expired"}}),
        "academy": academy,
        "faults": account("M050", "M160", "U04"),
        **{case: account(case) for case in (*FAULTS, *REFUSED)},
    }
    found = grade(documents)
    found |= {name: filled_with(found["faults"], text) for name, text in zip(EVERY_HOSTILE, HOSTILE, strict=True)}
    return found.__getitem__


@pytest.fixture(params=(*EVERY, *EVERY_HOSTILE))
def any_account(request: pytest.FixtureRequest, graded: Callable[[str], Graded]) -> Graded:
    """Every case in turn."""
    return graded(request.param)


@pytest.fixture(params=EVERY_HOSTILE)
def hostile(request: pytest.FixtureRequest, graded: Callable[[str], Graded]) -> Graded:
    """Every hostile account in turn."""
    return graded(request.param)
