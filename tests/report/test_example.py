"""The page that is committed for those who have not run the grader yet."""

from __future__ import annotations

from .example import EXAMPLE, example
from .states import plain


def test_the_example_is_the_page_that_the_grader_makes() -> None:
    """reports/example.html is made from kept evidence, to the byte. To renew it: python -m tests.report.example"""
    assert EXAMPLE.read_text(encoding="utf-8") == example(), "renew it: python -m tests.report.example"


def test_the_example_says_that_it_is_one() -> None:
    """Nobody takes it for a student's."""
    assert "This is an example. The account does not exist" in plain(EXAMPLE.read_text(encoding="utf-8"))
