"""From evidence to results: the right half of the picture, a pure function of evidence and rubric."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from grader.errors import GraderError
from grader.evidence import Evidence, RefusalKind
from grader.grading.plan import plan_for
from grader.grading.results import Bound, Result
from grader.grading.score import score_items
from grader.model.gathering import Binding
from grader.model.lab import Lab
from grader.rubric import Rubric, Variant


@dataclass(frozen=True, slots=True)
class Graded:
    """One account with its result, and what it was drawn from for those who explain it."""

    evidence: Evidence
    lab: Lab
    result: Result


def grade_all(
    rubric: Rubric,
    accounts: Iterable[Evidence],
    deliver: Callable[[Evidence, Graded | GraderError], None],
    *,
    variant: str | None = None,
    binds: Mapping[str, str] | None = None,
    pytest_html: Callable[[Evidence], Path] | None = None,
) -> None:
    """Grade accounts as they come, each in turn; ``deliver`` gets its result or what went wrong with it.

    ``pytest_html`` tells where pytest-html writes its report of an account.
    """
    from grader.grading.runner import Job, run_checks

    def jobs() -> Iterator[Job]:
        for evidence in accounts:
            applicable = rubric.applicable(variant_for(rubric, evidence, variant))
            yield Job(Lab(evidence, binds), frozenset(row.id for item in applicable for row in item.checks))

    def scored(job: Job, verdicts: Any) -> None:
        evidence = job.lab.evidence
        if isinstance(verdicts, GraderError):
            deliver(evidence, verdicts)
            return
        chosen = variant_for(rubric, evidence, variant)
        deliver(evidence, Graded(evidence, job.lab, _result(rubric, chosen, job.lab, verdicts)))

    rubric.variant(variant)
    html = None if pytest_html is None else lambda job: pytest_html(job.lab.evidence)
    run_checks(plan_for(rubric.items), jobs(), scored, html=html)


def variant_for(rubric: Rubric, evidence: Evidence, named: str | None) -> Variant | None:
    """The variant that was named, else the one of the evidence's environment, if the rubric has it."""
    if named is not None:
        return rubric.variant(named)
    return rubric.variants.get(evidence.environment)


def _result(rubric: Rubric, variant: Variant | None, lab: Lab, verdicts: Mapping[str, Any]) -> Result:
    evidence = lab.evidence
    items = score_items(rubric, variant, verdicts)
    return Result(
        lab=rubric.lab,
        account=evidence.account,
        variant=variant.name if variant else None,
        variant_title=variant.title if variant else "",
        graded_at=datetime.now(UTC).replace(microsecond=0),
        collected_at=evidence.now,
        regions=evidence.regions,
        caller=evidence.meta.text("caller", ""),
        items=items,
        bindings={noun: _bound(binding) for noun, binding in lab.bindings().items()},
        max_score=sum((item.points for item in items), start=type(rubric.max_score)(0)),
        converted_to=variant.convert_to if variant else None,
        bonus=sum((points for points, _ in rubric.bonus.awards), start=type(rubric.max_score)(0)),
        bonus_note=rubric.bonus.note,
        notices=tuple(_notices(evidence)),
        source=evidence.source,
    )


def _bound(binding: Binding[Any]) -> Bound:
    chosen = binding.chosen
    identifier = getattr(chosen, "id", "") or getattr(chosen, "arn", "") or chosen.name
    return Bound(
        id=identifier,
        name=repr(chosen),
        region=chosen.region,
        why=binding.why,
        runner_up=repr(binding.runner_up) if binding.runner_up is not None else None,
    )


def _notices(evidence: Evidence) -> Iterator[str]:
    """What a reader must know before the score."""
    refused = [evidence.entry(question) or {} for question in evidence]
    messages = [str((entry.get("error") or {}).get("Message", "")) for entry in refused]
    if any("voc-cancel-cred" in message for message in messages):
        yield (
            f"The {RefusalKind.SESSION_ENDED} before the account was read: this is not a grade. "
            "Start the lab again and collect once more."
        )
