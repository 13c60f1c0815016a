"""reports/example.html: the page of a kept account with several faults. ``python -m tests.report.example`` makes it."""

from __future__ import annotations

from pathlib import Path

from grader.report.page.page import render_page
from tests.cases import grade, patched

from .states import FAULTS

EXAMPLE = Path(__file__).parents[2] / "reports" / "example.html"


def example() -> str:
    """The page as this grader makes it now."""
    name = "example.json"
    return render_page(grade({name: patched(*FAULTS)})[name], example=True)


if __name__ == "__main__":
    EXAMPLE.write_text(example(), encoding="utf-8", newline="\n")
