"""One account, one region: who takes how long for it, at several latencies, over HTTP and TLS."""

from __future__ import annotations

from ..account import replayed
from ..comparing import Setting, compare, comparison_table, place_of
from ..peers import installed, missing
from ..results import Results
from ..tools import OURS

SETTINGS = (
    Setting(80, tls=True),
    Setting(0, tls=False),
    Setting(0, tls=True),
    Setting(80, tls=False),
    Setting(200, tls=True),
)
WITH_PEERS = (Setting(80, tls=True), Setting(0, tls=False))
"""Prowler takes a minute a run; where it takes part, the settings are those that it is compared in."""


def measure(rounds: int, peers: bool) -> None:
    """Run, and write ``results/one-account[-with-peers]``."""
    tools = (*OURS, *(installed() if peers else ()))
    name = "one-account-with-peers" if peers else "one-account"
    command = f"python -m tests.bench one-account --rounds {rounds}{' --peers' if peers else ''}"
    results = Results(name, command, {tool.name: tool.version() for tool in tools})
    settings = WITH_PEERS if peers else SETTINGS
    with replayed() as (served, recording):
        runs = compare(tools, settings, served, place_of(served, recording), rounds)
    results.runs.extend(runs)
    results.tables.extend(comparison_table(tools, setting.name, runs) for setting in settings)
    if peers:
        results.notes.extend(missing())
    strange = sum(run.count["unknown"] for run in runs)
    results.notes.append(f"{strange} requests were not in the recording, and answered with a 400 that nobody retries.")
    results.write()
