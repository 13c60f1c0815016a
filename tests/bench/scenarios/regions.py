"""Searching one region, and all 17: with one endpoint for all, and with a host for each service and region."""

from __future__ import annotations

from dataclasses import replace

from ..account import replayed
from ..comparing import Setting, compare, comparison_table, place_of
from ..results import Results
from ..tools import GRADER, grader_command

EVERYWHERE = replace(
    GRADER, name="17 regions", title="`check`, all 17 enabled regions", command=lambda place: grader_command(place)
)
ONE = replace(GRADER, name="one region", title="`check`, one region")
SETTINGS = (
    Setting(80, tls=True),
    Setting(0, tls=False),
    Setting(200, tls=True),
    Setting(80, tls=True, real_hosts=True),
    Setting(200, tls=True, real_hosts=True),
)


def measure(rounds: int, peers: bool) -> None:
    """Run, and write ``results/regions``."""
    tools = (ONE, EVERYWHERE)
    results = Results("regions", f"python -m tests.bench regions --rounds {rounds}", {"grader": GRADER.version()})
    with replayed() as (served, recording):
        runs = compare(tools, SETTINGS, served, place_of(served, recording), rounds)
    results.runs.extend(runs)
    results.tables.extend(comparison_table(tools, setting.name, runs, "one region") for setting in SETTINGS)
    results.write()
