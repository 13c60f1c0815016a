"""One emulated account from first port to last: what `emulated_account` is made of."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

from moto.core.base_backend import BackendDict
from moto.s3.models import s3_backends

from . import EmulatedAccount
from .application import Application, serving, training
from .balancer import LoadBalancer
from .clients import CLI, CONSOLE, DOCKER, Credentials, MakeClient, client_maker
from .corrections import ANSWERS, corrected
from .corrections.containers import container_of, forget_container
from .corrections.iam import forget_root_user, root_user
from .deployment import (
    Lab,
    create_cluster,
    create_roles,
    create_service,
    push_image,
    register_task_definition,
    set_up_account,
    set_up_budget,
    upload,
)
from .gateway import Gateway
from .mistakes import AFTERWARDS, WHILE_BUILDING, Hands, planned, spoil
from .network import build_balancer, build_network
from .refusals import Refusals
from .server import served
from .traffic import visit
from .trail import Trail

ROOT = Credentials("AKIAEMULATEDROOTUSER", "the root user signs in on the console and has no key")
_used: set[str] = set()


class AccountInUseError(RuntimeError):
    """Two emulated accounts of one number would share their resources."""


@contextmanager
def running(
    faults: Sequence[str], *, application: bool, account: str, region: str, denied: Sequence[str], session_ended: bool, empty: bool
) -> Iterator[EmulatedAccount]:
    if account in _used:
        raise AccountInUseError(f"The account {account} is already being emulated in this process.")
    with ExitStack() as stack:
        _used.add(account)
        stack.callback(_used.discard, account)
        stack.enter_context(corrected())
        stack.callback(_forget, account)
        trail = Trail(account)
        refusals = Refusals(account)
        answers = {**ANSWERS, ("cloudtrail", "LookupEvents"): trail.lookup, **refusals.answers}
        url = stack.enter_context(
            served(lambda inner: Gateway(inner, account, answers, refusals, trail.record))
        )
        balancer = stack.enter_context(LoadBalancer(account, region))
        root = client_maker(url, region, ROOT)
        if empty:
            caller = ROOT
            root_user(account).access_key = True
            dns = f"nothing-1.{region}.elb.amazonaws.com"
        else:
            caller, dns = _deployed(stack, root, url, account, region, application, balancer, faults)
        trail.close()
        refusals.start(caller.access_key_id, denied, session_ended=session_ended)
        yield EmulatedAccount(
            account=account,
            region=region,
            endpoint_url=url,
            access_key_id=caller.access_key_id,
            secret_access_key=caller.secret_access_key,
            connect_to=f"{dns}:80:127.0.0.1:{balancer.port}",
        )


def _deployed(
    stack: ExitStack,
    root: MakeClient,
    url: str,
    account: str,
    region: str,
    application: bool,
    balancer: LoadBalancer,
    faults: Sequence[str],
) -> tuple[Credentials, str]:
    """Deploy, visit, spoil. The administrator's key and the load balancer's name."""
    trained: Callable[[], Path | None] = lambda: None  # noqa: E731  # one of two ways to get a model
    if application:
        # Training takes as long as everything up to the bucket, so both are done at once.
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="emulated-account-")))
        trained = stack.enter_context(training(folder / "classifier.joblib"))
    root_user(account).mfa = True  # there is no API by which the root user gets a device
    identity = set_up_account(root, url, region)
    admin = client_maker(url, region, identity.credentials, user_agent=CONSOLE)
    docker = client_maker(url, region, identity.credentials, user_agent=DOCKER)
    command_line = client_maker(url, region, identity.credentials, user_agent=CLI)
    set_up_budget(admin, account)
    roles = create_roles(admin)
    image = push_image(admin, command_line, docker, account, region)
    network = build_network(admin, region, planned(faults))
    alb = build_balancer(admin, network)
    bucket = upload(admin, account, region, trained())
    child: Application | None = None
    if application:
        child = stack.enter_context(
            serving(
                {
                    "S3_BUCKET": bucket,
                    "MODEL_KEY": "classifier.joblib",
                    "AWS_ENDPOINT_URL": url,
                    "AWS_REGION": region,
                    "AWS_DEFAULT_REGION": region,
                    "AWS_ACCESS_KEY_ID": "ASIAEMULATEDTASKROLE",
                    "AWS_SECRET_ACCESS_KEY": "given by the task role",
                }
            )
        )
    container_of(account).run(child)
    task_definition = register_task_definition(admin, region, bucket, image, roles)
    cluster = create_cluster(admin)
    if child is not None:
        child.address()
    service = create_service(admin, cluster, task_definition, network, alb.target_group)
    lab = Lab(account, region, bucket, image, roles, network, alb, cluster, service, task_definition)
    hands = Hands(admin, docker)
    lab = spoil(faults, WHILE_BUILDING, lab, hands)
    if application:
        balancer.serve(lab.balancer.arn)
        visit(balancer, lab.balancer.dns)
    lab = spoil(faults, AFTERWARDS, lab, hands)
    balancer.settle()
    return identity.credentials, lab.balancer.dns


def _forget(account: str) -> None:
    """Drop what moto holds of the account, and of no other."""
    forget_root_user(account)
    forget_container(account)
    for backends in list(BackendDict._instances):
        if account in backends:
            del backends[account]
    # Names of buckets are one space for all accounts, and moto keeps it beside them.
    for name, (_, owner) in list(s3_backends.bucket_accounts.items()):
        if owner == account:
            del s3_backends.bucket_accounts[name]


__all__ = ["FAULTS", "AccountInUseError", "Call", "running"]
