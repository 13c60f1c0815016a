"""A large account: time to grade and to collect it, against the size of its answers."""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

from ..account import replayed
from ..comparing import KEY, REGION, Setting, place_of
from ..large import part, record_large, write_evidence
from ..metering import metered
from ..places import recording_file
from ..recording import load
from ..results import Measured, Results, least, measured, table
from ..tools import GRADER, GRADER_CODES, GRADER_ENVIRONMENT, grader_command

SHARES = (0.0, 0.125, 0.25, 0.5, 1.0)
SETTING = Setting(0, tls=False)


def measure(rounds: int, peers: bool) -> None:
    """Run, and write ``results/large-account``."""
    rounds = min(rounds, 3)
    results = Results(
        "large-account", f"python -m tests.bench large-account --rounds {rounds}", {"grader": GRADER.version()}
    )
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        home = Path(folder)
        for share in SHARES:
            size = write_evidence(part(share), home / "evidence.json")
            results.runs.extend(_graded(share, size, number, home) for number in range(rounds))
        small = load([recording_file()])
        for share in SHARES:
            record_large(part(share), small, home / "large.jsonl")
            results.runs.extend(_collected(share, number, home) for number in range(rounds))
    results.tables.append(_table("grade", results.runs))
    results.tables.append(_table("collect", results.runs))
    results.write()


def _graded(share: float, size: int, number: int, home: Path) -> Measured:
    load_average = os.getloadavg()[0]
    command = (sys.executable, "-m", "grader", "grade", "--html", "page.html", "--json", "result.json", "evidence.json")
    taken = metered(command, GRADER_ENVIRONMENT, home, codes=GRADER_CODES)
    page = (home / "page.html").stat().st_size
    print(f"grade {share:.3f}: {size / 1e6:.1f} MB, {taken.cpu_s:.2f} s CPU, {taken.peak_mib:.0f} MiB", flush=True)
    return measured("grade", f"{share}", number, taken, {"bytes": size, "page_bytes": page}, load_average)


def _collected(share: float, number: int, home: Path) -> Measured:
    with replayed(home / "large.jsonl") as (served, recording):
        served.reset(SETTING.milliseconds / 1000)
        load_average = os.getloadavg()[0]
        environment = {**served.environment(KEY, REGION, tls=SETTING.tls), **GRADER_ENVIRONMENT}
        command = grader_command(place_of(served, recording), "--region", REGION)
        taken = metered(command, environment, home, codes=GRADER_CODES)
        count = served.count()
    count["page_bytes"] = (home / "page.html").stat().st_size
    print(
        f"check {share:.3f}: {count['bytes'] / 1e6:.1f} MB in {count['requests']} answers, {taken.cpu_s:.2f} s CPU, "
        f"{taken.peak_mib:.0f} MiB, unknown {len(count['unknown'])}",
        flush=True,
    )
    return measured("collect", f"{share}", number, taken, count, load_average)


def _table(tool: str, runs: list[Measured]) -> str:
    mine = [run for run in runs if run.tool == tool]
    best = {share: least([run for run in mine if run.setting == f"{share}"]) for share in SHARES}
    none = best[SHARES[0]]
    rows = []
    for share, run in best.items():
        size = part(share)
        grown = (run.count["bytes"] - none.count["bytes"]) / 1e6
        row = [
            f"{size.vpcs:,} VPCs, {size.subnets:,} subnets, {size.log_groups:,} log groups, {size.images:,} images",
            f"{run.count['bytes'] / 1e6:.1f}", f"{run.wall_s:.2f}", f"{run.cpu_s:.2f}",
            f"{1000 * (run.cpu_s - none.cpu_s) / grown:.0f}" if grown else "",
            f"{run.peak_mib:.0f}", f"{run.count['page_bytes'] / 1000:.0f}",
        ]  # fmt: skip
        rows.append(row)
    title = "`grade` of kept evidence" if tool == "grade" else f"`check`, collecting included ({SETTING.name})"
    heads = [title, "answers, MB", "wall s", "CPU s", "CPU ms each further MB", "peak MiB", "page, kB"]
    return table(heads, rows)
