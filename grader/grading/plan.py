"""Which checks run, known before anything is asked: the rows of a rubric, by the pytest items that they are."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from grader.rubric import CheckRow, Item, rows
from grader.things.things import NO_THINGS, Things


@dataclass(frozen=True, slots=True)
class Plan:
    """The rows to run."""

    rows: tuple[CheckRow, ...]
    things: Things = NO_THINGS

    @property
    def modules(self) -> tuple[Path, ...]:
        """The check modules, in order of their first use."""
        return tuple(dict.fromkeys(row.function.path for row in self.rows))

    def parameters_of(self, path: Path, nodeid: str) -> list[tuple[str, dict[str, Any]]]:
        """(id, values) of the rows that run one function with parameters; the id is empty where all are shared."""
        name = nodeid.partition("::")[2]
        found = {
            row.id.rpartition("[")[2].rstrip("]") if row.parameters else "": row.values
            for row in self.rows
            if row.values and row.function.name == name and row.function.path == path.resolve()
        }
        return list(found.items())


def plan_for(items: Iterable[Item], things: Things | None = None) -> Plan:
    """The plan of some items of a rubric, and its things; a check that several items share runs once."""
    return Plan(tuple({row.id: row for row in rows(tuple(items))}.values()), things or NO_THINGS)
