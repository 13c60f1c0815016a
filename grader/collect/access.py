"""How one account is reached, as the command line says it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from grader.errors import UsageError

REGION = re.compile(r"[a-z]{2,4}(-[a-z]{2,12}){1,3}-\d{1,2}")
"""What a region's name looks like. It becomes part of a host name, so nothing else may pass."""

_PARTITIONS = {"cn": "aws-cn", "us-gov": "aws-us-gov", "eusc": "aws-eusc", "us-iso": "aws-iso", "us-isob": "aws-iso-b"}
_ROLE = re.compile(r"arn:aws[a-z-]*:iam::\d{12}:role/[\w+=,.@/-]{1,576}")


@dataclass(frozen=True, slots=True)
class Keys:
    """An access key that was handed in. ``region`` is the one that stood beside it, or empty."""

    access_key_id: str = field(repr=False)
    secret_access_key: str = field(repr=False)
    session_token: str | None = field(default=None, repr=False)
    region: str = ""


@dataclass(frozen=True, slots=True)
class Access:
    """How one account is reached, as the command line says it.

    ``regions`` are those to search, all enabled ones if empty. ``connect_to`` are rules
    ``HOST:PORT:TO_HOST:TO_PORT`` as in curl, for the probes of the application; an empty HOST or PORT matches
    any.
    """

    profile: str | None = None
    role_arn: str | None = None
    external_id: str | None = None
    endpoint_url: str | None = None
    regions: tuple[str, ...] = ()
    connect_to: tuple[str, ...] = ()
    probe: bool = True
    keys: Keys | None = None
    """The credentials themselves, instead of those that the AWS CLI would use."""


def partition_of(region: str) -> str:
    """The partition that a region belongs to, by its name: ``aws``, ``aws-cn``, ``aws-us-gov`` and others."""
    start = region.rpartition("-")[0].rpartition("-")[0]
    return _PARTITIONS.get(start, "aws")


def check_access(access: Access) -> None:
    """Raise ``UsageError`` for what can be told to be wrong before anything is asked."""
    for region in access.regions:
        if not REGION.fullmatch(region):
            raise UsageError(
                f"{region!r} is not the name of a region.",
                where="--region",
                remedy="Write it like eu-west-1.",
            )
    if access.role_arn is not None and not _ROLE.fullmatch(access.role_arn):
        raise UsageError(
            f"{access.role_arn!r} is not the ARN of a role.",
            where="--role-arn",
            remedy="Write it like arn:aws:iam::123456789012:role/name.",
        )
    if access.external_id is not None and access.role_arn is None:
        raise UsageError("there is no role for the external id.", where="--external-id", remedy="Add --role-arn.")
    if access.endpoint_url is not None and not re.fullmatch(r"https?://[^\s/?#@]+/?", access.endpoint_url):
        raise UsageError(
            f"{access.endpoint_url!r} is not an endpoint.",
            where="--endpoint-url",
            remedy="Write it like http://127.0.0.1:5000.",
        )
