"""A class whose accounts are emulated: its roster with keys, and the options that lead to the emulated AWS."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from dataclasses import dataclass
from pathlib import Path

from tests.bench.serving import Served
from tests.classes.command import environment, grader
from tests.classes.many_accounts import FIRST, key_of


@dataclass(frozen=True, slots=True)
class LiveClass:
    """Where the emulated accounts answer, and what a lone run says of each recording."""

    served: Served
    balancer: str
    expected: tuple[float, ...]
    """The score by recording, in the order of the accounts' numbers."""

    @property
    def options(self) -> tuple[str, ...]:
        """How to reach them."""
        address = f"127.0.0.1:{self.served.port}"
        connect = f"{self.balancer}:80:127.0.0.1:{self.served.port}"
        return ("--endpoint-url", f"http://{address}", "--connect-to", connect)

    def score(self, account: int) -> float:
        """What an account without trouble earns."""
        return self.expected[account % 1000 % len(self.expected)]

    def roster(self, folder: Path, count: int, troubles: tuple[int, ...] = ()) -> list[int]:
        """Write a roster of ``count`` students, and of those whose numbers end in ``troubles``; their accounts."""
        accounts = [FIRST + number for number in range(count)] + [FIRST + number for number in troubles]
        (folder / "keys").mkdir()
        lines = ["id,account,credentials"]
        for account in accounts:
            text = f"[default]\naws_access_key_id = {key_of(account)}\naws_secret_access_key = not-a-secret\n"
            (folder / f"keys/{account}.txt").write_text(text, "utf-8")
            lines.append(f"s{account % 1000:03},{account},keys/{account}.txt")
        (folder / "roster.csv").write_text("\n".join(lines) + "\n", "utf-8")
        return accounts

    def start(self, folder: Path, *arguments: str) -> subprocess.Popen[str]:
        """Begin ``grader class roster.csv`` in a session of its own, where Ctrl-C works as in a terminal."""
        if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
            # A shell makes its background jobs ignore it, and their children inherit that.
            signal.signal(signal.SIGINT, signal.default_int_handler)
        return subprocess.Popen(
            grader(folder, "class", "roster.csv", *self.options, *arguments), cwd=folder, env=environment(folder),
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True,
        )  # fmt: skip

    def run(self, folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
        """The whole run."""
        process = self.start(folder, *arguments)
        output, errors = process.communicate(timeout=600)
        return subprocess.CompletedProcess(process.args, process.returncode, output, errors)


def kill(process: subprocess.Popen[str]) -> None:
    """``kill -9``, of the run alone: its own processes have to notice."""
    os.kill(process.pid, signal.SIGKILL)
    process.communicate()


def results(folder: Path) -> dict[str, float]:
    """The scores in the results of a run, by student."""
    found = {}
    for path in sorted((folder / "reports/roster/results").iterdir()):
        document = json.loads(path.read_text("utf-8"))
        found[document["student"]] = document["score"]
    return found
