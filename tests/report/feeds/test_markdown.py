"""The Markdown summary, as GitHub's own renderer shows it, and the annotations, as its runner reads them."""

from __future__ import annotations

import html
import re
from collections.abc import Callable

import cmarkgfm  # type: ignore[import-untyped]
import pytest

from grader.grading.causes import in_order
from grader.grading.pipeline import Graded
from grader.report.feeds import markdown
from grader.report.feeds.annotations import render as annotate

from .hostile_text import HOSTILE

_COMMAND = re.compile(r"^::(error|warning|notice) title=[^:,\r\n]*::[^\r\n]+$")


def shown(*graded: Graded) -> str:
    """The summary as HTML, by the library that GitHub renders with."""
    page = cmarkgfm.github_flavored_markdown_to_html(markdown.render(graded))
    assert isinstance(page, str)
    return page


def test_the_table_has_a_row_for_each_item(any_account: Graded) -> None:
    """Every item is a row of four cells, whatever names stand around it."""
    page = shown(any_account)
    assert page.count("<table>") == 1
    assert page.count("<tr>") == len(any_account.result.items) + 1
    assert page.count("<td") == 4 * len(any_account.result.items)


def test_nothing_but_our_own_markup_is_shown(hostile: Graded) -> None:
    """A name from an account becomes no link, image, code, heading or tag: the tags are those that we write."""
    tags = set(re.findall(r"<\s*/?\s*([a-zA-Z!][a-zA-Z0-9]*)", shown(hostile)))
    ours = {"h2", "h3", "p", "blockquote", "strong", "em", "table", "thead", "tbody", "tr", "th", "td", "ul", "li"}
    assert tags <= ours


@pytest.mark.parametrize("text", [text for text in HOSTILE if len(text) < 1000 and text.isprintable()])
def test_hostile_text_is_shown_as_it_is(text: str) -> None:
    """Escaping changes nothing that a person reads (but for the invisible breaks in addresses)."""
    from grader.foreign_text import markdown as escaped

    page = cmarkgfm.github_flavored_markdown_to_html(f"- **x** {escaped(text)}")
    said = html.unescape(re.sub(r"<[^>]+>", "", page)).replace("\u200b", "")
    assert said.split() == ["x", *text.split()]


def test_the_summary_leads_with_the_score_and_what_to_do(graded: Callable[[str], Graded]) -> None:
    """Score, table, then the lost items with what was found and the next step."""
    text = markdown.render([graded("M050")])
    assert text.startswith("## Introduction to Cloud Computing for MLOps: 9.75 of 10.00 points\n")
    assert "holds no files; expected: the files of the lab" in text
    assert "*Next:* Upload the files of Lab 1 to the bucket." in text


def test_open_points_are_told_apart(graded: Callable[[str], Graded]) -> None:
    """What is open stands under its own heading with the range of the score."""
    text = markdown.render([graded("U04")])
    assert "9.875 of 10.00 points (up to 10.00)" in text
    assert "### Open: 0.125 points, not counted against the score" in text
    assert "What to do next" not in text


def test_a_summary_stays_below_githubs_limit(graded: Callable[[str], Graded]) -> None:
    """A class that is too long for one summary has all in its table, and says of how many the details are missing."""
    text = markdown.render([graded("empty")] * 200)
    assert len(text.encode("utf-8")) <= markdown.MAX_BYTES
    assert text.startswith("## 200 results\n")
    assert text.count("\n| 123456789012") == 200
    assert re.search(r"the details of \d+ more accounts", text)


def test_every_line_is_one_command(any_account: Graded) -> None:
    """The runner finds exactly our commands: none begins inside a name, no property ends early."""
    lines = annotate([any_account]).split("\n")
    assert lines.pop() == ""
    assert all(_COMMAND.match(line) for line in lines), lines


def test_percent_escapes_of_names_are_not_decoded(graded: Callable[[str], Graded]) -> None:
    """The runner decodes %0A, %0D, %3A and %2C; those that a name holds stay what they are."""
    text = annotate([graded(f"hostile-{HOSTILE.index('%0A::error::owned%0D')}")])
    assert "%250A" in text
    assert "%0A" not in text


@pytest.mark.parametrize(
    ("case", "kinds"), [("golden", {"notice"}), ("M050", {"error", "notice"}), ("U04", {"warning", "notice"})]
)
def test_lost_points_are_errors_and_open_ones_warnings(
    graded: Callable[[str], Graded], case: str, kinds: set[str]
) -> None:
    """A run without lost points shows no error."""
    assert set(re.findall(r"^::(\w+)", annotate([graded(case)]), re.MULTILINE)) == kinds


def test_the_largest_causes_are_shown_first(graded: Callable[[str], Graded]) -> None:
    """GitHub shows ten of a kind: the causes that bring back most, each before what it stops; the rest is counted."""
    lines = [line for line in annotate([graded("empty")]).splitlines() if line.startswith("::error")]
    order = [item.id for item in in_order(graded("empty").result.items)]
    said = [line.partition("title=")[2].split()[0] for line in lines]
    assert said[:8] == order[:8]
    assert lines[8].startswith(f"::error title=And more::{len(order) - 8} more steps")
    assert len(lines) == 9, "the tenth is the step's own"
