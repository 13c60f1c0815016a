"""What late work costs, as a rubric says it. Pure data; whoever grades a class works out who was late."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from fractions import Fraction
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from grader.rubric.located_yaml import Marked


@dataclass(frozen=True, slots=True)
class Amount:
    """Points, or a share of the points that can be earned."""

    value: Fraction
    is_share: bool

    def of(self, highest: Fraction) -> Fraction:
        """The amount in points, where ``highest`` can be earned."""
        return self.value * highest if self.is_share else self.value


@dataclass(frozen=True, slots=True)
class LatePolicy:
    """What a started day after the deadline costs.

    ``grace`` after the deadline costs nothing; after it, days are counted from the deadline. ``cap`` is the most that
    lateness costs, None for no limit. ``extensions`` are other deadlines, by student. All times have an offset.
    """

    deadline: datetime
    zone: tzinfo
    grace: timedelta
    per_day: Amount
    cap: Amount | None
    extensions: Mapping[str, datetime]

    def deadline_of(self, student: str) -> datetime:
        """The deadline of one student."""
        return self.extensions.get(student, self.deadline)

    def placed(self, moment: datetime) -> datetime:
        """A time as this policy understands it: one without an offset is in the policy's time zone."""
        return moment if moment.tzinfo else moment.replace(tzinfo=self.zone)


def read_late_policy(entry: Marked) -> LatePolicy:
    """The policy at one place of a rubric; raises the place's own error."""
    keys = entry.mapping(needs=("deadline", "time_zone", "per_day"), may=("grace_minutes", "cap", "extensions"))
    zone = _zone(keys["time_zone"])
    extensions = keys["extensions"].mapping() if "extensions" in keys else {}
    minutes = keys["grace_minutes"].decimal() if "grace_minutes" in keys else Fraction(0)
    return LatePolicy(
        deadline=_moment(keys["deadline"], zone),
        zone=zone,
        grace=timedelta(minutes=float(minutes)),
        per_day=_amount(keys["per_day"]),
        cap=_amount(keys["cap"]) if "cap" in keys else None,
        extensions={student: _moment(value, zone) for student, value in extensions.items()},
    )


def _zone(entry: Marked) -> tzinfo:
    name = entry.text()
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        remedy = "Write it like Europe/Athens (on Windows, install the package tzdata)."
        raise entry.wrong(f"there is no time zone {name!r}.", remedy) from error


def _moment(entry: Marked, zone: tzinfo) -> datetime:
    text = entry.text()
    try:
        found = datetime.fromisoformat(text) if len(text) > len("2026-11-20") else None
    except ValueError:
        found = None
    if found is None:
        raise entry.wrong(f"{text!r} is not a date and time.", 'Write it as "2026-11-20 23:59".')
    return found if found.tzinfo else found.replace(tzinfo=zone)


def _amount(entry: Marked) -> Amount:
    text = entry.text()
    number = text.removesuffix("%").strip()
    try:
        value = Fraction(number)
    except (ValueError, ZeroDivisionError):
        value = Fraction(-1)
    if value < 0 or "/" in number:
        raise entry.wrong(f"{text!r} is neither a number of points nor a percentage.", 'Write "0.5" or "10%".')
    return Amount(value / 100, True) if text.endswith("%") else Amount(value, False)
