"""Putting a question of the rubric to the answers of an account."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from grader.errors import Missing, Unverified
from grader.evidence import GLOBAL, Evidence, Question, Refusal, RefusalKind
from grader.evidence.regions import regions_of
from grader.evidence.scrubbing import read_scrubbed
from grader.model.findings import Finding, shorten
from grader.model.gathering import merged
from grader.rubric.queries import AskedOfAws
from grader.things.binding import Names, too_slow
from grader.things.expectations import Expectation
from grader.things.judge import Judge, Told
from grader.things.values import TooSlow
from grader.things.words import listed, member_in_words

_GROWS = ("at_least", "more_than", "contains", "some")
"""Relations that more answers can only make true: they hold of what was seen, whatever else there is."""


@dataclass(frozen=True, slots=True)
class _Answer:
    question: Question
    response: Mapping[str, Any]


def answer_to(question: AskedOfAws, evidence: Evidence) -> Finding:
    """Whether the account gives what is expected.

    Raises ``Unverified`` where a refused or unasked question could decide it, ``Missing`` where there is nothing that
    the question is about.
    """
    answers, gaps = _answers(question, evidence)
    if not answers:
        if gaps:
            raise merged(gaps)
        raise Missing(f"There is nothing to ask {question.operation} about.")
    judge = Judge(Names({}, evidence), evidence.now)
    value_in = question.path.value_in
    subject = member_in_words(question.text)
    if question.text.startswith("length("):
        subject = f"the number of {subject}"

    def told(response: Mapping[str, Any]) -> Told:
        return judge.told(question.expectation, read_scrubbed(dict(response), value_in), subject)

    try:
        if question.over == "together":
            return _together(question, answers, gaps, told)
        return _of_each(question, answers, gaps, told)
    except TooSlow as error:
        raise too_slow(question.where, error, evidence) from error


def _together(
    question: AskedOfAws, answers: list[_Answer], gaps: list[Unverified], told: Callable[[Mapping[str, Any]], Told]
) -> Finding:
    """Of all answers as one: lists are put behind each other."""
    whole: dict[str, Any] = {}
    for answer in answers:
        for name, value in answer.response.items():
            if isinstance(value, list) and isinstance(whole.get(name), list):
                whole[name] = [*whole[name], *value]
            elif name not in whole or whole[name] in (None, "", []):
                whole[name] = value
    said = told(whole)
    grows = _grows(question.expectation)
    if gaps and not (said.holds and grows) and not (not said.holds and _shrinks(question.expectation)):
        raise merged(gaps)
    place = "" if len(answers) == 1 else f" ({_of(answers)})"
    return Finding(said.holds, f"{said.found}{place}", said.expected)


def _of_each(
    question: AskedOfAws, answers: list[_Answer], gaps: list[Unverified], told: Callable[[Mapping[str, Any]], Told]
) -> Finding:
    """Of each answer apart: every one must give it, or (``over: some``) one of them."""
    said = [(answer, told(answer.response)) for answer in answers]
    wrong = [(answer, one) for answer, one in said if not one.holds]
    holding = len(said) - len(wrong)
    if question.over == "some":
        if holding:
            return Finding(True, f"{holding} of {len(said)}")
        decided = not gaps
    else:
        decided = bool(wrong) or not gaps
    if not decided:
        raise merged(gaps)
    if not wrong:
        return Finding(True, f"all {len(said)}")
    found = listed((f"{_place(answer.question)}: {one.found}" for answer, one in wrong), most=3)
    return Finding(False, found, wrong[0][1].expected)


def _grows(expectation: Expectation) -> bool:
    return expectation.relation in _GROWS or (expectation.relation == "present" and expectation.operand is True)


def _shrinks(expectation: Expectation) -> bool:
    """Whether what fails of a part fails of the whole."""
    return expectation.relation in ("at_most", "less_than") or (
        expectation.relation == "present" and expectation.operand is False
    ) or (expectation.relation == "equal" and expectation.operand in (0, [], None))  # fmt: skip


def _answers(question: AskedOfAws, evidence: Evidence) -> tuple[list[_Answer], list[Unverified]]:
    answers: list[_Answer] = []
    gaps: list[Unverified] = []
    asked = evidence.asked(question.operation)
    for one in asked:
        try:
            answers.append(_Answer(one, evidence.answer_to(one).raw))
        except Unverified as gap:
            gaps.append(gap)
        except Missing:
            continue
    if not asked:
        gaps += _why_not_asked(question, evidence)
    elif not question.sources and not any(one.region == GLOBAL for one in asked):
        seen = {one.region for one in asked}
        gaps += [
            _not_asked(question.operation, region) for region in regions_of(evidence).counting if region not in seen
        ]
    return answers, gaps


def _why_not_asked(question: AskedOfAws, evidence: Evidence) -> Iterator[Unverified]:
    """The refusals that kept a question from being asked; none where there was nothing to ask about."""
    home = evidence.meta.text("home_region", "us-east-1")
    for source in question.sources:
        below = evidence.asked(source)
        if not below:
            yield _not_asked(source, home)
        for one in below:
            try:
                evidence.answer_to(one)
            except Unverified as gap:
                yield gap
            except Missing:
                continue
    if not question.sources:
        yield _not_asked(question.operation, home)


def _not_asked(operation: str, region: str) -> Unverified:
    refusal = Refusal(Question(operation, region), RefusalKind.NOT_ASKED, operation, "", "")
    place = "" if region == GLOBAL else f" in {region}"
    return Unverified(
        f"{operation} was not asked{place}: this evidence was collected for another rubric; collect again with it",
        [refusal],
    )


def _of(answers: list[_Answer]) -> str:
    return listed((_place(answer.question) for answer in answers), most=3)


def _place(question: Question) -> str:
    named = [part.partition("=")[2].rpartition("/")[2] or part for part in question.key.split(";") if part]
    return shorten(", ".join(named)) if named else question.region
