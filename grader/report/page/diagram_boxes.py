"""What a picture is made of: lines of text, boxes and arrows, and how a part of the deployment becomes a box."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from grader.model.topology.parts import Part, State
from grader.model.topology.subnets import SubnetPart
from grader.report.page.text_width import fitting, wrapped

GATE = 44
CHIP = 22
MOST_TASKS = 2
"""In one subnet; the rest is counted."""


@dataclass(frozen=True, slots=True)
class Text:
    """A line of text with its left end (or middle, by its style) at ``x``, its base line at ``y``."""

    x: float
    y: float
    words: str
    style: str


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle with its lines; ``tip`` is read on hovering."""

    x: float
    y: float
    width: float
    height: float
    style: str
    lines: tuple[Text, ...] = ()
    tip: str = ""

    @property
    def middle(self) -> float:
        """Its middle from left to right."""
        return self.x + self.width / 2

    @property
    def bottom(self) -> float:
        """Its lower edge."""
        return self.y + self.height


@dataclass(frozen=True, slots=True)
class Arrow:
    """A way between two things, as SVG path data."""

    path: str
    style: str


def part_box(part: Part, said: str, x: float, y: float, width: float) -> Box:
    """A thing as a box of its own height: what it is, its name, what it does, and in colour what is wrong.

    ``said`` is what its note says; where more is known, what was expected is said instead.
    """
    room, bad = width - 24, note_style(part.state)
    lines = [Text(x + 12, y + 18, fitting(_kind(part), room, 11), "kind")]
    down = y + 36
    if part.name:
        style = bad if part.state is State.FAULTY else "detail"
        lines.append(Text(x + 12, down, fitting(part.name, room, 13, bold=True), "name"))
        lines.append(Text(x + 12, down + 16, fitting(part.detail, room, 11, bold=style == bad), style))
        down += 32
    wrong = wrapped(f"expected: {part.expected}" if part.expected and part.name else said, room, 11, 3)
    lines += [Text(x + 12, down + 14 * number, line, bad) for number, line in enumerate(wrong)]
    height = down - y - 6 + (14 * len(wrong) + 6 if wrong else 0)
    return Box(x, y, width, height, f"part {part.state}", tuple(lines), part.note)


def bar_box(part: Part, said: str, x: float, y: float, width: float, height: float) -> Box:
    """A thing as a wide box with two centred lines: what it is with its name, and what it does or what is wrong."""
    room, at, middle = width - 24, x + width / 2, y + height / 2
    title = f"{_kind(part)} {part.name}".strip()
    if said and part.detail:
        title = f"{title} · {part.detail}"
    style = note_style(part.state) if said else "detail"
    rise = 5 if said or part.detail else -4
    lines = (
        Text(at, middle - rise, fitting(title, room, 12, bold=True), "name-small middle"),
        Text(at, middle + 13, fitting(said or part.detail, room, 11, bold=bool(said)), f"{style} middle"),
    )
    return Box(x, y, width, height, f"part {part.state}", lines, part.note)


def gate_box(part: Part, said: str, x: float, y: float, width: float) -> Box:
    """Something that lets pass or does not: a rule of a security group, a listener."""
    room, at, style = width - 20, x + width / 2, note_style(part.state)
    title = f"{mark(part.state)} {part.kind} {part.name}".strip()
    below = part.detail or said or ("not there" if part.state is State.MISSING else "not known")
    lines = (
        Text(at, y + 18, fitting(title, room, 11), "gate-name middle"),
        Text(at, y + 34, fitting(below, room, 11, bold=style != "detail"), f"{style} middle"),
    )
    return Box(x, y, width, GATE, f"gate {part.state}", lines, part.note)


def subnet_boxes(
    subnet: SubnetPart, tasks: Sequence[Part], x: float, y: float, width: float, height: float
) -> tuple[Box, ...]:
    """A subnet with a chip for each thing that is in it."""
    part, room = subnet.part, width - 24
    style = note_style(part.state)
    lines = (
        Text(x + 12, y + 20, fitting(f"{mark(part.state)} {part.name}".strip(), room, 13, bold=True), "name"),
        Text(x + 12, y + 38, fitting(part.detail, room, 11), "detail"),
        Text(x + 12, y + 55, fitting(subnet.way_out, room, 11, bold=style != "detail"), style),
    )
    box = Box(x, y, width, height, f"subnet {part.state}", lines, part.note)
    chips = [
        Box(x + 10, y + 66 + number * (CHIP + 4), width - 20, CHIP, f"chip {state}",
            (Text(x + 18, y + 81 + number * (CHIP + 4), fitting(words, width - 34, 11), "chip-text"),))
        for number, (words, state) in enumerate(_held(subnet, tasks))
    ]  # fmt: skip
    return (box, *chips)


def subnet_height(subnet: SubnetPart, tasks: Sequence[Part]) -> float:
    """The height that a subnet needs for what is in it."""
    return 70 + (CHIP + 4) * len(_held(subnet, tasks))


def _held(subnet: SubnetPart, tasks: Sequence[Part]) -> list[tuple[str, State]]:
    """What is in a subnet; the service is drawn across its subnets."""
    held = [(words, State.FINE) for words in subnet.holds if words != "service"]
    for number, task in enumerate(tasks[:MOST_TASKS], 1):
        more = f" (+{len(tasks) - MOST_TASKS})" if number == MOST_TASKS < len(tasks) else ""
        held.append((f"{mark(task.state)} task {task.name} {task.detail}{more}".strip(), task.state))
    return held


def mark(state: State) -> str:
    """A sign beside the colour, for those who do not see it."""
    return {State.FINE: "", State.FAULTY: "✗", State.MISSING: "✗", State.PENDING: "…", State.UNKNOWN: "?"}[state]


def note_style(state: State) -> str:
    """The style of words about something in this state."""
    return {State.FINE: "detail", State.FAULTY: "note-fault", State.MISSING: "note-fault"}.get(state, "note-unknown")


def arrow_style(state: State) -> str:
    """The style of a way in this state."""
    way = {State.FINE: "open", State.PENDING: "pending", State.UNKNOWN: "unknown"}.get(state, "broken")
    return f"arrow {way}"


def _kind(part: Part) -> str:
    kind = f"no {part.kind}" if part.state is State.MISSING else part.kind
    return f"{mark(part.state)} {kind}".strip()
