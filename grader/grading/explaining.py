"""From a diagnosis to the items of a result: which checks it explains, and which lost check is its cause.

No point depends on it. Checks are told by parts of their ids, as the guides of the page are: a rubric of a course with
checks of its own keeps its own causes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from grader.errors import EvidenceError, Undecided
from grader.grading.causes import cause_of
from grader.grading.results import CheckResult, ItemResult, Outcome, Why
from grader.model.diagnosis.cause import Claim, filled
from grader.model.diagnosis.diagnosis import Diagnosis, diagnose
from grader.model.lab import Lab

CHECKS: Mapping[Claim, tuple[str, ...]] = {
    Claim.RUNNING: ("TestRunning::test_a_task_is_running",),
    Claim.HEALTHY: ("TestRunning::test_a_target_is_healthy",),
    Claim.LOGS: ("TestMonitoring::test_logs_reach_cloudwatch",),
    Claim.ACCESS: ("TestAccess::", "TestOpening::"),
}
"""The checks of the lab that each claim is made by."""


def diagnosed(lab: Lab) -> Diagnosis | None:
    """The diagnosis of a lab; None also where a witness is not shaped as AWS shapes it: it must harm nothing."""
    try:
        return diagnose(lab)
    except (EvidenceError, Undecided):
        return None


def root_of(diagnosis: Diagnosis, items: Iterable[ItemResult]) -> str | None:
    """The item with the lost check that the diagnosis is because of, the most decisive check first; None without."""
    items = tuple(items)
    for part in diagnosis.checks:
        for item in items:
            if any(part in check.id and check.outcome is Outcome.FAILED for check in item.checks):
                return item.id
    return None


def explained(items: Iterable[ItemResult], diagnosis: Diagnosis | None) -> tuple[tuple[ItemResult, ...], Why | None]:
    """The items with the causes that the diagnosis names, and the diagnosis as a result keeps it."""
    items = tuple(items)
    if diagnosis is None:
        return items, None
    lost = {check.id for item in items for check in item.checks if check.outcome is Outcome.FAILED}
    checks = tuple(sorted(identifier for identifier in lost if _claim_of(identifier, diagnosis) is not None))
    if diagnosis.explains and not checks:
        return items, None
    root = root_of(diagnosis, items)
    failing = next((item.id for item in items if _holds(item, Claim.RUNNING) or _holds(item, Claim.HEALTHY)), None)
    origin = root or failing
    why = Why(
        cause=diagnosis.cause,
        title=diagnosis.title,
        sentence=diagnosis.sentence,
        quote=diagnosis.quote,
        source=diagnosis.source,
        advice=filled(diagnosis.repairs[0].words, dict(diagnosis.values)) if diagnosis.repairs else "",
        item=origin or "",
        checks=checks,
        also=diagnosis.also,
        refused=diagnosis.refused,
    )
    return tuple(_items(items, diagnosis, why)), why


def _items(items: Iterable[ItemResult], diagnosis: Diagnosis, why: Why) -> Iterator[ItemResult]:
    for item in items:
        if not set(why.checks) & {check.id for check in item.checks}:
            yield item
            continue
        checks = tuple(_advised(check, item, diagnosis, why) for check in item.checks)
        yield replace(item, checks=checks, because_of=cause_of(checks))


def _advised(check: CheckResult, item: ItemResult, diagnosis: Diagnosis, why: Why) -> CheckResult:
    """A failed check that is explained, with its cause, and with what repairs it in place of the general advice."""
    claim = _claim_of(check.id, diagnosis) if check.outcome is Outcome.FAILED else None
    if claim is None:
        return check
    because_of = why.item if why.item and why.item != item.id else None
    if not diagnosis.cause:
        # Nothing was recognised: what the rubric says of the check stays.
        because_of = check.because_of or because_of
    return replace(check, because_of=because_of, hint=why.advice or check.hint)


def _claim_of(identifier: str, diagnosis: Diagnosis) -> Claim | None:
    """The claim of a check that a diagnosis explains."""
    return next((claim for claim in Claim if claim in diagnosis.explains and _is(identifier, claim)), None)


def _is(identifier: str, claim: Claim) -> bool:
    return any(part in identifier for part in CHECKS[claim])


def _holds(item: ItemResult, claim: Claim) -> bool:
    """Whether an item has a failed check of a claim."""
    return any(check.outcome is Outcome.FAILED and _is(check.id, claim) for check in item.checks)
