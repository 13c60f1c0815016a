"""CloudWatch Logs."""

from __future__ import annotations

from moto.logs import models

from ..gateway import Answer
from .patches import Patches


def apply(patches: Patches) -> None:
    # Moto leaves both out of a group's description.
    patches.replace(models.LogGroup, "log_group_class", "STANDARD")
    patches.replace(models.LogGroup, "deletion_protection_enabled", False)


ANSWERS: dict[tuple[str, str], Answer] = {}
