"""Why an item lost its points, as text: the diagnosis, what repairs it, and the two ways hop by hop."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator

import click

from grader.errors import UsageError
from grader.grading.explaining import CHECKS
from grader.grading.pipeline import Graded
from grader.grading.results import CheckResult, ItemResult, Outcome, Result, Why, points
from grader.model.diagnosis.diagnosis import walks
from grader.model.diagnosis.hops import Hop
from grader.model.topology.parts import State
from grader.report.page.console import Advice, Console
from grader.report.terminal import to_ascii, wrapped

_MARKS = {
    State.FINE: ("✔", "+", "green"),
    State.FAULTY: ("✘", "x", "red"),
    State.MISSING: ("✘", "x", "red"),
    State.PENDING: ("…", ".", "cyan"),
    State.UNKNOWN: ("?", "?", "cyan"),
}


def item_of(result: Result, named: str | None) -> ItemResult | None:
    """The item of that id; without one the item that is the cause of the largest loss, None where nothing is lost.

    Raises ``UsageError`` for an id that the rubric does not have.
    """
    items = {item.id: item for item in result.items}
    if named is None:
        return _largest(result, items)
    if named in items:
        return items[named]
    near = difflib.get_close_matches(named, items, n=3, cutoff=0.4)
    raise UsageError(
        f"there is no item {named!r} in {result.lab}.",
        where="ITEM",
        remedy=f"Did you mean {' or '.join(near)}?" if near else f"Items: {', '.join(items)}.",
    )


def _largest(result: Result, items: dict[str, ItemResult]) -> ItemResult | None:
    totals: dict[str, float] = {}
    for item in result.items:
        if item.lost:
            root = item.because_of if item.because_of in items and item.because_of else item.id
            totals[root] = totals.get(root, 0) + float(item.lost)
    return items[max(totals, key=lambda root: totals[root])] if totals else None


def render_why(graded: Graded, item: ItemResult, *, unicode: bool = True, width: int = 96) -> str:
    """The explanation of one item as text with colours."""
    text = "\n".join(_lines(graded, item, unicode, width))
    return text if unicode else to_ascii(text)


def _lines(graded: Graded, item: ItemResult, unicode: bool, width: int) -> Iterator[str]:
    why, console = graded.result.why, Console(graded)
    lost = f"{points(item.lost)} of {points(item.points)} lost" if item.lost else "nothing is lost"
    yield click.style(f"{item.id} {item.title}: {lost}", bold=True)
    if item.because_of:
        cause = next((one for one in graded.result.items if one.id == item.because_of), None)
        yield f"because of {item.because_of}{f' {cause.title}' if cause is not None else ''}"
    concerned = why is not None and _concerns(why, item)
    if why is not None and concerned:
        yield from _why(why, width)
        diagnosis = graded.diagnosis
        for repair in diagnosis.repairs if diagnosis is not None else ():
            yield from _advice(console.advice(repair, dict(diagnosis.values) if diagnosis is not None else {}), width)
    explained = set(why.checks) if why is not None and concerned else set()
    for check in item.checks:
        if check.outcome is not Outcome.PASSED and check.id not in explained:
            yield from _check(check, console, width)
    found = walks(graded.lab)
    if concerned or _is_about(item, (*found.inward, *found.outward)):
        yield from _way("The way in: internet → task", found.inward, unicode, width)
        yield from _way("The way out: task → ECR, S3, CloudWatch Logs", found.outward, unicode, width)


def _concerns(why: Why, item: ItemResult) -> bool:
    """Whether the diagnosis is about an item: it explains a check of it, or the item is what is to be repaired."""
    return item.id == why.item or bool({check.id for check in item.checks} & set(why.checks))


def _is_about(item: ItemResult, hops: Iterable[Hop]) -> bool:
    """Whether an item is about something on the two ways."""
    parts = {part for hop in hops for part in hop.checks} | {part for parts in CHECKS.values() for part in parts}
    return any(part in check.id for part in parts for check in item.checks)


def _why(why: Why, width: int) -> Iterator[str]:
    yield from wrapped(" ".join((why.sentence, *why.also)), "why: ", width, fg="yellow")
    if why.quote:
        yield from wrapped(f"{why.source} says: {why.quote}", "     ", width)
    if why.refused:
        actions = ", ".join(refusal.action for refusal in why.refused)
        yield from wrapped(f"Not read because AWS denied access (this costs no points): {actions}", "     ", width)


def _advice(advice: Advice, width: int) -> Iterator[str]:
    yield from wrapped(advice.words, "do:  ", width, fg="green")
    # Addresses, commands and lines are copied, so they are not wrapped.
    for text, start in ((advice.page, ""), (advice.command, "$ "), (advice.line, "")):
        if text:
            yield f"     {start}{_plain(text)}"


def _check(check: CheckResult, console: Console, width: int) -> Iterator[str]:
    yield f"{check.title} ({check.outcome.value})"
    found, _, expected = check.message.rpartition("; expected: ")
    yield from wrapped(found or expected, "  found:    ", width)
    if found and expected:
        yield from wrapped(expected, "  expected: ", width)
    if check.outcome is Outcome.FAILED:
        yield from wrapped(check.hint, "  next:     ", width, fg="green")
        told = console.help(check)
        for text, start in ((told.page, ""), (told.show, "$ "), (told.fix, "$ ")):
            if text:
                yield f"            {start}{_plain(text)}"


def _way(title: str, hops: tuple[Hop, ...], unicode: bool, width: int) -> Iterator[str]:
    if not hops:
        return
    yield ""
    yield click.style(title, bold=True)
    behind = False
    for hop in hops:
        pretty, ascii_mark, colour = _MARKS[hop.state]
        start = f"  {click.style(pretty if unicode else ascii_mark, fg=colour)} "
        words = f"{hop.name}: {hop.said}" if hop.said else hop.name
        if hop.state in (State.UNKNOWN, State.PENDING):
            words = f"{hop.name}: not known; {hop.said}"
        if behind and hop.is_broken:
            words = f"{words} (after the first broken hop)"
        lines = [line.strip() for line in wrapped(words, "    ", width)]
        yield start + lines[0]
        yield from (f"    {line}" for line in lines[1:])
        behind = behind or hop.is_broken


def _plain(text: str) -> str:
    return "".join(character if character.isprintable() else " " for character in text)
