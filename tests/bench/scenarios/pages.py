"""The page: its size, and the time to render it once the process is warm."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from ..kept_evidence import documents, golden
from ..places import SCRIPTS, TOP
from ..results import Results, table
from ..tools import GRADER


def measure(rounds: int, peers: bool) -> None:
    """Run, and write ``results/pages``."""
    results = Results("pages", "python -m tests.bench pages", {"grader": GRADER.version()})
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        files = _written(Path(folder))
        said = subprocess.run(
            [sys.executable, str(SCRIPTS / "render.py"), *files], cwd=TOP, env={"PYTHONPATH": str(TOP)},
            capture_output=True, text=True, check=True,
        ).stdout  # fmt: skip
    pages = [json.loads(line) for line in said.splitlines()]
    results.runs.extend(pages)
    results.tables.append(table(["page", "kB", "render ms", "score"], [_row(page) for page in _named(pages)]))
    first = next(page["first_ms"] for page in pages if page["first_ms"] is not None)
    results.notes.append(f"The first page of a process takes {first:.0f} ms, templates loaded and compiled.")
    results.write()


def _written(folder: Path) -> list[str]:
    whole = golden()
    cases = {"full marks": whole, "empty": {"meta": whole["meta"], "calls": {}}, "refused": _refused(whole)}
    for number, document in enumerate(documents()[1:]):
        cases[f"case {number:03}"] = document
    files = []
    for name, document in cases.items():
        file = folder / f"{name}.json"
        file.write_text(json.dumps(document), encoding="utf-8")
        files.append(str(file))
    return files


def _refused(whole: dict[str, Any]) -> dict[str, Any]:
    error = {"Code": "AccessDenied", "Message": "User is not authorized to perform this.", "HTTPStatusCode": 403}
    calls = {
        operation: {region: {key: {"error": error} for key in keys} for region, keys in regions.items()}
        for operation, regions in whole["calls"].items()
    }
    return {"meta": whole["meta"], "calls": calls}


def _named(pages: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The named states, the largest of the other cases, and the slowest."""
    others = [page for page in pages if page["file"].startswith("case")]
    named = [page for page in pages if page not in others]
    largest = max(others, key=lambda page: int(page["bytes"]))
    slowest = max(others, key=lambda page: float(page["median_ms"]))
    return [
        *named,
        {**largest, "file": f"largest of {len(others)} cases"},
        {**slowest, "file": f"slowest of {len(others)} cases"},
    ]


def _row(page: dict[str, Any]) -> list[str]:
    return [page["file"], f"{page['bytes'] / 1000:.0f}", f"{page['median_ms']:.1f}", f"{page['score']:.2f}"]
