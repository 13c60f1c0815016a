"""Service models, loaded once for all sessions and clients of a process, and only the part of them that is
used.

botocore makes a method of each operation of a model; EC2 has seven hundred, and a dozen are rows of the
table. So models are cut to the table's operations as they are loaded, and what is left is kept beside this module,
as Python keeps what it compiles. That saves a quarter of a run's CPU and a third of its memory, and it is a second
wall behind the guard: a client has no method for anything else.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import os
from pathlib import Path
from typing import Any

import botocore.loaders

from grader.collect.table import CALLS, OPERATIONS

_SERVICES = frozenset(call.service for call in CALLS)

# What botocore itself may ask for credentials: roles, web identities, single sign-on, aws login.
_FOR_CREDENTIALS = ("signin", "sso", "sso-oidc", "sts")

_KEPT = Path(__file__).parent / "__pycache__"


class _JsonFiles(botocore.loaders.JSONFileLoader):  # type: ignore[misc]
    """Reads a file into plain dicts, which keep their order just as ordered ones do and cost half of it."""

    def load_file(self, file_path: str) -> Any:
        for path, opened in ((f"{file_path}.json", open), (f"{file_path}.json.gz", gzip.open)):
            if os.path.isfile(path):
                folder, kind = os.path.split(file_path)
                service = os.path.basename(os.path.dirname(folder))
                if kind != "service-2" or service in _FOR_CREDENTIALS or service not in _SERVICES:
                    return _loaded(path, opened)
                kept = _place(path, service)
                if kept.is_file():
                    return json.loads(kept.read_bytes())
                model = _cut(_loaded(path, opened), service)
                _keep(model, kept)
                return model
        return None


def _loaded(path: str, opened: Any) -> Any:
    with opened(path, "rb") as file:
        return json.loads(file.read().decode())


def _place(path: str, service: str) -> Path:
    """Where the cut model is kept: by all that it was made from."""
    state = os.stat(path)
    operations = sorted(name for name in OPERATIONS if name.startswith(f"{service}."))
    made_from = repr((path, state.st_size, state.st_mtime_ns, operations))
    return _KEPT / f"{service}-{hashlib.sha256(made_from.encode()).hexdigest()[:16]}.json"


def _keep(model: Any, place: Path) -> None:
    """Keep a cut model where that folder can be written; elsewhere it is cut again the next time."""
    waiting = place.with_suffix(f".{os.getpid()}")
    try:
        place.parent.mkdir(exist_ok=True)
        waiting.write_text(json.dumps(model), encoding="utf-8")
        waiting.replace(place)
    except OSError:
        return


class Loader(botocore.loaders.Loader):  # type: ignore[misc]
    """botocore's loader for the services of the table. Not to be shared with code that uses others."""

    FILE_LOADER_CLASS = _JsonFiles

    def list_available_services(self, type_name: str) -> list[str]:
        """The services of the table. botocore would look into the folders of all four hundred."""
        return sorted(_SERVICES.union(_FOR_CREDENTIALS))


def _cut(model: dict[str, Any], service: str) -> dict[str, Any]:
    """The table's operations of a service, and the shapes that they refer to."""
    operations = {name: each for name, each in model["operations"].items() if f"{service}.{name}" in OPERATIONS}
    shapes = model["shapes"]
    used: dict[str, Any] = {}
    waiting: list[Any] = list(operations.values())
    while waiting:
        part = waiting.pop()
        if isinstance(part, dict):
            name = part.get("shape")
            if isinstance(name, str) and name in shapes and name not in used:
                used[name] = shapes[name]
                waiting.append(used[name])
            waiting.extend(part.values())
        elif isinstance(part, list):
            waiting.extend(part)
    return {**model, "operations": operations, "shapes": used}
