"""A student of a roster, and how to get into the account."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from grader.errors import UnusableInput


@dataclass(frozen=True, slots=True)
class WayIn:
    """How the grader reaches an account: a role, a profile, a file of credentials, or evidence that was handed in.

    ``profile`` together with ``role_arn`` assumes the role with the credentials of the profile. ``external_id`` goes
    with a role.
    """

    profile: str = ""
    role_arn: str = ""
    external_id: str = field(default="", repr=False)
    credentials: Path | None = None
    evidence: Path | None = None

    @property
    def is_none(self) -> bool:
        """Whether the roster gives no way in."""
        return self == WayIn()

    @property
    def asks_aws(self) -> bool:
        """Whether the account is read from AWS."""
        return self.evidence is None and not self.is_none


@dataclass(frozen=True, slots=True)
class Student:
    """One row of a roster. ``handed_in`` may lack an offset: it is then in the time zone of the late policy.

    ``extra`` holds the columns that the grader does not know, ``where`` is ``file:line``.
    """

    id: str
    name: str = ""
    email: str = ""
    section: str = ""
    account: str = ""
    handed_in: datetime | None = None
    way: WayIn = WayIn()
    extra: tuple[tuple[str, str], ...] = ()
    where: str = ""


@dataclass(frozen=True, slots=True)
class Mistake:
    """Something wrong in a file of the TA: ``where`` is ``file:line``."""

    where: str
    problem: str
    remedy: str = ""

    def __str__(self) -> str:
        return " ".join(filter(None, (f"{self.where}: {self.problem}", self.remedy)))


class RosterError(UnusableInput):
    """A roster that cannot be used; ``mistakes`` are all that it has."""

    def __init__(self, mistakes: tuple[Mistake, ...]) -> None:
        self.mistakes = mistakes
        first = mistakes[0]
        more = f" ({len(mistakes) - 1} more)" if len(mistakes) > 1 else ""
        super().__init__(f"{first.problem}{more}", where=first.where, remedy=first.remedy)

    def __reduce__(self) -> tuple[type[RosterError], tuple[tuple[Mistake, ...]]]:
        return type(self), (self.mistakes,)
