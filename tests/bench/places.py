"""Where the benchmark keeps what it makes: everything large outside the tree, only results inside."""

from __future__ import annotations

import os
from pathlib import Path

HERE = Path(__file__).resolve().parent
TOP = HERE.parents[1]
SCRIPTS = HERE / "scripts"
RESULTS = HERE / "results"

CACHE_VARIABLE = "AWS_LAB_GRADER_BENCH"
"""Environment variable that names another cache folder."""


def cache() -> Path:
    """The folder for recordings, the certificate authority and the peers' virtual environments."""
    named = os.environ.get(CACHE_VARIABLE)
    folder = Path(named) if named else Path.home() / ".cache" / "aws-lab-grader-bench"
    folder.mkdir(parents=True, exist_ok=True)
    return folder.resolve()


def recording_file() -> Path:
    """The recorded answers, one JSON object a line."""
    return cache() / "recording.jsonl"


def calls_file() -> Path:
    """The calls that the grader made in one region, each with the call that it had to wait for."""
    return cache() / "calls.json"


def authority_folder() -> Path:
    """The local certificate authority."""
    return cache() / "authority"


def peers_folder() -> Path:
    """One virtual environment for each peer."""
    return cache() / "peers"
