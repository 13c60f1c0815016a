"""Every case of the shared accounts, graded once."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonpatch
import pytest
import yaml

from grader.grading.pipeline import Graded
from tests.cases import grade

ACCOUNTS = Path(__file__).parent.parent / "accounts"
GOLDEN: dict[str, Any] = json.loads((ACCOUNTS / "golden.json").read_text("utf-8"))


def _cases(name: str, key: str) -> dict[str, dict[str, Any]]:
    entries = yaml.safe_load((ACCOUNTS / name).read_text("utf-8"))[key]
    return {entry["id"]: entry for entry in entries}


MUTANTS = _cases("mutants.yaml", "mutants")
VARIATIONS = _cases("variations.yaml", "variations")
LOSING = tuple(name for name, entry in MUTANTS.items() if entry.get("lose"))


def patch_of(case: str) -> list[dict[str, Any]]:
    """The operations of a case's patch (RFC 6902)."""
    entry = MUTANTS.get(case) or VARIATIONS[case]
    operations: list[dict[str, Any]] = json.loads((ACCOUNTS / entry["patch_file"]).read_text("utf-8"))
    return operations


def document_of(case: str) -> dict[str, Any]:
    """The evidence of a case; ``golden`` is the correct deployment."""
    document: dict[str, Any] = GOLDEN if case == "golden" else jsonpatch.apply_patch(GOLDEN, patch_of(case))
    return document


@pytest.fixture(scope="session")
def graded() -> Callable[[str], Graded]:
    """The result of a case."""
    return grade({case: document_of(case) for case in ("golden", *MUTANTS, *VARIATIONS)}).__getitem__


@pytest.fixture
def evidence_file(tmp_path: Path) -> Callable[[str], Path]:
    """Writes the evidence of a case."""

    def write(case: str) -> Path:
        path = tmp_path / f"{case}.json"
        path.write_text(json.dumps(document_of(case)), "utf-8")
        return path

    return write
