"""The picture of a deployment: coordinates for an SVG template. What is drawn comes from ``Topology`` alone.

Left, downwards, is the way in: internet gateway, load balancer, target group, service. Right, upwards, is the way out:
private route table, NAT gateway, public route table. Between them stand the subnets, zones side by side.
Lengths are SVG user units, at full width one CSS pixel each.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from unicodedata import combining, east_asian_width

from grader.model.network import Role
from grader.model.topology import Part, State, SubnetPart, Topology

EDGE = 24
LANE = 214
GUTTER = 30
ZONE_GAP = 14
TOP_OF_VPC = 104
TURN = 148
TOP_OF_ROWS = 240
ROW_GAP = 96
GATE = 44
CHIP = 22


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


@dataclass(frozen=True, slots=True)
class Picture:
    """All that is drawn, in the order of drawing."""

    width: int
    height: int
    frames: tuple[Box, ...]
    arrows: tuple[Arrow, ...]
    boxes: tuple[Box, ...]
    texts: tuple[Text, ...]


def picture(topology: Topology) -> Picture:
    """Where everything of ``topology`` stands."""
    return _Drawing(topology).picture()


@dataclass(slots=True)
class _Drawing:
    topology: Topology
    frames: list[Box] = field(default_factory=list)
    arrows: list[Arrow] = field(default_factory=list)
    boxes: list[Box] = field(default_factory=list)
    texts: list[Text] = field(default_factory=list)

    def picture(self) -> Picture:
        columns = max(len(self.topology.zones), 2)
        zone = 252 if columns == 2 else 200 if columns == 3 else 168
        middle = columns * zone + (columns - 1) * ZONE_GAP
        left, centre, right = EDGE + 16, EDGE + 16 + LANE + GUTTER, EDGE + 16 + LANE + GUTTER + middle + GUTTER
        width = right + LANE + 16 + EDGE
        self._zone_names(centre, zone)
        public = self._row(Role.PUBLIC, self.topology.public, TOP_OF_ROWS, centre, zone, middle)
        top = public.bottom + ROW_GAP
        private = self._row(Role.PRIVATE, self.topology.private, top, centre, zone, middle, holds_service=True)
        service = self._box(self.topology.service, centre + 10, private.bottom - 60, middle - 20, 48, centred=True)
        bottom = private.bottom
        if any(subnet.role is Role.UNKNOWN for subnet in self.topology.subnets):
            bottom = self._row(Role.UNKNOWN, None, bottom + 20, centre, zone, middle).bottom
        gateway = self._internet(width)
        bottom = max(bottom, self._way_in(left, gateway, public, private, service))
        bottom = max(bottom, self._way_out(right, gateway, public, private, service))
        self._vpc(width, bottom + 18)
        height = self._others(width, bottom + 18)
        return Picture(width, int(height), tuple(self.frames), tuple(self.arrows), tuple(self.boxes), tuple(self.texts))

    # --- what stands in the middle

    def _zone_names(self, x: float, width: float) -> None:
        for number, name in enumerate(self.topology.zones):
            middle = x + number * (width + ZONE_GAP) + width / 2
            self.texts.append(Text(middle, TOP_OF_ROWS - 10, fitting(name, width, 12), "zone"))

    def _row(
        self,
        role: Role,
        whole: Part | None,
        y: float,
        x: float,
        width: float,
        middle: float,
        holds_service: bool = False,
    ) -> Box:
        """The subnets of one role, a column for each zone; in red words what the row lacks."""
        cells: dict[str, list[SubnetPart]] = {}
        for subnet in self.topology.subnets:
            if subnet.role is role:
                cells.setdefault(subnet.zone, []).append(subnet)
        rows = max(map(len, cells.values()), default=0)
        height = 70 + (CHIP + 4) * max((self._chips(one) for ones in cells.values() for one in ones), default=0)
        content = rows * (height + 10) if rows else 46
        band = 28 + content + (62 if holds_service else 4)
        row = Box(x - 10, y, middle + 20, band, f"row {role.name.lower()}")
        self.frames.append(row)
        title = {Role.PUBLIC: "Public subnets", Role.PRIVATE: "Private subnets"}.get(role, "Subnets of no clear role")
        self.texts.append(Text(x, y + 19, title, "row-name"))
        if whole is not None and whole.state is not State.FINE and self._said(whole):
            words = fitting(f"{_mark(whole.state)} {self._said(whole)}", middle - 150, 11, bold=True)
            self.texts.append(Text(x + 140, y + 19, words, _note_style(whole.state)))
        if not rows:
            state = whole.state if whole is not None else State.UNKNOWN
            empty = "not known" if state is State.UNKNOWN else f"No {title.lower()}"
            self.boxes.append(
                Box(x, y + 30, middle, 38, f"part {state}", (Text(x + middle / 2, y + 53, empty, "detail middle"),))
            )
        for column, zone in enumerate(self.topology.zones):
            for number, subnet in enumerate(cells.get(zone, ())):
                self._subnet(subnet, x + column * (width + ZONE_GAP), y + 30 + number * (height + 10), width, height)
        return row

    def _chips(self, subnet: SubnetPart) -> int:
        return len([one for one in subnet.holds if one != "service"]) + len(self._tasks_in(subnet)[:2])

    def _tasks_in(self, subnet: SubnetPart) -> list[Part]:
        ids = dict(zip(map(id, self.topology.subnets), self.topology.subnet_ids, strict=True))
        return [task.part for task in self.topology.tasks if task.subnet_id and task.subnet_id == ids[id(subnet)]]

    def _subnet(self, subnet: SubnetPart, x: float, y: float, width: float, height: float) -> None:
        part = subnet.part
        marked = f"{_mark(part.state)} {part.name}" if part.state is not State.FINE else part.name
        lost = part.state is State.FAULTY
        lines = (
            Text(x + 12, y + 20, fitting(marked, width - 24, 13, bold=True), "name"),
            Text(x + 12, y + 38, fitting(part.detail, width - 24, 11), "detail"),
            Text(
                x + 12, y + 55, fitting(subnet.way_out, width - 24, 11, bold=lost), "note-fault" if lost else "detail"
            ),
        )
        self.boxes.append(Box(x, y, width, height, f"subnet {part.state}", lines, part.note))
        y += 66
        for held in subnet.holds:
            if held != "service":
                self._chip(held, State.FINE, x, y, width)
                y += CHIP + 4
        tasks = self._tasks_in(subnet)
        for number, task in enumerate(tasks[:2], 1):
            more = f" (+{len(tasks) - 2})" if number == 2 and len(tasks) > 2 else ""
            self._chip(f"{_mark(task.state)} task {task.name} {task.detail}{more}", task.state, x, y, width)
            y += CHIP + 4

    def _chip(self, words: str, state: State, x: float, y: float, width: float) -> None:
        text = Text(x + 18, y + 15, fitting(words.strip(), width - 34, 11), "chip-text")
        self.boxes.append(Box(x + 10, y, width - 20, CHIP, f"chip {state}", (text,)))

    # --- the two ways

    def _internet(self, width: float) -> Box:
        middle = width / 2
        self.boxes.append(Box(middle - 70, 14, 140, 32, "internet", (Text(middle, 35, "Internet", "name middle"),)))
        part = self.topology.internet_gateway
        gateway = self._box(part, middle - 160, 76, 320, 54, centred=True)
        self.arrows.append(Arrow(f"M{middle - 12:g} 46V{gateway.y:g}", f"arrow {_way(part.state)}"))
        self.arrows.append(Arrow(f"M{middle + 12:g} {gateway.y:g}V46", f"arrow {_way(part.state)}"))
        return gateway

    def _way_in(self, x: float, gateway: Box, public: Box, private: Box, service: Box) -> float:
        topology = self.topology
        first = self._gate(topology.open_to_world, x, 170)
        balancer = self._box(topology.load_balancer, x, public.y + 6, LANE, self._tall(topology.load_balancer))
        listener = self._gate(topology.listener, x, max(balancer.bottom + 22, public.bottom + 26))
        group = self._box(
            topology.target_group, x, max(private.y, listener.bottom + 22), LANE, self._tall(topology.target_group)
        )
        last = self._gate(topology.admits_load_balancer, x, max(service.y + 2, group.bottom + 18))
        down = first.middle
        start = gateway.x + 24
        self._arrow(
            f"M{start:g} {gateway.bottom:g}V{TURN}H{down:g}V{first.y:g}",
            topology.internet_gateway,
            topology.open_to_world,
        )
        self._arrow(f"M{down:g} {first.bottom:g}V{balancer.y:g}", topology.open_to_world, topology.load_balancer)
        self._arrow(f"M{down:g} {balancer.bottom:g}V{listener.y:g}", topology.load_balancer, topology.listener)
        self._arrow(f"M{down:g} {listener.bottom:g}V{group.y:g}", topology.listener, topology.target_group)
        self._arrow(f"M{down:g} {group.bottom:g}V{last.y:g}", topology.target_group, topology.admits_load_balancer)
        end = last.y + GATE / 2
        if service.y < end < service.bottom:
            self._arrow(f"M{x + LANE:g} {end:g}H{service.x:g}", topology.admits_load_balancer, topology.service)
        else:
            turn = service.y + service.height / 2
            self._arrow(
                f"M{x + LANE:g} {end:g}H{x + LANE + 12:g}V{turn:g}H{service.x:g}",
                topology.admits_load_balancer,
                topology.service,
            )
        return last.bottom

    def _way_out(self, x: float, gateway: Box, public: Box, private: Box, service: Box) -> float:
        topology = self.topology
        y = public.y + 6
        fronts = []
        for part in topology.public_tables:
            fronts.append(self._box(part, x, y, LANE, self._tall(part)))
            y = fronts[-1].bottom + 8
        tall = self._tall(topology.nat_gateway)
        nat = self._box(topology.nat_gateway, x, max(y + 14, public.bottom + (ROW_GAP - tall) / 2), LANE, tall)
        y = max(private.y + 6, nat.bottom + 22)
        backs = []
        for part in topology.private_tables:
            backs.append(self._box(part, x, y, LANE, self._tall(part)))
            y = backs[-1].bottom + 8
        up = fronts[0].middle
        turn = service.y + service.height / 2
        last = backs[-1]
        self._arrow(f"M{service.x + service.width:g} {turn:g}H{up:g}V{last.bottom:g}" if turn > last.bottom + 8
                    else f"M{service.x + service.width:g} {turn:g}H{x - 14:g}V{last.y + last.height / 2:g}H{x:g}",
                    None, topology.private_tables[-1])  # fmt: skip
        self._arrow(f"M{up:g} {backs[0].y:g}V{nat.bottom:g}", topology.private_tables[0], topology.nat_gateway)
        self._arrow(f"M{up:g} {nat.y:g}V{fronts[-1].bottom:g}", topology.nat_gateway, topology.public_tables[-1])
        end = gateway.x + gateway.width - 24
        self._arrow(
            f"M{up:g} {fronts[0].y:g}V{TURN}H{end:g}V{gateway.bottom:g}",
            topology.public_tables[0],
            topology.internet_gateway,
        )
        return max(last.bottom, turn)

    def _arrow(self, path: str, start: Part | None, end: Part) -> None:
        """A way is as good as the thing that it leaves, and as there is something that it reaches."""
        state = start.state if start is not None else State.FINE
        if state is State.FINE and end.state is not State.FAULTY:
            state = end.state
        self.arrows.append(Arrow(path, f"arrow {_way(state)}"))

    def _gate(self, part: Part, x: float, y: float) -> Box:
        """Something that lets pass or does not: a rule of a security group, a listener."""
        inner = LANE - 20
        if part.state in (State.MISSING, State.UNKNOWN) or not (part.name or part.detail):
            title = f"{_mark(part.state)} {part.kind}" if part.state is not State.FINE else part.kind
            below = self._said(part) or ("not there" if part.state is State.MISSING else "not known")
        else:
            title = f"{_mark(part.state)} {part.kind} {part.name}".strip()
            below = part.detail
        style = _note_style(part.state)
        lines = (
            Text(x + LANE / 2, y + 18, fitting(title, inner, 11), "gate-name middle"),
            Text(x + LANE / 2, y + 34, fitting(below, inner, 11, bold=style != "detail"), f"{style} middle"),
        )
        box = Box(x, y, LANE, GATE, f"gate {part.state}", lines, part.note)
        self.boxes.append(box)
        return box

    def _tall(self, part: Part) -> float:
        wrong = self._wrong(part)
        return (62 if part.name else 28) + 14 * len(wrong) + (6 if wrong else 0)

    def _said(self, part: Part) -> str:
        """Its note, short; nothing where it is the VPC's: that is said once, at the VPC."""
        if part.note == self.topology.vpc.note:
            return ""
        return part.note.replace("AWS did not answer ", "refused: ", 1)

    def _wrong(self, part: Part) -> tuple[str, ...]:
        """What is wrong, short: what was expected stands beside what is; the whole sentence is in the words below."""
        words = f"expected: {part.expected}" if part.expected and part.name else self._said(part)
        return wrapped(words, LANE - 24, 11, 3) if words else ()

    def _box(self, part: Part, x: float, y: float, width: float, height: float, *, centred: bool = False) -> Box:
        inner, at = width - 24, x + width / 2 if centred else x + 12
        end = " middle" if centred else ""
        absent = part.state is State.MISSING
        kind = part.kind if not absent else f"no {part.kind}"
        marked = f"{_mark(part.state)} {kind}" if part.state is not State.FINE else kind
        bad = _note_style(part.state)
        said = self._said(part)
        if centred:
            title = f"{marked} {part.name}".strip()
            below = said or part.detail
            if said and part.detail:
                title = f"{title} · {part.detail}"
            lines = [
                Text(at, y + height / 2 - 5, fitting(title, inner, 12, bold=True), f"name-small{end}"),
                Text(
                    at,
                    y + height / 2 + 13,
                    fitting(below, inner, 11, bold=bool(said)),
                    (bad if said else "detail") + end,
                ),
            ]
        else:
            lines = [Text(at, y + 18, fitting(marked, inner, 11), "kind")]
            down = y + 36
            if part.name:
                style = bad if part.state is State.FAULTY else "detail"
                lines += [Text(at, down, fitting(part.name, inner, 13, bold=True), "name"),
                          Text(at, down + 16, fitting(part.detail, inner, 11, bold=style == bad), style)]  # fmt: skip
                down += 32
            for line in self._wrong(part):
                lines.append(Text(at, down, line, bad))
                down += 14
        box = Box(x, y, width, height, f"part {part.state}", tuple(lines), part.note)
        self.boxes.append(box)
        return box

    # --- around it

    def _vpc(self, width: float, bottom: float) -> None:
        part = self.topology.vpc
        self.frames.insert(
            0, Box(EDGE, TOP_OF_VPC, width - 2 * EDGE, bottom - TOP_OF_VPC, f"vpc {part.state}", (), part.note)
        )
        room = width / 2 - 160 - EDGE - 16
        words = f"VPC {part.name}" if part.name else f"{_mark(part.state)} VPC"
        self.texts.append(Text(EDGE + 4, TOP_OF_VPC - 26, fitting(words, room, 13, bold=True), "name"))
        below = part.note.replace("AWS did not answer ", "refused: ", 1) or part.detail
        words = fitting(below, room, 11, bold=part.state is not State.FINE)
        self.texts.append(Text(EDGE + 4, TOP_OF_VPC - 10, words, _note_style(part.state)))

    def _others(self, width: float, y: float) -> float:
        """What is not drawn: other VPCs, and subnets and targets for which there is no room."""
        for words in self._remarks():
            y += 22
            self.texts.append(Text(EDGE + 4, y, fitting(words, width - 2 * EDGE, 12), "detail"))
        return y + 16

    def _remarks(self) -> Iterator[str]:
        if self.topology.more:
            yield f"Not drawn: {', '.join(self.topology.more)}."
        if self.topology.others:
            yield f"Other VPCs, not graded: {', '.join(self.topology.others)}."


