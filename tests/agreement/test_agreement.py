"""The page that compares the grader with Prowler says of every difference who is right."""

from __future__ import annotations

from pathlib import Path

import pytest

from reference_app.emulator import FAULTS

from .page import WORDS, NoReason, page
from .questions import QUESTIONS, STATES, WHY
from .run import Verdicts

PAGE = Path(__file__).resolve().parents[2] / "docs" / "agreement.md"
NAMES = [name for name, _, _ in STATES]


def made_up(ours: str, prowler: str) -> Verdicts:
    """Both say the same of every question but one."""
    same = {question.words: "passed" for question in QUESTIONS}
    one = "The bucket blocks public access"
    return Verdicts({**same, one: ours}, {**same, one: prowler})


def test_a_difference_without_a_reason_is_an_error() -> None:
    """With the question, the state and both verdicts."""
    with pytest.raises(NoReason, match="The bucket blocks public access, no-budget: failed beside passed"):
        page({"no-budget": made_up("failed", "passed")}, "prowler 5")


def test_a_difference_with_a_reason_is_a_row_and_agreement_is_counted() -> None:
    """States in which both say the same are in no row."""
    refused = "refused: s3:GetBucketPublicAccessBlock"
    text = page({NAMES[0]: made_up("failed", "failed"), refused: made_up("open", "nothing")}, "prowler 5")
    asked = 2 * len(QUESTIONS)
    assert f"{asked} in all. Both said the same {asked - 1} times." in text
    why = WHY["The bucket blocks public access", refused]
    assert [line for line in text.splitlines() if line.startswith("| The bucket")] == [
        f"| The bucket blocks public access | {refused} | open | says nothing | {why} |"
    ]


def test_reasons_states_and_faults_exist() -> None:
    """No reason for a question or a state that is gone."""
    assert {question for question, _ in WHY} <= {question.words for question in QUESTIONS}
    assert {state for _, state in WHY} <= {"", *NAMES}
    assert {fault for _, faults, _ in STATES for fault in faults} <= set(FAULTS)


def test_the_kept_page_holds_the_reasons_that_are_written() -> None:
    """Each row of docs/agreement.md has a reason of today, and a verdict in words that the page knows."""
    rows = [line.strip("| ").split(" | ") for line in PAGE.read_text("utf-8").splitlines() if line.startswith("| ")][2:]
    assert len(rows) > 20
    for question, states, ours, theirs, why in rows:
        assert {ours, theirs} <= set(WORDS.values())
        for state in [""] if states.endswith(" states") else states.split(", "):
            assert WHY.get((question, state), WHY.get((question, ""))) == why
