"""What leaves through the one cleaner of text from outside."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from grader.foreign_text import PAGE_LIMIT, one_line, printable, shorten, shown


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("plain, as it is", "plain, as it is"),
        ("Zażółć 漢字 שלום 👩‍🔬", "Zażółć 漢字 שלום 👩‍🔬"),
        ("line\n\tand tab", "line\n\tand tab"),
        ("\u202egnp.exe", "\\u202egnp.exe"),
        ("\x1b[31m\x00\x7f\x9b", "\\x1b[31m\\x00\\x7f\\x9b"),
        ("\ud800", "\\ud800"),
        ("\ufeff\ufffe\u2028", "\\ufeff\\ufffe\\u2028"),
        ("to jane.doe+lab@mail.example.edu, now", "to [e-mail], now"),
        ("user123=jane@example.com", "user123=[e-mail]"),
        ("key AKIAIOSFODNN7EXAMPLE used", "key AKIA… used"),
        ("ASIAIOSFODNN7EXAMPLE", "ASIA…"),
        ("100 % @ noon", "100 % @ noon"),
    ],
)
def test_the_door_spells_what_acts_and_hides_what_is_private(text: str, seen: str) -> None:
    """Letters of any script pass; controls, turning marks and lone surrogates are spelled; private things hidden."""
    assert shown(text) == seen


def test_the_door_cuts_what_is_endless_at_once() -> None:
    """A megabyte of name costs no more than its first characters."""
    assert len(str(shown("a@" * 500_000))) <= PAGE_LIMIT


@pytest.mark.parametrize("clean", [printable, shorten, one_line])
def test_a_terminal_gets_one_line_that_it_cannot_obey(clean: Callable[[str], str]) -> None:
    """Names in sentences, in the table and in errors hold no control character, and are bounded."""
    assert clean("a\x1b[31mb\nc\u202e").isprintable()
    assert len(clean("x" * 1_000_000)) <= 10_000
