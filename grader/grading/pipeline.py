"""From evidence to results: the right half of the picture, a pure function of evidence and rubric."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

from grader import __version__
from grader.calls.closure import rows
from grader.containment import limited
from grader.errors import GraderError, UsageError
from grader.evidence import Evidence, RefusalKind
from grader.evidence.contradictions import contradictions
from grader.evidence.regions import Regions
from grader.grading.controls import with_controls
from grader.grading.explaining import diagnosed, explained
from grader.grading.plan import plan_for
from grader.grading.results import ChosenResource, ItemResult, JudgedSet, Result
from grader.grading.score import score_items
from grader.model.choosing import Binding
from grader.model.diagnosis.diagnosis import Diagnosis
from grader.model.lab import Candidates, Lab, candidates, without_candidates
from grader.model.lab_things import LabThings
from grader.model.parameters import Parameters
from grader.model.security_notes import security_notes
from grader.rubric import Rubric, Variant
from grader.rubric.needs import operations_for
from grader.things.judging import Taken

if TYPE_CHECKING:
    from grader.grading.runner import VerdictsOfSets


@dataclass(frozen=True, slots=True)
class Graded:
    """One account with its result, and what it was drawn from for those who explain it."""

    evidence: Evidence
    lab: Lab
    result: Result
    diagnosis: Diagnosis | None = None
    shows_lab: bool = True
    """Whether the lab of this project is what was graded, so that its picture means something."""


def _candidates(rubric: Rubric, evidence: Evidence, binds: Mapping[str, str]) -> Candidates:
    """The candidate sets to judge; a rubric that binds all its things itself has one, of nothing."""
    own = {name: value for name, value in binds.items() if name in rubric.things}
    others = {name: value for name, value in binds.items() if name not in own}
    parameters = Parameters.of(rubric.parameters)
    if not rubric.is_of_things:
        found = candidates(evidence, parameters, others)
        for lab in found.labs:
            lab.thing_binds = own
        return found
    if others:
        known = ", ".join(thing.name for thing in rubric.things.all) or "nothing"
        raise UsageError(f"Unknown resource type {next(iter(others))!r}; choose one of {known}.", where="--bind")
    return without_candidates(evidence, parameters, own)


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
            try:
                with limited(evidence.source):
                    found = _candidates(rubric, evidence, binds or {})
                    variant_for(rubric, evidence, variant)
            except GraderError as error:
                deliver(evidence, error)
                continue
            applicable = rubric.applicable(variant_for(rubric, evidence, variant))
            left_out[evidence] = found.left_out
            yield Job(found.labs, frozenset(row.id for item in applicable for row in item.checks))

    def ranked(job: Job, judged: VerdictsOfSets) -> list[_Set]:
        chosen = variant_for(rubric, job.labs[0].evidence, variant)
        sets = [
            _Set(number, lab, score_items(rubric, chosen, verdicts, _missing(rubric, lab)))
            for number, (lab, verdicts) in enumerate(zip(job.labs, judged, strict=True))
        ]
        return sorted(sets, key=lambda one: one.rank)

    def scored(job: Job, judged: VerdictsOfSets | GraderError) -> None:
        evidence = job.labs[0].evidence
        if isinstance(judged, GraderError):
            deliver(evidence, judged)
            return
        try:
            with limited(evidence.source):
                sets = ranked(job, judged)
                chosen = variant_for(rubric, evidence, variant)
                result = _result(rubric, chosen, sets, left_out.pop(evidence, 0))
                of_lab = not rubric.is_of_things
                diagnosis = diagnosed(sets[0].lab) if result.lost and of_lab else None
                items, why = explained(result.items, diagnosis)
                items = with_controls(items, rubric, sets[0].lab)
                result = replace(result, items=items, why=why)
                if of_lab and rubric.security_notes:
                    result = replace(result, security_notes=security_notes(sets[0].lab))
        except GraderError as error:
            deliver(evidence, error)
            return
        shown = diagnosis if why is not None else None
        deliver(evidence, Graded(evidence, sets[0].lab, result, shown, shows_lab=of_lab))

    left_out: dict[Evidence, int] = {}
    rubric.variant(variant)
    run_checks(
        plan_for(rubric.items, rubric.things),
        jobs(),
        scored,
        choose=lambda job, judged: ranked(job, judged)[0].number,
        html=None if pytest_html is None else lambda job: pytest_html(job.labs[0].evidence),
    )


@dataclass(frozen=True, slots=True)
class _Set:
    """A candidate set with the points that it earns."""

    number: int
    lab: Lab
    items: tuple[ItemResult, ...]

    @property
    def score(self) -> Fraction:
        return sum((item.earned for item in self.items), Fraction(0))

    @property
    def open(self) -> Fraction:
        return sum((item.open for item in self.items), Fraction(0))

    @property
    def rank(self) -> tuple[Fraction, Fraction, bool, str]:
        """Most points first; of equal ones more open, then the handout's names, then by id."""
        chosen = self.lab.chosen
        return -self.score, -self.open, not self.lab.parameters.has_the_labs_name(chosen.name), chosen.arn

    def judged(self, others: Iterable[_Set]) -> JudgedSet:
        """This set in words, with the binding that selects it among the others."""
        chosen = self.lab.chosen
        alone = all(one.lab.chosen.vpc_id != chosen.vpc_id for one in others if one is not self)
        bind = f"vpc={chosen.vpc_id}" if chosen.vpc_id and (alone or chosen.service is None) else ""
        if not bind and chosen.service is not None:
            bind = f"service={chosen.service.arn}"
        return JudgedSet(repr(self.lab), self.score, self.open, bind)


