"""What a comparison says, as frozen data: each account, its changed items, and the change behind each."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from grader.compare.account_changes import FieldChange
from grader.grading.results import Outcome
from grader.model.findings import sentence


@dataclass(frozen=True, slots=True)
class SideOfCheck:
    """What one side said of a check."""

    outcome: Outcome
    points: Fraction
    found: str
    expected: str

    @property
    def message(self) -> str:
        """What was found and what was expected, as one sentence."""
        return sentence(self.found, self.expected)


@dataclass(frozen=True, slots=True)
class CheckChange:
    """A check that was judged otherwise; a side without it is None."""

    id: str
    title: str
    old: SideOfCheck | None
    new: SideOfCheck | None
    hint: str

    @property
    def gained(self) -> Fraction:
        """Points that it earns now and did not before; negative for a loss."""
        return _earned(self.new) - _earned(self.old)


@dataclass(frozen=True, slots=True)
class ItemChange:
    """An item with a changed check, and the changes in the account that these checks rest on.

    ``changes`` are at most ``MOST_CHANGES``, the most telling first; ``more`` counts the rest.
    ``elsewhere`` tells that none lies in an answer that the checks read, so that all of the account's
    changes were searched.
    """

    id: str
    title: str
    section: str
    because_of: str | None
    gained: Fraction
    newly_lost: Fraction
    newly_open: Fraction
    checks: tuple[CheckChange, ...]
    changes: tuple[FieldChange, ...]
    more: int
    elsewhere: bool


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two gradings. ``when`` is when the account was read, as ISO 8601 text."""

    source: str
    account: str
    when: str
    score: Fraction
    max_score: Fraction
    highest: Fraction
    is_evidence: bool


@dataclass(frozen=True, slots=True)
class AccountComparison:
    """Two gradings of one account. ``silent`` counts the answers that differ without any effect on points."""

    lab: str
    old: Side
    new: Side
    items: tuple[ItemChange, ...]
    silent: int

    @property
    def gained(self) -> Fraction:
        """The change of the score."""
        return self.new.score - self.old.score

    @property
    def with_answers(self) -> bool:
        """Whether both sides hold the account's answers, so that changes in the account could be named."""
        return self.old.is_evidence and self.new.is_evidence


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two files compared: each account that both hold, and the accounts that only one holds."""

    accounts: tuple[AccountComparison, ...]
    only_old: tuple[str, ...]
    only_new: tuple[str, ...]


def _earned(judged: SideOfCheck | None) -> Fraction:
    return judged.points if judged is not None and judged.outcome is Outcome.PASSED else Fraction(0)
