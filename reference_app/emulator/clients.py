"""Real botocore clients for one emulated account, deaf to the settings of whoever runs the demo."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

# What CloudTrail shows of a call is the user agent, and it is how a grader tells the CLI from the console
# and from scripts.
CLI = "aws-cli/2.31.4 md/awscrt#0.27.6 ua/2.1 os/linux md/arch#x86_64 lang/python#3.13.7 exec-env/-"
CONSOLE = "AWS-Console-Signin/1.0 (Mozilla/5.0; console.amazonaws.com)"
DOCKER = "docker/28.5.1 go/go1.24.8 kernel/6.8.0 os/linux arch/amd64"


@dataclass(frozen=True, slots=True)
class Credentials:
    access_key_id: str
    secret_access_key: str


Client = Any
"""A botocore client: botocore makes these classes at run time, so there is no type to name."""
MakeClient = Callable[[str], Client]


@lru_cache(maxsize=1)
def _loader() -> Any:
    """One loader of service models for all clients: each session would parse the JSON again."""
    from botocore.loaders import create_loader

    return create_loader()


def unread_session() -> Any:
    """A botocore session that reads neither AWS_PROFILE nor the files of ~/.aws."""
    import botocore.session

    # (name in the file, environment variables, default, conversion) as in botocore's own table
    unread: dict[str, Any] = {
        "profile": (None, None, None, None),
        "config_file": (None, None, os.devnull, None),
        "credentials_file": (None, None, os.devnull, None),
    }
    session = botocore.session.Session(session_vars=unread)
    session.register_component("data_loader", _loader())
    return session


def client_maker(endpoint_url: str, region: str, credentials: Credentials, *, user_agent: str = CONSOLE) -> MakeClient:
    """A function from a service's name to a client that talks to `endpoint_url` and nothing else.

    Profiles, proxies and endpoints of the environment and of ~/.aws are not read: a demo must not depend on
    them.
    """
    from botocore.config import Config

    session = unread_session()
    # An empty mapping, not None: None would read HTTP_PROXY.
    config = Config(
        proxies={}, user_agent=user_agent, retries={"total_max_attempts": 1}, s3={"addressing_style": "path"}
    )
    made: dict[str, Client] = {}

    def make(service: str) -> Client:
        if service not in made:
            made[service] = session.create_client(
                service,
                region_name=region,
                endpoint_url=endpoint_url,
                aws_access_key_id=credentials.access_key_id,
                aws_secret_access_key=credentials.secret_access_key,
                config=config,
            )
            if service == "s3control":
                made[service].meta.events.register("before-sign.s3-control", _without_account_prefix)
        return made[service]

    return make


def _without_account_prefix(request: Any, **_: Any) -> None:
    """S3 Control puts `<account>.` before any host, and `123456789012.127.0.0.1` has no address."""
    scheme, _, rest = request.url.partition("://")
    account, _, host = rest.partition(".")
    if account.isdigit() and len(account) == 12:
        request.url = f"{scheme}://{host}"
