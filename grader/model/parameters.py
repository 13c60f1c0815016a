"""The numbers and names of a lab, as its rubric gives them: what the model looks for, and what messages ask for.

A rubric need not give all. A sign that needs what it does not give is left out.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any


@dataclass(frozen=True, slots=True)
class Parameters:
    """The parameters of a lab; None, "" or an empty tuple stands for what the rubric does not give.

    ``front_port`` is the load balancer's, ``port`` the application's. ``cpu`` is in CPU units, ``memory`` in MiB.
    ``vpc_block`` is the block that the handout takes, ``private_ranges`` are those that count as private. ``app`` is
    what the handout calls the application, ``names`` and ``bucket_names`` are words of the lab's own names.
    """

    front_port: int | None = None
    port: int | None = None
    target_type: str = ""
    protocol: str = ""
    health_path: str = ""
    cpu: int | None = None
    memory: int | None = None
    operating_system: str = ""
    architecture: str = ""
    vpc_block: str = ""
    private_ranges: tuple[str, ...] = ()
    group: str = ""
    app: str = ""
    image_tag: str = ""
    names: tuple[str, ...] = ()
    bucket_names: tuple[str, ...] = ()

    @classmethod
    def of(cls, values: Mapping[str, Any]) -> Parameters:
        """Those among the values of a rubric that the model knows; the others are for checks alone."""
        return cls(**{name: values[name] for name in PARAMETER_NAMES if name in values})

    def has_the_labs_name(self, name: str) -> bool:
        """Whether a resource is called as the lab calls its own."""
        return any(word.lower() in name.lower() for word in self.names)

    def has_the_labs_bucket_name(self, name: str) -> bool:
        """Whether a bucket is called as the lab calls its own."""
        return any(word.lower() in name.lower() for word in self.bucket_names)


PARAMETER_NAMES: tuple[str, ...] = tuple(field.name for field in fields(Parameters))
"""What the model knows a rubric to give."""
