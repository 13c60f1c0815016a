"""What was measured, kept as JSON with machine, versions and date, and told as Markdown."""

from __future__ import annotations

import json
import os
import statistics
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import Any

from .metering import Taken
from .places import RESULTS
from .tables import write_tables
from .tools import machine


@dataclass(frozen=True, slots=True)
class Measured:
    """One run of one tool in one setting; ``count`` is what the server saw of it."""

    tool: str
    setting: str
    round: int
    wall_s: float
    cpu_s: float
    peak_mib: float
    together_mib: float | None
    first_output_s: float | None
    exit_code: int
    count: dict[str, Any]
    load: float
    """the machine's load average when the run began"""


def measured(tool: str, setting: str, number: int, taken: Taken, count: dict[str, Any], load: float) -> Measured:
    """A run with what the server counted."""
    seen = {**count, "unknown": len(count.get("unknown", ())), "repeated": len(count.get("repeated", ()))}
    return Measured(
        tool, setting, number, taken.wall_s, taken.cpu_s, taken.peak_mib, taken.together_mib, taken.first_output_s,
        taken.exit_code, seen, load,
    )  # fmt: skip


@dataclass(slots=True)
class Results:
    """One scenario's figures; ``tables`` are Markdown."""

    scenario: str
    command: str
    versions: dict[str, str]
    runs: list[Any] = field(default_factory=list)
    tables: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def write(self) -> None:
        """Write ``results/SCENARIO.json`` and ``.md``, README's tables, and print them."""
        RESULTS.mkdir(exist_ok=True)
        head = {
            "scenario": self.scenario,
            "command": self.command,
            "date": datetime.now(UTC).isoformat(timespec="seconds"),
            "machine": machine(),
            "load_average": os.getloadavg()[0],
            "versions": self.versions,
            "notes": self.notes,
        }
        runs = [asdict(run) if isinstance(run, Measured) else run for run in self.runs]
        document = json.dumps({**head, "runs": runs}, indent=1)
        (RESULTS / f"{self.scenario}.json").write_text(document + "\n", encoding="utf-8")
        versions = ", ".join(f"{name} {version}" for name, version in self.versions.items())
        lines = [f"`{self.command}` · {head['date']} · {head['machine']} · {versions}", "", *self.tables]
        lines += [f"{note}\n" for note in self.notes]
        text = "\n".join(lines).rstrip() + "\n"
        (RESULTS / f"{self.scenario}.md").write_text(text, encoding="utf-8")
        write_tables()
        print(text)


def table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table, with an empty line behind it."""
    lines = [heads, ["---"] + ["---:"] * (len(heads) - 1), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines) + "\n"


def least(runs: Sequence[Measured]) -> Measured:
    """The run that took the least CPU: what it costs, without what else the machine did."""
    return min(runs, key=lambda run: run.cpu_s)


def spread(values: Sequence[float], digits: int = 2) -> str:
    """The median, with the least and the most where there were several runs."""
    middle = f"{statistics.median(values):.{digits}f}"
    if len(values) == 1:
        return middle
    return f"{middle} ({min(values):.{digits}f}–{max(values):.{digits}f})"
