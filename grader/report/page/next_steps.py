"""What to do next: failed checks under their root cause, by the points that fixing it recovers; then what is open."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction

from grader.evidence import GLOBAL, Refusal, RefusalKind
from grader.grading.causes import Lost, roots
from grader.grading.results import CheckResult, ItemResult, Outcome, Result
from grader.model.diagnosis.refusals import RefusalCause, refusal_cause
from grader.model.lab import Lab
from grader.report.page.console import Console, Help
from grader.report.wording import caused_by, unanswered

MOST_REGIONS = 4
MOST_CHARACTERS = 600
"""Of a message; the model's own stay far below it."""
GRANTABLE = frozenset(
    {
        RefusalKind.IDENTITY_POLICY, RefusalKind.RESOURCE_POLICY, RefusalKind.SERVICE_CONTROL_POLICY,
        RefusalKind.PERMISSION_BOUNDARY, RefusalKind.SESSION_POLICY, RefusalKind.OTHER,
    }
)  # fmt: skip
"""The kinds of refusal that end when somebody grants the action."""


@dataclass(frozen=True, slots=True)
class Step:
    """Failed checks of one item that failed for the same reason, and what fixes it.

    ``expected`` is empty where the thing is missing altogether: then the checks' titles say it. ``found`` is empty
    where an earlier step has said so.
    """

    item: ItemResult
    titles: tuple[str, ...]
    points: Fraction
    found: str
    expected: str
    hints: tuple[str, ...]
    help: Help


@dataclass(frozen=True, slots=True)
class Cause:
    """A step of the lab that is the root of lost points: its own, and those of the steps that fail because of it."""

    item: ItemResult
    recovers: Fraction
    own: Fraction
    steps: tuple[Step, ...]
    follow: tuple[Step, ...]

    @property
    def follows(self) -> Fraction:
        """Points of the steps that fail because of it."""
        return self.recovers - self.own


@dataclass(frozen=True, slots=True)
class Opening:
    """One reason for which points are open: what settles them, and which steps they belong to."""

    kind: str
    what: str
    remedy: str
    grants: bool
    actions: tuple[str, ...]
    places: tuple[str, ...]
    items: tuple[str, ...]
    points: Fraction
    sentences: tuple[str, ...]


def causes(result: Result, console: Console) -> tuple[Cause, ...]:
    """The root causes of lost points, in the order of every report. That a thing is missing is said once."""
    said: set[str] = set()

    def shown(lost: Iterable[Lost]) -> Iterable[Step]:
        for step in _steps(lost, console):
            yield replace(step, found="") if not step.expected and step.found in said else step
            if not step.expected:
                said.add(step.found)

    return tuple(
        Cause(
            item=root.item,
            recovers=root.recovers,
            own=sum((lost.check.points for lost in root.own), Fraction(0)),
            steps=tuple(shown(root.own)),
            follow=tuple(shown(root.follow)),
        )
        for root in roots(result.items)
    )


def is_missing_thing(check: CheckResult) -> bool:
    """Whether a check is lost because what it is about is not there at all."""
    return check.outcome is Outcome.FAILED and not check.expected


def _steps(lost: Iterable[Lost], console: Console) -> Iterable[Step]:
    """Lost checks, those of one item with the same finding together."""
    together: dict[tuple[str, str, str, str | None], list[Lost]] = {}
    for one in lost:
        check = one.check
        together.setdefault((one.item.id, check.found, check.expected, check.because_of), []).append(one)
    for (_, found, expected, because_of), ones in together.items():
        item, checks = ones[0].item, [one.check for one in ones]
        # What is missing altogether is made once, as the step says; the rest has a hint of its own.
        hints = (item.hint,) if len(checks) > 2 else tuple(dict.fromkeys(check.hint for check in checks))
        help = console.help(checks[0])
        yield Step(
            item=item,
            titles=tuple(check.title for check in checks),
            points=sum((check.points for check in checks), Fraction(0)),
            found=brief(found),
            expected=brief(expected),
            hints=(caused_by(because_of),) if because_of else hints,
            help=replace(help, fix="") if because_of else help,
        )


def steps(item: ItemResult, console: Console) -> Iterable[Step]:
    """The failed checks of an item, those with the same finding together."""
    return _steps((Lost(item, check) for check in item.checks if check.outcome is Outcome.FAILED), console)


def brief(text: str) -> str:
    """What was found or expected, cut to what a page has room for."""
    return text if len(text) <= MOST_CHARACTERS else f"{text[: MOST_CHARACTERS - 1]}…"


