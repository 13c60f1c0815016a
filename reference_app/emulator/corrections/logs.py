"""CloudWatch Logs: what a group and a stream are described with."""

from __future__ import annotations

from typing import Any

from moto.logs import models

from ..gateway import Answer
from .patches import Patches


def apply(patches: Patches) -> None:
    # Moto leaves out the class of a group and its protection.
    patches.wrap(models.LogGroup, "to_describe_dict", _with_class)
    # AWS has not counted the bytes of a stream since June 2019: it always says 0.
    patches.wrap(models.LogStream, "to_describe_dict", _without_size)


def _with_class(original: Any) -> Any:
    def to_describe_dict(group: Any) -> dict[str, Any]:
        return {**original(group), "logGroupClass": "STANDARD", "deletionProtectionEnabled": False}

    return to_describe_dict


def _without_size(original: Any) -> Any:
    def to_describe_dict(stream: Any) -> dict[str, Any]:
        return {**original(stream), "storedBytes": 0}

    return to_describe_dict


ANSWERS: dict[tuple[str, str], Answer] = {}
