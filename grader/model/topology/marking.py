"""The first broken hop of a walk, marked in the picture where no claim of the lab's is about it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from grader.model.diagnosis.hops import Hop
from grader.model.topology.deployment import Topology
from grader.model.topology.parts import Part, State


def marked(topology: Topology, hops: Iterable[Hop]) -> Topology:
    """The picture with broken hops red at their places; a part that is red already keeps its own words."""
    for hop in hops:
        found: Any = getattr(topology, hop.place.value)
        parts = found if isinstance(found, tuple) else (found,)
        if parts and all(one.state is State.FINE for one in parts):
            faulty = (_faulty(parts[0], hop), *parts[1:])
            change: dict[str, Any] = {hop.place.value: faulty if isinstance(found, tuple) else faulty[0]}
            topology = replace(topology, **change)
    return topology


def _faulty(part: Part, hop: Hop) -> Part:
    return replace(part, state=State.FAULTY, note=hop.said)
