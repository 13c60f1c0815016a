"""The page of one account: for the student what to do next, for the TA whether it is right, for the auditor on what
evidence. One file, nothing fetched. Its one script adds buttons that copy a command.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cache
from itertools import groupby
from pathlib import Path

from jinja2 import Template
from markupsafe import Markup

from grader.evidence import GLOBAL, Evidence, Question
from grader.foreign_text import shorten, shown
from grader.grading.pipeline import Graded
from grader.grading.results import CheckResult, ItemResult, Result, points
from grader.model.diagnosis.hops import Hop
from grader.model.lab import Lab
from grader.model.topology.deployment import topology
from grader.model.topology.marking import marked
from grader.report.page.answers import Answers, log_lines
from grader.report.page.console import Advice, Console
from grader.report.page.diagram import picture
from grader.report.page.next_steps import brief, causes, ends_by_grant, is_missing_thing, openings
from grader.report.templating import TEMPLATES, content_hash, environment
from grader.report.wording import LOOKS

MOST_REGIONS = 6
MOST_ANSWERS = 12


@dataclass(frozen=True, slots=True)
class CheckView:
    """A check as the page shows it. ``answers`` are the numbers of the answers behind it, ``others`` counts those left
    out; ``same`` says that they are those of the check before it.
    """

    check: CheckResult
    found: str
    expected: str
    grants: tuple[str, ...]
    answers: tuple[int, ...]
    others: int
    same: bool


@dataclass(frozen=True, slots=True)
class ItemView:
    """A step of the lab as the page shows it."""

    item: ItemResult
    checks: tuple[CheckView, ...]


@dataclass(frozen=True, slots=True)
class SectionView:
    """A part of the lab with the sums of its items."""

    title: str
    items: tuple[ItemView, ...]
    points: Fraction
    earned: Fraction
    lost: Fraction
    open: Fraction


def render_page(graded: Graded, *, example: bool = False) -> str:
    """The page as HTML text, below 150 kB for the lab; ``example`` says on it that it is made up.

    The same evidence, rubric and grader give the same text.
    """
    evidence = graded.evidence
    result = _without_log_text(graded.result, evidence)
    console, answers = Console(graded), Answers(evidence)
    drawn = marked(topology(graded.lab), _broken(graded))
    caller = result.caller or _caller(evidence) or "the grader's credentials"
    sections = tuple(_sections(result.items, answers, graded.lab))
    given = answers.all()
    return page_template().render(
        result=result,
        example=example,
        caller=shorten(caller, 200),
        calls=_calls(graded.evidence),
        account=shorten(result.account, 40),
        source=_file(result.source),
        # Not %-d, which Windows does not know.
        collected=f"{result.collected_at.day} {result.collected_at:%B %Y, %H:%M %Z}",
        regions=[shorten(region, 30) for region in result.regions[:MOST_REGIONS]],
        more_regions=max(0, len(result.regions) - MOST_REGIONS),
        highest=_scaled(result),
        causes=causes(result, console),
        why=result.why,
        advice=_advice(graded, console),
        openings=openings(result, shorten(caller, 200), graded.lab),
        shows_lab=graded.shows_lab,
        topology=drawn,
        picture=picture(drawn),
        sections=sections,
        answers=given,
        links=[f"{one.operation}, {one.places}" if one.places else one.operation for one in given],
        left_out=answers.left_out,
        anchors={item.id: _anchor(item.id) for item in result.items},
    )


@cache
def page_template() -> Template:
    """The page's template, compiled once in a process."""
    templates = environment(finalize=shown, trim_blocks=True, lstrip_blocks=True, auto_reload=False)
    style = (TEMPLATES / "page.css").read_text(encoding="utf-8")
    script = (TEMPLATES / "page.js").read_text(encoding="utf-8")
    # A browser may apply and run only this style and this script, by their hashes; nothing else may load at all.
    templates.globals.update(
        style=Markup(style),
        style_hash=content_hash(style),
        script=Markup(script),
        script_hash=content_hash(script),
        points=points,
        looks=LOOKS,
        nouns=_NOUNS,
    )
    return templates.get_template("page.html.j2")


_NOUNS: Mapping[str, str] = {"vpc": "VPC", "load_balancer": "load balancer", "target_group": "target group",
                             "task_definition": "task definition"}  # fmt: skip


