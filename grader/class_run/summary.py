"""What a class needs to know of one graded account: small, plain data that goes into the state of the run."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any
from urllib.parse import urlsplit

from grader.classes.decisions import Decided, manual_points
from grader.classes.late import Lateness
from grader.errors import GraderError
from grader.evidence import Evidence
from grader.foreign_text import plain
from grader.grading.pipeline import Graded
from grader.grading.results import ItemResult, Outcome, Result

SHOWN = 200
"""Characters of a reason."""


def summary_of(graded: Graded, decided: Decided, late: Lateness) -> dict[str, Any]:
    """The summary of one account; only JSON's own types.

    ``raw`` are the points before lateness and after decisions, ``checked`` those of the checks alone; ``converted`` is
    the adjusted score on the scale of the full rubric, where a variant leaves steps out.
    """
    result = decided.result
    low, high = result.score_range
    scale = result.converted_to / result.max_score if result.converted_to is not None and result.max_score else None
    return {
        "account": plain(result.account, 40),
        "collected_at": result.collected_at.isoformat(),
        "checked": float(graded.result.score),
        "raw": float(low),
        "high": float(high),
        "adjusted": float(late.adjusted(low)),
        "max": float(result.max_score),
        "lost": float(result.lost),
        "open": float(result.open),
        "variant": result.variant,
        "converted": None if scale is None else float(late.adjusted(low) * scale),
        "late": {"days": late.days, "penalty": float(late.penalty), "because": late.because, "question": late.question},
        "items": [_item(item, names) for names in [tuple(_names(result))] for item in result.items],
        "decisions": [decision.words for decision in decided.applied],
        "idle": [[mistake.where, mistake.problem, mistake.remedy] for mistake in decided.idle],
        "broken": [f"{item.id} {check.title}: {plain(check.found, SHOWN)}" for item, check in result.broken],
        "facts": _facts(graded.evidence, result),
    }


def _item(item: ItemResult, names: Iterable[str]) -> dict[str, Any]:
    failed = [check for check in item.checks if check.outcome is Outcome.FAILED]
    refusals = [refusal for check in item.checks if check.outcome.is_open for refusal in check.refusals]
    return {
        "id": item.id,
        "points": float(item.points),
        "earned": float(item.earned),
        "lost": float(item.lost),
        "open": float(item.open),
        "manual": float(manual_points(item)) if item.outcome is not Outcome.NOT_APPLICABLE and item.open else 0.0,
        "outcome": item.outcome.value,
        "because_of": item.because_of,
        "reasons": [
            {
                "check": check.id,
                "title": plain(check.title, SHOWN),
                "points": float(check.points),
                "found": generalized(check.found, names),
                "because_of": check.because_of,
            }
            for check in failed
            if item.lost
        ],
        "actions": sorted({f"{plain(one.action, 80)} ({one.kind})" for one in refusals if one.action}),
    }


_KEPT = re.compile(r"(HTTPS?|TCP|UDP):\d+|\d{1,5}|0\.0\.0\.0/0|::/0|arm64|x86_64|amd64|linux/\w+", re.IGNORECASE)
_TOKEN = re.compile(r"[^\s,;()\"'`]+")


def generalized(text: str, names: Iterable[str]) -> str:
    """A message without what is a student's own (ids, addresses, names), so that equal mistakes read alike."""
    for name in names:
        text = re.sub(rf"(?<![\w-]){re.escape(name)}(?![\w-])", "…", text)
    text = _TOKEN.sub(lambda found: found[0] if _is_common(found[0]) else "…", plain(text, 2 * SHOWN))
    text = re.sub(r"…(?:[\s,]+(?:and\s+)?…)+", "…", text)
    return text if len(text) <= SHOWN else text[: SHOWN - 1] + "…"


def _is_common(word: str) -> bool:
    """Whether a word can be the same for everybody."""
    bare = word.strip(".:")
    if not bare or _KEPT.fullmatch(bare):
        return True
    return not re.search(r"[\d_/@:\\]", bare) and bare.count("-") < 2


def _names(result: Result) -> Iterator[str]:
    """What the student's own things are called, longest first."""
    found = set()
    for bound in result.bindings.values():
        last = bound.id.rpartition("/")[2]
        found |= {bound.id, last, *(word for word in bound.name.split() if "-" in word or word == last)}
    yield from sorted((name for name in found if len(name) > 3), key=len, reverse=True)


def _facts(evidence: Evidence, result: Result) -> dict[str, Any]:
    """What tells two hand-ins apart, or does not."""
    balancers = [*_each(evidence, "elbv2.DescribeLoadBalancers", "LoadBalancers")]
    vpcs = [vpc for vpc in _each(evidence, "ec2.DescribeVpcs", "Vpcs") if not vpc.get("IsDefault")]
    probe = evidence.meta.raw.get("http_probe")
    url = str(probe.get("url", "")) if isinstance(probe, dict) else ""
    try:
        host = urlsplit(url).hostname or ""
    except ValueError:
        host = ""
    return {
        "vpcs": sorted({plain(str(vpc.get("VpcId", "")), 60) for vpc in vpcs})[:50],
        "balancers": sorted({plain(str(one.get("LoadBalancerArn", "")), 250) for one in balancers})[:50],
        "hosts": sorted({plain(str(one.get("DNSName", "")).lower(), 250) for one in balancers})[:50],
        "asked": plain(host.lower(), 250),
        "caller": plain(result.caller, 250),
    }


def _each(evidence: Evidence, operation: str, name: str) -> Iterator[dict[str, Any]]:
    for question in evidence.asked(operation):
        try:
            yield from (dict(one.raw) for one in evidence.answer_to(question).each(name))
        except GraderError:
            continue  # a refusal, or no shape of AWS: the checks speak of it
