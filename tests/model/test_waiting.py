"""Waiting: times as AWS writes them, and when it is over."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from grader.model.waiting import LONGEST, age, is_recent, moment

NOW = datetime(2026, 11, 20, 10, tzinfo=UTC)


def test_times_are_compared_with_their_offset() -> None:
    """A time without an offset is in UTC; what is no time is none."""
    assert moment("2026-11-20T12:00:00+02:00") == NOW
    assert moment("2026-11-20T10:00:00") == NOW
    assert moment("2026-11-20T10:00:00Z") == NOW
    assert moment("yesterday") is None


def test_it_ends_after_fifteen_minutes() -> None:
    """What has no time of creation is waited for."""
    assert timedelta(minutes=15) == LONGEST
    assert is_recent(NOW - timedelta(minutes=14, seconds=59), NOW)
    assert not is_recent(NOW - timedelta(minutes=15), NOW)
    assert is_recent(None, NOW)


def test_an_age_is_in_words() -> None:
    """Minutes, then hours, then days."""
    assert age(NOW - timedelta(minutes=90, seconds=59), NOW) == "90 minutes"
    assert age(NOW - timedelta(minutes=119), NOW) == "119 minutes"
    assert age(NOW - timedelta(minutes=120), NOW) == "2 hours"
    assert age(NOW - timedelta(hours=71), NOW) == "71 hours"
    assert age(NOW - timedelta(hours=72), NOW) == "3 days"
    assert age(NOW - timedelta(hours=18), NOW) == "18 hours"
    assert age(NOW - timedelta(days=4), NOW) == "4 days"
    assert age(NOW + timedelta(minutes=1), NOW) == "0 minutes"
