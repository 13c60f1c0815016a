"""The result as a document: built, read and checked. Its keys are a contract: others may join, none changes."""

from __future__ import annotations

from fractions import Fraction
from math import isfinite
from pathlib import Path, PurePath
from typing import Any

from grader.errors import UnusableInput
from grader.evidence import Question, Refusal
from grader.evidence.json_files import JsonFile
from grader.foreign_text import plain
from grader.grading.results import CheckResult, ChosenResource, Controlled, ItemResult, JudgedSet, Outcome, Result, Why
from grader.model.security_notes import SecurityNote

FORMAT = 1
RESULTS_FILE = JsonFile("a results file", UnusableInput)


def result_document(result: Result) -> dict[str, Any]:
    """The object of the contract, with points as numbers and times in ISO 8601.

    Beyond the contract it holds what explains a point: sections, hints, links, questions, refusals, notices.
    """
    low, high = result.score_range
    return {
        "format": FORMAT,
        "grader": result.grader,
        "rubric": {"name": plain(result.rubric), "sha256": result.rubric_digest},
        "source": source_name(result.source),
        "profile": plain(result.profile),
        "student": plain(result.student),
        "lab": plain(result.lab),
        "account": plain(result.account),
        "variant": result.variant,
        "graded_at": result.graded_at.isoformat(),
        "collected_at": result.collected_at.isoformat(),
        "score": float(result.score),
        "max_score": float(result.max_score),
        "score_range": [float(low), float(high)],
        "converted": _conversion(result),
        "feeds": _feeds(result),
        "bonus": float(result.bonus),
        "regions": [plain(region) for region in result.regions],
        "caller": plain(result.caller),
        "notices": [plain(notice) for notice in result.notices],
        "why": _why(result.why),
        "items": [_item(item) for item in result.items],
        "bindings": {noun: _binding(bound) for noun, bound in result.bindings.items()},
        "security_notes": {
            "risks": [_note(note) for note in result.security_notes.risks],
            "in_production": [_note(note) for note in result.security_notes.in_production],
        },
        "candidates": {
            "graded": _judged(result.graded_set),
            "second": _judged(result.second_set),
            "not_judged": result.sets_left_out,
        },
    }


def _note(note: SecurityNote) -> dict[str, Any]:
    return {"control": note.control, "found": plain(note.found), "advice": note.advice, "link": note.link}


def _judged(judged: JudgedSet | None) -> dict[str, Any] | None:
    if judged is None:
        return None
    return {
        "name": plain(judged.name),
        "score": float(judged.score),
        "open": float(judged.open),
        "bind": plain(judged.bind),
    }


def _why(why: Why | None) -> dict[str, Any] | None:
    if why is None:
        return None
    return {
        "cause": why.cause,
        "title": plain(why.title),
        "sentence": plain(why.sentence),
        "quote": plain(why.quote),
        "source": plain(why.source),
        "advice": plain(why.advice),
        "item": why.item or None,
        "checks": list(why.checks),
        "also": [plain(sentence) for sentence in why.also],
        "refusals": [_refusal(refusal) for refusal in why.refused],
    }


def _conversion(result: Result) -> dict[str, float] | None:
    if result.converted is None or result.converted_to is None:
        return None
    return {"score": float(result.converted), "max_score": float(result.converted_to)}


def _feeds(result: Result) -> dict[str, Any]:
    """The score that leaves for other tools; null where nothing could be judged."""
    low, high = result.feed_range
    return {
        "score": float(low) if result.is_judged else None,
        "max_score": float(result.feed_max),
        "score_range": [float(low), float(high)],
    }


def source_name(source: str) -> str:
    """The file that a result comes from, without its folders; empty for an account that was read directly."""
    return "" if source.startswith("account ") else PurePath(plain(source)).name


def _item(item: ItemResult) -> dict[str, Any]:
    return {
        "id": item.id,
        "title": plain(item.title),
        "section": plain(item.section),
        "points": float(item.points),
        "earned": float(item.earned),
        "lost": float(item.lost),
        "open": float(item.open),
        "outcome": item.outcome.value,
        "because_of": item.because_of,
        "hint": plain(item.hint),
        "link": item.link,
        "controls": [{"standard": plain(standard), "id": plain(identifier)} for standard, identifier in item.controls],
        "checks": [_check(check) for check in item.checks],
    }


