"""An AWS account on this machine: moto, corrected, the whole lab deployed in it, the application behind it.

    with emulated_account("nat-in-private-subnet") as account:
        ...  # any AWS client, given account.endpoint_url, sees an account with that fault

Importing this module costs nothing: moto, botocore and the rest are imported when an account starts, and the faults can
be listed without them.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

from .faults import FAULTS, Fault, UnknownFault

__all__ = ["FAULTS", "EmulatedAccount", "Fault", "UnknownFault", "emulated_account"]


@dataclass(frozen=True, slots=True)
class EmulatedAccount:
    """Where the account is, and the administrator's key, which has been used."""

    account: str
    """12 digits"""
    region: str
    endpoint_url: str
    """`http://127.0.0.1:PORT`, for every service"""
    access_key_id: str
    secret_access_key: str
    connect_to: str
    """`NAME-OF-THE-LOAD-BALANCER:80:127.0.0.1:PORT`, as curl's --connect-to wants it"""


@contextmanager
def emulated_account(
    *faults: str,
    application: bool = True,
    account: str = "123456789012",
    region: str = "eu-west-1",
    denied: Sequence[str] = (),
    session_ended: bool = False,
    empty: bool = False,
) -> Iterator[EmulatedAccount]:
    """Start an account that holds the lab, and stop all of it at the end, also when something raised.

    `faults` are names in FAULTS; any can be made together. Without the `application` no process is started,
    nobody
    visits, and the load balancer's port refuses connections. `denied` are IAM actions, such as
    `budgets:ViewBudget` or
    `ec2:*`, that are refused to the key. With `session_ended` the account is a Learner Lab whose session is
    over: all
    but sts:GetCallerIdentity is refused. An `empty` account is one in which nothing was ever done; its
    caller is root.

    Raises UnknownFault, and ImportError where moto, or what the application needs, is not installed.
    """
    for name in faults:
        if name not in FAULTS:
            raise UnknownFault(name)
    from .application import training

    with ExitStack() as stack:
        # Training takes as long as importing moto and deploying all but the application: it is started
        # before either.
        trained = stack.enter_context(training()) if application and not empty else None
        with _without_profile():
            from .running import running

        yield stack.enter_context(
            running(
                faults,
                trained=trained,
                account=account,
                region=region,
                denied=denied,
                session_ended=session_ended,
                empty=empty,
            )
        )


@contextmanager
def _without_profile() -> Iterator[None]:
    """Moto asks botocore for regions while it is imported, which fails where AWS_PROFILE names no profile."""
    names = ("AWS_PROFILE", "AWS_DEFAULT_PROFILE")
    kept = {name: os.environ.pop(name) for name in names if name in os.environ}
    try:
        yield
    finally:
        os.environ.update(kept)
