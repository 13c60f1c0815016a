"""The result in a terminal: what a student reads twenty times in an evening."""

from __future__ import annotations

import shutil
import textwrap
from collections.abc import Iterator, Sequence
from itertools import groupby

import click

from grader.foreign_text import one_line, printable, quoted
from grader.grading.causes import roots
from grader.grading.results import CheckResult, ItemResult, Outcome, Result, Why, points
from grader.report.wording import LOOKS, caused_by, not_counted, whose_words

MOST_CAUSES = 3
"""How many of the causes are named at the end."""
_NARROW = 60
"""Below so many columns what was found and expected is indented less."""

_ASCII = str.maketrans({"→": "->", "↔": "<->", "–": "-", "—": "-", "…": "...", "·": "|", "−": "-", "✔": "+", "✘": "x"})


def score_line(result: Result) -> str:
    """``9.25 of 10 (up to 9.75)``, with its conversion where a variant leaves items out."""
    low, high = result.score_range
    text = f"{points(low)} of {points(result.max_score)}"
    if high != low:
        text += f" (up to {points(high)})"
    if result.converted is not None and result.converted_to is not None:
        text += f" = {points(result.converted)} of {points(result.converted_to)}"
    return text


def render_summary(results: Sequence[tuple[Result, str]]) -> str:
    """One line for each account: its score and where its page is; below it what a reader must know before."""
    named = [(quoted(result.account), result, page) for result, page in results]
    width = max((len(account) for account, _, _ in named), default=0)
    lines: list[str] = []
    for account, result, page in named:
        lines.append(f"{account:<{width}}  {score_line(result)}  {page}".rstrip())
        lines += [f"  ! {one_line(notice)}" for notice in result.notices]
    return "\n".join(lines)


def render_result(result: Result, *, unicode: bool = True, width: int | None = None) -> str:
    """The whole result as text with colours (``click.echo`` leaves them out where there is no terminal)."""
    width = min(width or shutil.get_terminal_size((96, 24)).columns, 110)
    lines = [line for line in _lines(result, unicode, width)]
    text = "\n".join(lines)
    return text if unicode else to_ascii(text)


def _lines(result: Result, unicode: bool, width: int) -> Iterator[str]:
    yield from _headed(one_line(result.lab), width)
    where = ", ".join(map(quoted, result.regions)) if len(result.regions) <= 4 else f"{len(result.regions)} regions"
    read = f"account {quoted(result.account)} · {where} · read {result.collected_at:%Y-%m-%d %H:%M} UTC"
    yield from wrapped(read, "", width)
    yield from wrapped(whose_words(result), "", width)
    if result.variant:
        yield from wrapped(one_line(f"variant {result.variant}: {result.variant_title}"), "", width)
    for notice in result.notices:
        yield from wrapped(notice, "! ", width, fg="yellow")
    yield from _sets(result, width)
    section = ""
    for item in result.items:
        if item.section != section:
            section = item.section
            yield ""
            yield from _headed(one_line(section), width)
        yield from _item(item, unicode, width)
    if result.why is not None:
        yield ""
        yield from _why(result.why, width)
    yield ""
    yield click.style(f"Score: {score_line(result)}", bold=True)
    yield from _next(result, width)


def _sets(result: Result, width: int) -> Iterator[str]:
    """What was graded where an account holds several candidates, and how to grade the second one."""
    graded, second = result.graded_set, result.second_set
    if graded is None or second is None:
        return
    yield from wrapped(f"{graded.name}: {points(graded.score)} points", "graded: ", width)
    how = f" (to grade it instead: --bind {second.bind})" if second.bind else ""
    yield from wrapped(f"{second.name}: {points(second.score)} points{how}", "second: ", width, fg="bright_black")
    if result.sets_left_out:
        words = f"{result.sets_left_out} more candidates that match the lab less well were not judged"
        yield from wrapped(words, " " * 8, width)


def _headed(text: str, width: int) -> Iterator[str]:
    for line in textwrap.wrap(text, width) or [""]:
        yield click.style(line, bold=True)


