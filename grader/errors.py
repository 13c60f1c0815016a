"""Everything that can go wrong, as one tree.

``GraderError`` is the root. Three branches:

* ``UnusableInput`` - something given to the grader cannot be used (exit code 2): what, where, what to do.
* ``CannotGrade`` - there is no account to grade (exit code 4).
* ``Undecided`` - what a check asks for is not there, or cannot be told: the model raises these and the runner
  turns them into outcomes. They never end a run.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol


class GraderError(Exception):
    """Root of all errors that this project raises on purpose."""

    exit_code = 4


class UnusableInput(GraderError):
    """A file or an option that cannot be used.

    ``problem`` is one sentence, ``where`` a file with its line (or an option), ``remedy`` what to do about it.
    """

    exit_code = 2

    def __init__(self, problem: str, *, where: str = "", remedy: str = "") -> None:
        self.problem = problem
        self.where = where
        self.remedy = remedy
        self.place: object = None
        """The value that is wrong, where it is known."""
        place = f"{where}: " if where else ""
        advice = f" {remedy}" if remedy else ""
        super().__init__(f"{place}{problem}{advice}")


class RubricError(UnusableInput):
    """The rubric cannot be used; ``where`` is ``file:line``."""


class EvidenceError(UnusableInput):
    """An evidence file is broken, hostile, or from a newer grader."""


class UsageError(UnusableInput):
    """An option, or a combination of options, that makes no sense."""


class CheckError(UnusableInput):
    """A check module that cannot be used: not loaded, or stopped with an error of its own instead of a verdict."""


class CannotGrade(GraderError):
    """No account could be read: no credentials, no such account, no network."""

    def __init__(self, problem: str, *, remedy: str = "") -> None:
        self.problem = problem
        self.remedy = remedy
        super().__init__(f"{problem} {remedy}".strip())


class NotAnAnswer(CannotGrade):
    """An endpoint did not return an AWS response."""


class SessionEnded(CannotGrade):
    """The Learner Lab session of these credentials has ended."""


class OperationNotAllowed(GraderError):
    """A client was asked for an operation that is not a row of the table of calls."""


class Undecided(GraderError):
    """What a claim needs is absent or unknown."""


class Unsettled(Undecided):
    """A claim that cannot be decided from what is known: it neither earns nor costs anything."""


class Asked(Protocol):
    """A question, as far as an error must know it."""

    @property
    def region(self) -> str:
        """The region that was asked, or ``global``."""
        ...


class Refused(Protocol):
    """A question that AWS did not answer; ``grader.evidence.Refusal`` is one."""

    @property
    def question(self) -> Asked:
        """What was asked."""
        ...


class Unverified(Unsettled):
    """AWS did not answer, or was not asked. ``grader.evidence.refusals_of`` gives the refusals behind it."""

    def __init__(self, reason: str, refusals: Sequence[Refused] = ()) -> None:
        self.refusals = tuple(refusals)
        super().__init__(reason)


class Pending(Unsettled):
    """It is still being built; asking again later will settle it."""


class Manual(Unsettled):
    """AWS cannot show it; a person decides."""


class Missing(Undecided, AssertionError):
    """What the claim is about does not exist in the account: the claim is false."""
