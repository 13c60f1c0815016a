"""``grader class``: what one more account costs, how near a run comes to what the cores can do, and regrading."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from pathlib import Path

from ..account import replayed
from ..comparing import REGION, Setting, place_of
from ..kept_evidence import write_class
from ..metering import Taken, metered
from ..recording import Recording
from ..results import Measured, Results, least, measured, table
from ..serving import Key, Served
from ..tools import FLOOR, GRADER, GRADER_CODES, GRADER_ENVIRONMENT

COUNTS = (2, 40, 200)
REGRADED = 1000
FLOOR_COUNTS = (2, 50)
SETTING = Setting(80, tls=True)
FIRST = 700000000001


def measure(rounds: int, peers: bool) -> None:
    """Run, and write ``results/class-run``."""
    rounds = min(rounds, 3)
    results = Results("class-run", f"python -m tests.bench class-run --rounds {rounds}", {"grader": GRADER.version()})
    with replayed() as (served, recording):
        for number in range(rounds):
            for count in COUNTS:
                results.runs.append(_collected(count, number, served, recording))
            for count in FLOOR_COUNTS:
                results.runs.append(_floor(count, number, served, recording))
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        place = Path(folder) / "evidence"
        place.mkdir()
        write_class(REGRADED, place)
        for number in range(rounds):
            # A run in the folder of an earlier one would only continue it.
            shutil.rmtree(Path(folder) / "reports", ignore_errors=True)
            for name, options in (("handed in", ()), ("regraded", ("--regrade",))):
                results.runs.append(_graded(name, options, number, Path(folder)))
    results.tables += [_table(results.runs), _grading(results.runs)]
    first, last = (least([run for run in results.runs if run.setting == f"floor {count}"]) for count in FLOOR_COUNTS)
    further = (last.cpu_s - first.cpu_s) / (FLOOR_COUNTS[1] - FLOOR_COUNTS[0])
    results.notes.append(
        f"The floor (the same calls through tuned botocore) takes {further:.3f} s of CPU for each account."
    )
    results.write()


def _collected(count: int, number: int, served: Served, recording: Recording) -> Measured:
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        home = Path(folder)
        (home / "keys").mkdir()
        lines = ["id,credentials"]
        for one in range(count):
            lines.append(f"s{one:03},keys/{one}")
            text = f"aws_access_key_id = AKIA{FIRST + one}\naws_secret_access_key = nobody-checks-it-here\n"
            (home / f"keys/{one}").write_text(f"[default]\n{text}region = {REGION}\n", encoding="utf-8")
        (home / "roster.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
        served.reset(SETTING.milliseconds / 1000)
        load = os.getloadavg()[0]
        environment = served.environment(Key("", ""), REGION, tls=SETTING.tls)
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
            del environment[name]
        place = place_of(served, recording)
        connect = f"{place.balancer}:80:127.0.0.1:{place.port}"
        taken = metered(
            (sys.executable, "-m", "grader", "class", "roster.csv", "--region", REGION, "--connect-to", connect),
            environment | GRADER_ENVIRONMENT, home, codes=GRADER_CODES,
        )  # fmt: skip
        _check(taken, home / "reports/roster/pages", count)
        run = measured("class", f"{count} accounts", number, taken, served.count(), load)
    server = run.count["server_cpu_s"]
    print(f"{run.setting}: {run.wall_s:.2f} s wall, {run.cpu_s:.2f} s CPU, server {server} s", flush=True)
    return run


def _floor(count: int, number: int, served: Served, recording: Recording) -> Measured:
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        served.reset(SETTING.milliseconds / 1000)
        load = os.getloadavg()[0]
        environment = served.environment(Key("AKIA123456789012", "nobody checks it here"), REGION, tls=SETTING.tls)
        taken = metered((*FLOOR.command(place_of(served, recording)), str(count)), environment, Path(folder))
        return measured("floor", f"floor {count}", number, taken, served.count(), load)


def _graded(name: str, options: tuple[str, ...], number: int, folder: Path) -> Measured:
    load = os.getloadavg()[0]
    taken = metered(
        (sys.executable, "-m", "grader", "class", "evidence", *options), GRADER_ENVIRONMENT, folder, codes=(0, 1, 2, 3)
    )
    _check(taken, folder / "reports/evidence/pages", REGRADED)
    print(f"{name}: {taken.wall_s:.2f} s wall, {taken.cpu_s:.2f} s CPU", flush=True)
    return measured("class", name, number, taken, {"requests": 0}, load)


def _check(taken: Taken, pages: Path, count: int) -> None:
    if len(list(pages.iterdir())) != count:
        raise SystemExit(f"not {count} pages:\n{taken.output}")


def _table(runs: list[Measured]) -> str:
    best = {count: least([run for run in runs if run.setting == f"{count} accounts"]) for count in COUNTS}
    cores = os.cpu_count() or 1
    first = best[COUNTS[0]]
    rows = []
    for count, run in best.items():
        server = float(run.count["server_cpu_s"])
        possible = (run.cpu_s + server) / cores
        further = (run.cpu_s - first.cpu_s) / (count - COUNTS[0]) if count > COUNTS[0] else None
        rows.append([
            str(count), f"{run.wall_s:.2f}", f"{run.cpu_s:.2f}", f"{server:.2f}", f"{possible:.2f}",
            f"{run.wall_s / possible:.2f} ×", "" if further is None else f"{further:.3f}", f"{run.peak_mib:.0f}",
            str(run.count["requests"]),
        ])  # fmt: skip
    heads = [
        f"accounts ({SETTING.name}; best of the rounds)", "wall s", "CPU s", "server's CPU s",
        f"both on {cores} cores, s", "wall to that", "CPU s each further", "largest process MiB", "requests",
    ]  # fmt: skip
    return table(heads, rows)


def _grading(runs: list[Measured]) -> str:
    rows = []
    for name in ("handed in", "regraded"):
        run = least([one for one in runs if one.setting == name])
        cores = os.cpu_count() or 1
        rows.append([
            f"{REGRADED} {name}", f"{run.wall_s:.2f}", f"{run.cpu_s:.2f}", f"{REGRADED / run.wall_s:.1f}",
            f"{REGRADED / run.wall_s / cores:.1f}", f"{run.peak_mib:.0f}",
        ])  # fmt: skip
    return table(["evidence files", "wall s", "CPU s", "a second", "a second and core", "largest process MiB"], rows)
