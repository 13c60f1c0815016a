"""The kept cases: a correct deployment, and single changes of it with what each must cost.

``accounts/`` is a copy of what the course gave us. Every entry of ``mutants.yaml`` and ``variations.yaml`` is
``golden.json`` after one RFC 6902 patch.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any

import jsonpatch
import yaml

from grader.errors import GraderError
from grader.evidence import Evidence
from grader.grading.pipeline import Graded, grade_all
from grader.grading.results import ItemResult, Outcome
from grader.model.parameters import Parameters
from grader.rubric import open_rubric

ACCOUNTS = Path(__file__).parent / "accounts"
GOLDEN = ACCOUNTS / "golden.json"
LAB = Parameters.of(open_rubric().parameters)
"""The lab's own parameters."""


@dataclass(frozen=True, slots=True)
class Case:
    """One entry: which items lose what, which open by refusal or waiting, which a person must decide."""

    id: str
    title: str
    loses: Mapping[str, Fraction]
    opens: Mapping[str, Fraction]
    manual: frozenset[str]
    not_applicable: frozenset[str]
    total: Fraction

    @property
    def document(self) -> dict[str, Any]:
        """The evidence of the case, made anew."""
        return patched(self.id)


def golden() -> dict[str, Any]:
    """The evidence of the correct deployment, made anew."""
    document: dict[str, Any] = json.loads(GOLDEN.read_text(encoding="utf-8"))
    return document


def patched(*names: str) -> dict[str, Any]:
    """The golden evidence after the patches of some entries."""
    document = golden()
    for name in names:
        patch = json.loads((ACCOUNTS / "patches" / f"{name}.json").read_text(encoding="utf-8"))
        document = jsonpatch.apply_patch(document, patch)
    return document


@cache
def cases() -> tuple[Case, ...]:
    """Every entry of both lists."""
    entries = [
        entry
        for name, key in (("mutants.yaml", "mutants"), ("variations.yaml", "variations"))
        for entry in yaml.safe_load((ACCOUNTS / name).read_text(encoding="utf-8"))[key]
    ]
    return tuple(_case(entry) for entry in entries)


def case(name: str) -> Case:
    """One entry by its id."""
    return next(one for one in cases() if one.id == name)


def _case(entry: Mapping[str, Any]) -> Case:
    def points(name: str) -> dict[str, Fraction]:
        return {str(one["item"]): Fraction(str(one["points"])) for one in entry.get(name, ())}

    return Case(
        id=entry["id"],
        title=entry["title"],
        loses=points("lose"),
        opens=points("becomes_unverifiable"),
        manual=frozenset(entry.get("becomes_manual", ())),
        not_applicable=frozenset(entry.get("not_applicable", ())),
        total=Fraction(str(entry["expected_total"])),
    )


def grade(
    documents: Mapping[str, dict[str, Any]], *, binds: Mapping[str, str] | None = None, variant: str | None = None
) -> dict[str, Graded]:
    """Grade documents by name in one session; an error of one of them is raised."""
    graded: dict[str, Graded] = {}

    def deliver(evidence: Evidence, result: Graded | GraderError) -> None:
        if isinstance(result, GraderError):
            raise result
        graded[evidence.source] = result

    accounts = (Evidence(document, source=name) for name, document in documents.items())
    grade_all(open_rubric(), accounts, deliver, binds=binds, variant=variant)
    return graded


def grade_one(document: dict[str, Any], **more: Any) -> Graded:
    """Grade one document."""
    return grade({"one": document}, **more)["one"]


def lost(graded: Graded) -> dict[str, Fraction]:
    """Points lost by item."""
    return {item.id: item.lost for item in graded.result.items if item.lost}


def opened(graded: Graded) -> dict[str, Fraction]:
    """Points open by item, without those that only a person can decide."""
    return {item.id: item.open for item in graded.result.items if item.open and not is_manual(item)}


def manual(graded: Graded) -> frozenset[str]:
    """Items that a person decides."""
    return frozenset(item.id for item in graded.result.items if is_manual(item))


def is_manual(item: ItemResult) -> bool:
    """Whether a check of the item waits for a person."""
    return any(check.outcome is Outcome.MANUAL for check in item.checks)


def failed_checks(graded: Graded) -> frozenset[str]:
    """The ids of the checks that failed."""
    return frozenset(
        check.id for item in graded.result.items for check in item.checks if check.outcome is Outcome.FAILED
    )


def entries(document: dict[str, Any], wanted: Iterable[str] = ()) -> Iterable[tuple[str, str, str, dict[str, Any]]]:
    """(operation, region, key, entry) of a document, of some operations or of all."""
    chosen = set(wanted) or set(document["calls"])
    for operation in sorted(chosen):
        for region, keys in document["calls"].get(operation, {}).items():
            for key, entry in keys.items():
                yield operation, region, key, entry
