"""What grading found, as frozen data: what the reports are made of. Points are exact fractions until printed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from fractions import Fraction

from grader.evidence import Question, Refusal
from grader.model.findings import sentence
from grader.model.security_notes import SecurityNotes


class Outcome(StrEnum):
    """What became of a check or an item. ``partial`` is an item's alone."""

    PASSED = "passed"
    PARTIAL = "partial"
    FAILED = "failed"
    UNVERIFIED = "unverified"
    PENDING = "pending"
    MANUAL = "manual"
    NOT_APPLICABLE = "not_applicable"

    @property
    def is_open(self) -> bool:
        """Whether its points are neither earned nor lost."""
        return self in (Outcome.UNVERIFIED, Outcome.PENDING, Outcome.MANUAL)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a check said of one account.

    ``found`` says why it did not pass; ``expected`` is empty where the check does not say it. ``read`` are the
    questions it rests on, ``remarks`` words that cost nothing. ``is_missing``: what the check is about does not exist.
    ``is_broken``: the check itself stopped with an error, which says nothing about the account.
    """

    outcome: Outcome
    found: str = ""
    expected: str = ""
    refusals: tuple[Refusal, ...] = ()
    read: frozenset[Question] = frozenset()
    remarks: tuple[str, ...] = ()
    is_missing: bool = False
    is_broken: bool = False


@dataclass(frozen=True, slots=True)
class Resource:
    """A resource of the account, as other tools name it: an ARN or id, CloudFormation's type, a name in words."""

    id: str
    type: str
    name: str
    region: str = ""


@dataclass(frozen=True, slots=True)
class Controlled:
    """A control of a standard, decided of one resource; ``resource`` None is the account itself.

    ``outcome`` is that of the check, unless the control asks more of the resource than the check does.
    """

    standard: str
    id: str
    outcome: Outcome
    resource: Resource | None = None


@dataclass(frozen=True, slots=True)
class CheckResult:
    """A check of an item: its share, what it found and expected, and what to do next (``hint``).

    Where it passed, ``found`` and ``expected`` are empty. ``remarks`` cost nothing. ``because_of`` is the other item
    is the cause, ``is_missing`` tells that what the check is about does not exist. ``is_broken``
    that the check itself stopped with an error. ``controls`` are what it decides of resources that exist.
    """

    id: str
    title: str
    points: Fraction
    outcome: Outcome
    found: str
    expected: str
    hint: str
    evidence: tuple[Question, ...]
    refusals: tuple[Refusal, ...]
    remarks: tuple[str, ...] = ()
    is_missing: bool = False
    is_broken: bool = False
    because_of: str | None = None
    controls: tuple[Controlled, ...] = ()

    @property
    def message(self) -> str:
        """What was found and what was expected, as one sentence."""
        return sentence(self.found, self.expected)


@dataclass(frozen=True, slots=True)
class ItemResult:
    """A step of the lab. ``earned + lost + open == points``; ``because_of`` is the cause of its largest loss."""

    id: str
    title: str
    section: str
    points: Fraction
    earned: Fraction
    lost: Fraction
    open: Fraction
    outcome: Outcome
    because_of: str | None
    hint: str
    link: str
    checks: tuple[CheckResult, ...]

    @property
    def controls(self) -> tuple[tuple[str, str], ...]:
        """The controls that its checks decide, each once: standard and id."""
        return tuple(dict.fromkeys((one.standard, one.id) for check in self.checks for one in check.controls))


@dataclass(frozen=True, slots=True)
class ChosenResource:
    """Which resource was taken to be the lab's: its id, its name in words, its region, why, and what came second."""

    id: str
    name: str
    region: str
    why: str
    runner_up: str | None


@dataclass(frozen=True, slots=True)
class JudgedSet:
    """A candidate set that was judged: what it is in words, what it earns, and the ``--bind`` that selects it."""

    name: str
    score: Fraction
    open: Fraction
    bind: str


