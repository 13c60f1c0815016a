"""Answers as plain JSON."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta, timezone

import pytest

from grader.collect.answers import Answer, as_json, merge, refused
from grader.collect.expressions import search
from grader.collect.threads import Workers


@pytest.mark.parametrize(
    ("value", "kept"),
    [
        (datetime(2026, 11, 20, 10, tzinfo=UTC), "2026-11-20T10:00:00+00:00"),
        (datetime(2026, 11, 20, 10), "2026-11-20T10:00:00+00:00"),
        (datetime(2026, 11, 20, 10, tzinfo=timezone(timedelta(hours=1))), "2026-11-20T10:00:00+01:00"),
        (b"user,arn\n", "user,arn\n"),
        (bytearray(b"\xff\xfe"), "//4="),
        ({"ResponseMetadata": {}, "Flags": [True, None, 1, 0.5]}, {"Flags": [True, None, 1, 0.5]}),
        ({1, }, "{1}"),
    ],
    ids=str,
)  # fmt: skip
def test_a_value_is_kept_as_json(value: object, kept: object) -> None:
    """Times carry their offset, bytes are text where they decode and base64 otherwise."""
    assert as_json(value) == kept


def test_parts_become_one_answer() -> None:
    """Lists grow, and what is not a list is as the last part says."""
    whole = {"Users": [1], "IsTruncated": True}
    merge(whole, {"Users": [2], "IsTruncated": False})
    assert whole == {"Users": [1, 2], "IsTruncated": False}


def test_a_refusal_without_a_status_has_none() -> None:
    """A timeout has no HTTP status, and an answer no code."""
    assert refused("NoAnswer", "late").entry == {"error": {"Code": "NoAnswer", "Message": "late"}}
    assert (Answer({"error": {"Code": 3, "Message": 4}}).code, Answer({"error": {"Message": 4}}).message) == ("", "")


def test_an_answer_of_another_shape_gives_nothing() -> None:
    """An expression over a hostile answer finds nothing, and raises nothing."""
    assert search("newest_revisions(response.taskDefinitionArns)", {"response": {"taskDefinitionArns": 3}}) == []
    assert search("after(@, '/')", 3) is None
    assert search("newest_revisions(@)", ["a:1", "a:10", "b:2", "a:9", "c:x"]) == ["a:10", "b:2", "c:x"]
    assert search("newest_revisions(@)", None) == []
    assert search("after(@, '/')", None) is None
    assert search("as_float(@)", 80) == 80.0


def test_workers_reuse_threads_that_are_idle() -> None:
    """A thread is started only when none is free, and never more than allowed."""
    from queue import SimpleQueue
    from threading import get_ident

    workers, seen = Workers(3), SimpleQueue[int]()
    for _ in range(50):
        workers.submit(lambda: seen.put(get_ident()))
    threads = {seen.get(timeout=5) for _ in range(50)}
    workers.close()
    assert 1 <= len(threads) <= 3


def test_a_task_that_fails_takes_no_worker_from_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its error is shown, and what comes after it is still done, however often that happens."""
    from queue import SimpleQueue

    shown = SimpleQueue[object]()
    monkeypatch.setattr(threading, "excepthook", lambda failed: shown.put(failed.exc_value))
    workers, done = Workers(2), SimpleQueue[int]()

    def fail() -> None:
        raise OSError("no such thing")

    for _ in range(5):
        workers.submit(fail)
    workers.submit(lambda: done.put(1))
    assert done.get(timeout=5) == 1
    workers.close()
    assert {str(shown.get(timeout=5)) for _ in range(5)} == {"no such thing"}