def _mark(state: State) -> str:
    """A sign beside the colour, for those who do not see it."""
    return {State.FINE: "", State.FAULTY: "✗", State.MISSING: "✗", State.PENDING: "…", State.UNKNOWN: "?"}[state]


def _note_style(state: State) -> str:
    return {State.FINE: "detail", State.FAULTY: "note-fault", State.MISSING: "note-fault"}.get(state, "note-unknown")


def _way(state: State) -> str:
    return {State.FINE: "open", State.PENDING: "pending", State.UNKNOWN: "unknown"}.get(state, "broken")


def fitting(words: str, room: float, size: float, *, bold: bool = False) -> str:
    """``words`` cut to what fits in ``room`` at a font ``size``, by the widths of letters of a wide system font."""
    unit = size * (1.1 if bold else 1.0)
    if len(words) * unit * 0.85 <= room and words.isascii():
        return words
    used = 0.0
    cut = 0
    for number, character in enumerate(words):
        used += unit * _em(character)
        if used <= room - unit:
            cut = number + 1
        elif used > room:
            return words[:cut].rstrip() + "…"
    return words


def wrapped(words: str, room: float, size: float, most: int) -> tuple[str, ...]:
    """``words`` in at most ``most`` lines that fit (of bold letters), the last one cut."""
    lines: list[str] = []
    line = ""
    for word in words[:400].split():
        longer = f"{line} {word}" if line else word
        if line and fitting(longer, room, size, bold=True) != longer:
            lines.append(fitting(line, room, size, bold=True))
            line = word
            if len(lines) == most:
                lines[-1] = fitting(f"{lines[-1].removesuffix('…')} …", room, size, bold=True)
                return tuple(lines)
        else:
            line = longer
    return (*lines, fitting(line, room, size, bold=True))


def _em(character: str) -> float:
    if character.isascii():
        return (
            0.38
            if character in "iljtf.,:;'|!()[] "
            else 0.84
            if character in "mwMW@%"
            else 0.7
            if character.isupper()
            else 0.61
        )
    if combining(character):
        return 0.0
    return 1.0 if east_asian_width(character) in "WF" else 0.72
