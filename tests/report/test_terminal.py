"""The result in a terminal fits it."""

from __future__ import annotations

import click
import pytest

from grader.report.terminal import render_result
from tests.cases import grade_one, patched


@pytest.mark.parametrize("width", [40, 53, 60, 80, 110])
@pytest.mark.parametrize("case", ["", "M179 U04", "M125", "M101", "U04"])
def test_no_line_is_longer_than_the_terminal(case: str, width: int) -> None:
    """From 40 columns on; points stand at the end of a line as a whole."""
    result = grade_one(patched(*case.split())).result
    lines = click.unstyle(render_result(result, width=width)).splitlines()
    assert [line for line in lines if len(line) > width] == []
    for item in result.items:
        assert any(f" {item.id} " in line for line in lines)
    assert sum(" / " in line and line.rstrip()[-1].isdigit() for line in lines) >= len(result.items)
