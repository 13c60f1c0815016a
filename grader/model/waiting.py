"""How long something that is being created is waited for."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

LONGEST = timedelta(minutes=15)
"""What takes longer has failed: AWS creates each part of the lab within a few minutes."""


def moment(text: str) -> datetime | None:
    """A time as AWS writes it (ISO 8601), with its offset; None where there is none."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def is_recent(created: datetime | None, now: datetime) -> bool:
    """Whether something is still waited for; what has no time of creation is."""
    return created is None or now - created < LONGEST


def age(created: datetime, now: datetime) -> str:
    """How long ago something was created, in words."""
    minutes = max(int((now - created).total_seconds() / 60), 0)
    if minutes < 120:
        return f"{minutes} minutes"
    hours = minutes // 60
    return f"{hours} hours" if hours < 72 else f"{hours // 24} days"
