"""Service models, loaded once for all sessions and clients of a process, and only the part of them that is used.

botocore reads a model whole and makes a method of each operation; EC2 has seven hundred, and seven are rows of the
table. So models are cut to the table's operations as they are loaded, which is also a second wall behind the guard:
a client has no method for anything else.
"""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import botocore.loaders

from grader.collect.table import CALLS, OPERATIONS

_SERVICES = frozenset(call.service for call in CALLS)

# What botocore itself may ask for credentials: roles, web identities, single sign-on, aws login.
_FOR_CREDENTIALS = ("signin", "sso", "sso-oidc", "sts")


class _JsonFiles(botocore.loaders.JSONFileLoader):  # type: ignore[misc]
    """Reads a file into plain dicts, which keep their order just as ordered ones do and cost half of it."""

    def load_file(self, file_path: str) -> Any:
        for path, opened in ((f"{file_path}.json", open), (f"{file_path}.json.gz", gzip.open)):
            if Path(path).is_file():
                with opened(path, "rb") as file:
                    return json.loads(file.read())
        return None


class Loader(botocore.loaders.Loader):  # type: ignore[misc]
    """botocore's loader for the services of the table. Not to be shared with code that uses others."""

    FILE_LOADER_CLASS = _JsonFiles

    def list_available_services(self, type_name: str) -> list[str]:
        """The services of the table. botocore would look into the folders of all four hundred."""
        return sorted(_SERVICES.union(_FOR_CREDENTIALS))

    def load_service_model(self, service_name: str, type_name: str, api_version: str | None = None) -> Any:
        model = super().load_service_model(service_name, type_name, api_version)
        if type_name == "service-2" and service_name not in _FOR_CREDENTIALS:
            _cut(service_name, model)
        return model


def _cut(service: str, model: dict[str, Any]) -> None:
    """Leave only the table's operations, and the shapes that they use."""
    operations = {name: one for name, one in model["operations"].items() if f"{service}.{name}" in OPERATIONS}
    if len(operations) == len(model["operations"]):
        return
    shapes = model["shapes"]
    used: dict[str, Any] = {}
    waiting: list[Any] = list(operations.values())
    while waiting:
        part = waiting.pop()
        if isinstance(part, dict):
            name = part.get("shape")
            if isinstance(name, str) and name in shapes and name not in used:
                used[name] = shapes[name]
                waiting.append(shapes[name])
            waiting.extend(part.values())
        elif isinstance(part, list):
            waiting.extend(part)
    model["operations"], model["shapes"] = operations, used
