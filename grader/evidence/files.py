"""Evidence files: read from disk or memory, ``.json`` or ``.json.gz`` (told by the content, not by the name)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from grader.errors import EvidenceError
from grader.evidence.document import Evidence
from grader.evidence.json_files import JsonFile

_EVIDENCE = JsonFile(
    "an evidence file",
    EvidenceError,
    too_large=", which no account needs",
    too_deep=", as no answer of AWS is",
    remedy="Write one with: grader collect --evidence FILE",
)


def load_evidence(path: Path) -> Evidence:
    """Read an evidence file.

    Raises ``EvidenceError`` for a file that is missing, too large, too deep, not UTF-8, not JSON or not evidence.
    """
    return _evidence(_EVIDENCE.read(path), str(path))


def parse_evidence(text: bytes, source: str) -> Evidence:
    """Evidence from bytes, as ``load_evidence`` reads it from a file."""
    return _evidence(_EVIDENCE.parse(text, source), source)


def _evidence(document: Any, source: str) -> Evidence:
    if not isinstance(document, dict):
        raise EvidenceError("this is not an evidence file: the outermost value must be an object.", where=source)
    return Evidence(document, source=source)
