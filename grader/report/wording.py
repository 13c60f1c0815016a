"""The words that all formats share: how an outcome looks, what a score is, why something is open, what to do next."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from grader.errors import UsageError
from grader.evidence.refusals import RefusalKind
from grader.foreign_text import plain
from grader.grading.pipeline import Graded
from grader.grading.result_document import source_name
from grader.grading.results import CheckResult, ItemResult, Outcome, Result, Why, points


@dataclass(frozen=True, slots=True)
class Look:
    """How an outcome is shown, one sign for each medium.

    ``word`` is for people who do not see the sign. ``tone`` is a class of the page's style, ``colour`` one of the
    terminal's. ``reason`` says why it costs nothing, and is empty for what counts.
    """

    word: str
    terminal: str
    ascii: str
    colour: str
    page: str
    tone: str
    markdown: str
    reason: str = ""


# fmt: off
LOOKS: Mapping[Outcome, Look] = {
    Outcome.PASSED: Look("passed", "✔", "+", "green", "✓", "good", "✅"),
    Outcome.PARTIAL: Look("in part", "◐", "~", "yellow", "◐", "open", "🟡"),
    Outcome.FAILED: Look("failed", "✘", "x", "red", "✗", "bad", "❌"),
    Outcome.UNVERIFIED: Look("not verified", "?", "?", "cyan", "?", "open", "❔",
                             "AWS did not answer; not counted against you"),
    Outcome.PENDING: Look("still being built", "…", ".", "cyan", "…", "open", "⏳",
                          "still being built; grade again in a few minutes"),
    Outcome.MANUAL: Look("a person decides", "✎", "m", "cyan", "✎", "open", "✍️",
                         "AWS cannot show it; your instructor decides"),
    Outcome.NOT_APPLICABLE: Look("does not apply", "–", "-", "bright_black", "–", "soft", "➖",
                                 "does not apply to this kind of account"),
}
# fmt: on
"""The one table of signs and words for outcomes."""

NOT_COUNTED: Mapping[Outcome, str] = {outcome: look.reason for outcome, look in LOOKS.items() if look.reason}
"""Why a check that is neither passed nor failed costs nothing."""

_UNANSWERED: Mapping[RefusalKind, str] = {
    RefusalKind.THROTTLED: "AWS throttled the request",
    RefusalKind.NO_ANSWER: "AWS did not answer",
    RefusalKind.NOT_ASKED: "not asked",
    RefusalKind.EXPIRED: "the credentials have expired",
    RefusalKind.SESSION_ENDED: "the lab session has ended",
    RefusalKind.REGION_OFF: "the region is disabled",
    RefusalKind.OTHER: "AWS returned an error",
}


def unanswered(kind: RefusalKind) -> str:
    """Why there is no answer of AWS, in words; every other kind is a denial."""
    return _UNANSWERED.get(kind, "AWS denied the request")


def not_counted(check: CheckResult) -> str:
    """Why an open check costs nothing."""
    if check.is_broken:
        return "this check of the lab is broken; not counted against you"
    if check.outcome is Outcome.UNVERIFIED and check.refusals:
        return f"{unanswered(check.refusals[0].kind)}; not counted against you"
    return NOT_COUNTED[check.outcome]


def named(outcome: Outcome) -> str:
    """An outcome by its own name: ``not applicable``."""
    return outcome.value.replace("_", " ")


def whose(result: Result) -> dict[str, str]:
    """Whose result it is, and by what it was graded; what is not known is left out."""
    found = {
        "account": plain(result.account),
        "student": plain(result.student),
        "profile": plain(result.profile),
        "file": source_name(result.source),
        "variant": result.variant or "",
        "grader": result.grader,
        "rubric": plain(result.rubric),
        "rubric_sha256": result.rubric_digest,
    }
    return {name: value for name, value in found.items() if value}


def whose_words(result: Result) -> str:
    """``account 123456789012, profile lab, file monday.json; grader 0.2.0, rubric.yaml (c440510b1427)``."""
    known = whose(result)
    who = ", ".join(f"{name} {known[name]}" for name in ("account", "student", "profile", "file") if name in known)
    by = ", ".join(part for part in (f"grader {result.grader}" * bool(result.grader), known.get("rubric", "")) if part)
    return f"{who}; {by} ({result.rubric_digest[:12]})" if by else who


def labels(graded: Sequence[Graded]) -> list[str]:
    """A name for each result that no other of them has: its account, and its file where two are of one account."""
    accounts = Counter(each.result.account for each in graded)
    taken: set[str] = set()
    found = []
    for each in graded:
        result = each.result
        label = plain(result.account)
        if accounts[result.account] > 1:
            label = f"{label}/{source_name(result.source) or plain(result.profile) or 'account'}"
        number, unique = 1, label
        while unique in taken:
            number += 1
            unique = f"{label}-{number}"
        taken.add(unique)
        found.append(unique)
    return found


def alone(graded: Sequence[Graded], reader: str) -> Result:
    """The one result that a reader of single submissions takes; raises ``UsageError`` for none or several."""
    if len(graded) != 1:
        raise UsageError(
            f"{reader} reads the result of one account, but there are {len(graded)}.",
            remedy="Grade one account at a time.",
        )
    return graded[0].result


def worth(value: Fraction) -> str:
    """``1 point``, ``0.25 points``."""
    return "1 point" if value == 1 else f"{points(value)} points"


def score_words(result: Result) -> str:
    """``9.25 of 10.00 points (up to 9.75)``, with the conversion where a variant leaves items out."""
    low, high = result.score_range
    text = f"{points(low)} of {worth(result.max_score)}"
    if high != low:
        text += f" (up to {points(high)})"
    if result.converted is not None and result.converted_to is not None:
        text += f", converted {points(result.converted)} of {points(result.converted_to)}"
    return text


def summary(result: Result) -> list[str]:
    """The lines above all items: what must be known before the score, the score, and what is open."""
    lines = [f"NOTE: {plain(notice)}" for notice in result.notices]
    lines.append(f"{plain(result.lab)}, account {plain(result.account)}: {score_words(result)}.")
    lines.append(f"Graded: {whose_words(result)}.")
    waiting = [check for item in result.items for check in item.checks if check.outcome.is_open]
    if waiting:
        lines.append(
            f"Open checks: {len(waiting)}, worth {worth(result.open)}, neither earned nor lost, "
            "because AWS denied the answer or cannot give it yet. They are not counted against you."
        )
    if result.why is not None:
        lines.append(f"Why the service does not work: {why_words(result.why)}")
    return lines


def why_words(why: Why) -> str:
    """The diagnosis in one line of plain text: what happened, and who says so in which words."""
    said = plain(" ".join((why.sentence, *why.also)))
    source = plain(why.source)
    return f"{said} {source[:1].upper()}{source[1:]} says: {plain(why.quote)}" if why.quote else said


def why_of(result: Result, check: CheckResult) -> str:
    """The diagnosis of a failed check that it explains; empty for every other check."""
    return why_words(result.why) if result.why is not None and check.id in result.why.checks else ""


def caused_by(item: str) -> str:
    """What to do about a check that fails because of another step."""
    return f"Caused by {item}. Fix that first."


def advice(check: CheckResult) -> str:
    """What to do next about a failed check: its own hint, unless another step stops it."""
    return caused_by(check.because_of) if check.because_of else check.hint


def feedback(item: ItemResult) -> list[str]:
    """What a person reads of one item, line by line, as plain text."""
    lines = []
    for check in item.checks:
        lines += _check(check)
    if item.lost and item.link:
        lines.append(f"See {plain(item.link)}")
    return lines


def _check(check: CheckResult) -> list[str]:
    if check.outcome is Outcome.PASSED:
        return [f"[x] {plain(check.title)}"]
    if check.outcome is Outcome.FAILED:
        lost = f"[ ] {plain(check.title)} (-{points(check.points)})"
        return [lost, f"    found: {plain(check.message)}", f"    next: {plain(advice(check))}"]
    lines = [f"[?] {plain(check.title)}: {not_counted(check)}"]
    if check.message:
        lines.append(f"    {plain(check.message)}")
    granted = sorted({plain(refusal.action) for refusal in check.refusals if refusal.action})
    if granted:
        lines.append(f"    to settle it, grant {', '.join(granted)}")
    return lines
