"""docs/large-classes.md works out what the benchmark measured."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

TOP = Path(__file__).resolve().parents[2]
TEXT = (TOP / "docs/large-classes.md").read_text("utf-8")
ACCOUNTS = 50_000


def row(name: str) -> tuple[float, float]:
    """The figures of one account and of all of them, in the table."""
    (cells,) = re.findall(rf"^\| {re.escape(name)} \| ([^|]+) \| ([^|]+) \|$", TEXT, re.MULTILINE)
    one, whole = (float(re.search(r"[\d.]+", cell)[0]) for cell in cells)  # type: ignore[index]
    return one, whole


@pytest.mark.parametrize(
    ("name", "units"),
    [
        ("calls, one region named (`--region`)", 1e6),
        ("calls, all 17 regions", 1e6),
        ("CPU, one region, read and graded", 3600),
        ("regrading alone", 3600),
        ("disk: evidence, packed", 1e6),
        ("disk: page and result", 1e6),
        ("state", 1e6),
    ],
)
def test_the_figures_for_all_follow_from_those_for_one(name: str, units: float) -> None:
    """Nobody has to trust the arithmetic."""
    one, whole = row(name)
    assert whole == pytest.approx(one * ACCOUNTS / units, rel=0.05)


def test_the_figures_for_one_are_those_of_the_benchmark() -> None:
    """CPU of a further account, of regrading one, and the calls, as the kept results have them."""
    kept = json.loads((TOP / "tests/bench/results/class-run.json").read_text("utf-8"))
    runs = {run["setting"]: run for run in kept["runs"]}
    further = (runs["200 accounts"]["cpu_s"] - runs["2 accounts"]["cpu_s"]) / 198
    assert row("CPU, one region, read and graded")[0] == pytest.approx(further, rel=0.1)
    assert row("regrading alone")[0] == pytest.approx(runs["regraded"]["cpu_s"] / 1000, rel=0.1)
    requests = runs["2 accounts"]["count"]["requests"] / 2
    assert row("calls, one region named (`--region`)")[0] == pytest.approx(requests, abs=2)
