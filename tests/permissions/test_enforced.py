"""The policy that ``grader policy`` prints, enforced by IAM of another emulator: enough, and nothing more.

ministack evaluates policies as AWS does (``AUTH=true``). It has an environment of its own with a lock of its own:
``make permissions`` installs it and runs these tests.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from time import monotonic, sleep
from typing import Any
from urllib.error import URLError
from urllib.request import urlopen

import pytest

from grader.calls.policy import policy_document, session_policy
from grader.grading.permissions import ALWAYS_ALLOWED
from grader.rubric import open_rubric
from grader.rubric.needs import operations_for
from reference_app.emulator.clients import CLI, DOCKER, Credentials, MakeClient, client_maker
from reference_app.emulator.deployment import (
    create_cluster,
    create_roles,
    create_service,
    push_image,
    register_task_definition,
    set_up_account,
    set_up_budget,
    upload,
)
from reference_app.emulator.fault_injection import planned
from reference_app.emulator.network import build_balancer, build_network
from tests.cases import grade_one, lost, opened

from .reference import collected

ROOT = Path(__file__).parents[2]
PROGRAM = ROOT / ".venv-ministack" / ("Scripts" if os.name == "nt" else "bin") / "ministack"
ACCOUNT, REGION = "123456789012", "eu-west-1"
NEEDED = operations_for(open_rubric().items)
POLICY = policy_document(NEEDED)
ACTIONS = POLICY["Statement"][0]["Action"]
SAMPLE = ("ec2:DescribeSubnets", "s3:ListAllMyBuckets", "iam:ListUsers", "budgets:ViewBudget")

pytestmark = pytest.mark.skipif(not PROGRAM.exists(), reason="ministack is not installed: make permissions installs it")

_CREATE = """
import boto3, sys
boto3.client("ec2", endpoint_url=sys.argv[1]).create_vpc(CidrBlock="10.9.0.0/16")
"""


@dataclass(frozen=True, slots=True)
class Enforced:
    """The account, its administrator, and the user whose one policy is under test."""

    url: str
    admin: MakeClient
    administrator: Credentials
    reader: Credentials

    def allow(self, policy: dict[str, Any]) -> None:
        """Give the user this policy and no other.

        ministack knows no ``budgets:ViewBudget``: where AWS looks for that, it wants the name of the operation.
        """
        policy = json.loads(json.dumps(policy))
        for statement in policy["Statement"]:
            if "budgets:ViewBudget" in statement["Action"]:
                budgets = {name.partition("[")[0] for name in NEEDED if name.startswith("budgets.")}
                statement["Action"] += sorted(f"budgets:{name.partition('.')[2]}" for name in budgets)
        self.admin("iam").put_user_policy(UserName="reader", PolicyName="grader", PolicyDocument=json.dumps(policy))


@pytest.fixture(scope="module")
def account(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Enforced]:
    """ministack with the lab deployed in it, as far as it goes there."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    home = tmp_path_factory.mktemp("ministack")
    root = Credentials("ROOTOFMINISTACK", "a-secret")
    surroundings = {
        "PATH": os.environ["PATH"], "HOME": str(home), "TMPDIR": str(home), "AUTH": "true", "GATEWAY_PORT": str(port),
        "BIND_HOST": "127.0.0.1", "MINISTACK_REGION": REGION, "MINISTACK_ACCOUNT_ID": ACCOUNT, "LOG_LEVEL": "WARNING",
        "AWS_ACCESS_KEY_ID": root.access_key_id, "AWS_SECRET_ACCESS_KEY": root.secret_access_key,
        "DOCKER_HOST": f"unix://{home}/no-docker.sock", "CLOUDTRAIL_RECORDING": "1",
    }  # fmt: skip
    url = f"http://127.0.0.1:{port}"
    with (home / "log").open("wb") as log:
        process = subprocess.Popen([PROGRAM], env=surroundings, cwd=home, stdout=log, stderr=log)
    try:
        _wait_for(f"{url}/_ministack/health", process)
        with pytest.MonkeyPatch.context() as patch:
            for name in [name for name in os.environ if name.startswith("AWS_")]:
                patch.delenv(name)
            patch.setenv("AWS_CONFIG_FILE", os.devnull)
            patch.setenv("AWS_SHARED_CREDENTIALS_FILE", os.devnull)
            patch.setenv("AWS_DEFAULT_REGION", REGION)
            patch.setenv("AWS_EC2_METADATA_DISABLED", "true")
            yield _deployed(url, root)
    finally:
        process.terminate()
        process.wait()


def _wait_for(url: str, process: subprocess.Popen[bytes]) -> None:
    end = monotonic() + 60
    while process.poll() is None and monotonic() < end:
        try:
            urlopen(url, timeout=5).close()
        except (URLError, OSError):
            sleep(0.1)
        else:
            return
    pytest.fail("ministack did not start")


