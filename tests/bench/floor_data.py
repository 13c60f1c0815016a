"""botocore's data cut to what the recorded calls use, made beforehand: the floor does not pay for it."""

from __future__ import annotations

import gzip
import json
import shutil
from pathlib import Path
from typing import Any

import botocore

_SHARED = ("_retry", "partitions", "sdk-default-configuration")


def make_floor_data(calls: list[dict[str, Any]], folder: Path) -> None:
    """Write a folder that botocore's loader can read, with these calls' operations and nothing else."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    source = Path(botocore.__file__).parent / "data"
    for name in _SHARED:
        (folder / f"{name}.json").write_text(json.dumps(_data(source / name)), encoding="utf-8")
    asked: dict[str, set[str]] = {}
    for call in calls:
        if "service" in call:
            asked.setdefault(call["service"], set()).add(call["operation"])
    prefixes = set()
    for service, operations in asked.items():
        version = max(path for path in (source / service).iterdir() if path.is_dir())
        target = folder / service / version.name
        target.mkdir(parents=True)
        model = _data(version / "service-2")
        _cut(model, operations)
        prefixes.add(model["metadata"]["endpointPrefix"])
        (target / "service-2.json").write_text(json.dumps(model), encoding="utf-8")
        rules = _data(version / "endpoint-rule-set-1")
        (target / "endpoint-rule-set-1.json").write_text(json.dumps(rules), encoding="utf-8")
    endpoints = _data(source / "endpoints")
    for partition in endpoints["partitions"]:
        partition["services"] = {name: one for name, one in partition["services"].items() if name in prefixes}
    (folder / "endpoints.json").write_text(json.dumps(endpoints), encoding="utf-8")


def _data(path: Path) -> Any:
    plain = path.with_name(f"{path.name}.json")
    if plain.exists():
        return json.loads(plain.read_bytes())
    return json.loads(gzip.decompress(path.with_name(f"{path.name}.json.gz").read_bytes()))


def _cut(model: dict[str, Any], operations: set[str]) -> None:
    kept = {name: one for name, one in model["operations"].items() if name in operations}
    used: dict[str, Any] = {}
    waiting: list[Any] = list(kept.values())
    while waiting:
        part = waiting.pop()
        if isinstance(part, dict):
            part.pop("documentation", None)
            name = part.get("shape")
            if isinstance(name, str) and name in model["shapes"] and name not in used:
                used[name] = model["shapes"][name]
                waiting.append(used[name])
            waiting.extend(part.values())
        elif isinstance(part, list):
            waiting.extend(part)
    model["operations"], model["shapes"] = kept, used
    model.pop("documentation", None)
