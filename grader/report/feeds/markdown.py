"""A summary in GitHub's Markdown, for ``$GITHUB_STEP_SUMMARY``, a merge request or a chat."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from grader.foreign_text import markdown
from grader.grading.causes import in_order
from grader.grading.pipeline import Graded
from grader.grading.results import CheckResult, ItemResult, Outcome, Result, points
from grader.report.wording import LOOKS, advice, labels, named, not_counted, score_words, whose_words, why_words, worth

MAX_BYTES = 1024 * 1024
"""GitHub refuses a larger step summary."""
MOST_ROWS = 2000
"""Rows of the table of accounts; they fit beside some details."""


def render(graded: Sequence[Graded]) -> str:
    """All accounts: a table of them first, then each below one another, those that lost most first.

    What would exceed ``MAX_BYTES`` is left out, and counted.
    """
    named = list(zip(labels(graded), (each.result for each in graded), strict=True))
    ordered = sorted(named, key=lambda each: -each[1].lost)
    overview = "\n".join(_overview(ordered)) + "\n" if len(named) > 1 else ""
    written = [overview] if overview else []
    size = len(overview.encode())
    for number, (_, result) in enumerate(ordered):
        text = "\n".join(_lines(result)) + "\n"
        size += len(text.encode()) + 1
        if size > MAX_BYTES - 200:
            written.append(f"\n…and the details of {len(ordered) - number} more accounts: too long for one summary.\n")
            break
        written.append(text)
    return "\n".join(written)


def _overview(ordered: Sequence[tuple[str, Result]]) -> Iterator[str]:
    """A row for each account, those that lost most first; at most ``MOST_ROWS``."""
    yield f"## {len(ordered)} results"
    yield ""
    yield "| Account | Score | Lost | Open | First cause |"
    yield "| --- | ---: | ---: | ---: | --- |"
    for who, result in ordered[:MOST_ROWS]:
        first = next(iter(in_order(result.items)), None)
        cause = f"{markdown(first.id)} {markdown(first.title)}" if first else ""
        score = score_words(result) if result.is_judged else "not judged"
        yield f"| {markdown(who)} | {score} | {points(result.lost)} | {points(result.open)} | {cause} |"
    if len(ordered) > MOST_ROWS:
        yield ""
        yield f"…and {len(ordered) - MOST_ROWS} more."


def _lines(result: Result) -> Iterator[str]:
    said = score_words(result) if result.is_judged else "nothing could be judged, this is not a grade"
    yield f"## {markdown(result.lab)}: {said}"
    yield ""
    for notice in result.notices:
        yield f"> **Note:** {markdown(notice)}"
        yield ""
    yield f"{markdown('A' + whose_words(result)[1:])}. Read {result.collected_at:%Y-%m-%d %H:%M %Z}."
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
        if result.why is not None:
            yield f"**Why the service does not work:** {markdown(why_words(result.why))}"
            yield ""
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
    return f"- **{markdown(item.id)}** {markdown(check.title)} ({not_counted(check)}){said}"
