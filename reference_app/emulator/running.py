"""One emulated account from first port to last: what `emulated_account` is made of."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any

from moto.core.base_backend import BackendDict
from moto.s3.models import s3_backends

from . import EmulatedAccount
from .application import Application, Trained, serving
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
from .fault_injection import AFTERWARDS, WHILE_BUILDING, Clients, planned, spoil
from .gateway import Gateway
from .network import build_balancer, build_network
from .refusals import Refusals
from .server import served
from .traffic import publish_charges, publish_usage, visit
from .trail import Trail

ROOT = Credentials("AKIAEMULATEDROOTUSER", "the root user signs in on the console and has no key")
_used: set[str] = set()


class AccountInUseError(RuntimeError):
    """Two emulated accounts of one number would share their resources."""


@contextmanager
def running(
    faults: Sequence[str],
    *,
    trained: Trained | None,
    account: str,
    region: str,
    denied: Sequence[str],
    session_ended: bool,
    empty: bool,
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
        url = stack.enter_context(served(lambda inner: Gateway(inner, account, answers, refusals, trail.record)))
        balancer = stack.enter_context(LoadBalancer(account, region))
        root = client_maker(url, region, ROOT)
        if empty:
            caller = ROOT
            root_user(account).access_key = True
            dns = f"nothing-1.{region}.elb.amazonaws.com"
        else:
            caller, dns = _deployed(stack, root, url, account, region, trained, balancer, faults)
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
    trained: Trained | None,
    balancer: LoadBalancer,
    faults: Sequence[str],
) -> tuple[Credentials, str]:
    """Deploy, visit, spoil. The administrator's key and the load balancer's name."""
    root_user(account).mfa = True  # there is no API by which the root user gets a device
    publish_charges(account)
    identity = set_up_account(root, url, region)
    admin = client_maker(url, region, identity.credentials, user_agent=CONSOLE)
    docker = client_maker(url, region, identity.credentials, user_agent=DOCKER)
    command_line = client_maker(url, region, identity.credentials, user_agent=CLI)
    set_up_budget(admin, account)
    roles = create_roles(admin)
    image = push_image(admin, command_line, docker, account, region)
    network = build_network(admin, region, planned(faults))
    alb = build_balancer(admin, network)
    bucket = upload(admin, account, region, trained() if trained else None)
    child: Application | None = None
    if trained is not None:
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
    clients = Clients(admin, docker)
    lab = spoil(faults, WHILE_BUILDING, lab, clients)
    if trained is not None:
        balancer.serve(lab.balancer.arn)
        visit(balancer, lab.balancer.dns)
    if child is not None:
        publish_usage(child, account, region, cluster.split("/")[-1], service.split("/")[-1])
    lab = spoil(faults, AFTERWARDS, lab, clients)
    balancer.settle()
    return identity.credentials, lab.balancer.dns


def _forget(account: str) -> None:
    """Drop what moto holds of the account, and of no other."""
    forget_root_user(account)
    forget_container(account)
    all_backends: list[Any] = list(vars(BackendDict)["_instances"])
    for backends in all_backends:
        if account in backends:
            del backends[account]
    # Names of buckets are one space for all accounts, and moto keeps it beside them.
    for name, (_, owner) in list(s3_backends.bucket_accounts.items()):
        if owner == account:
            del s3_backends.bucket_accounts[name]
