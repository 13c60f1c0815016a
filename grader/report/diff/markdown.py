"""A comparison in GitHub's Markdown, for a pull request or the summary of a run."""

from __future__ import annotations

from collections.abc import Iterator

from grader.compare.changes import AccountComparison, Comparison
from grader.foreign_text import markdown
from grader.report.diff.wording import ItemWords, closing, headline, items, sides

_MARKS = {"gained": "🟢", "lost": "🔴", "opened": "⏳", "changed": "🟡"}


def render(comparison: Comparison) -> str:
    """Each account with a table of its changes."""
    return "\n".join(_lines(comparison)) + "\n"


def _lines(comparison: Comparison) -> Iterator[str]:
    for account in comparison.accounts:
        yield from _account(account)
    for word, accounts in (("first", comparison.only_old), ("second", comparison.only_new)):
        for account_id in accounts:
            yield f"- Account {markdown(account_id)} is only in the {word} file."
    if not comparison.accounts:
        yield ""
        yield "The two files have no account in common."


def _account(account: AccountComparison) -> Iterator[str]:
    old, new = sides(account)
    yield f"## {headline(account)}"
    yield ""
    yield f"- Old: {markdown(old)}"
    yield f"- New: {markdown(new)}"
    yield ""
    if not account.items:
        yield "No check is judged otherwise."
        yield ""
    for item in items(account):
        yield from _item(item)
    last = closing(account)
    if last:
        yield markdown(last)
        yield ""


def _item(item: ItemWords) -> Iterator[str]:
    cause = f", because of {markdown(item.because_of)}" if item.because_of else ""
    yield f"### {_MARKS[item.kind]} {markdown(item.id)} {markdown(item.title)}: {item.effect}{cause}"
    yield ""
    for check in item.checks:
        yield f"- {markdown(check)}"
    yield ""
    if item.changes:
        yield "| Answer | Field | Old | New |"
        yield "| --- | --- | --- | --- |"
        for change in item.changes:
            cells = (change.where, change.field, change.old, change.new)
            yield f"| {' | '.join(markdown(cell) for cell in cells)} |"
        yield ""
    if item.note:
        yield f"*{markdown(item.note)}*"
        yield ""
