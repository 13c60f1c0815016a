"""What changed between two gradings: points gained and lost, and the change in the account behind each.

Either side is an evidence file, which is graded, or a results file. Where both are evidence, the answers that the
changed checks rest on are compared field by field; otherwise there are only the messages of the checks.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

from grader.compare.account_changes import AccountChanges
from grader.compare.changes import AccountComparison, CheckChange, Comparison, ItemChange, Side, SideOfCheck
from grader.errors import GraderError, UnusableInput
from grader.evidence import Evidence, Question, load_evidence
from grader.grading.pipeline import Graded, grade_all
from grader.grading.result_document import checked_results, exact, load_results, result_document
from grader.grading.results import Outcome
from grader.rubric import Rubric
from grader.rubric.renamed_checks import current

MOST_CHANGES = 12
"""Changes that are kept for one item; an account that was built anew differs everywhere."""


@dataclass(frozen=True, slots=True)
class GradedSide:
    """One side of one account: the result as its document and, where there is one, the evidence.

    ``read`` are the questions that each check rests on, by its id.
    """

    source: str
    document: Mapping[str, Any]
    evidence: Evidence | None
    read: Mapping[str, tuple[Question, ...]]


def compare(old: Path, new: Path, rubric: Rubric, *, variant: str | None = None) -> Comparison:
    """Compare two files, each evidence or results of one or several accounts.

    Two single accounts are compared whatever their ids; otherwise the accounts of both files are. Raises
    ``UnusableInput`` for a file that is neither, and what grading raises.
    """
    before, after = _read(old, rubric, variant), _read(new, rubric, variant)
    if len(before) == len(after) == 1:
        return Comparison((compare_sides(before[0], after[0]),), (), ())
    by_old = {side.document["account"]: side for side in before}
    by_new = {side.document["account"]: side for side in after}
    return Comparison(
        tuple(compare_sides(by_old[account], by_new[account]) for account in by_old if account in by_new),
        tuple(account for account in by_old if account not in by_new),
        tuple(account for account in by_new if account not in by_old),
    )


def _read(path: Path, rubric: Rubric, variant: str | None) -> list[GradedSide]:
    document = load_results(path)
    if isinstance(document, dict) and "calls" in document:
        return [_grade(load_evidence(path), rubric, variant)]
    if isinstance(document, dict) and "items" not in document:
        raise UnusableInput(
            "this is neither an evidence file ('calls') nor a results file ('items').",
            where=str(path),
            remedy="Write one with: grader check --evidence FILE, or --json FILE",
        )
    return [GradedSide(str(path), result, None, {}) for result in checked_results(document, str(path))]


def _grade(evidence: Evidence, rubric: Rubric, variant: str | None) -> GradedSide:
    delivered: list[Graded | GraderError] = []
    grade_all(rubric, [evidence], lambda _, graded: delivered.append(graded), variant=variant)
    (graded,) = delivered
    if isinstance(graded, GraderError):
        raise graded
    return side_of(graded)


def side_of(graded: Graded) -> GradedSide:
    """A grading that is at hand, as one side of a comparison."""
    read = {check.id: check.evidence for item in graded.result.items for check in item.checks}
    return GradedSide(graded.evidence.source, result_document(graded.result), graded.evidence, read)


def compare_sides(old: GradedSide, new: GradedSide) -> AccountComparison:
    """Compare two gradings of one account."""
    found = AccountChanges(old.evidence, new.evidence)
    rests_on = {check: (*old.read.get(check, ()), *new.read.get(check, ())) for check in {**old.read, **new.read}}
    before = {item["id"]: item for item in old.document["items"]}
    after = {item["id"]: item for item in new.document["items"]}
    items = [
        change
        for identifier in (*after, *(one for one in before if one not in after))
        if (change := _item(before.get(identifier), after.get(identifier), found, rests_on)) is not None
    ]
    roots = {item.id for item in items}
    return AccountComparison(
        lab=str(new.document.get("lab", "")),
        old=_described(old),
        new=_described(new),
        items=tuple(sorted(items, key=lambda item: (item.because_of in roots, item.gained))),
        silent=len(found.changed - found.told),
    )


def _described(side: GradedSide) -> Side:
    document = side.document
    return Side(
        source=side.source,
        account=document["account"],
        when=str(document.get("collected_at", "")),
        score=exact(document["score"]),
        max_score=exact(document["max_score"]),
        highest=exact(document["score"]) + sum((exact(item["open"]) for item in document["items"]), Fraction(0)),
        is_evidence=side.evidence is not None,
    )


def _item(
    old: Mapping[str, Any] | None,
    new: Mapping[str, Any] | None,
    found: AccountChanges,
    rests_on: Mapping[str, Sequence[Question]],
) -> ItemChange | None:
    present = new or old
    assert present is not None, "an item is in one of both results"
    # Kept results may have checks by names that they no longer have.
    before = {current(check["id"]): check for check in (old or {}).get("checks", ())}
    after = {current(check["id"]): check for check in (new or {}).get("checks", ())}
    checks: list[CheckChange] = []
    read: list[Question] = []
    for identifier in (*after, *(one for one in before if one not in after)):
        change = _check(before.get(identifier), after.get(identifier))
        if change.old is None or change.new is None or _verdict(change.old) != _verdict(change.new):
            checks.append(change)
            read += rests_on.get(identifier, ())
    if not checks:
        return None
    messages = [judged.message for check in checks for judged in (check.old, check.new) if judged is not None]
    changes, elsewhere = found.behind(read, messages)
    return ItemChange(
        id=present["id"],
        title=present["title"],
        section=str(present.get("section", "")),
        because_of=(new or {}).get("because_of"),
        gained=_sum(new, "earned") - _sum(old, "earned"),
        newly_lost=_sum(new, "lost") - _sum(old, "lost"),
        newly_open=_sum(new, "open") - _sum(old, "open"),
        checks=tuple(checks),
        changes=tuple(changes[:MOST_CHANGES]),
        more=len(changes[MOST_CHANGES:]),
        elsewhere=elsewhere,
    )


def _check(old: Mapping[str, Any] | None, new: Mapping[str, Any] | None) -> CheckChange:
    present = new or old or {}
    return CheckChange(present["id"], present["title"], _judged(old), _judged(new), str(present.get("hint", "")))


def _judged(check: Mapping[str, Any] | None) -> SideOfCheck | None:
    if check is None:
        return None
    # Results of an older grader have one sentence for both.
    found = check.get("found", check["message"])
    return SideOfCheck(Outcome(check["outcome"]), exact(check["points"]), str(found), str(check.get("expected", "")))


def _verdict(judged: SideOfCheck) -> tuple[Outcome, Fraction]:
    return judged.outcome, judged.points


def _sum(item: Mapping[str, Any] | None, key: str) -> Fraction:
    return Fraction(0) if item is None else exact(item[key])
