"""An emulated account begins in a few seconds and leaves nothing behind."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
from pathlib import Path

import httpx
import pytest

from reference_app.emulator import UnknownFault, emulated_account
from reference_app.emulator.application import Application
from reference_app.emulator.running import AccountInUseError

from .questions import Caller, Question

TOP = Path(__file__).resolve().parents[3]


class UserError(Exception):
    """Something that goes wrong in whoever uses the account."""


def port_of(address: str) -> int:
    return int(address.rpartition(":")[2])


def listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def test_nothing_is_left_when_the_account_ends_even_by_an_error(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """No listening socket, no child process, no thread, no changed environment, no resource."""
    environment, threads = dict(os.environ), set(threading.enumerate())
    children: list[Application] = []
    started = Application.__init__

    def remember(self: Application, process: subprocess.Popen[str]) -> None:
        started(self, process)
        children.append(self)

    monkeypatch.setattr(Application, "__init__", remember)
    ports: list[int] = []

    def use_and_fail() -> None:
        with emulated_account(account="111122223333") as account:
            ports.extend((port_of(account.endpoint_url), port_of(account.connect_to)))
            assert [listens(port) for port in ports] == [True, True]
            raise UserError

    with pytest.raises(UserError):
        use_and_fail()
    assert [listens(port) for port in ports] == [False, False]
    assert [child.process.poll() is not None for child in children] == [True]
    assert set(threading.enumerate()) <= threads
    assert dict(os.environ) == environment
    with emulated_account(account="111122223333", empty=True) as account:
        assert Caller(account).client("s3").list_buckets()["Buckets"] == []


def test_the_corrections_are_undone_with_the_last_account() -> None:
    """Moto is itself again: what was replaced is what it was, what was added is gone."""
    script = (
        "from moto.ec2.models.nat_gateways import NatGatewayBackend as N, NatGateway as G\n"
        "from moto.ecs.models import Task, Cluster\n"
        "from moto.iam.models import IAMBackend\n"
        "from moto.elbv2.models import FakeTargetGroup\n"
        "from moto.budgets.models import Notification\n"
        "from moto import settings\n"
        "owners = (N, G, Task, Cluster, IAMBackend, FakeTargetGroup, Notification, settings)\n"
        "before = [dict(vars(one)) for one in owners]\n"
        "from reference_app.emulator import emulated_account\n"
        "with emulated_account(application=False):\n"
        "    assert [dict(vars(one)) for one in owners] != before\n"
        "    with emulated_account(application=False, account='999988887777'):\n"
        "        pass\n"
        "    assert [dict(vars(one)) for one in owners] != before\n"
        "assert [dict(vars(one)) for one in owners] == before\n"
    )
    run = subprocess.run([sys.executable, "-c", script], cwd=TOP, capture_output=True, text=True, check=False)
    assert (run.returncode, run.stderr) == (0, "")


def test_the_faults_can_be_listed_without_moto() -> None:
    """Importing the package imports none of what only a running account needs."""
    script = (
        "import sys\n"
        "from reference_app.emulator import FAULTS\n"
        "heavy = {'moto', 'boto3', 'botocore', 'fastapi', 'uvicorn', 'sklearn', 'flask', 'werkzeug'}\n"
        "assert len(FAULTS) >= 12\n"
        "assert not heavy & set(sys.modules), heavy & set(sys.modules)\n"
    )
    run = subprocess.run([sys.executable, "-c", script], cwd=TOP, capture_output=True, text=True, check=False)
    assert (run.returncode, run.stderr) == (0, "")


def test_an_unknown_fault_is_named_before_anything_starts() -> None:
    """The message lists those that there are."""
    with (
        pytest.raises(UnknownFault, match=r"'no-such-fault'.*nat-in-private-subnet"),
        emulated_account("no-such-fault"),
    ):
        pass


def test_two_accounts_at_once_keep_apart() -> None:
    """Each holds its own lab, and one number cannot be emulated twice."""
    whose = Question("sts.GetCallerIdentity", "global", "")
    with (
        emulated_account(application=False, account="111111111111") as first,
        emulated_account(application=False, account="222222222222", region="us-east-1") as second,
    ):
        identities = [Caller(one).ask(whose)["response"]["Account"] for one in (first, second)]
        buckets = [Caller(one).client("s3").list_buckets()["Buckets"][0]["Name"] for one in (first, second)]
        with pytest.raises(AccountInUseError), emulated_account(application=False, account="111111111111"):
            pass
    assert identities == ["111111111111", "222222222222"]
    assert len(set(buckets)) == 2


@pytest.mark.parametrize(
    ("fault", "answer"), [("listener-missing", None), ("desired-count-zero", 503), ("alb-internal", 200)]
)
def test_the_load_balancer_answers_as_the_account_is(fault: str, answer: int | None) -> None:
    """Refused without a listener, 503 without a target, and the application's own answer otherwise."""
    with emulated_account(fault, account="444455556666") as account:
        url = f"http://127.0.0.1:{port_of(account.connect_to)}/health"
        if answer is None:
            with pytest.raises(httpx.ConnectError):
                httpx.get(url)
        else:
            assert httpx.get(url).status_code == answer


def test_the_settings_of_whoever_runs_it_are_not_read() -> None:
    """A profile that is not there, an endpoint and a proxy that nobody answers at, change nothing."""
    script = (
        "from reference_app.emulator import emulated_account\nwith emulated_account(application=False):\n    pass\n"
    )
    nowhere = {
        "AWS_PROFILE": "no-such-profile",
        "AWS_ENDPOINT_URL": "http://nowhere.invalid",
        "HTTP_PROXY": "http://127.0.0.1:9",
        "http_proxy": "http://127.0.0.1:9",
    }
    run = subprocess.run(
        [sys.executable, "-c", script],
        cwd=TOP,
        env={**os.environ, **nowhere},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (run.returncode, run.stderr) == (0, "")
