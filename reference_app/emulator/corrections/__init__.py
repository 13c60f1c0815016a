"""Moto's faults as far as this lab reads them, corrected while an emulated account lives.

Each module replaces public classes and methods of moto 5.2.5 for one service, with the reason beside each; what was
replaced is put back when the last emulated account ends. Nothing here is a fork: moto's files are not touched.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from threading import Lock

from ..gateway import Answer
from . import account, budgets, ec2, ecr, ecs, elbv2, iam, logs, s3
from .patches import Patches

MODULES = (iam, account, budgets, s3, ecr, ec2, elbv2, ecs, logs)
ANSWERS: Mapping[tuple[str, str], Answer] = {
    key: answer for module in MODULES for key, answer in module.ANSWERS.items()
}

_lock = Lock()
_patches = Patches()
_users = 0


@contextmanager
def corrected() -> Iterator[None]:
    """Apply the corrections; the classes are moto's own again when the last context has ended."""
    global _users
    with _lock:
        _users += 1
        if _users == 1:
            for module in MODULES:
                module.apply(_patches)
    try:
        yield
    finally:
        with _lock:
            _users -= 1
            if _users == 0:
                _patches.undo()
