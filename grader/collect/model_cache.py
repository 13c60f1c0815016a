"""Where cut service models are kept for the next run: in the user's cache folder, and no more than are of use.

A cache that cannot be written, or that holds something else than was written, costs time and nothing else.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
from collections import defaultdict
from pathlib import Path
from typing import Any

from botocore import __version__

AT_MOST = 3
"""Files that are kept of one service: of installations side by side, or of a table that has just changed."""


def cache_folder() -> Path | None:
    """The folder for this version of botocore, whether it is there or not; None for a user without a home."""
    named = os.environ.get("XDG_CACHE_HOME", "")
    local = os.environ.get("LOCALAPPDATA", "")
    try:
        if os.path.isabs(named):
            above = Path(named)
        elif sys.platform == "win32":
            above = Path(local) if local else Path.home() / "AppData" / "Local"
        elif sys.platform == "darwin":
            above = Path.home() / "Library" / "Caches"
        else:
            above = Path.home() / ".cache"
    except RuntimeError:
        return None
    return above / "aws-lab-grader" / "service-models" / str(__version__)


def kept(name: str, made_from: str) -> Any:
    """What was kept under ``name`` and made from the same; None where nothing was, or it is damaged."""
    place = _place(name, made_from)
    if place is None:
        return None
    try:
        checksum, _, content = place.read_bytes().partition(b"\n")
        return json.loads(content) if checksum == _checksum(content) else None
    except (OSError, ValueError):
        return None


def keep(name: str, made_from: str, model: Any) -> None:
    """Keep a model, and remove what no run will read again."""
    place = _place(name, made_from)
    if place is None:
        return
    content = json.dumps(model).encode()
    waiting = place.with_suffix(f".{os.getpid()}")
    try:
        place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        waiting.write_bytes(_checksum(content) + b"\n" + content)
        waiting.replace(place)
        _prune(place.parent)
    except OSError:
        return


def _place(name: str, made_from: str) -> Path | None:
    folder = cache_folder()
    return folder and folder / f"{name}-{hashlib.sha256(made_from.encode()).hexdigest()[:16]}.json"


def _checksum(content: bytes) -> bytes:
    return hashlib.sha256(content).hexdigest().encode()


def _prune(folder: Path) -> None:
    """Of this version the newest files of each service stay, of other versions none."""
    from shutil import rmtree

    for other in folder.parent.iterdir():
        if other != folder and other.is_dir():
            rmtree(other, ignore_errors=True)
    by_service: dict[str, list[tuple[float, Path]]] = defaultdict(list)
    for file in folder.iterdir():
        by_service[file.name.rpartition("-")[0]].append((file.stat().st_mtime, file))
    for files in by_service.values():
        for _, file in sorted(files, reverse=True)[AT_MOST:]:
            file.unlink(missing_ok=True)