@dataclass(frozen=True, slots=True)
class Why:
    """Why the lab's service does not work: ``cause`` is a row of the table of causes, empty where none fits.

    ``item`` is the step that is to be repaired, ``checks`` are the ids of the failed checks that it explains, ``also``
    is what is known of the deployment besides. ``refused`` are witnesses that AWS would not show; they cost nothing.
    """

    cause: str
    title: str
    sentence: str
    quote: str
    source: str
    advice: str
    item: str
    checks: tuple[str, ...]
    also: tuple[str, ...] = ()
    refused: tuple[Refusal, ...] = ()


@dataclass(frozen=True, slots=True)
class Result:
    """The score of one account and all that explains it.

    ``grader`` is the version that graded, ``rubric`` the name of the rubric's file, ``rubric_digest`` its SHA-256.
    ``profile`` and ``student`` say who was read, where that is known. ``feeds_converted``: what leaves for other tools
    is on the scale of ``converted_to``.
    """

    lab: str
    account: str
    variant: str | None
    variant_title: str
    graded_at: datetime
    collected_at: datetime
    regions: tuple[str, ...]
    caller: str
    items: tuple[ItemResult, ...]
    bindings: Mapping[str, ChosenResource]
    max_score: Fraction
    converted_to: Fraction | None
    bonus: Fraction
    bonus_note: str
    notices: tuple[str, ...]
    source: str
    graded_set: JudgedSet | None = None
    second_set: JudgedSet | None = None
    sets_left_out: int = 0
    why: Why | None = None
    grader: str = ""
    rubric: str = ""
    rubric_digest: str = ""
    profile: str = ""
    student: str = ""
    feeds_converted: bool = False
    security_notes: SecurityNotes = field(default_factory=SecurityNotes)

    @property
    def score(self) -> Fraction:
        """Points earned, with what an instructor awarded."""
        return sum((item.earned for item in self.items), Fraction(0)) + self.bonus

    @property
    def broken(self) -> Iterator[tuple[ItemResult, CheckResult]]:
        """The checks that stopped with an error of their own, each with its item."""
        return ((item, check) for item in self.items for check in item.checks if check.is_broken)

    @property
    def open(self) -> Fraction:
        """Points that are neither earned nor lost."""
        return sum((item.open for item in self.items), Fraction(0))

    @property
    def lost(self) -> Fraction:
        """Points of failed checks."""
        return sum((item.lost for item in self.items), Fraction(0))

    @property
    def score_range(self) -> tuple[Fraction, Fraction]:
        """The score, and what it can become if everything open is earned."""
        return self.score, self.score + self.open

    @property
    def converted(self) -> Fraction | None:
        """The score on the scale of the full rubric, where a variant leaves items out."""
        if self.converted_to is None or not self.max_score:
            return None
        return self.score * self.converted_to / self.max_score

    @property
    def is_judged(self) -> bool:
        """Whether anything was: where all that applies is open, there is no grade, not even a zero."""
        return not self.open or any(item.earned or item.lost for item in self.items)

    @property
    def scale(self) -> Fraction:
        """What a point of the lab is worth outside of it: 1, unless the rubric says that feeds are converted."""
        if not self.feeds_converted or self.converted_to is None or not self.max_score:
            return Fraction(1)
        return self.converted_to / self.max_score

    @property
    def feed_range(self) -> tuple[Fraction, Fraction]:
        """``score_range`` on the scale of what leaves."""
        low, high = self.score_range
        return low * self.scale, high * self.scale

    @property
    def feed_max(self) -> Fraction:
        """``max_score`` on the scale of what leaves."""
        return self.max_score * self.scale


def points(value: Fraction) -> str:
    """Points as people write them: two decimals, or three where it needs them (0.125)."""
    text = f"{float(value):.3f}"
    return text[:-1] if text.endswith("0") else text
