"""Mistakes that a student can make, each made in the emulated account by the calls that would make it in AWS."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .clients import MakeClient
    from .deployment import Lab


class UnknownFault(ValueError):  # noqa: N818  # the name is part of the interface
    """No fault has this name."""

    def __init__(self, name: str) -> None:
        super().__init__(f"There is no fault called {name!r}. There are: {', '.join(FAULTS)}.")


@dataclass(frozen=True, slots=True)
class Fault:
    """`loses` says what a grader takes for it: item to points, as a decimal string."""

    name: str
    title: str
    loses: Mapping[str, str]


FAULTS: Mapping[str, Fault] = {}


def spoil(faults: Sequence[str], lab: Lab, admin: MakeClient, docker: MakeClient) -> None:
    """Make the faults, in the order given."""
