"""The session of one account: its credentials, its home region and its settings, as boto3 finds them.

Whatever the AWS CLI and boto3 take is taken: keys in the environment or in a profile, single sign-on, a role, a web
identity, a process, the metadata of a machine.
"""

from __future__ import annotations

import logging
import os
import re
from collections.abc import Mapping
from copy import copy
from dataclasses import dataclass
from typing import Any

import botocore.exceptions as failures
import botocore.session
from boto3 import Session
from botocore.credentials import RefreshableCredentials
from botocore.hooks import HierarchicalEmitter

from grader.collect.access import REGION, Access, partition_of
from grader.collect.region_names import known_regions
from grader.errors import CannotGrade, UsageError

_CREDENTIALS_REMEDY = (
    "Provide credentials as for the AWS CLI: aws configure, AWS_PROFILE, or environment variables."
)

# What a profile says about who asks. Everything else in it says how to ask: clients are shared where that is equal.
_WHO = re.compile(
    r"aws_.*|role_.*|sso_.*|source_profile|credential_.*|external_id|mfa_serial|duration_seconds|web_identity_.*"
    r"|login_session|region|output|cli_.*"
)


@dataclass(frozen=True, slots=True)
class AccountSession:
    """What is needed to call AWS for one account: its session, credentials, home region, partition."""

    session: Session
    credentials: Any
    """botocore's credentials, which renew themselves where they can."""
    home_region: str
    partition: str
    manner: tuple[object, ...]
    """What decides how requests are sent. Accounts with equal ones share clients."""


def new_session(profile: str | None, loader: Any, hooks: Any) -> botocore.session.Session:
    """A botocore session with shared models and event handlers, to make a boto3 session or clients from.

    ``hooks`` is an emitter of ``botocore_handlers``; registering botocore's hundred handlers anew takes
    longer than all else that a session does.
    """
    session = botocore.session.Session(event_hooks=hooks, include_builtin_handlers=False)
    session.register_component("data_loader", loader)
    if profile is not None:
        session.set_config_variable("profile", profile)
    return session


def profile_names() -> list[str]:
    """The profiles that the AWS CLI knows here."""
    return sorted(botocore.session.Session().available_profiles)


def region_names() -> tuple[str, ...]:
    """Every region that the AWS SDK knows."""
    return known_regions(botocore.session.Session().get_component("data_loader"))


def botocore_handlers() -> Any:
    """An event emitter with botocore's own handlers."""
    for name in ("botocore", "urllib3"):
        # They log what they also raise, with tracebacks, which would otherwise reach the terminal.
        logging.getLogger(name).addHandler(logging.NullHandler())
    hooks = HierarchicalEmitter()
    botocore.session.Session(event_hooks=hooks)
    return hooks


def open_session(access: Access, loader: Any, hooks: Any, policy: str = "") -> AccountSession:
    """Find the credentials and the home region of an account.

    A role that its profile assumes, or that a web identity is exchanged for, is narrowed by the session ``policy``,
    unless it only leads to ``access.role_arn``, which then is.

    Raises ``UsageError`` for an unknown profile or an unreadable configuration, ``CannotGrade`` where there
    are no credentials or they cannot be got.
    """
    # A copy of the handlers: each boto3 session adds some of its own.
    underneath = new_session(access.profile, loader, copy(hooks))
    try:
        settings = underneath.get_scoped_config()
        if policy and access.role_arn is None:
            _narrow(underneath, settings, policy)
        session = Session(botocore_session=underneath)
        region = (access.keys and access.keys.region) or session.region_name or "us-east-1"
        if access.keys is not None:
            given = access.keys
            underneath.set_credentials(given.access_key_id, given.secret_access_key, given.session_token)
        credentials = session.get_credentials()
    except failures.ProfileNotFound as error:
        profile = access.profile or underneath.profile
        raise UsageError(
            f"there is no profile {profile!r} in the AWS configuration.",
            where="--profile" if access.profile else "AWS_PROFILE",
            remedy="Run aws configure list-profiles to list the profiles.",
        ) from error
    except failures.ConfigParseError as error:
        raise UsageError(str(error), remedy="Fix that AWS configuration file.") from error
    except (failures.BotoCoreError, failures.ClientError) as error:
        raise _not_loaded(access, error) from error
    if credentials is None:
        raise CannotGrade(f"No AWS credentials were found{_of_profile(access, ' in')}.", remedy=_CREDENTIALS_REMEDY)
    if not REGION.fullmatch(region):
        raise UsageError(
            f"{region!r} is not the name of a region.",
            where="AWS_DEFAULT_REGION, or the profile's region",
            remedy="Write it like eu-west-1.",
        )
    return AccountSession(session, credentials, region, partition_of(region), _manner(access, settings))


