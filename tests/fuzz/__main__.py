"""``python -m tests.fuzz [--seconds N] [TARGET ...]``: new inputs until the time is over; what does harm is kept.

Half of the time goes to inputs of hypothesis. The other half goes to inputs that are led by coverage, where atheris is
installed (``make fuzz`` installs it where it has a wheel); elsewhere hypothesis has all of it.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from hashlib import sha256
from pathlib import Path
from time import monotonic

from hypothesis import HealthCheck, Phase, given, seed, settings

from tests.fuzz import guided
from tests.fuzz.edits import Edit, spelled
from tests.fuzz.targets import Target, targets

CORPUS = Path(__file__).parent / "corpus"
ROUND = 100
"""Inputs between two looks at the clock."""


def fuzz(name: str, target: Target, seconds: float) -> bool:
    """Try inputs for some seconds; whether all of them were harmless."""
    began, rounds = monotonic(), 0
    worst: list[tuple[Edit, ...]] = []

    while monotonic() - began < seconds:
        rounds += 1

        @seed(int(began * 1000) + rounds)
        @settings(
            max_examples=ROUND, deadline=None, database=None, suppress_health_check=list(HealthCheck),
            phases=(Phase.generate, Phase.shrink),
        )  # fmt: skip
        @given(target.strategy())
        def tried(edits: tuple[Edit, ...]) -> None:
            worst[:] = [edits]
            target.tries(edits)

        try:
            tried()
        except Exception as error:  # noqa: BLE001 - whatever it is, it is what was looked for
            keep(name, worst[0], error)
            return False
    print(f"{name}: {rounds * ROUND} inputs in {seconds:g} seconds, all harmless")
    return True


def keep(name: str, edits: tuple[Edit, ...], error: Exception) -> None:
    """Write an input that did harm into the corpus, and say what it did."""
    text = spelled(edits)
    path = CORPUS / name / f"{sha256(text.encode()).hexdigest()[:12]}.json"
    path.write_text(text, encoding="utf-8")
    print(f"{name}: {type(error).__name__}: {str(error)[:300]}\n  kept as {path}", file=sys.stderr)


def fuzz_by_coverage(name: str, seconds: float) -> bool:
    """The same with atheris, in a process of its own; whether all inputs were harmless."""
    command = [sys.executable, "-m", "tests.fuzz.guided", name, str(max(1, round(seconds)))]
    done = subprocess.run(command, capture_output=True, text=True, errors="replace", check=False)
    if done.returncode:
        print(done.stderr[-3000:], file=sys.stderr)
        return False
    runs = [line for line in done.stderr.splitlines() if line.startswith("Done ")]
    print(f"{name}, led by coverage: {runs[-1] if runs else 'no count of inputs'}, all harmless")
    return True


def both(name: str, seconds: float) -> bool:
    """Hypothesis, then atheris where it is installed."""
    if not guided.available():
        print(f"{name}: atheris is not installed (it has no wheel for this Python or system): hypothesis alone")
        return fuzz(name, targets()[name], seconds)
    return fuzz(name, targets()[name], seconds / 2) and fuzz_by_coverage(name, seconds / 2)


def main() -> int:
    """0 where nothing was found."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--seconds", type=float, default=600, help="for each target (default: 600)")
    parser.add_argument("targets", nargs="*", metavar="TARGET", help=f"of {', '.join(targets())} (default: all)")
    given_ = parser.parse_args()
    unknown = set(given_.targets) - set(targets())
    if unknown:
        parser.error(f"no target {', '.join(sorted(unknown))}")
    results = [both(name, given_.seconds) for name in given_.targets or targets()]
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main())
