"""Real results: the golden account, single faults and refusals of it, an empty one, and one full of hostile text."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from grader.grading.pipeline import Graded
from grader.grading.results import CheckResult, ItemResult, Outcome, Why
from tests.cases import grade, patched

from .hostile_text import HOSTILE

FAULTS = ("M050", "M160", "M080", "M047")
REFUSED = ("U02", "U04", "U06")


EVERY = ("golden", "empty", "nothing-asked", "nothing-said", "academy", "faults", *FAULTS, *REFUSED)
EVERY_HOSTILE = tuple(f"hostile-{number}" for number in range(len(HOSTILE)))


def answered(entry: dict[str, Any]) -> dict[str, Any]:
    """The golden account's questions, every one of them answered with ``entry``."""
    document = patched()
    for regions in document["calls"].values():
        for keys in regions.values():
            keys.update({key: entry for key in keys})
    return document


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
            why=_diagnosis(items, text),
            source=f"folder/{text}",
        ),
    )


def _diagnosis(items: tuple[ItemResult, ...], text: str) -> Why:
    """A diagnosis that explains every failed check, in words that an account chose."""
    failed = tuple(check.id for item in items for check in item.checks if check.outcome is Outcome.FAILED)
    return Why("", text, text, text, text, text, "", failed, (text,))


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
    golden = patched()
    academy = patched()
    academy["meta"]["environment"] = "academy"
    documents = {
        "golden": golden,
        "empty": answered({"response": {}}),
        "nothing-asked": {"meta": golden["meta"], "calls": {}},
        "nothing-said": answered({"error": {"Code": "ExpiredToken", "Message": "The security token is expired"}}),
        "academy": academy,
        "faults": patched("M050", "M160", "U04"),
        **{case: patched(case) for case in (*FAULTS, *REFUSED)},
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
