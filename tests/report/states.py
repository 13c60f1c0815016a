"""The accounts whose pages are looked at: the four states of the page, and others that it must take."""

from __future__ import annotations

import re
from typing import Any

from tests.cases import golden, patched

STATES = (
    "full marks",
    "several faults",
    "much refused",
    "empty account",
    "academy",
    "session ended",
    "seventeen regions",
)
FAULTS = ("M100", "M182", "M006", "U02")
"""A route, a listener on which two later steps rest, a missing device, and a budget that AWS would not show."""

REGIONS = (
    "ap-northeast-1", "ap-northeast-2", "ap-northeast-3", "ap-south-1", "ap-southeast-1", "ap-southeast-2",
    "ca-central-1", "eu-central-1", "eu-north-1", "eu-west-1", "eu-west-2", "eu-west-3", "sa-east-1", "us-east-1",
    "us-east-2", "us-west-1", "us-west-2",
)  # fmt: skip
_NAMES = ("GroupName", "LoadBalancerName", "TargetGroupName", "serviceName", "clusterName", "Description", "family")


def document(state: str) -> dict[str, Any]:
    """The evidence of one of ``STATES``."""
    if state == "full marks":
        return golden()
    if state == "several faults":
        return patched(*FAULTS)
    if state == "much refused":
        return patched("U01", "U02", "U08", "U10")
    if state == "academy":
        return patched("V119")
    if state == "session ended":
        return patched("U20")
    return emptied(REGIONS if state == "seventeen regions" else ("eu-west-1", "us-east-1", "us-west-2"))


def emptied(regions: tuple[str, ...]) -> dict[str, Any]:
    """An account in which nothing was made: every question of the golden one, answered with nothing."""
    document = golden()
    document["meta"]["regions"] = list(regions)
    for asked in document["calls"].values():
        keys = {key for region, keys in asked.items() if region != "global" for key in keys}
        if "global" not in asked:
            asked.update({region: dict.fromkeys(keys) for region in regions})
        for region in asked:
            asked[region] = {key: {"response": {}} for key in asked[region]}
    document["calls"]["iam.GetAccountSummary"]["global"][""] = {
        "response": {"SummaryMap": {"AccountMFAEnabled": 0, "AccountPasswordPresent": 1}}
    }
    return document


def named(text: str) -> dict[str, Any]:
    """The golden account with ``text`` for every name that its owner may choose freely, and in every log line."""
    document: dict[str, Any] = _renamed(golden(), text)
    return document


def _renamed(value: Any, text: str) -> Any:
    if isinstance(value, list):
        return [_renamed(one, text) for one in value]
    if not isinstance(value, dict):
        return value
    renamed = {
        name: text if name in _NAMES and inner != "default" else _renamed(inner, text) for name, inner in value.items()
    }
    if value.get("Key") == "Name":
        renamed["Value"] = text
    if "message" in value and isinstance(value["message"], str):
        renamed["message"] = f"{text} {value['message']}"
    return renamed


def plain(page: str) -> str:
    """A page without its markup, spaces as one."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", "", page.replace("</dt>", " ")))
