"""Late work: how many days, and what they cost by the policy of the rubric.

It rests on the hand-in time of the roster, or else on the student's own last change that CloudTrail shows. Never on
the clock of whoever grades, and never on a change that a service made.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from fractions import Fraction

from grader.foreign_text import shorten
from grader.grading.results import points
from grader.model.trail import Change
from grader.rubric.late_policy import LatePolicy

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Lateness:
    """How late a hand-in was. ``penalty`` is what the policy takes; ``question`` is for the TA where it is unknown.

    ``days`` are started days after the deadline, ``because`` says what it rests on.
    """

    days: int = 0
    penalty: Fraction = Fraction(0)
    because: str = ""
    question: str = ""

    def adjusted(self, score: Fraction) -> Fraction:
        """The score less the penalty, never below nothing."""
        return max(Fraction(0), score - self.penalty)


def lateness(
    policy: LatePolicy | None,
    student: str,
    handed_in: datetime | None,
    changes: Iterable[Change],
    highest: Fraction,
) -> Lateness:
    """How late a student was by ``policy``; ``highest`` is the score that can be reached."""
    if policy is None:
        return Lateness()
    deadline = policy.deadline_of(student)
    if handed_in is not None:
        moment = policy.placed(handed_in)
        return _counted(policy, deadline, moment, f"handed in {_words(moment)}", highest)
    found = sorted(changes, key=lambda change: change.at)
    own = [change for change in found if change.event.is_by_a_person]
    if own:
        last = own[-1]
        because = f"the student's last change in CloudTrail: {shorten(last.event.name)}, {_words(last.at)}"
        late = _counted(policy, deadline, last.at, because, highest)
        if late.days:
            return late
        others = [change for change in found if change.at > deadline + policy.grace]
        return _by_a_service(others[-1]) if others else late
    if found and found[-1].at > deadline + policy.grace:
        return _by_a_service(found[-1])
    return Lateness(question="When was this handed in? The roster does not say, and CloudTrail shows no change.")


def _by_a_service(change: Change) -> Lateness:
    who = shorten(change.event.invoked_by or change.event.caller or "a service")
    return Lateness(
        question=f"The last change after the deadline was made by a service, not by a person: "
        f"{shorten(change.event.name)} by {who}, {_words(change.at)}."
    )


def _counted(policy: LatePolicy, deadline: datetime, moment: datetime, because: str, highest: Fraction) -> Lateness:
    over = moment.astimezone(UTC) - deadline.astimezone(UTC)
    if over <= max(policy.grace, timedelta(0)):
        return Lateness(because=because)
    # Days are those of the clock on the wall: one is over at the time of day of the deadline, also when clocks change.
    there, due = (one.astimezone(policy.zone).replace(tzinfo=None) for one in (moment, deadline))
    days = max(1, -(-(there - due) // _DAY))
    penalty = policy.per_day.of(highest) * days
    if policy.cap is not None:
        penalty = min(penalty, policy.cap.of(highest))
    return Lateness(days, penalty, f"{because}; the deadline was {_words(deadline)}")


def _words(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M %Z}".strip()


def late_words(late: Lateness, score: Fraction) -> str:
    """One sentence for the reports; empty where nothing is taken."""
    if not late.days:
        return ""
    days = "1 day" if late.days == 1 else f"{late.days} days"
    return f"{days} late ({late.because}): {points(late.penalty)} points less, so {points(late.adjusted(score))}."
