"""The prose linter finds what it should, and nothing in this project."""

from __future__ import annotations

import pytest

from .prose import VOCABULARY, findings, main, vocabulary

WORDS = vocabulary(VOCABULARY.read_text(encoding="utf-8"))


def test_no_word_of_the_vocabulary_is_used(capsys: pytest.CaptureFixture[str]) -> None:
    """Messages, docstrings and documents use plain words."""
    assert main() == 0, capsys.readouterr().out


@pytest.mark.parametrize("word", WORDS)
def test_each_word_is_found(word: str) -> None:
    """In any case, and across the end of a line."""
    text = "One line.\n" + word.upper().replace(" ", "\n")
    assert (2, word, WORDS[word]) in list(findings(text, WORDS))


def test_a_part_of_a_word_is_not_found() -> None:
    """Only whole words count."""
    assert list(findings("amendment, recommended", WORDS)) == []
