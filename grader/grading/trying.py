"""How rows come to their verdicts, step by step, for the author of a rubric."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

from grader.errors import GraderError, Undecided, UsageError
from grader.evidence import Evidence
from grader.grading.pipeline import Graded, grade_all
from grader.grading.pytest_plugin import things_of
from grader.grading.results import CheckResult
from grader.model.findings import shorten
from grader.rubric import Item, Rubric
from grader.things.binding import Candidate, Finder, Found, Names
from grader.things.drawing import entries, seen
from grader.things.expectations import Expectation
from grader.things.judge import Judge
from grader.things.paths import BadPath, Path, path
from grader.things.requests import question
from grader.things.things import Row, Thing
from grader.things.values import TooSlow

_MOST = 6
"""Things of one kind that are shown."""


def tried(rubric: Rubric, evidence: Evidence, item: str = "") -> list[str]:
    """The lines for the rows of one item, or of all."""
    items = [one for one in rubric.items if not item or one.id == item]
    if not items:
        known = ", ".join(one.id for one in rubric.items)
        raise UsageError(f"there is no item {item!r}.", remedy=f"There are: {known}.")
    found: list[Graded | GraderError] = []
    grade_all(rubric, [evidence], lambda _, graded: found.append(graded))
    graded = found[0]
    if isinstance(graded, GraderError):
        raise graded
    results = {one.id: one for one in graded.result.items}
    things = things_of(graded.lab, rubric.things)
    names = {row.name for one in items for check in one.checks for row in rubric.things.rows if row.name == check.id}
    rows = [row for row in rubric.things.rows if row.name in names]
    lines: list[str] = []
    finder = Finder(evidence, rubric.things, {})
    wanted = rubric.things.with_parents({name for row in rows for name in row.things})
    for thing in wanted:
        lines += _of_thing(thing, finder, things.assignment, evidence)
    for one in items:
        lines += _of_item(one, results[one.id].checks, {row.name: row for row in rows}, things.assignment, evidence)
    return lines


def _of_thing(
    thing: Thing, finder: Finder, assignment: dict[str, Candidate | Found], evidence: Evidence
) -> Iterator[str]:
    yield f"{thing.name}: {thing.operation}{f', {thing.each}' if thing.each else ''}"
    names = Names(assignment, evidence, finder.labels)
    judge = Judge(names, evidence.now)
    try:
        asked = list(finder.questions(thing, assignment))
    except Undecided as error:
        yield f"  not asked: {error}"
        asked = []
    for region, parameters in asked:
        one = question(thing.operation, region, parameters)
        entry = evidence.entry(one)
        yield f"  asked in {one.region}{f' with {one.key}' if one.key else ''}: {_answer(entry)}"
        if entry is None or "response" not in entry:
            continue
        values = entries(thing.each, entry["response"])
        for value in values[:_MOST]:
            yield f"    {shorten(json.dumps(value, default=str), 100)}"
            yield from _of_conditions(thing, judge, seen(value, parameters))
        if len(values) > _MOST:
            yield f"    and {len(values) - _MOST} more"
    taken = assignment.get(thing.name)
    if isinstance(taken, Candidate):
        yield f"  taken: {taken.label}"
    elif taken is not None:
        yield f"  none: {taken.error}"


def _of_conditions(thing: Thing, judge: Judge, value: Any) -> Iterator[str]:
    for where, wanted in thing.where:
        try:
            holds = judge.told(wanted, where.value_in(value), "").holds
        except (Undecided, TooSlow) as error:
            yield f"      ? {where}: {error}"
            continue
        yield f"      {'+' if holds else '-'} {where} is {_shown(where.value_in(value))}"


def _answer(entry: Any) -> str:
    if entry is None:
        return "the evidence does not hold it"
    return "answered" if "response" in entry else f"refused ({entry['error'].get('Code')})"


def _of_item(
    item: Item,
    checks: tuple[CheckResult, ...],
    rows: dict[str, Row],
    assignment: dict[str, Candidate | Found],
    evidence: Evidence,
) -> Iterator[str]:
    for check in checks:
        yield f"{item.id} {check.title}: {check.outcome}"
        row = rows.get(check.id)
        taken = assignment.get(row.thing) if row is not None else None
        if row is not None and row.expect is not None and isinstance(taken, Candidate):
            judge = Judge(Names(assignment, evidence), evidence.now)
            yield from _of_expectation(row.expect, taken.value, judge, "  ")
        if check.found:
            yield f"  found: {check.found}"
        if check.expected:
            yield f"  expected: {check.expected}"


def _of_expectation(expectation: Expectation, value: Any, judge: Judge, indent: str) -> Iterator[str]:
    if expectation.relation in ("all_of", "any_of"):
        for part in expectation.parts:
            yield from _of_expectation(part, value, judge, indent)
    for where, wanted in expectation.members:
        for text, step in steps(where, value):
            yield f"{indent}{text} = {_shown(step)}"
        try:
            told = judge.told(wanted, where.value_in(value), "it")
        except (Undecided, TooSlow) as error:
            yield f"{indent}  ? {error}"
            continue
        yield f"{indent}  {'+' if told.holds else '-'} {judge.words(wanted)}"


def steps(where: Path, value: Any) -> Iterator[tuple[str, Any]]:
    """Each step of a path with its value: ``State``, then ``State.Name``."""
    inner = where.text.partition("(")[2].partition(")")[0] if "(" in where.text else ""
    if inner and "@" not in inner and "," not in inner:
        with suppress(BadPath):  # an argument that is more than a path
            yield from steps(path(inner), value)
    ends = [number for number, letter in enumerate(where.text) if letter == "." and _is_between(where.text, number)]
    for text in (*(where.text[:end] for end in ends), where.text):
        try:
            yield text, path(text).value_in(value)
        except BadPath:
            continue


def _is_between(text: str, end: int) -> bool:
    before = text[:end]
    return all(before.count(opening) == before.count(closing) for opening, closing in ("()", "[]", "{}")) and all(
        before.count(mark) % 2 == 0 for mark in "'\"`"
    )


def _shown(value: Any) -> str:
    return shorten(json.dumps(value, default=str), 100)
