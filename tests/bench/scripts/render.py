"""Rendering pages in one process: ``render.py FILE...`` prints one JSON object a page."""

from __future__ import annotations

import json
import statistics
import sys
import time
from pathlib import Path
from typing import Any

from grader.evidence import load_evidence
from grader.grading.pipeline import Graded, grade_all
from grader.report.page.page import render_page
from grader.rubric import open_rubric

TIMES = 15


def main(files: list[str]) -> None:
    """Grade every file, then render each page several times."""
    kept: list[Graded] = []

    def deliver(evidence: Any, graded: Any) -> None:
        if isinstance(graded, Graded):
            kept.append(graded)

    grade_all(open_rubric(None), map(load_evidence, map(Path, files)), deliver)
    for number, graded in enumerate(kept):
        times = []
        for _ in range(TIMES):
            began = time.process_time()
            page = render_page(graded)
            times.append(time.process_time() - began)
        told = {
            "file": Path(graded.evidence.source).stem,
            "bytes": len(page.encode()),
            "first_ms": round(1000 * times[0], 2) if number == 0 else None,
            "median_ms": round(1000 * statistics.median(times), 2),
            "score": float(graded.result.score),
        }
        print(json.dumps(told))


if __name__ == "__main__":
    main(sys.argv[1:])
