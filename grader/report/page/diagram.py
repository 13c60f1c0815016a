"""The picture of a deployment: coordinates for an SVG template. What is drawn comes from ``Topology`` alone.

Left, downwards, is the way in: internet gateway, load balancer, target group, service. Right, upwards, is the way out:
private route table, NAT gateway, public route table. Between them are the subnets, zones side by side.
Lengths are SVG user units, at full width one CSS pixel each.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from grader.model.roles import Role
from grader.model.topology.deployment import Topology
from grader.model.topology.parts import Part, State
from grader.model.topology.subnets import SubnetPart
from grader.report.page.diagram_boxes import (
    GATE,
    Arrow,
    Box,
    Text,
    arrow_style,
    bar_box,
    gate_box,
    mark,
    note_style,
    part_box,
    subnet_boxes,
    subnet_height,
)
from grader.report.page.text_width import fitting

EDGE = 24
LANE = 214
GUTTER = 30
ZONE_GAP = 14
GATEWAY = 320
TOP_OF_VPC = 104
TURN = 148
TOP_OF_ROWS = 240
ROW_GAP = 96


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
    """Where everything of ``topology`` is drawn."""
    columns = max(len(topology.zones), 2)
    zone = {2: 252, 3: 200}.get(columns, 168)
    return _Drawing(topology, zone, columns * zone + (columns - 1) * ZONE_GAP).picture()


@dataclass(slots=True)
class _Drawing:
    """A picture in the making. ``zone`` is the width of a zone's column, ``middle`` that of all of them."""

    topology: Topology
    zone: float
    middle: float
    frames: list[Box] = field(default_factory=list)
    arrows: list[Arrow] = field(default_factory=list)
    boxes: list[Box] = field(default_factory=list)
    texts: list[Text] = field(default_factory=list)

    @property
    def left(self) -> float:
        """Where the way in begins from the left."""
        return EDGE + 16

    @property
    def centre(self) -> float:
        """Where the subnets begin."""
        return self.left + LANE + GUTTER

    @property
    def right(self) -> float:
        """Where the way out begins."""
        return self.centre + self.middle + GUTTER

    @property
    def width(self) -> float:
        """The width of the picture."""
        return self.right + LANE + 16 + EDGE

    def picture(self) -> Picture:
        """The finished picture."""
        topology = self.topology
        for number, name in enumerate(topology.zones):
            at = self.centre + number * (self.zone + ZONE_GAP) + self.zone / 2
            self.texts.append(Text(at, TOP_OF_ROWS - 10, fitting(name, self.zone, 12), "zone"))
        public = self._row(Role.PUBLIC, topology.public, TOP_OF_ROWS)
        private = self._row(Role.PRIVATE, topology.private, public.bottom + ROW_GAP, below=58)
        service = self._drawn(
            bar_box(
                topology.service,
                self._said(topology.service),
                self.centre + 10,
                private.bottom - 60,
                self.middle - 20,
                48,
            )
        )
        bottom = private.bottom
        if any(subnet.role is Role.UNKNOWN for subnet in topology.subnets):
            bottom = self._row(Role.UNKNOWN, None, bottom + 20).bottom
        gateway = self._internet()
        bottom = max(bottom, self._way_in(gateway, public, private, service))
        bottom = max(bottom, self._way_out(gateway, public, private, service)) + 18
        self._vpc(bottom)
        height = self._remarked(bottom)
        return Picture(
            int(self.width), int(height), tuple(self.frames), tuple(self.arrows), tuple(self.boxes), tuple(self.texts)
        )

    def _drawn(self, box: Box) -> Box:
        self.boxes.append(box)
        return box

    def _said(self, part: Part) -> str:
        """Its note, short; nothing where it is the VPC's: that is said once, at the VPC."""
        return "" if part.note == self.topology.vpc.note else _short(part.note)

    # --- what is in the middle

    def _row(self, role: Role, whole: Part | None, y: float, below: float = 0) -> Box:
        """The subnets of one role, a column for each zone, with room ``below`` them; in red words what is lacking."""
        title = {Role.PUBLIC: "Public subnets", Role.PRIVATE: "Private subnets"}.get(role, "Subnets of unclear role")
        cells: dict[str, list[SubnetPart]] = {}
        for subnet in self.topology.subnets:
            if subnet.role is role:
                cells.setdefault(subnet.zone, []).append(subnet)
        rows = max(map(len, cells.values()), default=0)
        height = max((subnet_height(one, self._tasks_in(one)) for ones in cells.values() for one in ones), default=0)
        content = rows * (height + 10) if rows else 46
        row = Box(self.centre - 10, y, self.middle + 20, 32 + content + below, "row")
        self.frames.append(row)
        self.texts.append(Text(self.centre, y + 19, title, "row-name"))
        state = whole.state if whole is not None else State.FINE
        if whole is not None and state is not State.FINE and self._said(whole):
            words = fitting(f"{mark(state)} {self._said(whole)}", self.middle - 150, 11, bold=True)
            self.texts.append(Text(self.centre + 140, y + 19, words, note_style(state)))
        if not rows:
            empty = "not known" if state is State.UNKNOWN else f"No {title.lower()}"
            line = Text(self.centre + self.middle / 2, y + 53, empty, "detail middle")
            self._drawn(Box(self.centre, y + 30, self.middle, 38, f"part {state}", (line,)))
        for column, zone in enumerate(self.topology.zones):
            for number, subnet in enumerate(cells.get(zone, ())):
                x, top = self.centre + column * (self.zone + ZONE_GAP), y + 30 + number * (height + 10)
                self.boxes += subnet_boxes(subnet, self._tasks_in(subnet), x, top, self.zone, height)
        return row

    def _tasks_in(self, subnet: SubnetPart) -> list[Part]:
        return [task.part for task in self.topology.tasks if task.subnet_id == subnet.id]

    # --- the two ways

    def _internet(self) -> Box:
        at, part = self.width / 2, self.topology.internet_gateway
        self._drawn(Box(at - 70, 14, 140, 32, "internet", (Text(at, 35, "Internet", "name middle"),)))
        gateway = self._drawn(bar_box(part, self._said(part), at - GATEWAY / 2, 76, GATEWAY, 54))
        for path in (f"M{at - 12:g} 46V{gateway.y:g}", f"M{at + 12:g} {gateway.y:g}V46"):
            self.arrows.append(Arrow(path, arrow_style(part.state)))
        return gateway

    def _way_in(self, gateway: Box, public: Box, private: Box, service: Box) -> float:
        """From the internet gateway down to the service; returns where it ends."""
        topology, x = self.topology, self.left
        world, balancer, listener = topology.open_to_world, topology.load_balancer, topology.listener
        group, allows = topology.target_group, topology.allows_load_balancer
        first = self._gate(world, 170)
        second = self._part(balancer, x, public.y + 6)
        third = self._gate(listener, max(second.bottom + 22, public.bottom + 26))
        fourth = self._part(group, x, max(private.y, third.bottom + 22))
        last = self._gate(allows, max(service.y + 2, fourth.bottom + 18))
        down, start = first.middle, gateway.x + 24
        self._way(f"M{start:g} {gateway.bottom:g}V{TURN}H{down:g}V{first.y:g}", topology.internet_gateway, world)
        self._way(f"M{down:g} {first.bottom:g}V{second.y:g}", world, balancer)
        self._way(f"M{down:g} {second.bottom:g}V{third.y:g}", balancer, listener)
        self._way(f"M{down:g} {third.bottom:g}V{fourth.y:g}", listener, group)
        self._way(f"M{down:g} {fourth.bottom:g}V{last.y:g}", group, allows)
        end, turn = last.y + GATE / 2, service.y + service.height / 2
        straight = service.y < end < service.bottom
        path = f"H{service.x:g}" if straight else f"H{x + LANE + 12:g}V{turn:g}H{service.x:g}"
        self._way(f"M{x + LANE:g} {end:g}{path}", allows, topology.service)
        return last.bottom

    def _way_out(self, gateway: Box, public: Box, private: Box, service: Box) -> float:
        """From the service up to the internet gateway; returns where it ends below."""
        topology, x = self.topology, self.right
        fronts = self._column(topology.public_tables, public.y + 6)
        nat = self._part(topology.nat_gateway, x, max(fronts[-1].bottom + 22, public.bottom + 20))
        backs = self._column(topology.private_tables, max(private.y + 6, nat.bottom + 22))
        up, last = nat.middle, backs[-1]
        turn, end = service.y + service.height / 2, gateway.x + gateway.width - 24
        below = turn > last.bottom + 8
        path = f"H{up:g}V{last.bottom:g}" if below else f"H{x - 14:g}V{last.y + last.height / 2:g}H{x:g}"
        self._way(f"M{service.x + service.width:g} {turn:g}{path}", None, topology.private_tables[-1])
        self._way(f"M{up:g} {backs[0].y:g}V{nat.bottom:g}", topology.private_tables[0], topology.nat_gateway)
        self._way(f"M{up:g} {nat.y:g}V{fronts[-1].bottom:g}", topology.nat_gateway, topology.public_tables[-1])
        self._way(
            f"M{up:g} {fronts[0].y:g}V{TURN}H{end:g}V{gateway.bottom:g}",
            topology.public_tables[0],
            topology.internet_gateway,
        )
        return max(last.bottom, turn)

    def _column(self, parts: tuple[Part, ...], y: float) -> list[Box]:
        found: list[Box] = []
        for part in parts:
            found.append(self._part(part, self.right, y))
            y = found[-1].bottom + 8
        return found

    def _part(self, part: Part, x: float, y: float) -> Box:
        return self._drawn(part_box(part, self._said(part), x, y, LANE))

    def _gate(self, part: Part, y: float) -> Box:
        return self._drawn(gate_box(part, self._said(part), self.left, y, LANE))

    def _way(self, path: str, start: Part | None, end: Part) -> None:
        """A way is as good as the thing that it leaves, and as there is something that it reaches."""
        state = start.state if start is not None else State.FINE
        if state is State.FINE and end.state is not State.FAULTY:
            state = end.state
        self.arrows.append(Arrow(path, arrow_style(state)))

    # --- around it

    def _vpc(self, bottom: float) -> None:
        part = self.topology.vpc
        frame = Box(EDGE, TOP_OF_VPC, self.width - 2 * EDGE, bottom - TOP_OF_VPC, f"vpc {part.state}", (), part.note)
        self.frames.insert(0, frame)
        room = (self.width - GATEWAY) / 2 - EDGE - 16
        title = fitting(f"{mark(part.state)} VPC {part.name}".strip(), room, 13, bold=True)
        below = fitting(_short(part.note) or part.detail, room, 11, bold=part.state is not State.FINE)
        self.texts.append(Text(EDGE + 4, TOP_OF_VPC - 26, title, "name"))
        self.texts.append(Text(EDGE + 4, TOP_OF_VPC - 10, below, note_style(part.state)))

    def _remarked(self, y: float) -> float:
        for words in self._remarks():
            y += 22
            self.texts.append(Text(EDGE + 4, y, fitting(words, self.width - 2 * EDGE, 12), "detail"))
        return y + 16

    def _remarks(self) -> Iterator[str]:
        """What is not drawn: other VPCs, and subnets and targets for which there is no room."""
        if self.topology.more:
            yield f"Not drawn: {', '.join(self.topology.more)}."
        if self.topology.others:
            yield f"Other VPCs, not graded: {', '.join(self.topology.others)}."


def _short(note: str) -> str:
    """A note without its beginning, which most unknown parts share."""
    return re.sub("^AWS (denied|throttled) ", r"\1: ", note).replace("AWS did not answer ", "no answer: ", 1)
