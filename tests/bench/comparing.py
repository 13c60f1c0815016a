"""Tools in turn on one recorded account: A B C, A B C, so that the machine's drift meets all alike."""

from __future__ import annotations

import os
import statistics
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from .metering import metered
from .recording import Recording
from .results import Measured, measured, spread, table
from .serving import Key, Served
from .tools import Place, Tool

KEY = Key("AKIA123456789012", "nobody checks it here")
REGION = "eu-west-1"


@dataclass(frozen=True, slots=True)
class Setting:
    """How the account is reached."""

    milliseconds: int
    """that each answer waits"""
    tls: bool
    real_hosts: bool = False
    """a host for each service and region, as AWS has it, instead of one endpoint for all"""

    @property
    def name(self) -> str:
        """As tables have it."""
        hosts = ", AWS's own host names" if self.real_hosts else ""
        return f"{self.milliseconds} ms, {'TLS' if self.tls else 'HTTP'}{hosts}"


def place_of(served: Served, recording: Recording) -> Place:
    """Where tools run against a server of this recording."""
    return Place(served.port, REGION, recording.balancer)


WEIGHING = -1
"""The round in which memory is looked at all the time; it counts for nothing else."""


def run_once(tool: Tool, setting: Setting, served: Served, place: Place, number: int) -> Measured:
    """One run in an empty folder, which is its home as well: no tool finds its cache of the last run."""
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        served.reset(setting.milliseconds / 1000)
        load = os.getloadavg()[0]
        environment = served.environment(KEY, place.region, tls=setting.tls, real_hosts=setting.real_hosts)
        taken = metered(
            tool.command(place), {**environment, **(tool.environment or {})}, Path(folder), codes=tool.codes,
            weigh=number == WEIGHING,
        )  # fmt: skip
        return measured(tool.name, setting.name, number, taken, served.count(), load)


def compare(
    tools: Sequence[Tool], settings: Sequence[Setting], served: Served, place: Place, rounds: int
) -> list[Measured]:
    """Every tool in every setting, ``rounds`` times and once to be weighed, all tools once before any comes again."""
    runs = []
    for setting in settings:
        for number in (*range(rounds), WEIGHING):
            for tool in tools:
                run = run_once(tool, setting, served, place, number)
                print(
                    f"{setting.name:24} {tool.name:12} {run.wall_s:7.2f} s wall {run.cpu_s:7.2f} s CPU "
                    f"{run.peak_mib:6.0f} MiB {run.count['requests']:4} requests",
                    flush=True,
                )
                runs.append(run)
    return runs


def comparison_table(tools: Sequence[Tool], setting: str, runs: Iterable[Measured], against: str = "grader") -> str:
    """Medians (least–most), and each tool's wall time as a multiple of ``against`` in the same rounds."""
    runs = [run for run in runs if run.setting == setting]
    weighed = {run.tool: run.together_mib for run in runs if run.round == WEIGHING}
    of_tool = {tool.name: [run for run in runs if run.tool == tool.name and run.round >= 0] for tool in tools}
    base = {run.round: run.wall_s for run in of_tool.get(against, ())}
    rows = []
    for tool in tools:
        mine = of_tool[tool.name]
        if not mine:
            continue
        first = [run.first_output_s for run in mine if run.first_output_s is not None]
        ratios = [run.wall_s / base[run.round] for run in mine if run.round in base]
        rows.append(
            [
                tool.title,
                spread([run.wall_s for run in mine]),
                f"{statistics.median(ratios):.2f} ×" if ratios else "",
                spread([run.cpu_s for run in mine]),
                f"{statistics.median(run.peak_mib for run in mine):.0f}",
                f"{weighed[tool.name]:.0f}" if weighed.get(tool.name) else "–",
                f"{statistics.median(run.count['requests'] for run in mine):.0f}",
                f"{statistics.median(first):.2f}" if first else "–",
            ]
        )
    heads = [
        setting,
        "wall s",
        f"to {against}",
        "CPU s",
        "MiB, largest process",
        "MiB, all, proportional",
        "requests",
        "first output s",
    ]
    return table(heads, rows)
