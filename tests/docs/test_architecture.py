"""docs/architecture.md says what is so: the layers that the imports keep, and folders that exist."""

from __future__ import annotations

import re
from pathlib import Path

from tests.test_layers import LAYERS

TOP = Path(__file__).resolve().parents[2]
TEXT = (TOP / "docs" / "architecture.md").read_text("utf-8")


def section(title: str) -> str:
    """The text under one heading."""
    return TEXT.partition(f"## {title}\n")[2].partition("\n## ")[0]


def test_the_layers_are_those_that_are_enforced() -> None:
    """The table names the folders of tests/test_layers.py in their order."""
    rows = re.findall(r"^\| (`.+?`) \|", section("The layers"), re.MULTILINE)
    named = [re.findall(r"`([^`]+)`", row) for row in rows]
    enforced = [[place for place in layer if not place.endswith("__.py")] for layer in LAYERS]
    assert named == enforced


def test_ten_changes_each_name_a_place_that_exists() -> None:
    """Each of the ten rows leads to a file or folder of the tree, and so does every path in the text."""
    table = section("Ten changes, and where each is made")
    rows = re.findall(r"^\| (?!you want|---)(.+?) \| (.+?) \|$", table, re.MULTILINE)
    assert len(rows) == 10
    assert all("`" in place for _, place in rows)
    paths = re.findall(r"`((?:grader|checks|tests|reference_app)/[\w./-]*|rubric\.yaml)`", TEXT)
    assert [path for path in paths if not (TOP / path).exists()] == []
