"""A rubric tried on a correct account and on all that its rows could notice in one that is not."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from grader.calls.closure import rows as calls_of
from grader.errors import EvidenceError, GraderError, UsageError
from grader.evidence import Evidence
from grader.grading.changing import Change, changes, empty_account, refusals
from grader.grading.pipeline import Graded, grade_all
from grader.grading.results import Outcome
from grader.rubric import CheckRow, Rubric
from grader.rubric.needs import operations_for

MOST_CHANGES = 20_000


@dataclass(slots=True)
class SelfTest:
    """What a rubric's rows notice. Rows are told by the id of their item and their title."""

    rows: tuple[str, ...] = ()
    not_passed: list[str] = field(default_factory=list)
    """Rows that do not hold in the correct account."""
    free: list[str] = field(default_factory=list)
    """Rows that the empty account passes."""
    deaf: list[str] = field(default_factory=list)
    """Rows that no change loses."""
    charged: list[str] = field(default_factory=list)
    """Rows that a refusal costs, with the operation."""
    broken: list[str] = field(default_factory=list)
    """Changes with which grading, or a check, stopped."""
    unnoticed: list[str] = field(default_factory=list)
    """Members that no row notices."""
    tried: int = 0

    @property
    def is_fine(self) -> bool:
        """Whether nothing is wrong with the rubric."""
        return not (self.not_passed or self.free or self.deaf or self.charged or self.broken)


def self_test(
    rubric: Rubric, document: dict[str, Any], *, source: str = "evidence", every: int = 1
) -> SelfTest:
    """Try a rubric on a correct account and on its changes (one in ``every`` of them).

    A row about a thing, or a question, has to be lost by a change of one place. A check in Python may have several
    witnesses, so for it the empty account counts too, and it may be open there. Raises where the account itself cannot
    be graded.
    """
    needed = calls_of(operations_for(rubric.items))
    operations = frozenset(call.operation for call in needed)
    first = _graded(rubric, Evidence(document, source=source))
    before = _outcomes(first)
    own = {name: outcome for name, outcome in before.items() if outcome is not Outcome.MANUAL}
    result = SelfTest(rows=tuple(own))
    result.not_passed = [name for name, outcome in own.items() if outcome is not Outcome.PASSED]
    held = [name for name in own if name not in result.not_passed]
    in_python = {name for name, row in zip(before, _rows(rubric), strict=False) if row.needs is None}
    noticed: set[str] = set()
    stopped: set[str] = set()
    seen: dict[str, bool] = {}
    other = next((region for region in ("eu-north-1", "us-west-1") if region not in document["meta"]["regions"]), "")

    def accounts() -> Iterator[tuple[Change, dict[str, Any]]]:
        yield Change("empty", "the empty account"), empty_account(document)
        yield from refusals(document)
        yield from islice(changes(document, operations, other), 0, MOST_CHANGES, every)

    for change, graded in _all(rubric, accounts(), source):
        result.tried += 1
        if isinstance(graded, EvidenceError):
            if change.member:
                seen[change.member] = True  # the file is told to be none of AWS's
            continue
        if isinstance(graded, GraderError):
            result.broken.append(f"{change.kind} {change.what}: {graded}")
            continue
        for _, check in graded.result.broken:
            if check.id not in stopped:
                stopped.add(check.id)
                result.broken.append(f"{change.kind} {change.what}: {check.found}")
        now = _outcomes(graded)
        lost = {name for name in held if now[name] is Outcome.FAILED}
        if change.kind == "empty":
            result.free = [name for name in own if now[name] is Outcome.PASSED]
            noticed |= {name for name in held if name in in_python and now[name] is not Outcome.PASSED}
        elif change.kind == "refused":
            result.charged += [f"{name} ({change.what})" for name in sorted(lost)]
        else:
            noticed |= lost
            if change.member:
                seen[change.member] = seen.get(change.member, False) or any(
                    now[name] is not Outcome.PASSED for name in held
                )
    result.deaf = [name for name in held if name not in noticed]
    result.unnoticed = sorted(member for member, is_seen in seen.items() if not is_seen)
    return result


def _rows(rubric: Rubric) -> list[CheckRow]:
    return [row for item in rubric.items for row in item.checks]


def _graded(rubric: Rubric, evidence: Evidence) -> Graded:
    found: list[Graded | GraderError] = []
    grade_all(rubric, [evidence], lambda _, graded: found.append(graded))
    if isinstance(found[0], GraderError):
        raise found[0]
    return found[0]


def _all(
    rubric: Rubric, accounts: Iterator[tuple[Change, dict[str, Any]]], source: str
) -> Iterator[tuple[Change, Graded | GraderError]]:
    """Each changed account with its result, some hundreds at a time in one session of checks."""
    while True:
        batch = [each for _, each in zip(range(400), accounts, strict=False)]
        if not batch:
            return
        told: list[tuple[Change, Graded | GraderError]] = []
        by_evidence: dict[int, Change] = {}

        def evidence(
            batch: list[tuple[Change, dict[str, Any]]] = batch,
            told: list[tuple[Change, Graded | GraderError]] = told,
            by_evidence: dict[int, Change] = by_evidence,
        ) -> Iterator[Evidence]:
            for change, document in batch:
                try:
                    made = Evidence(document, source=f"{source} ({change.kind} {change.what})")
                except GraderError as error:
                    told.append((change, error))
                    continue
                by_evidence[id(made)] = change
                yield made

        def deliver(
            made: Evidence,
            graded: Graded | GraderError,
            told: list[tuple[Change, Graded | GraderError]] = told,
            by_evidence: dict[int, Change] = by_evidence,
        ) -> None:
            told.append((by_evidence[id(made)], graded))

        grade_all(rubric, evidence(), deliver)
        yield from told


def _outcomes(graded: Graded) -> dict[str, Outcome]:
    """The outcome of each row that applies, by item and title; rows of one name are numbered."""
    found: dict[str, Outcome] = {}
    for item in graded.result.items:
        for check in item.checks:
            if check.outcome is Outcome.NOT_APPLICABLE:
                continue
            name = f"{item.id} {check.title}"
            number = 2
            while name in found:
                name, number = f"{item.id} {check.title} ({number})", number + 1
            found[name] = check.outcome
    return found


def checked_document(document: Any, source: str) -> dict[str, Any]:
    """A document that can be changed; raises ``UsageError`` for one that cannot."""
    if not isinstance(document, dict) or not isinstance(document.get("calls"), dict):
        raise UsageError("this is not an evidence file.", where=source)
    return document
