"""Account Management and Organizations: a student's account is in no organization."""

from __future__ import annotations

from datetime import UTC
from typing import Any

import boto3
from moto.core.base_backend import AccountSpecificBackend

from ..clients import unread_session
from ..errors import AwsError
from ..gateway import Answer, Call
from .ec2 import DEFAULT_REGIONS, OPT_IN_REGIONS
from .iam import root_user
from .patches import Patches


def apply(patches: Patches) -> None:
    # Moto lists regions through a session that fails where AWS_PROFILE names no profile.
    session = boto3.Session(botocore_session=unread_session())
    patches.replace(AccountSpecificBackend, "get_session", classmethod(lambda cls: session))


def _regions(call: Call) -> dict[str, Any]:
    states = {name: "ENABLED_BY_DEFAULT" for name in DEFAULT_REGIONS}
    states |= {name: "DISABLED" for name in OPT_IN_REGIONS}
    wanted = call.parameters().get("RegionOptStatusContains") or ()
    return {
        "Regions": [
            {"RegionName": name, "RegionOptStatus": state}
            for name, state in sorted(states.items())
            if not wanted or state in wanted
        ]
    }


def _information(call: Call) -> dict[str, Any]:
    return {
        "AccountId": call.account,
        "AccountName": "mlops-student",
        "AccountCreatedDate": root_user(call.account).created.replace(tzinfo=UTC, microsecond=0),
    }


def _no_organization(call: Call) -> dict[str, Any]:
    raise AwsError(
        "OrganizationNotFoundException",
        "The request was rejected because no organization is associated with your account.",
        404,
    )


def _not_in_use(call: Call) -> dict[str, Any]:
    raise AwsError("AWSOrganizationsNotInUseException", "Your account is not a member of an organization.")


ANSWERS: dict[tuple[str, str], Answer] = {
    ("account", "ListRegions"): _regions,
    ("account", "GetAccountInformation"): _information,
    ("iam", "ListOrganizationsFeatures"): _no_organization,
    ("organizations", "DescribeOrganization"): _not_in_use,
}
