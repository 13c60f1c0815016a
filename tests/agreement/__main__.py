"""``python -m tests.agreement``: run both tools over all states, and write docs/agreement.md."""

from __future__ import annotations

import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.bench.peers import install
from tests.bench.tools import PROWLER

from .page import NoReason, page
from .questions import STATES
from .run import PROGRAM, Verdicts

PAGE = Path(__file__).resolve().parents[2] / "docs" / "agreement.md"
AT_ONCE = 2


def main() -> None:
    """Install Prowler where it is not, ask, and write."""
    if not PROGRAM.exists():
        print("Installing Prowler (2.3 GB, once) ...", flush=True)
        install("prowler")
    with ThreadPoolExecutor(AT_ONCE) as workers:
        said = dict(zip((name for name, _, _ in STATES), workers.map(_asked, STATES), strict=True))
    try:
        PAGE.write_text(page(said, PROWLER.version()), encoding="utf-8")
    except NoReason as error:
        raise SystemExit(str(error)) from None
    print(f"Wrote {PAGE.name}.")


def _asked(state: tuple[str, tuple[str, ...], tuple[str, ...]]) -> Verdicts:
    """In a process of its own: an emulated account has its process for itself."""
    name, faults, denied = state
    command = [sys.executable, "-m", "tests.agreement.one", *faults, *(f"--denied={action}" for action in denied)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{name}: {done.stderr}")
    print(name, flush=True)
    return Verdicts(**json.loads(done.stdout))


if __name__ == "__main__":
    main()