def _check(check: CheckResult) -> dict[str, Any]:
    return {
        "id": check.id,
        "title": plain(check.title),
        "points": float(check.points),
        "outcome": check.outcome.value,
        "message": plain(check.message),
        "found": plain(check.found),
        "expected": plain(check.expected),
        "because_of": check.because_of,
        "hint": plain(check.hint),
        "controls": [_controlled(one) for one in check.controls],
        "remarks": [plain(remark) for remark in check.remarks],
        "evidence": list(dict.fromkeys(question.operation for question in check.evidence)),
        "questions": [_question(question) for question in check.evidence],
        "refusals": [_refusal(refusal) for refusal in check.refusals],
    }


def _controlled(control: Controlled) -> dict[str, Any]:
    resource = control.resource
    about = {}
    if resource is not None:
        about = {"id": plain(resource.id), "type": resource.type, "region": plain(resource.region)}
    return {
        "standard": plain(control.standard),
        "id": plain(control.id),
        "outcome": control.outcome.value,
        "resource": about or None,
    }


def _question(question: Question) -> dict[str, str]:
    return {
        "operation": plain(question.operation),
        "region": plain(question.region),
        "key": plain(question.key),
    }


def _refusal(refusal: Refusal) -> dict[str, Any]:
    return {
        "action": plain(refusal.action),
        "kind": refusal.kind.value,
        "code": plain(refusal.code),
        "message": plain(refusal.message),
        "question": _question(refusal.question),
    }


def _binding(bound: ChosenResource) -> dict[str, Any]:
    return {
        "id": plain(bound.id),
        "why": plain(bound.why),
        "runner_up": None if bound.runner_up is None else plain(bound.runner_up),
        "name": plain(bound.name),
        "region": plain(bound.region),
    }


def load_results(path: Path) -> Any:
    """What a results file holds, compressed or not; raises ``UnusableInput`` where it cannot be read."""
    return RESULTS_FILE.read(path)


def checked_results(document: object, where: str) -> list[dict[str, Any]]:
    """A parsed results file as a list; raises ``UnusableInput`` where it is not one."""
    results: list[Any] = document if isinstance(document, list) else [document]
    remedy = "Write one with: grader grade EVIDENCE --json FILE"
    if not results:
        raise UnusableInput("this results file holds no result.", where=where, remedy=remedy)
    for number, result in enumerate(results):
        wrong = _wrong(result)
        if wrong:
            raise UnusableInput(f"result {number + 1} is not a result: {wrong}.", where=where, remedy=remedy)
        if result["format"] > FORMAT:
            raise UnusableInput(
                f"results of format {result['format']} are too new: this grader reads up to {FORMAT}.",
                where=where,
                remedy="Update the grader.",
            )
    return results


_RESULT = {"format": int, "account": str, "score": (int, float), "max_score": (int, float), "items": list}
_ITEM = {
    "id": str,
    "title": str,
    "earned": (int, float),
    "lost": (int, float),
    "open": (int, float),
    "checks": list,
}
_CHECK = {"id": str, "title": str, "points": (int, float), "outcome": str, "message": str}


def _wrong(result: object) -> str:
    """What keeps ``result`` from being a result, or nothing."""
    problem = _misses(result, _RESULT)
    if problem or not isinstance(result, dict):
        return problem
    for item in result["items"]:
        problems = [_misses(item, _ITEM)]
        if not problems[0]:
            problems += [_misses(check, _CHECK) for check in item["checks"]]
        if any(problems):
            return f"in an item {next(filter(None, problems))}"
    return ""


def _misses(value: object, needs: dict[str, Any]) -> str:
    if not isinstance(value, dict):
        return "it is no object"
    for key, kind in needs.items():
        found = value.get(key)
        if not isinstance(found, kind) or isinstance(found, bool):
            return f"{key!r} is missing or of another type"
        if isinstance(found, float) and not isfinite(found):
            return f"{key!r} is no number"
    if "outcome" in needs and value["outcome"] not in set(Outcome):
        return f"{plain(value['outcome'], 40)!r} is no outcome"
    return ""


def exact(value: float) -> Fraction:
    """Points that were printed as a number, as the fraction that they were: shares are decimals."""
    return Fraction(str(value)).limit_denominator(10_000)
