#!/usr/bin/env python3
"""Look for known advisories against everything that is locked, and for weaknesses in the Action and its example.

    python .ci/audit.py

pip-audit and zizmor are those of the environment that runs this (`make audit`). Where the advisories cannot be reached,
this says so loudly and fails nothing: a release is not made there.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

TOP = Path(__file__).resolve().parents[1]
WORKFLOWS = ("action.yml", "integrations/github", ".github/workflows")
_SECONDS = 300


@dataclass(frozen=True, slots=True)
class Audited:
    """What pip-audit said of one lock file: packages with their advisories, and those that it could not look up."""

    lock: str
    advisories: tuple[str, ...]
    unknown: tuple[str, ...]
    count: int


def locks() -> list[str]:
    """Every file that pins packages with hashes."""
    return [*sorted(path.name for path in TOP.glob("requirements*.lock")), "reference_app/requirements.txt"]


def read(lock: str, said: str) -> Audited:
    """pip-audit's JSON. Raises ``ValueError`` where it wrote none, as without a network."""
    packages: list[dict[str, Any]] = json.loads(said)["dependencies"]
    return Audited(
        lock,
        tuple(
            f"{each['name']} {each['version']}: {one['id']}, fixed in {', '.join(one['fix_versions']) or 'no release'}"
            for each in packages
            for one in each.get("vulns", ())
        ),
        tuple(each["name"] for each in packages if "skip_reason" in each),
        len(packages),
    )


def told(audited: list[Audited]) -> Iterator[str]:
    """What there is to say, a line each."""
    for each in audited:
        known = each.count - len(each.unknown)
        if not known:
            yield f"SKIPPED  {each.lock}: NOT AUDITED, no advisory can be reached from here"
            continue
        yield from (f"FOUND    {each.lock}: {one}" for one in each.advisories)
        if each.unknown:
            yield f"SKIPPED  {each.lock}: NOT AUDITED: {', '.join(each.unknown)}"
        yield f"audited  {each.lock}: {known} packages, {len(each.advisories)} advisories"


def _audited(lock: str) -> Audited:
    command = [sys.executable, "-m", "pip_audit", "--disable-pip", "--no-deps", "--require-hashes",
               "--format", "json", "--progress-spinner", "off", "--timeout", "15", "--requirement", lock]  # fmt: skip
    try:
        done = subprocess.run(command, cwd=TOP, capture_output=True, text=True, timeout=_SECONDS, check=False)
        return read(lock, done.stdout)
    except (ValueError, subprocess.TimeoutExpired):
        return Audited(lock, (), (), 0)


def main() -> int:
    """1 where an advisory or a weakness was found."""
    program = str(Path(sys.executable).parent / "zizmor")  # a program, not a module
    zizmor = subprocess.run([program, "--offline", *WORKFLOWS], cwd=TOP, check=False)
    audited = [_audited(lock) for lock in locks()]
    for line in told(audited):
        print(line, flush=True)
    return 1 if zizmor.returncode or any(each.advisories for each in audited) else 0


if __name__ == "__main__":
    sys.exit(main())
