"""The regions that the AWS SDK knows: to search where AWS does not list them, and to tell a mistyped name."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches
from typing import Any

from grader.errors import UsageError


def known_regions(loader: Any, partition: str = "") -> tuple[str, ...]:
    """Every region of a partition (of all, without one), in name order. ``loader`` is botocore's loader of data."""
    partitions = loader.load_data("endpoints")["partitions"]
    found = (one["regions"] for one in partitions if partition in ("", one["partition"]))
    return tuple(sorted(name for regions in found for name in regions if not name.endswith("-global")))


def check_regions(names: Iterable[str], loader: Any) -> None:
    """Raise ``UsageError`` for the name of a region that does not exist."""
    known = known_regions(loader)
    for name in names:
        if name in known:
            continue
        near = get_close_matches(name, known, n=1, cutoff=0.5)
        remedy = f"Did you mean {near[0]}?" if near else "Run aws ec2 describe-regions to list the regions."
        raise UsageError(f"there is no AWS region {name!r}.", where="--region", remedy=remedy)