def variant_for(rubric: Rubric, evidence: Evidence, named: str | None) -> Variant | None:
    """The variant that was named, else the one of the evidence's environment, if the rubric has it."""
    if named is not None:
        return rubric.variant(named)
    return rubric.variants.get(evidence.environment)


def _result(rubric: Rubric, variant: Variant | None, sets: Sequence[_Set], left_out: int) -> Result:
    graded_at = datetime.now(UTC).replace(microsecond=0)
    lab, items, evidence = sets[0].lab, sets[0].items, sets[0].lab.evidence
    second = sets[1] if len(sets) > 1 else None
    return Result(
        lab=rubric.lab,
        account=evidence.account,
        variant=variant.name if variant else None,
        variant_title=variant.title if variant else "",
        graded_at=graded_at,
        collected_at=evidence.now,
        regions=lab.account.regions.searched,
        caller=evidence.meta.text("caller", ""),
        items=items,
        bindings={
            **(dict(_bindings(lab, second.lab if second else None)) if not rubric.is_of_things else {}),
            **_things_taken(rubric, lab),
        },
        max_score=sum((item.points for item in items), start=type(rubric.max_score)(0)),
        converted_to=variant.convert_to if variant else None,
        bonus=sum((points for points, _ in rubric.bonus.awards), start=type(rubric.max_score)(0)),
        bonus_note=rubric.bonus.note,
        notices=(
            *_only(rubric),
            *_notices(evidence, lab.account.regions),
            *_of_another_rubric(rubric, variant, evidence),
            *contradictions(evidence, graded_at),
        ),
        source=evidence.source,
        graded_set=sets[0].judged(sets) if lab.chosen.vpc_id or lab.chosen.service else None,
        second_set=second.judged(sets) if second else None,
        sets_left_out=left_out,
        grader=__version__,
        rubric=rubric.path.name,
        rubric_digest=rubric.digest,
        profile=evidence.meta.text("profile", ""),
        student=evidence.meta.text("student", ""),
        feeds_converted=bool(variant and variant.convert_to is not None and variant.feeds_converted),
    )


def _bindings(lab: Lab, second: Lab | None) -> Iterator[tuple[str, ChosenResource]]:
    """What was chosen for each noun; the parts of the second set came second where they are others."""
    others = second.bindings() if second is not None else {}
    for noun, binding in lab.bindings().items():
        other = others[noun].chosen if noun in others else None
        if binding.runner_up is None and other is not None and repr(other) != repr(binding.chosen):
            binding = replace(binding, runner_up=other)
        yield noun, _bound(binding)


