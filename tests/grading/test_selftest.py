"""The lab's own rubric, tried on changes of the correct deployment."""

from __future__ import annotations

import pytest

from grader.grading.selftest import self_test
from grader.rubric import open_rubric
from tests.cases import golden


@pytest.mark.slow
def test_our_own_rubric_passes_its_own_test() -> None:
    """No row is earned by an empty account, charged for a refusal, or lost by no change at all."""
    result = self_test(open_rubric(), golden(), every=5)
    assert result.is_fine, (result.not_passed, result.free, result.deaf, result.charged, result.broken)
    assert result.tried > 200
