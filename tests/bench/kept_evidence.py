"""Evidence files to regrade: the lab in full marks and with each fault of the shared cases, as a class has them."""

from __future__ import annotations

import json
from itertools import cycle, islice
from pathlib import Path
from typing import Any

import jsonpatch
import yaml

from .places import TOP

CASES = TOP / "tests" / "accounts"


def golden() -> dict[str, Any]:
    """The lab in full marks."""
    document: dict[str, Any] = json.loads((CASES / "golden.json").read_text(encoding="utf-8"))
    return document


def documents() -> list[dict[str, Any]]:
    """The golden account, every mutant and every variation of it."""
    whole = golden()
    found = [whole]
    for name in ("mutants", "variations"):
        listed = yaml.load((CASES / f"{name}.yaml").read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
        for entry in listed[name]:
            patch = json.loads((CASES / entry["patch_file"]).read_text(encoding="utf-8"))
            found.append(jsonpatch.apply_patch(whole, patch))
    return found


def write_class(count: int, folder: Path) -> list[str]:
    """``count`` evidence files, each of an account of its own; their names."""
    texts = [json.dumps(document) for document in documents()[:count]]
    number = golden()["meta"]["account"]
    names = []
    for index, text in enumerate(islice(cycle(texts), count)):
        path = folder / f"{index:04}.json"
        path.write_text(text.replace(number, str(700000000001 + index)), encoding="utf-8")
        names.append(path.name)
    return names