def _missing(rubric: Rubric, lab: Lab) -> dict[str, str]:
    """The item whose own thing is missing, for each row that waits for that thing."""
    kept: LabThings | None = lab.account.memo.get("lab things")
    if kept is None:
        return {}
    owners: dict[str, str] = {}
    items: dict[str, str] = {}
    thing_of = {row.name: row.thing for row in rubric.things.rows}
    for item in rubric.items:
        for check in item.checks:
            items[check.id] = item.id
            if check.id in thing_of:
                owners.setdefault(thing_of[check.id], item.id)
    return {
        row: owners[thing]
        for row, thing in kept.missing.items()
        if thing in owners and row in items and owners[thing] != items[row]
    }


def _things_taken(rubric: Rubric, lab: Lab) -> dict[str, ChosenResource]:
    """What was taken for each thing of the rubric."""
    kept: LabThings | None = lab.account.memo.get("lab things")
    taken = kept.taken if kept is not None else {}
    return {
        thing.name: ChosenResource(
            id=taken[thing.name].chosen.id,
            name=taken[thing.name].chosen.label,
            region=taken[thing.name].chosen.region,
            why=_why(taken[thing.name]),
            runner_up=second.label if (second := taken[thing.name].second) is not None else None,
        )
        for thing in rubric.things.all
        if thing.name in taken
    }


def _why(taken: Taken) -> str:
    if taken.is_bound:
        return "--bind names it"
    if taken.others:
        return f"of {taken.others + 1} that it may be, it earns most"
    return "it is the only one that it may be"


def _of_another_rubric(rubric: Rubric, variant: Variant | None, evidence: Evidence) -> Iterator[str]:
    """What the evidence was not collected for: operations that the rubric's own rows need, and that are not in it."""
    if not rubric.things.all:
        return
    needed = rows(operations_for(rubric.applicable(variant)))
    plain = {call.operation for call in needed if not call.sources and not call.drawn and not call.label}
    missing = sorted(operation for operation in plain if not evidence.asked(operation))
    if evidence.meta.texts("regions_named"):
        missing = [operation for operation in missing if operation != "ec2.DescribeRegions"]
    if missing:
        yield (
            f"This evidence was collected for another rubric: it has no answer to {', '.join(missing[:3])}. "
            "Checks that need it are open, not lost. Collect again with this rubric."
        )


def _bound(binding: Binding[Any]) -> ChosenResource:
    chosen = binding.chosen
    identifier = getattr(chosen, "id", "") or getattr(chosen, "arn", "") or chosen.name
    return ChosenResource(
        id=identifier,
        name=repr(chosen),
        region=chosen.region,
        why=binding.why,
        runner_up=repr(binding.runner_up) if binding.runner_up is not None else None,
    )


def _only(rubric: Rubric) -> Iterator[str]:
    if rubric.only_items:
        steps = ", ".join(rubric.only_items)
        yield f"Only step {steps} was collected and graded: this is not a grade for the whole lab."


def _notices(evidence: Evidence, regions: Regions) -> Iterator[str]:
    """What a reader must know before the score."""
    refused = [evidence.entry(question) or {} for question in evidence]
    messages = [str((entry.get("error") or {}).get("Message", "")) for entry in refused]
    if any("voc-cancel-cred" in message for message in messages):
        yield (
            f"The {RefusalKind.SESSION_ENDED} before the account was read: this is not a grade. "
            "Start the lab again, then collect again."
        )
    if regions.closed:
        yield (
            f"Not searched: {_places(regions.closed)}. These credentials have no access there. "
            "What may be there is open, not lost."
        )
    if regions.refusal is not None:
        yield (
            f"Only {_places(regions.searched)} searched: {regions.refusal}. What may be in another region is open, "
            "not lost."
        )
    named = evidence.meta.texts("regions_named")
    if named:
        yield f"Only {_places(named)} searched, as --region says. What is in another region counts as missing."
    note = evidence.meta.text("regions_note", "")
    if note and regions.refusal is None:
        yield note


def _places(regions: Sequence[str]) -> str:
    shown = ", ".join(regions[:4])
    more = f" and {len(regions) - 4} more" if len(regions) > 4 else ""
    return f"{shown}{more}"
