"""What of an account's private values a rubric keeps in its evidence, since its checks could not decide without."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from grader.evidence.scrubbing import Keep, Reader
from grader.model.storage import names_bucket
from grader.rubric import Rubric
from grader.rubric.queries import AskedOfAws
from grader.things.reading import readers_of


def kept_by(rubric: Rubric, document: Mapping[str, Any]) -> Keep:
    """What ``keep:`` names, over the answers of one account, and what the rubric's questions read in them."""
    readers: dict[str, tuple[Reader, ...]] = {}
    for question in _questions(rubric):
        readers[question.operation] = (*readers.get(question.operation, ()), question.path.value_in)
    for operation, reader in readers_of(rubric.things):
        readers[operation] = (*readers.get(operation, ()), reader)
    buckets = _buckets(document) if "buckets" in rubric.keep else None
    kinds = tuple(kind for kind in rubric.keep if kind != "buckets" or buckets is not None)
    return Keep(lambda text: any(names_bucket(text, name) for name in buckets or ()), readers, kinds)


def _questions(rubric: Rubric) -> Iterator[AskedOfAws]:
    for item in rubric.items:
        for row in item.checks:
            for _, value in row.parameters:
                if isinstance(value, AskedOfAws):
                    yield value


def _buckets(document: Mapping[str, Any]) -> tuple[str, ...] | None:
    """The names of the account's buckets; None where AWS did not list them."""
    entry = document["calls"].get("s3.ListBuckets", {}).get("global", {}).get("", {})
    listed = (entry.get("response") or {}).get("Buckets")
    if not isinstance(listed, list):
        return None
    return tuple(
        one["Name"] for one in listed if isinstance(one, dict) and isinstance(one.get("Name"), str) and one["Name"]
    )
