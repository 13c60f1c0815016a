"""IAM: the root user, the policies of AWS, the credential report."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from moto.core.responses import ActionResult
from moto.core.utils import utcnow
from moto.iam import models, responses
from moto.iam.aws_managed_policies import aws_managed_policies_data

from ..gateway import Answer
from .patches import Patches

# The policies of AWS that the lab attaches, or that its faults attach instead. Moto can load all 1,400: 6
# MB an account.
POLICIES = (
    "AdministratorAccess",
    "AdministratorAccess-Amplify",
    "PowerUserAccess",
    "ReadOnlyAccess",
    "SecurityAudit",
    "AmazonS3ReadOnlyAccess",
    "AmazonS3FullAccess",
    "AmazonECSTaskExecutionRolePolicy",
)


@dataclass(slots=True)
class RootUser:
    """What moto has no place for: an account's root user."""

    mfa: bool = False
    password: bool = True
    access_key: bool = False
    created: datetime = field(default_factory=lambda: utcnow() - timedelta(days=48))


_roots: dict[str, RootUser] = {}


def root_user(account: str) -> RootUser:
    return _roots.setdefault(account, RootUser())


def forget_root_user(account: str) -> None:
    _roots.pop(account, None)


def apply(patches: Patches) -> None:
    # Moto knows AWS's own policies only if it loads every one of them.
    patches.replace(models.IAMBackend, "_init_aws_policies", _few_aws_policies)
    # Moto: AccountMFAEnabled always 0, AccountPasswordPresent absent, the root's device in no count.
    patches.wrap(models.AccountSummary, "summary_map", _summary_with_root)
    # Moto lists users' devices only, with their secrets; AWS lists the root's too, and no secret.
    patches.wrap(models.IAMBackend, "list_virtual_mfa_devices", _with_roots_device)
    # Moto's report has no <root_account> row, which AWS puts first.
    patches.wrap(models.IAMBackend, "get_credential_report", _report_with_root)
    # Moto's report is always of 2 February 2015.
    patches.replace(responses.IamResponse, "get_credential_report", _fresh_report)


@cache
def _policy_data() -> dict[str, Any]:
    data = json.loads(aws_managed_policies_data)
    return {name: data[name] for name in POLICIES}


def _few_aws_policies(backend: Any) -> list[Any]:
    return [
        models.AWSManagedPolicy.from_data(name, backend.account_id, backend.region_name, data)
        for name, data in _policy_data().items()
    ]


def _summary_with_root(original: Any) -> Any:
    def summary_map(summary: Any) -> dict[str, int]:
        root = root_user(summary._iam_backend.account_id)
        counts: dict[str, int] = original.fget(summary)
        return {
            **counts,
            "AccountMFAEnabled": int(root.mfa),
            "AccountPasswordPresent": int(root.password),
            "AccountAccessKeysPresent": int(root.access_key),
            "MFADevices": counts["MFADevices"] + root.mfa,
            "MFADevicesInUse": counts["MFADevicesInUse"] + root.mfa,
        }

    return property(summary_map)


@dataclass(frozen=True, slots=True)
class ListedDevice:
    """A VirtualMfaDevice of moto as AWS lists it: without its secret, which is only told once."""

    serial_number: str
    enable_date: datetime | None
    user_attribute: dict[str, Any] | None
    tags: tuple[()] = ()

    @property
    def user(self) -> dict[str, Any] | None:
        return self.user_attribute


def _with_roots_device(original: Any) -> Any:
    def list_virtual_mfa_devices(
        backend: Any, assignment_status: str, marker: str | None, max_items: int
    ) -> tuple[list[Any], str | None]:
        found, following = original(backend, assignment_status, marker, max_items)
        devices = [ListedDevice(one.serial_number, one.enable_date, one.user_attribute) for one in found]
        root = root_user(backend.account_id)
        if not root.mfa or assignment_status == "Unassigned" or marker:
            return devices, following
        account = backend.account_id
        user = {"UserId": account, "Arn": f"arn:aws:iam::{account}:root", "CreateDate": root.created}
        # AWS's root `User` has no name and no path.
        device = ListedDevice(f"arn:aws:iam::{account}:mfa/root-phone", root.created, user)
        return [device, *devices], following

    return list_virtual_mfa_devices


def _report_with_root(original: Any) -> Any:
    def get_credential_report(backend: Any) -> str:
        report: str = original(backend)
        heading, _, rows = report.partition("\n")
        root = root_user(backend.account_id)
        created = root.created.strftime("%Y-%m-%dT%H:%M:%S+00:00")
        row = [
            "<root_account>",
            f"arn:aws:iam::{backend.account_id}:root",
            created,
            "not_supported",
            created if root.password else "no_information",
            "not_supported",
            "not_supported",
            str(root.mfa).lower(),
            str(root.access_key).lower(),
            *["N/A"] * 4,
            "false",
            *["N/A"] * 4,
            "false",
            "N/A",
            "false",
            "N/A",
        ]
        return "\n".join([heading, ",".join(row), rows])

    return get_credential_report


def _fresh_report(response: Any) -> Any:
    return ActionResult(
        {
            "Content": response.backend.get_credential_report(),
            "ReportFormat": "text/csv",
            "GeneratedTime": utcnow(),
        }
    )


ANSWERS: dict[tuple[str, str], Answer] = {}
