"""How one account is reached, and the credentials that reach it."""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from grader.errors import CannotGrade, UsageError

if TYPE_CHECKING:
    from botocore.session import Session

REGION = re.compile(r"[a-z]{2,4}(-[a-z]{2,12}){1,3}-\d{1,2}")
"""What a region's name looks like. It becomes part of a host name, so nothing else may pass."""

_ROLE = re.compile(r"arn:aws[a-z-]*:iam::\d{12}:role/[\w+=,.@/-]{1,576}")
_CREDENTIALS_REMEDY = (
    "Give credentials as the AWS CLI takes them: aws configure, AWS_PROFILE, or environment variables."
)


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


# What a profile says about who asks; everything else in it says how to ask, and clients are shared where that
# is equal.
_WHO = re.compile(
    r"aws_.*|role_.*|sso_.*|source_profile|credential_.*|external_id|mfa_serial|duration_seconds|web_identity_.*"
    r"|login_session|region|output|cli_.*"
)


@dataclass(frozen=True, slots=True)
class Door:
    """An account with everything that asking it needs: its session, credentials, home region, partition."""

    session: Session
    credentials: Any
    """botocore's credentials, which renew themselves where they can."""
    home_region: str
    partition: str
    manner: tuple[object, ...]
    """What decides how requests are sent. Accounts with equal ones share clients."""


def new_session(profile: str | None, loader: Any, hooks: Any) -> Session:
    """A botocore session with shared models and event handlers.

    ``hooks`` is an emitter of ``botocore_handlers``; registering botocore's hundred handlers anew takes
    longer than all else that a session does.
    """
    import botocore.session

    session = botocore.session.Session(event_hooks=hooks, include_builtin_handlers=False)
    session.register_component("data_loader", loader)
    if profile is not None:
        session.set_config_variable("profile", profile)
    return session


def botocore_handlers() -> Any:
    """An event emitter with botocore's own handlers."""
    import botocore.session
    from botocore.hooks import HierarchicalEmitter

    for name in ("botocore", "urllib3"):
        # They log what they also raise, with tracebacks, which would otherwise reach the terminal.
        logging.getLogger(name).addHandler(logging.NullHandler())
    hooks = HierarchicalEmitter()
    botocore.session.Session(event_hooks=hooks)
    return hooks


def open_door(access: Access, loader: Any, hooks: Any) -> Door:
    """Find the credentials and the home region of an account.

    Raises ``UsageError`` for an unknown profile or an unreadable configuration, ``CannotGrade`` where there
    are no credentials or they cannot be got.
    """
    import botocore.exceptions as failures

    session = new_session(access.profile, loader, hooks)
    try:
        settings = session.get_scoped_config()
        region = session.get_config_variable("region") or "us-east-1"
        credentials = session.get_credentials()
    except failures.ProfileNotFound as error:
        profile = access.profile or session.profile
        raise UsageError(
            f"there is no profile {profile!r} in the AWS configuration.",
            where="--profile" if access.profile else "AWS_PROFILE",
            remedy="aws configure list-profiles shows those that there are.",
        ) from error
    except failures.ConfigParseError as error:
        raise UsageError(str(error), remedy="Correct that file of the AWS configuration.") from error
    except (failures.BotoCoreError, failures.ClientError) as error:
        raise CannotGrade(
            f"The credentials {_of_profile(access)} cannot be got: {_sentence(error)}",
            remedy=_CREDENTIALS_REMEDY,
        ) from error
    if credentials is None:
        raise CannotGrade(f"There are no AWS credentials{_of_profile(access, ' in')}.", remedy=_CREDENTIALS_REMEDY)
    if not REGION.fullmatch(region):
        raise UsageError(
            f"{region!r} is not the name of a region.",
            where="AWS_DEFAULT_REGION, or the profile's region",
            remedy="Write it like eu-west-1.",
        )
    return Door(session, credentials, region, _partition(region), _manner(access, settings))


def _manner(access: Access, settings: Mapping[str, Any]) -> tuple[object, ...]:
    shared = sorted((name, repr(value)) for name, value in settings.items() if not _WHO.fullmatch(name))
    return (access.endpoint_url, *shared)


def _partition(region: str) -> str:
    return {"cn": "aws-cn", "us-gov": "aws-us-gov"}.get(re.match(r"us-gov|[a-z]+", region)[0], "aws")  # type: ignore[index]


def frozen(credentials: Any, access: Access) -> Any:
    """The access key that ``credentials`` hold now;

    raises ``CannotGrade`` where they cannot be got or renewed.
    """
    import botocore.exceptions as failures

    try:
        keys = credentials.get_frozen_credentials()
    except (failures.BotoCoreError, failures.ClientError) as error:
        raise CannotGrade(
            f"The credentials {_of_profile(access)} cannot be got: {_sentence(error)}",
            remedy=_CREDENTIALS_REMEDY,
        ) from error
    return keys


def assume_role(access: Access, door: Door, policy: str, config: Any) -> Any:
    """Credentials of the role, narrowed by the session policy; they renew themselves.

    ``sts.AssumeRole`` is the one operation outside the table, made by a client that nothing else uses. Raises
    ``CannotGrade`` where the role cannot be assumed.
    """
    import botocore.exceptions as failures
    from botocore.credentials import RefreshableCredentials

    client = door.session.create_client(
        "sts", region_name=door.home_region, endpoint_url=access.endpoint_url, config=config
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
            remedy="Check the role's trust policy, its external id, and that you may call sts:AssumeRole.",
        ) from error
    return RefreshableCredentials.create_from_metadata(first, renew, "assume-role")


def _of_profile(access: Access, word: str = "of") -> str:
    return f"{word} profile {access.profile!r}" if access.profile else ("" if word != "of" else "found")


def _sentence(error: Exception) -> str:
    text = " ".join(str(error).split())
    return text if text.endswith(".") else f"{text}."
