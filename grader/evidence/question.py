"""One question to AWS, as the evidence file keeps it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

GLOBAL = "global"
"""What stands for the region of a question that is asked once for all regions."""


@dataclass(frozen=True, slots=True, order=True)
class Question:
    """One question to AWS: ``operation`` is ``service.Operation``, ``key`` the parameters that identify it."""

    operation: str
    region: str
    key: str = ""


def identify(parameters: Mapping[str, object]) -> str:
    """The third key of the evidence file: ``Name=value`` joined by ``;`` in name order."""
    return ";".join(f"{name}={parameters[name]}" for name in sorted(parameters))