def _narrow(session: botocore.session.Session, settings: Mapping[str, Any], policy: str) -> None:
    """Let botocore's own credential providers ask for the role with the policy; earlier roles of a chain stay whole."""
    last = {settings.get("role_arn"), os.environ.get("AWS_ROLE_ARN")} - {None}

    def narrowed(params: dict[str, Any], **_: Any) -> dict[str, Any]:
        return {"Policy": policy, **params} if params.get("RoleArn") in last else params

    for operation in ("AssumeRole", "AssumeRoleWithWebIdentity"):
        session.register(f"provide-client-params.sts.{operation}", narrowed)


def _manner(access: Access, settings: Mapping[str, Any]) -> tuple[object, ...]:
    shared = sorted((name, repr(value)) for name, value in settings.items() if not _WHO.fullmatch(name))
    return (access.endpoint_url, *shared)


def frozen(credentials: Any, access: Access) -> Any:
    """The access key that ``credentials`` hold now; raises ``CannotGrade`` where they cannot be got or renewed."""
    try:
        keys = credentials.get_frozen_credentials()
    except (failures.BotoCoreError, failures.ClientError) as error:
        raise _not_loaded(access, error) from error
    return keys


def assume_role(access: Access, account_session: AccountSession, policy: str, config: Any) -> Any:
    """Credentials of the role, narrowed by the session policy; they renew themselves.

    ``sts.AssumeRole`` is the one operation outside the table, made by a client that nothing else uses. Raises
    ``CannotGrade`` where the role cannot be assumed.
    """
    client = account_session.session.client(
        "sts", region_name=account_session.home_region, endpoint_url=access.endpoint_url, config=config
    )
    request = {"RoleArn": access.role_arn, "RoleSessionName": "lab-grader", "Policy": policy}
    if access.external_id is not None:
        request["ExternalId"] = access.external_id

    def renew() -> dict[str, str]:
        given = client.assume_role(**request)["Credentials"]
        return {
            "access_key": given["AccessKeyId"],
            "secret_key": given["SecretAccessKey"],
            "token": given["SessionToken"],
            "expiry_time": given["Expiration"].isoformat(),
        }

    try:
        first = renew()
    except (failures.BotoCoreError, failures.ClientError, KeyError) as error:
        raise CannotGrade(
            f"The role {access.role_arn} cannot be assumed: {_sentence(error)}",
            remedy="Check the role's trust policy and external id, and that you are allowed to call sts:AssumeRole.",
        ) from error
    return RefreshableCredentials.create_from_metadata(first, renew, "assume-role")


def _not_loaded(access: Access, error: Exception) -> CannotGrade:
    said = f"The credentials {_of_profile(access)} cannot be loaded: {_sentence(error)}"
    return CannotGrade(said, remedy=_CREDENTIALS_REMEDY)


def _of_profile(access: Access, word: str = "of") -> str:
    return f"{word} profile {access.profile!r}" if access.profile else ("" if word != "of" else "found")


def _sentence(error: Exception) -> str:
    text = " ".join(str(error).split())
    return text if text.endswith(".") else f"{text}."
