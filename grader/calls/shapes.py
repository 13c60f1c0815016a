"""The shapes of AWS's questions and answers, as botocore describes them: for those who write and check rubrics."""

from __future__ import annotations

import gzip
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any


def _data() -> Path:
    import botocore  # not by those who need no shapes

    return Path(botocore.__file__).parent / "data"


@dataclass(frozen=True)
class Shape:
    """One shape of a service: a structure, a list, a map, or a scalar."""

    name: str
    raw: Mapping[str, Any]
    shapes: Mapping[str, Any]

    @property
    def kind(self) -> str:
        """``structure``, ``list``, ``map``, ``string``, ``integer``, ``boolean``, ``timestamp``, …"""
        return str(self.raw["type"])

    @cached_property
    def members(self) -> Mapping[str, str]:
        """The members of a structure, each with the name of its shape."""
        return {name: member["shape"] for name, member in self.raw.get("members", {}).items()}

    def member(self, name: str) -> Shape:
        """The shape of a member."""
        return self._named(self.members[name])

    @property
    def entry(self) -> Shape:
        """The shape of the entries of a list, or of the values of a map."""
        return self._named(self.raw["member" if self.kind == "list" else "value"]["shape"])

    @property
    def required(self) -> tuple[str, ...]:
        """The members that a question must have."""
        return tuple(self.raw.get("required", ()))

    @property
    def values(self) -> tuple[str, ...]:
        """The values of a text that has only some; AWS may have added others since."""
        return tuple(self.raw.get("enum", ()))

    def _named(self, name: str) -> Shape:
        return Shape(name, self.shapes[name], self.shapes)


@dataclass(frozen=True)
class OperationShape:
    """The question and the answer of an operation."""

    name: str
    input: Shape | None
    output: Shape | None


@cache
def model(service: str) -> Mapping[str, Any]:
    """The newest model of a service; empty for one that there is not."""
    folder = _data() / service
    versions = sorted(folder.glob("*/service-2.json*")) if service.replace("-", "").isalnum() else []
    if not versions:
        return {}
    path = versions[-1]
    with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as file:
        read: Mapping[str, Any] = json.load(file)
    return read


@cache
def operation_shape(operation: str) -> OperationShape | None:
    """The shapes of ``service.Operation``; None where botocore has none of that name."""
    service, _, name = operation.partition(".")
    described = model(service).get("operations", {}).get(name)
    if described is None:
        return None
    shapes = model(service)["shapes"]

    def shape(part: str) -> Shape | None:
        named = described.get(part, {}).get("shape")
        return Shape(named, shapes[named], shapes) if named else None

    return OperationShape(operation, shape("input"), shape("output"))


@cache
def _regions_of_services() -> Mapping[str, frozenset[str]]:
    path = _data() / "endpoints.json"
    with path.open("rb") if path.exists() else gzip.open(path.with_suffix(".json.gz")) as file:
        partitions = json.load(file)["partitions"]
    found: dict[str, set[str]] = {}
    for partition in partitions:
        for service, described in partition["services"].items():
            found.setdefault(service, set()).update(described.get("endpoints", {}))
    return {service: frozenset(regions) for service, regions in found.items()}


def is_offered(service: str, region: str) -> bool:
    """Whether a service is offered in a region, as far as botocore knows; what it does not know is offered."""
    prefix = model(service).get("metadata", {}).get("endpointPrefix", service)
    regions = _regions_of_services().get(prefix, frozenset())
    everywhere = _regions_of_services().get("ec2", frozenset())
    return region in regions or region not in everywhere or not regions
