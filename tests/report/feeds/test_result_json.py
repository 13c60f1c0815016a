"""The Result JSON: a contract that scripts rely on."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from grader.grading.pipeline import Graded
from grader.grading.result_document import checked_results, load_results, result_document
from grader.report.feeds.result_json import render

TOP = {
    "format", "lab", "account", "variant", "graded_at", "collected_at", "score", "max_score", "score_range", "items",
    "bindings",
}  # fmt: skip
ITEM = {"id", "title", "points", "earned", "lost", "open", "outcome", "because_of", "checks"}
CHECK = {"id", "title", "points", "outcome", "message", "found", "expected", "evidence"}


def test_every_key_of_the_contract_is_there(any_account: Graded) -> None:
    """Whatever was graded, a script finds each key that the contract names, at each level."""
    document = json.loads(render([any_account]))
    assert document.keys() >= TOP
    assert all(item.keys() >= ITEM for item in document["items"])
    assert all(check.keys() >= CHECK for item in document["items"] for check in item["checks"])
    assert all(bound.keys() >= {"id", "why", "runner_up"} for bound in document["bindings"].values())


def test_points_add_up_exactly(any_account: Graded) -> None:
    """Earned, lost and open sum to the points of each item, and the items to the score, without rounding."""
    document = result_document(any_account.result)
    for item in document["items"]:
        assert item["earned"] + item["lost"] + item["open"] == pytest.approx(item["points"], abs=1e-12)
    assert document["score"] == float(any_account.result.score)
    assert document["score_range"] == [float(limit) for limit in any_account.result.score_range]


def test_full_marks_are_ten_point_zero(graded: Callable[[str], Graded]) -> None:
    """The golden account is 10.0 of 10.0, with a range of nothing."""
    document = result_document(graded("golden").result)
    assert (document["score"], document["max_score"], document["score_range"]) == (10.0, 10.0, [10.0, 10.0])


def test_one_account_is_an_object_and_several_are_a_list(graded: Callable[[str], Graded]) -> None:
    """A script for one account never meets a list, one for several always does."""
    one, several = render([graded("golden")]), render([graded("golden"), graded("empty")])
    assert isinstance(json.loads(one), dict)
    assert [each["score"] for each in json.loads(several)] == [10.0, 0.0]


def test_evidence_names_operations(graded: Callable[[str], Graded]) -> None:
    """A check tells which operations its verdict rests on, as the contract writes them."""
    first = result_document(graded("golden").result)["items"][0]["checks"][0]
    assert first["evidence"] == ["iam.GetAccountSummary"]


def test_what_is_written_can_be_read_again(any_account: Graded, tmp_path: Path) -> None:
    """A comparison reads back what was written, whatever the account's names hold."""
    path = tmp_path / "result.json"
    path.write_bytes(render([any_account]).encode("utf-8"))
    document = json.loads(json.dumps(result_document(any_account.result)))
    assert checked_results(load_results(path), str(path)) == [document]


def test_hostile_text_is_plain_json(hostile: Graded) -> None:
    """No control character, lone surrogate or mark of direction leaves through the JSON, and nothing is endless."""
    text = render([hostile])
    text.encode("utf-8")
    assert not any(mark in text for mark in "\x00\x1b\u202e\u2066\ud800")

    def strings(value: Any) -> list[str]:
        if isinstance(value, dict):
            return [found for child in value.values() for found in strings(child)]
        if isinstance(value, list):
            return [found for child in value for found in strings(child)]
        return [value] if isinstance(value, str) else []

    assert max(map(len, strings(json.loads(text)))) < 5000
