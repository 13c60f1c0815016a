"""Requests by the IAM action that they need, and the emulated account that they go to."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

import pytest

from grader.calls.iam_actions import iam_action
from reference_app.emulator import EmulatedAccount, emulated_account
from tests.collect.servers import Asked

from .reference import credentials

_PREFIXES = {"elasticloadbalancing": "elbv2", "monitoring": "cloudwatch"}
_OF_S3 = {"publicAccessBlock": "GetPublicAccessBlock", "list-type": "ListObjectsV2", "versions": "ListObjectVersions"}


@pytest.fixture(scope="package")
def account() -> Iterator[EmulatedAccount]:
    """The whole lab, with its application."""
    with emulated_account() as started, pytest.MonkeyPatch.context() as patch:
        for name, value in credentials(started).items():
            patch.setenv(name, value)
        yield started


def action_of(asked: Asked) -> str:
    """The IAM action that a request needs."""
    service, operation = _PREFIXES.get(asked.service, asked.service), asked.action
    if service == "s3":
        parts = urlsplit(asked.path)
        query = parse_qs(parts.query, keep_blank_values=True)
        if parts.path.startswith("/v20180820/"):
            service, operation = "s3control", "GetPublicAccessBlock"
        else:
            operation = next((_OF_S3[name] for name in query if name in _OF_S3), "ListBuckets")
    return iam_action(f"{service}.{operation}")
