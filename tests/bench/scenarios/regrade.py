"""``grade`` over kept evidence, from one file to a thousand, pages included."""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

from ..kept_evidence import write_class
from ..metering import metered
from ..results import Measured, Results, least, measured, table
from ..tools import GRADER, GRADER_ENVIRONMENT

COUNTS = (1, 10, 100, 1000)
ALL_CODES = (0, 1, 2, 3)


def measure(rounds: int, peers: bool) -> None:
    """Run, and write ``results/regrade``."""
    rounds = min(rounds, 3)
    results = Results("regrade", f"python -m tests.bench regrade --rounds {rounds}", {"grader": GRADER.version()})
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        names = write_class(max(COUNTS), Path(folder))
        for number in range(rounds):
            for count in COUNTS:
                run = _run(names[:count], Path(folder), number)
                results.runs.append(run)
                print(f"{count} files: {run.wall_s:.2f} s wall, {run.cpu_s:.2f} s CPU", flush=True)
    results.tables.append(_table(results.runs))
    results.write()


def _run(names: list[str], folder: Path, number: int) -> Measured:
    written = ("--html", "pages/{account}.html", "--json", "result.json")
    load = os.getloadavg()[0]
    taken = metered(
        (sys.executable, "-m", "grader", "grade", *written, *names), GRADER_ENVIRONMENT, folder, codes=ALL_CODES
    )
    pages = list((folder / "pages").iterdir())
    if len(pages) != len(names):
        raise SystemExit(f"{len(names)} files gave {len(pages)} pages:\n{taken.output}")
    count = {"page_bytes": max(page.stat().st_size for page in pages)}
    for page in pages:
        page.unlink()
    return measured("grader", str(len(names)), number, taken, count, load)


def _table(runs: list[Measured]) -> str:
    best = {count: least([run for run in runs if run.setting == str(count)]) for count in COUNTS}
    one = best[COUNTS[0]]
    rows = [
        [
            str(count),
            f"{run.wall_s:.2f}",
            f"{run.cpu_s:.2f}",
            f"{count / run.cpu_s:.1f}",
            f"{(count - 1) / (run.cpu_s - one.cpu_s):.1f}" if count > 1 else "",
            f"{run.peak_mib:.0f}",
            f"{run.count['page_bytes'] / 1000:.0f}",
        ]
        for count, run in best.items()
    ]
    heads = [
        "files (best of the rounds)", "wall s", "CPU s", "accounts a CPU second", "after the first", "peak MiB",
        "largest page, kB",
    ]  # fmt: skip
    return table(heads, rows)
