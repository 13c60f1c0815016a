"""Whether a document is an evidence file: everything but the shape of AWS's answers, checked before anything is graded.

What an answer holds is checked where it is read (``grader.evidence.fields``): a claim that never looks at a value does
not depend on it. Each message names the place as a JSON pointer (RFC 6901) and what should be there.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from grader.errors import EvidenceError
from grader.evidence.fields import Fields

FORMAT = 1

_TEXTS = ("account", "home_region", "environment", "caller", "now", "regions_note", "regions_from", "grader")
_LISTS = ("regions", "regions_named", "regions_refused")
_YEARS = range(1970, 2101)  # arithmetic with times beyond them can leave what a date may be


def check_structure(document: Mapping[str, Any], source: str) -> None:
    """Raise ``EvidenceError`` for a document that is not evidence of a format that this grader knows."""
    root = Fields(document, source)
    if "calls" not in document or "meta" not in document:
        raise EvidenceError(
            "this is not an evidence file: it needs 'meta' and 'calls'.",
            where=source,
            remedy="Write one with: grader collect --evidence FILE",
        )
    meta = root.required("meta")
    form = max(root.number("format", 1), meta.number("format", 1))
    if form > FORMAT:
        raise EvidenceError(
            f"evidence of format {form:g} is newer than this grader, which reads up to {FORMAT}.",
            where=source,
            remedy="Update the grader.",
        )
    for name in _TEXTS:
        meta.text(name, "")
    for name in _LISTS:
        meta.texts(name)
    moment_of(meta)
    if meta.raw.get("http_probe") is not None:
        _check_probe(meta.required("http_probe"))
    _check_calls(root.required("calls"))


def moment_of(meta: Fields) -> datetime:
    """When the account was read, with its offset; 1970 where that is not said."""
    text = meta.text("now", "1970-01-01T00:00:00+00:00")
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise EvidenceError(f"{text[:60]!r} is not an ISO 8601 time.", where=meta.place("now")) from error
    if moment.year not in _YEARS:
        raise EvidenceError(f"{text[:60]!r} is not a time at which AWS can have been read.", where=meta.place("now"))
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _check_probe(probe: Fields) -> None:
    probe.flag("ok")
    probe.whole("status")
    for name in ("url", "load_balancer"):
        probe.text(name, "")
    for each in probe.each("endpoints"):
        each.flag("ok")
        each.whole("status")
        for name in ("method", "path"):
            each.text(name)
        for name in ("body", "cut"):
            each.text(name, "")
    for each in probe.each("unsettled"):
        for name in ("method", "path", "body", "why"):
            each.text(name, "")


def _check_calls(calls: Fields) -> None:
    for operation in calls.raw:
        regions = calls.required(operation)
        for region in regions.raw:
            keys = regions.required(region)
            for key in keys.raw:
                entry = keys.required(key)
                if ("response" in entry.raw) == ("error" in entry.raw):
                    raise EvidenceError(
                        "must hold either 'response' or 'error'.",
                        where=entry.where,
                        remedy="Collect the account again.",
                    )
                if "response" in entry.raw:
                    entry.required("response")
                    continue
                error = entry.required("error")
                error.text("Code", "")
                error.text("Message", "")
                error.whole("HTTPStatusCode")
