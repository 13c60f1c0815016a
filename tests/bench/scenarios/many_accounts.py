"""``check`` over several profiles in one process: what one more account costs."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from ..account import replayed
from ..comparing import KEY, REGION, Setting, place_of
from ..metering import metered
from ..recording import Recording
from ..results import Measured, Results, least, measured, table
from ..serving import Key, Served
from ..tools import FLOOR, GRADER, GRADER_CODES, GRADER_ENVIRONMENT, grader_command

COUNTS = (1, 2, 10, 50, 200)
FLOOR_COUNTS = (1, 50)
SETTING = Setting(80, tls=True)
FIRST = 700000000001
"""The first account's number; every account answers as the recorded one does, under its own number."""


def measure(rounds: int, peers: bool) -> None:
    """Run, and write ``results/many-accounts``."""
    rounds = min(rounds, 3)
    results = Results(
        "many-accounts", f"python -m tests.bench many-accounts --rounds {rounds}", {"grader": GRADER.version()}
    )
    with replayed() as (served, recording):
        for number in range(rounds):
            for count in COUNTS:
                run, pages = _run(count, number, served, recording)
                results.runs.append(run)
                print(f"{count} accounts: {run.wall_s:.2f} s wall, {run.cpu_s:.2f} s CPU, {pages} pages", flush=True)
            for count in FLOOR_COUNTS:
                run = _floor(count, number, served, recording)
                results.runs.append(run)
                print(f"the floor, {count} accounts: {run.wall_s:.2f} s wall, {run.cpu_s:.2f} s CPU", flush=True)
    results.tables.append(_table([run for run in results.runs if run.tool == "grader"]))
    one, many = (least([run for run in results.runs if run.setting == f"floor {count}"]) for count in FLOOR_COUNTS)
    further = (many.cpu_s - one.cpu_s) / (FLOOR_COUNTS[1] - FLOOR_COUNTS[0])
    results.notes.append(
        f"The floor (the same calls through tuned botocore, nothing judged or written) takes {further:.3f} s of CPU "
        f"for each further account, over {FLOOR_COUNTS[1]}."
    )
    results.write()


def _floor(count: int, number: int, served: Served, recording: Recording) -> Measured:
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        served.reset(SETTING.milliseconds / 1000)
        load = os.getloadavg()[0]
        place = place_of(served, recording)
        environment = served.environment(KEY, REGION, tls=SETTING.tls)
        taken = metered((*FLOOR.command(place), str(count)), environment, Path(folder))
        return measured("floor", f"floor {count}", number, taken, served.count(), load)


def _run(count: int, number: int, served: Served, recording: Recording) -> tuple[Measured, int]:
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        home = Path(folder)
        names = [f"account-{one:03}" for one in range(count)]
        (home / "config").write_text("".join(map(_profile, names, range(count))), encoding="utf-8")
        served.reset(SETTING.milliseconds / 1000)
        load = os.getloadavg()[0]
        environment = served.environment(Key("", ""), REGION, tls=SETTING.tls)
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
            del environment[name]
        place = place_of(served, recording)
        profiles = [word for name in names for word in ("--profile", name)]
        command = [*grader_command(place, "--region", REGION), *profiles]
        command[command.index("page.html")] = "pages/{account}.html"
        environment |= {**GRADER_ENVIRONMENT, "AWS_CONFIG_FILE": str(home / "config")}
        taken = metered(command, environment, home, codes=GRADER_CODES)
        pages = len(list((home / "pages").iterdir()))
        if pages != count:
            raise SystemExit(f"{count} accounts gave {pages} pages:\n{taken.output}")
        return measured("grader", str(count), number, taken, served.count(), load), pages


def _profile(name: str, number: int) -> str:
    key = f"aws_access_key_id = AKIA{FIRST + number}\naws_secret_access_key = nobody-checks-it-here\n"
    return f"[profile {name}]\n{key}region = {REGION}\n\n"


def _table(runs: list[Measured]) -> str:
    best = {count: least([run for run in runs if run.setting == str(count)]) for count in COUNTS}
    one = best[COUNTS[0]]
    rows = [
        [
            str(count),
            f"{run.wall_s:.2f}",
            f"{run.cpu_s:.2f}",
            f"{(run.cpu_s - one.cpu_s) / (count - 1):.3f}" if count > 1 else "",
            f"{(run.wall_s - one.wall_s) / (count - 1):.3f}" if count > 1 else "",
            f"{run.peak_mib:.0f}",
            str(run.count["requests"]),
            str(run.count["connections"]),
        ]
        for count, run in best.items()
    ]
    heads = [
        f"accounts ({SETTING.name}; best of the rounds)", "wall s", "CPU s", "CPU s each further",
        "wall s each further", "peak MiB", "requests", "connections",
    ]  # fmt: skip
    return table(heads, rows)
