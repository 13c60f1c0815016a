"""Which operations only read: those that the rubric of a lab may ask, with the IAM action of each.

The data is ``read_operations.json``, made by ``scripts/read_operations.py`` from the access levels of the service
authorization reference and AWS's managed policies for auditors; NOTICE names the sources. ``refused_reads.py`` has
those that are refused although AWS counts them as reading.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from difflib import get_close_matches
from functools import cache
from pathlib import Path

from grader.calls.refused_reads import refused_because
from grader.calls.table import OPERATIONS

_FILE = Path(__file__).with_name("read_operations.json")

GLOBAL_SERVICES = frozenset(
    {
        "account", "artifact", "budgets", "ce", "cloudfront", "globalaccelerator", "health", "iam", "networkmanager",
        "organizations", "route53", "route53domains", "s3", "s3control", "savingsplans", "shield", "sts", "support",
        "trustedadvisor", "waf",
    }
)  # fmt: skip
"""Services that are asked once for all regions. Source: the endpoints of botocore; S3 lists all buckets anywhere."""

SENT_TO: Mapping[str, str] = {"globalaccelerator": "us-west-2", "health": "us-east-1", "route53domains": "us-east-1"}
"""Where those are that have one region and no endpoint of their own for all."""


@cache
def reading_operations() -> Mapping[str, str]:
    """``service.Operation`` of everything that may be asked, with its IAM action."""
    services = json.loads(_FILE.read_text(encoding="utf-8"))
    return {
        f"{service}.{name}": action or f"{service}:{name}"
        for service, operations in services.items()
        for name, action in operations.items()
    }


def may_be_asked(operation: str) -> bool:
    """Whether a rubric may ask an operation: it only reads, and what it tells is no secret."""
    return not refused_because(operation) and (operation in OPERATIONS or operation in reading_operations())


def why_not(operation: str) -> tuple[str, str]:
    """Why an operation may not be asked, and what to do: a sentence each."""
    secret = refused_because(operation)
    if secret and re.fullmatch(r"[\w-]+\.[A-Z]\w+", operation):
        near = suggestion(operation)
        remedy = f"Did you mean {near}?" if near and near != operation else "Ask for the settings of the thing instead."
        return f"{operation} is not asked: {secret}.", remedy
    near = suggestion(operation)
    if near:
        return f"there is no operation {operation!r} that only reads.", f"Did you mean {near}?"
    service = operation.partition(".")[0]
    if any(name.startswith(f"{service}.") for name in reading_operations()):
        return (
            f"there is no operation {operation!r} that only reads.",
            f"List the available ones with: grader operations {service}",
        )
    return (
        f"{operation!r} names no operation.",
        "Write service.Operation, such as ec2.DescribeVpcs; see: grader operations",
    )


@cache
def _plain_names() -> Mapping[str, str]:
    found: dict[str, str] = {}
    for name, action in reading_operations().items():
        if not name.startswith("elb."):  # the load balancers of today have the same actions
            found.setdefault(_plain(action), name)
    for name in (*reading_operations(), *OPERATIONS):
        found[_plain(name)] = name
    return found


def _plain(name: str) -> str:
    """A name without case and punctuation, so that the spellings of the CLI, of boto3 and of IAM are one."""
    return re.sub(r"[^a-z0-9]", "", name.lower())


_VERBS = ("Delete", "Create", "Modify", "Put", "Update", "Terminate", "Stop", "Start", "Run")


def suggestion(operation: str) -> str:
    """The operation that was probably meant; empty where none is near."""
    names = _plain_names()
    if _plain(operation) in names:
        return names[_plain(operation)]
    service, _, name = operation.replace(":", ".").replace(" ", ".", 1).partition(".")
    verb = next((one for one in _VERBS if name.startswith(one)), "")
    if verb:
        noun = name.removeprefix(verb)
        for wanted in (f"Describe{noun}s", f"Describe{noun}", f"List{noun}s", f"Get{noun}"):
            if f"{service}.{wanted}" in names.values():
                return f"{service}.{wanted}"
        return ""
    own = [plain for plain in names if plain.startswith(_plain(service))]
    close = get_close_matches(_plain(operation), own or list(names), n=1, cutoff=0.75)
    return names[close[0]] if close else ""
