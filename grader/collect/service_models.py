"""Service models, loaded once for all sessions and clients of a process, and only the part of them that is used.

botocore makes a method of each operation of a model; EC2 has seven hundred, and a dozen are rows of the table; its
file of endpoints is of four hundred services. So both are cut to the table as they are loaded, and what is left is
kept for the next run (model_cache.py). That saves a quarter of a run's CPU and a third of its memory, and it is a
second wall behind the guard: a client has no method for anything else.
"""

from __future__ import annotations

import gzip
import json
import os
from typing import Any

import botocore.loaders

from grader.calls.table import CALLS, OPERATIONS
from grader.collect.model_cache import keep, kept

_SERVICES = frozenset(call.service for call in CALLS)

# What botocore itself may ask for credentials: roles, web identities, single sign-on, aws login.
_FOR_CREDENTIALS = ("signin", "sso", "sso-oidc", "sts")

# Of all endpoints those of the table's services, by the names that they have there, and of ``_FOR_CREDENTIALS``.
_ENDPOINTS = frozenset(
    {
        "account", "api.ecr", "budgets", "cloudtrail", "ec2", "ecs", "elasticloadbalancing", "iam", "logs",
        "monitoring", "oidc", "organizations", "portal.sso", "s3", "s3-control", "signin", "sts",
    }
)  # fmt: skip


class _JsonFiles(botocore.loaders.JSONFileLoader):  # type: ignore[misc]
    """Reads a file into plain dicts, which keep their order just as ordered ones do and cost half of it."""

    def __init__(self, added: frozenset[str]) -> None:
        self._added = added

    def load_file(self, file_path: str) -> Any:
        for path, opened in ((f"{file_path}.json", open), (f"{file_path}.json.gz", gzip.open)):
            if os.path.isfile(path):
                cut = _cut_of(file_path, self._added)
                if cut is None:
                    return _loaded(path, opened)
                name, wanted = cut
                made_from = _made_from(path, wanted)
                part = kept(name, made_from)
                if part is None:
                    whole = _loaded(path, opened)
                    part = _cut_endpoints(whole) if name == "endpoints" else _cut_model(whole, frozenset(wanted))
                    keep(name, made_from, part)
                return part
        return None


def _cut_of(file_path: str, added: frozenset[str]) -> tuple[str, list[str]] | None:
    """What a file holds, and which parts of it are used; None for a file that is read whole."""
    folder, kind = os.path.split(file_path)
    services = _SERVICES | _services(added)
    if kind == "endpoints":
        return None if services - _SERVICES else (kind, sorted(_ENDPOINTS))
    service = os.path.basename(os.path.dirname(folder))
    if kind != "service-2" or service in _FOR_CREDENTIALS or service not in services:
        return None
    return service, sorted(name for name in OPERATIONS | added if name.startswith(f"{service}."))


def _services(operations: frozenset[str]) -> frozenset[str]:
    return frozenset(name.partition(".")[0] for name in operations)


def _loaded(path: str, opened: Any) -> Any:
    with opened(path, "rb") as file:
        return json.loads(file.read().decode())


def _made_from(path: str, wanted: list[str]) -> str:
    """All that a cut file was made from, and what cut it."""
    states = [os.stat(one) for one in (path, __file__)]
    return repr((path, [(state.st_size, state.st_mtime_ns) for state in states], wanted))


class Loader(botocore.loaders.Loader):  # type: ignore[misc]
    """botocore's loader for the services of the table. Not to be shared with code that uses others.

    ``added`` are operations that a rubric asks as well.
    """

    def __init__(self, added: frozenset[str] = frozenset()) -> None:
        self._added = added
        super().__init__(file_loader=_JsonFiles(added))

    @property
    def search_paths(self) -> list[str]:
        """The folders of models, as a copy: each boto3 session adds that of its resources, which are not used here."""
        return [*super().search_paths]

    def list_available_services(self, type_name: str) -> list[str]:
        """The services of the table. botocore would look into the folders of all four hundred."""
        return sorted(_SERVICES.union(_FOR_CREDENTIALS, _services(self._added)))


def _cut_model(model: dict[str, Any], wanted: frozenset[str]) -> dict[str, Any]:
    """Some operations of a service and the shapes that they refer to, without a word of documentation."""
    service = next(iter(wanted)).partition(".")[0]
    operations = {name: each for name, each in model["operations"].items() if f"{service}.{name}" in wanted}
    shapes = model["shapes"]
    used: dict[str, Any] = {}
    waiting: list[Any] = list(operations.values())
    while waiting:
        part = waiting.pop()
        if isinstance(part, dict):
            if isinstance(part.get("documentation"), str):  # else a member of that name
                del part["documentation"]
            name = part.get("shape")
            if isinstance(name, str) and name in shapes and name not in used:
                used[name] = shapes[name]
                waiting.append(used[name])
            waiting.extend(part.values())
        elif isinstance(part, list):
            waiting.extend(part)
    return {**model, "operations": operations, "shapes": used, "documentation": ""}


def _cut_endpoints(endpoints: dict[str, Any]) -> dict[str, Any]:
    """Every partition with its regions, and the services of ``_ENDPOINTS``."""
    partitions = [
        {**one, "services": {name: each for name, each in one["services"].items() if name in _ENDPOINTS}}
        for one in endpoints["partitions"]
    ]
    return {**endpoints, "partitions": partitions}
