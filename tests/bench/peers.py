"""The peers' virtual environments, made from their released packages, outside the tree."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

from .places import peers_folder
from .tools import FROST_CHECKOUT, PEERS, Tool

NEEDED_GIB = 10
"""Prowler alone takes 2.3 GiB, in some 250 packages; ScoutSuite 1.6."""

PACKAGES = {
    "prowler": ("prowler",),
    "custodian": ("c7n",),
    "scoutsuite": ("scoutsuite",),
    # Its conftest.py wants the arguments of pytest's hooks as they were before pytest 8.
    "frost": ("frost", "pytest<8"),
}


def install(name: str) -> None:
    """Make one peer's environment, or bring it to the newest release."""
    folder = peers_folder() / name
    folder.parent.mkdir(parents=True, exist_ok=True)
    free = shutil.disk_usage(folder.parent).free / 2**30
    if free < NEEDED_GIB:
        raise SystemExit(f"{folder.parent} has {free:.0f} GiB free; the peers want {NEEDED_GIB}.")
    subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
    pip = [str(folder / "bin" / "pip"), "install", "--quiet", "--disable-pip-version-check", "--upgrade"]
    subprocess.run([*pip, *PACKAGES[name]], check=True)


def installed() -> tuple[Tool, ...]:
    """The peers that can be run here."""
    there = (peer for peer in PEERS if (peers_folder() / peer.name / "bin" / "python").exists())
    return tuple(peer for peer in there if peer.name != "frost" or os.environ.get(FROST_CHECKOUT))


def missing() -> tuple[str, ...]:
    """Why the other peers are left out, a sentence each."""
    run = installed()
    return tuple(_why(peer) for peer in PEERS if peer not in run)


def _why(peer: Tool) -> str:
    if peer.name != "frost":
        return f"{peer.name} was left out: it is not installed (`python -m tests.bench install-peers`)."
    return (
        "frost was left out: its released packages, wheel and source alike, lack its conftest.py. Clone its repository "
        f"and name the checkout in {FROST_CHECKOUT}."
    )