def _deployed(url: str, owner: Credentials) -> Enforced:
    root = client_maker(url, REGION, owner)
    administrator = set_up_account(root, url, REGION).credentials
    admin = client_maker(url, REGION, administrator)
    docker = client_maker(url, REGION, administrator, user_agent=DOCKER)
    set_up_budget(admin, ACCOUNT)
    roles = create_roles(admin)
    image = push_image(admin, client_maker(url, REGION, administrator, user_agent=CLI), docker, ACCOUNT, REGION)
    network = build_network(admin, REGION, planned(()))
    balancer = build_balancer(admin, network)
    definition = register_task_definition(admin, REGION, upload(admin, ACCOUNT, REGION, None), image, roles)
    create_service(admin, create_cluster(admin), definition, network, balancer.target_group)
    # Outside the administrators' group, and made by root: the policy under test is all that it has.
    root("iam").create_user(UserName="reader")
    key = root("iam").create_access_key(UserName="reader")["AccessKey"]
    return Enforced(url, root, administrator, Credentials(key["AccessKeyId"], key["SecretAccessKey"]))


def _graded(account: Enforced, key: Credentials, patch: pytest.MonkeyPatch, **more: Any) -> Any:
    patch.setenv("AWS_ACCESS_KEY_ID", key.access_key_id)
    patch.setenv("AWS_SECRET_ACCESS_KEY", key.secret_access_key)
    document = collected(account.url, (), regions=(REGION,), probe=False, **more)
    return grade_one(document)


def _points(graded: Any) -> list[tuple[Any, ...]]:
    return [(item.id, item.earned, item.lost, item.open, item.outcome) for item in graded.result.items]


def test_the_policy_is_enough(account: Enforced, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever has exactly the policy gets the same result, to the last outcome, as the administrator."""
    account.allow(POLICY)
    with_all = _graded(account, account.administrator, monkeypatch)
    assert with_all.result.score > 5
    assert _points(_graded(account, account.reader, monkeypatch)) == _points(with_all)


def test_the_policy_is_enforced(account: Enforced, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without any policy nothing is decided: what the test above shows is not that everything is allowed."""
    account.allow({"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": "*", "Resource": "*"}]})
    graded = _graded(account, account.reader, monkeypatch)
    assert (graded.result.score, lost(graded)) == (0, {})


def test_the_policy_lets_nothing_be_changed(account: Enforced) -> None:
    """Neither what makes, changes and deletes, nor objects, images and passwords."""
    account.allow(POLICY)
    reader = client_maker(account.url, REGION, account.reader)
    bucket = account.admin("s3").list_buckets()["Buckets"][0]["Name"]
    calls: tuple[Callable[[], object], ...] = (
        lambda: reader("ec2").create_vpc(CidrBlock="10.9.0.0/16"),
        lambda: reader("s3").put_object(Bucket=bucket, Key="x", Body=b""),
        lambda: reader("s3").get_object(Bucket=bucket, Key="classifier.joblib"),
        lambda: reader("s3").delete_bucket(Bucket=bucket),
        lambda: reader("iam").create_access_key(UserName="reader"),
        lambda: reader("ecr").get_authorization_token(),
        lambda: reader("ecs").stop_task(task="x"),
        lambda: reader("iam").generate_credential_report(),
    )
    for call in calls:
        with pytest.raises(Exception, match=r"(?i)AccessDenied|UnauthorizedOperation|not authorized"):
            call()


def test_the_session_policy_narrows_an_administrators_role(
    account: Enforced, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A role that may do everything can only read what the rubric needs, and grades alike."""
    iam, sts = account.admin("iam"), client_maker(account.url, REGION, account.administrator)("sts")
    trust = {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}, "Action": "sts:AssumeRole"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    arn = iam.create_role(RoleName="everything", AssumeRolePolicyDocument=document)["Role"]["Arn"]
    iam.attach_role_policy(RoleName="everything", PolicyArn="arn:aws:iam::aws:policy/AdministratorAccess")
    graded = _graded(account, account.administrator, monkeypatch, role_arn=arn)
    alike = _points(_graded(account, account.administrator, monkeypatch))
    # 1.4 is about budgets, see Enforced.allow.
    assert [one for one in _points(graded) if one[0] != "1.4"] == [one for one in alike if one[0] != "1.4"]
    given = sts.assume_role(RoleArn=arn, RoleSessionName="grader", Policy=session_policy(NEEDED))["Credentials"]
    narrowed = subprocess.run(
        [sys.executable, "-c", _CREATE, account.url],
        env={**os.environ, "AWS_ACCESS_KEY_ID": given["AccessKeyId"], "AWS_SECRET_ACCESS_KEY": given["SecretAccessKey"],
             "AWS_SESSION_TOKEN": given["SessionToken"]},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert narrowed.returncode != 0
    assert "UnauthorizedOperation" in narrowed.stderr or "AccessDenied" in narrowed.stderr


@pytest.mark.parametrize(
    "action",
    [action if action in SAMPLE else pytest.param(action, marks=pytest.mark.exhaustive) for action in ACTIONS
     if action not in ALWAYS_ALLOWED],
)  # fmt: skip
def test_a_policy_without_an_action_loses_nothing(
    account: Enforced, monkeypatch: pytest.MonkeyPatch, action: str
) -> None:
    """What cannot be decided without it is open and says so; nothing that was earned is lost."""
    account.allow(POLICY)
    whole = _graded(account, account.reader, monkeypatch)
    less = json.loads(json.dumps(POLICY))
    less["Statement"][0]["Action"].remove(action)
    account.allow(less)
    graded = _graded(account, account.reader, monkeypatch)
    more_lost = {item: points for item, points in lost(graded).items() if points > lost(whole).get(item, 0)}
    assert more_lost == {}
    refused = {one.action for item in graded.result.items for check in item.checks for one in check.refusals}
    assert opened(graded) == opened(whole) or action in refused