def _broken(graded: Graded) -> tuple[Hop, ...]:
    """The broken hops, where the diagnosis is that something does not get through."""
    diagnosis = graded.diagnosis
    return (diagnosis.hop,) if diagnosis is not None and diagnosis.hop is not None else ()


def _advice(graded: Graded, console: Console) -> tuple[Advice, ...]:
    """What repairs the cause that was recognised."""
    diagnosis = graded.diagnosis
    if diagnosis is None:
        return ()
    return tuple(console.advice(repair, dict(diagnosis.values)) for repair in diagnosis.repairs)


def _sections(items: Iterable[ItemResult], answers: Answers, lab: Lab) -> Iterable[SectionView]:
    said: set[str] = set()
    for title, group in groupby(items, key=lambda item: item.section):
        members = tuple(ItemView(item, tuple(_checks(item, answers, lab, said))) for item in group)
        yield SectionView(
            title=title,
            items=members,
            points=sum((one.item.points for one in members), Fraction(0)),
            earned=sum((one.item.earned for one in members), Fraction(0)),
            lost=sum((one.item.lost for one in members), Fraction(0)),
            open=sum((one.item.open for one in members), Fraction(0)),
        )


def _checks(item: ItemResult, answers: Answers, lab: Lab, said: set[str]) -> Iterable[CheckView]:
    """The checks of an item. That a thing is missing is said at the first check that misses it; ``said`` keeps that."""
    before: tuple[int, ...] = ()
    for check in item.checks:
        numbers = answers.numbers(check.evidence)
        yield CheckView(
            check=check,
            found="" if is_missing_thing(check) and check.found in said else brief(check.found),
            expected=brief(check.expected),
            grants=tuple(dict.fromkeys(refusal.action for refusal in check.refusals if ends_by_grant(refusal, lab))),
            answers=() if numbers == before else numbers[:MOST_ANSWERS],
            others=max(0, len(numbers) - MOST_ANSWERS),
            same=bool(numbers) and numbers == before,
        )
        before = numbers
        if is_missing_thing(check):
            said.add(check.found)


def _without_log_text(result: Result, evidence: Evidence) -> Result:
    """The result without the log lines that its messages quote: what an application logs is private."""

    def cleaned(check: CheckResult) -> CheckResult:
        if not check.found:
            return check
        lines = log_lines(evidence, check.evidence)
        return replace(check, found=_unquoted(check.found, lines), expected=_unquoted(check.expected, lines))

    items = [replace(item, checks=tuple(map(cleaned, item.checks))) for item in result.items]
    return replace(result, items=tuple(items))


def _unquoted(message: str, lines: Iterable[str]) -> str:
    for line in lines:
        # As long as messages quote them (see the model's ``shorten``), or cut shorter still by pytest.
        for quoted in (shorten(line, 160), shorten(line, 120), shorten(line, 160)[:40]):
            if len(quoted) >= 8 and quoted in message:
                return f"{message[: message.index(quoted)]}[a log line, hidden here]"
    return message


def _file(source: str) -> str:
    """The name of the evidence file, without the folder that it lay in; empty where there was none."""
    name = shorten(Path(source).name, 80)
    return name if name.endswith((".json", ".json.gz")) else ""


def _caller(evidence: Evidence) -> str:
    """Whose credentials read the account, as AWS named them; empty where the evidence does not say."""
    entry = evidence.entry(Question("sts.GetCallerIdentity", GLOBAL)) or {}
    arn = (entry.get("response") or {}).get("Arn", "")
    return arn if isinstance(arn, str) else ""


def _calls(evidence: Evidence) -> str:
    """How many requests reading the account took, by kind; empty where the evidence does not say."""
    kinds = evidence.meta.within("requests_by_kind")
    counted = [f"{shorten(kind, 20)} {kinds.whole(kind)}" for kind in list(kinds.raw)[:12]]
    if not counted:
        return ""
    probed = evidence.meta.whole("requests_to_application")
    to_application = f" It sent {probed} requests to the application." if probed else ""
    return f"The grader sent {evidence.meta.whole('requests')} requests to AWS ({', '.join(counted)}).{to_application}"


def _scaled(result: Result) -> Fraction | None:
    """The highest score still possible on the scale of the full rubric."""
    if result.converted_to is None or not result.max_score:
        return None
    return result.score_range[1] * result.converted_to / result.max_score


def _anchor(identifier: str) -> str:
    return "step-" + re.sub(r"[^\w.-]", "-", identifier)
