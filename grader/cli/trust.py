"""Asking before code of a rubric runs: agreed to with ``--trust-checks``, and remembered for the same files.

What is remembered is the SHA-256 of each file, in the user's configuration folder: a file that changes is asked about
again. ``GRADER_TRUST_CHECKS=1`` agrees for one run, and remembers nothing.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

from grader.errors import UsageError
from grader.rubric import Rubric
from grader.rubric.trust import foreign_code

VARIABLE = "GRADER_TRUST_CHECKS"
_MOST = 5


def check_trust(rubric: Rubric, agreed: bool) -> None:
    """Raise ``UsageError`` where grading would run code that is not ours and that the user has not agreed to."""
    found = foreign_code(rubric)
    if not found or os.environ.get(VARIABLE, "").lower() in ("1", "true", "yes"):
        return
    known = _remembered()
    unknown = {path: digest for path, digest in found.items() if digest not in known}
    if not unknown:
        return
    if agreed:
        _remember({**known, **{digest: str(path) for path, digest in unknown.items()}})
        return
    names = ", ".join(str(path) for path in list(unknown)[:_MOST])
    more = f" and {len(unknown) - _MOST} more" if len(unknown) > _MOST else ""
    raise UsageError(
        f"this rubric runs code that did not come with the grader: {names}{more}.",
        where=str(rubric.path),
        remedy="Read it. If you trust it, add --trust-checks. You need to do this only once, until a file changes.",
    )


def _file() -> Path:
    """Where agreements are kept."""
    if sys.platform == "win32":
        base = os.environ.get("APPDATA") or "~/AppData/Roaming"
    else:
        base = os.environ.get("XDG_CONFIG_HOME") or "~/.config"
    return Path(base).expanduser() / "aws-lab-grader" / "trusted-checks.json"


def _remembered() -> dict[str, str]:
    """Path by digest; nothing where there is no such file, or it is none of ours."""
    try:
        found = json.loads(_file().read_text(encoding="utf-8"))
    except (OSError, ValueError, RuntimeError):  # the last: there is no home folder
        return {}
    trusted = found.get("trusted") if isinstance(found, dict) else None
    return {str(digest): str(path) for digest, path in trusted.items()} if isinstance(trusted, dict) else {}


def _remember(trusted: dict[str, str]) -> None:
    """Keep the agreement; where there is no folder for it, it holds for this run alone."""
    try:
        path = _file()
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        beside = path.with_suffix(f".{os.getpid()}")
        text = json.dumps({"format": 1, "trusted": trusted}, indent=1) + "\n"
        with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
            file.write(text)
        os.replace(beside, path)
    except (OSError, RuntimeError):
        return
