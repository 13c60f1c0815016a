"""A summary in GitHub's Markdown, for ``$GITHUB_STEP_SUMMARY``, a merge request or a chat."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from grader.foreign_text import markdown
from grader.grading.causes import in_order
from grader.grading.pipeline import Graded
from grader.grading.results import CheckResult, ItemResult, Outcome, Result, points
from grader.report.wording import LOOKS, NOT_COUNTED, advice, named, score_words, worth

MAX_BYTES = 1024 * 1024
"""GitHub refuses a larger step summary."""


def render(graded: Sequence[Graded]) -> str:
    """All accounts below one another; what would exceed ``MAX_BYTES`` is left out and said so."""
    written: list[str] = []
    size = 0
    for number, each in enumerate(graded):
        text = "\n".join(_lines(each.result)) + "\n"
        size += len(text.encode())
        if size > MAX_BYTES - 200:
            written.append(f"\n…and {len(graded) - number} more accounts: too long for one summary.\n")
            break
        written.append(text)
    return "\n".join(written)


def _lines(result: Result) -> Iterator[str]:
    yield f"## {markdown(result.lab)}: {score_words(result)}"
    yield ""
    for notice in result.notices:
        yield f"> **Note:** {markdown(notice)}"
        yield ""
    yield f"Account {markdown(result.account)}, read {result.collected_at:%Y-%m-%d %H:%M %Z}."
    yield ""
    yield "| | Step | Points | Outcome |"
    yield "| --- | --- | ---: | --- |"
    for item in result.items:
        earned = f"{points(item.earned)} of {points(item.points)}"
        open_points = f" ({points(item.open)} open)" if item.open else ""
        outcome = f"{LOOKS[item.outcome].markdown} {named(item.outcome)}"
        yield f"| {markdown(item.id)} | {markdown(item.title)} | {earned}{open_points} | {outcome} |"
    lost = in_order(result.items)
    if lost:
        yield from ("", "### What to do next", "")
        for item in lost:
            yield from _lost(item)
    waiting = [(item, check) for item in result.items for check in item.checks if check.outcome.is_open]
    if waiting:
        yield from ("", f"### Open: {worth(result.open)}, not counted against the score", "")
        for item, check in waiting:
            yield _open(item, check)


def _lost(item: ItemResult) -> Iterator[str]:
    yield f"- **{markdown(item.id)} {markdown(item.title)}** (−{points(item.lost)})"
    for check in item.checks:
        if check.outcome is Outcome.FAILED:
            yield f"  - {markdown(check.title)}: {markdown(check.message)}. *Next:* {markdown(advice(check))}"


def _open(item: ItemResult, check: CheckResult) -> str:
    said = f": {markdown(check.message)}" if check.message else ""
    return f"- **{markdown(item.id)}** {markdown(check.title)} ({NOT_COUNTED[check.outcome]}){said}"