def _item(item: ItemResult, unicode: bool, width: int) -> Iterator[str]:
    mark = _mark(item.outcome, unicode)
    if item.outcome is Outcome.NOT_APPLICABLE:
        text = f"{one_line(item.id)}  {one_line(item.title)}  (does not apply)"
        yield from _hanging(f"  {mark} ", 4, text, len(one_line(item.id)) + 2, width)
        return
    worth = f"{points(item.earned)} / {points(item.points)}"
    hang = len(one_line(item.id)) + 2
    *above, last = _hanging(f"  {mark} ", 4, "  ".join(map(one_line, (item.id, item.title))), hang, width - 2)
    yield from above
    if len(click.unstyle(last)) + 4 + len(worth) > width:
        yield last
        last = " " * (3 + hang)
    dots = width - 4 - len(click.unstyle(last)) - len(worth)
    yield f"{last} {click.style('.' * dots, fg='bright_black')} {worth}"
    for note in dict.fromkeys(remark for check in item.checks for remark in check.remarks):
        yield from wrapped(note, " " * 9 + "note:     ", width, fg="bright_black")
    troubled = (check for check in item.checks if check.outcome is not Outcome.PASSED)
    for _, alike in groupby(troubled, key=lambda one: (one.outcome, one.found, one.expected, one.because_of)):
        yield from _checks(list(alike), item, unicode, width)


def _checks(alike: list[CheckResult], item: ItemResult, unicode: bool, width: int) -> Iterator[str]:
    """Checks that found the same thing, with what they found said once."""
    indent = " " * (9 if width >= _NARROW else 4)
    check = alike[0]
    for one in alike:
        what = f"-{points(one.points)}" if one.outcome is Outcome.FAILED else f"{points(one.points)} open"
        yield from _claim(one, what, unicode, width)
    yield from wrapped(check.found, f"{indent}found:    ", width)
    if check.expected:
        yield from wrapped(check.expected, f"{indent}expected: ", width)
    if check.outcome is Outcome.FAILED:
        if check.because_of:
            yield from wrapped(caused_by(check.because_of), f"{indent}next:     ", width, fg="green")
            return
        hint = check.hint if len(alike) == 1 else item.hint
        yield from wrapped(hint, f"{indent}next:     ", width, fg="green")
    else:
        yield from wrapped(not_counted(check), f"{indent}open:     ", width, fg="cyan")


def _claim(check: CheckResult, what: str, unicode: bool, width: int) -> Iterator[str]:
    """What a check claims, in bold, and what it cost, on the last line as a whole."""
    lines = textwrap.wrap(one_line(check.title), width - 9) or [""]
    room = width - 9 - len(lines[-1])
    ends = [click.style(line, bold=True) for line in lines]
    if len(what) + 3 <= room:
        ends[-1] += f" ({what})"
    else:
        ends.append(f"({what})")
    for number, line in enumerate(ends):
        yield (f"      {_mark(check.outcome, unicode)}  " if number == 0 else " " * 9) + line


def _why(why: Why, width: int) -> Iterator[str]:
    """Why the service does not work, in one sentence, and what shows it."""
    yield from wrapped(" ".join((why.sentence, *why.also)), "why: ", width, fg="yellow")
    if why.quote:
        yield from wrapped(f"{why.source} says: {why.quote}", "     ", width, fg="bright_black")


def _next(result: Result, width: int) -> Iterator[str]:
    """What to do next: the causes, what brings back most first."""
    found = roots(result.items)
    if not found:
        if result.open:
            yield from wrapped("No points are lost. Open points are not counted against you.", "", width)
        return
    for number, root in enumerate(found[:MOST_CAUSES]):
        stops = tuple(dict.fromkeys(lost.item.id for lost in root.follow))
        more = f" (it blocks {', '.join(stops)})" if stops else ""
        label = "Next: " if number == 0 else "Then: "
        text = f"{root.item.id} {root.item.title}: recovers up to {points(root.recovers)} points{more}."
        yield from wrapped(text, label, width, fg="green")
    if len(found) > MOST_CAUSES:
        yield f"      and {len(found) - MOST_CAUSES} more steps."


def _hanging(mark: str, columns: int, text: str, hang: int, width: int) -> Iterator[str]:
    """A text behind a mark of so many ``columns``; its further lines begin ``hang`` columns behind the first one."""
    for number, line in enumerate(textwrap.wrap(text, max(20, width - columns), subsequent_indent=" " * hang) or [""]):
        yield (mark if number == 0 else " " * columns) + line


def to_ascii(text: str) -> str:
    """A text for a terminal that knows no more than ASCII."""
    return text.translate(_ASCII)


def wrapped(text: str, label: str, width: int, fg: str | None = None) -> Iterator[str]:
    """A text in lines of at most ``width`` columns, ``label`` before the first and as much room before the others."""
    inner = textwrap.wrap(printable(text), max(20, width - len(label)), break_on_hyphens=False) or [""]
    for number, line in enumerate(inner):
        start = label if number == 0 else " " * len(label)
        said = printable(line)  # once more: a command may be where a line was broken
        yield start + (click.style(said, fg=fg) if fg else said)


def _mark(outcome: Outcome, unicode: bool) -> str:
    look = LOOKS[outcome]
    return click.style(look.terminal if unicode else look.ascii, fg=look.colour, bold=True)
