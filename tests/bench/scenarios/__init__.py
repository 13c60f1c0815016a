"""What is measured, one module for each scenario."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module

from ..account import record_account
from ..peers import installed

SCENARIOS = ("one-account", "regions", "many-accounts", "class-run", "regrade", "large-account", "pages", "start")


def run(name: str, *, rounds: int, peers: bool, anew: bool) -> None:
    """Run one scenario, or all of them."""
    if anew:
        record_account(installed() if peers else ())
    for each in SCENARIOS if name == "all" else (name,):
        module = import_module(f".{each.replace('-', '_')}", __name__)
        measure: Callable[[int, bool], None] = module.measure
        measure(rounds, peers)
