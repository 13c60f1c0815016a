"""The command in a process of its own, without anybody's account."""

from __future__ import annotations

import os
import sys
from pathlib import Path

TOP = Path(__file__).resolve().parents[2]


def environment(home: Path) -> dict[str, str]:
    """An environment without anybody's account."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("AWS_") and not name.lower().endswith("_proxy")
    }
    return kept | {
        "HOME": str(home), "PYTHONPATH": str(TOP), "AWS_DEFAULT_REGION": "eu-west-1", "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull, "AWS_EC2_METADATA_DISABLED": "true", "COLUMNS": "120",
    }  # fmt: skip


def grader(folder: Path, *arguments: object) -> list[str]:
    """The command line of ``grader``, as this Python runs it."""
    return [sys.executable, "-m", "grader", *map(str, arguments)]