_REMEDIES = {
    RefusalKind.IDENTITY_POLICY: "Attach a policy that allows {actions} to {caller}, then grade again.",
    RefusalKind.RESOURCE_POLICY: "The resource's own policy denies {caller}: allow {actions} there, then grade again.",
    RefusalKind.SERVICE_CONTROL_POLICY: (
        "A service control policy of the organization denies {actions}. Its administrator can exempt {caller}."
    ),
    RefusalKind.PERMISSION_BOUNDARY: "Add {actions} to the permissions boundary of {caller}, then grade again.",
    RefusalKind.SESSION_POLICY: "The session policy of {caller} does not include {actions}: assume the role without"
                                " it.",
    RefusalKind.LAB_SANDBOX: "The lab's sandbox denies {actions} to everyone: the instructor decides.",
    RefusalKind.SESSION_ENDED: "The lab session had ended. Start the lab again, then collect again.",
    RefusalKind.REGION_OFF: "The region is not enabled for this account: enable it, or leave it out with --region.",
    RefusalKind.EXPIRED: "The credentials had expired. Sign in again, then collect again.",
    RefusalKind.THROTTLED: "AWS throttled the requests. Collect again in a few minutes.",
    RefusalKind.NO_ANSWER: "AWS did not answer in time. Collect again.",
    RefusalKind.NOT_ASKED: "The evidence has no answer to this. Collect the account again with this version of the"
                           " grader.",
    RefusalKind.OTHER: "AWS returned an error for {actions}. See its message in the evidence.",
}


_BROKEN = "broken"
_UNASKED: Mapping[str, tuple[str, str]] = {
    Outcome.PENDING: ("Still being built", "Wait a few minutes, then grade again."),
    Outcome.MANUAL: ("A person decides", "AWS cannot show this. Show it to your instructor."),
    _BROKEN: ("A check of this lab is broken", "This says nothing about your account. Tell the person who gave you the"
                                               " lab."),
}
"""Why points are open that no refusal opened, and what to do, by the outcome or by what became of the check."""


def openings(result: Result, caller: str, lab: Lab) -> tuple[Opening, ...]:
    """Why points are open, the reason with the most points first. ``caller`` is whom to grant what is missing."""
    reasons: dict[tuple[str, RefusalCause | None], list[tuple[ItemResult, CheckResult, list[Refusal]]]] = {}
    for item in result.items:
        for check in item.checks:
            if check.outcome.is_open:
                for kind, refusals in _reasons(check):
                    cause = refusal_cause(refusals[0], lab) if refusals else None
                    reasons.setdefault((kind, cause), []).append((item, check, refusals))
    found = [_opening(kind, cause, rows, caller) for (kind, cause), rows in reasons.items()]
    return tuple(sorted(found, key=lambda opening: -opening.points))


def ends_by_grant(refusal: Refusal, lab: Lab) -> bool:
    """Whether a refusal ends when somebody grants the action."""
    return refusal.kind in GRANTABLE and refusal_cause(refusal, lab) is None


def _reasons(check: CheckResult) -> Iterable[tuple[str, list[Refusal]]]:
    """The kind of a check's first refusal, with those of the same kind; its outcome where nothing was refused."""
    if check.refusals:
        kind = check.refusals[0].kind
        yield kind.value, [refusal for refusal in check.refusals if refusal.kind is kind]
    elif check.is_broken:
        yield _BROKEN, []
    else:
        yield check.outcome.value, []


def _headline(kind: RefusalKind) -> str:
    """Why points are open: what AWS did, and of which kind a denial is."""
    words = unanswered(kind)
    return f"{words} ({kind})" if kind in GRANTABLE else f"{words[0].upper()}{words[1:]}"


def _opening(
    kind: str, cause: RefusalCause | None, rows: list[tuple[ItemResult, CheckResult, list[Refusal]]], caller: str
) -> Opening:
    refusals = dict.fromkeys(refusal for _, _, refused in rows for refusal in refused)
    actions = tuple(dict.fromkeys(refusal.action for refusal in refusals))
    places = tuple(dict.fromkeys(r.question.region for r in refusals if r.question.region != GLOBAL))
    sentences: tuple[str, ...] = ()
    if refusals:
        what = _headline(RefusalKind(kind))
        told = cause.remedy if cause is not None else _REMEDIES[RefusalKind(kind)]
        remedy = told.format(actions=_listed(actions), caller=caller)
    else:
        what, remedy = _UNASKED.get(kind, ("Not decided", "The instructor decides."))
        sentences = tuple(dict.fromkeys(brief(check.message) for _, check, _ in rows))
    return Opening(
        kind=kind,
        what=what,
        remedy=remedy,
        grants=kind in GRANTABLE and cause is None,
        actions=actions,
        places=places[:MOST_REGIONS] + ((f"{len(places) - MOST_REGIONS} more",) if len(places) > MOST_REGIONS else ()),
        items=tuple(dict.fromkeys(item.id for item, _, _ in rows)),
        points=sum((check.points for _, check, _ in rows), Fraction(0)),
        sentences=sentences,
    )


def _listed(actions: tuple[str, ...]) -> str:
    if len(actions) <= 3:
        return " and ".join(actions)
    return f"{actions[0]} and {len(actions) - 1} more actions"
