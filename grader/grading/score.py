"""From verdicts to points. Exact, pure, and without knowledge of AWS."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fractions import Fraction

from grader.grading.causes import with_causes
from grader.grading.results import CheckResult, ItemResult, Outcome, Verdict
from grader.rubric import Item, Rubric, Variant

_OPEN_FIRST = (Outcome.PENDING, Outcome.UNVERIFIED, Outcome.MANUAL)


def score_items(
    rubric: Rubric,
    variant: Variant | None,
    verdicts: Mapping[str, Verdict],
    missing: Mapping[str, str] | None = None,
) -> tuple[ItemResult, ...]:
    """Every item with its points split into earned, lost and open, and with the cause of what is lost.

    ``missing`` has the item whose thing is not there, for each check (by id) that waits for that thing.
    ``verdicts`` are by check id. An applicable check without a verdict is a ``KeyError``: it did not run, which is a
    fault of the grader and never a zero.
    """
    applicable = {item.id for item in rubric.applicable(variant)}
    scored = [
        _scored(item, [verdicts[row.id] for row in item.checks]) if item.id in applicable else _left_out(item)
        for item in rubric.items
    ]
    return with_causes(scored, {item.id: item for item in rubric.items}, missing or {})


def _scored(item: Item, verdicts: list[Verdict]) -> ItemResult:
    checks = tuple(
        CheckResult(
            id=row.id,
            title=row.title,
            points=row.points,
            outcome=verdict.outcome,
            found=verdict.found,
            expected=verdict.expected,
            hint=row.hint,
            evidence=tuple(sorted(verdict.read)),
            refusals=verdict.refusals,
            remarks=verdict.remarks,
            is_missing=verdict.is_missing,
            is_broken=verdict.is_broken,
        )
        for row, verdict in zip(item.checks, verdicts, strict=True)
    )
    earned = _sum(check.points for check in checks if check.outcome is Outcome.PASSED)
    lost = _sum(check.points for check in checks if check.outcome is Outcome.FAILED)
    return ItemResult(
        id=item.id,
        title=item.title,
        section=item.section,
        points=item.points,
        earned=earned,
        lost=lost,
        open=item.points - earned - lost,
        outcome=_outcome(checks),
        because_of=None,
        hint=item.hint,
        link=item.link,
        checks=checks,
    )


def _outcome(checks: tuple[CheckResult, ...]) -> Outcome:
    seen = {check.outcome for check in checks}
    if seen == {Outcome.PASSED}:
        return Outcome.PASSED
    if Outcome.FAILED in seen:
        return Outcome.FAILED if seen == {Outcome.FAILED} else Outcome.PARTIAL
    return next(outcome for outcome in _OPEN_FIRST if outcome in seen)


def _left_out(item: Item) -> ItemResult:
    nothing = Fraction(0)
    checks = tuple(
        CheckResult(row.id, row.title, nothing, Outcome.NOT_APPLICABLE, "", "", row.hint, (), ()) for row in item.checks
    )
    return ItemResult(
        item.id, item.title, item.section, nothing, nothing, nothing, nothing, Outcome.NOT_APPLICABLE, None,
        item.hint, item.link, checks,
    )  # fmt: skip


def _sum(values: Iterable[Fraction]) -> Fraction:
    return sum(values, Fraction(0))
