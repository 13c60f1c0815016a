"""What it costs to start: ``grader --help``, beside the interpreter alone."""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

from ..metering import metered
from ..results import Results, measured, spread, table
from ..tools import GRADER, GRADER_ENVIRONMENT

COMMANDS = {
    "`python -c pass`": (sys.executable, "-c", "pass"),
    "`grader --help`": (sys.executable, "-m", "grader", "--help"),
    "`grader check --help`": (sys.executable, "-m", "grader", "check", "--help"),
    "`grader lint`": (sys.executable, "-m", "grader", "lint"),
}


def measure(rounds: int, peers: bool) -> None:
    """Run, and write ``results/start``."""
    results = Results("start", f"python -m tests.bench start --rounds {rounds}", {"grader": GRADER.version()})
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        for number in range(rounds):
            for name, command in COMMANDS.items():
                load = os.getloadavg()[0]
                taken = metered(command, GRADER_ENVIRONMENT, Path(folder))
                results.runs.append(measured(name, "start", number, taken, {}, load))
    rows = []
    for name in COMMANDS:
        runs = [run for run in results.runs if run.tool == name]
        peak = max(run.peak_mib for run in runs)
        rows.append(
            [name, spread([run.wall_s for run in runs], 3), spread([run.cpu_s for run in runs], 3), f"{peak:.0f}"]
        )
    results.tables.append(table(["command", "wall s", "CPU s", "peak MiB"], rows))
    results.write()
