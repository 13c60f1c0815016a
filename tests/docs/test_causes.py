"""docs/causes/ says what the table of causes says."""

from __future__ import annotations

from tests.docs.causes import FOLDER, pages


def test_the_pages_of_the_causes_are_those_of_the_table() -> None:
    """Every cause has its page, as the table has it, and no page is left of a cause that is no more (`make causes`)."""
    assert {path.name: path.read_text("utf-8") for path in FOLDER.glob("*.md")} == pages()
