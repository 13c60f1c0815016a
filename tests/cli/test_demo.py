"""The whole way, on an emulated account: real clients over real sockets, the real application behind it."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from time import sleep

import boto3
import pytest

from grader.evidence import load_evidence
from grader.rubric import open_rubric
from grader.rubric.needs import operations_for
from reference_app.emulator import FAULTS, EmulatedAccount, emulated_account
from tests.cases import golden
from tests.cli.conftest import Run, run

__all__ = ["run"]


@pytest.fixture(scope="module")
def account() -> Iterator[EmulatedAccount]:
    """An emulated account that holds the lab."""
    with emulated_account() as started:
        yield started


@pytest.fixture(autouse=True)
def _somewhere_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")


def profiles(**accounts: EmulatedAccount) -> None:
    """Write a credentials file with a profile for each account."""
    text = "".join(
        f"[{name}]\naws_access_key_id={one.access_key_id}\naws_secret_access_key={one.secret_access_key}\n"
        f"region={one.region}\n"
        for name, one in accounts.items()
    )
    Path(os.environ["AWS_SHARED_CREDENTIALS_FILE"]).write_text(text, encoding="utf-8")


def options(account: EmulatedAccount, *more: str) -> list[str]:
    """How to reach an emulated account."""
    return ["--profile", "lab", "--endpoint-url", account.endpoint_url, "--connect-to", account.connect_to, *more]


def test_check_earns_ten_of_ten_and_writes_the_page(run: Run, account: EmulatedAccount) -> None:
    """A correct deployment, read live and probed, earns every point; the page and the evidence are kept."""
    profiles(lab=account)
    ran = run("check", *options(account), "--evidence", "lab.json.gz", "--json", "result.json")
    result = json.loads(Path("result.json").read_text(encoding="utf-8"))
    assert (ran.code, ran.errors) == (0, "")
    assert (result["score"], result["account"]) == (10.0, account.account)
    assert Path(f"reports/{account.account}.html").stat().st_size < 150_000
    probe = load_evidence(Path("lab.json.gz")).http_probe
    assert probe is not None
    assert {(one.method, one.path, one.body, one.ok) for one in probe.endpoints} >= {
        ("POST", "/predict", "valid", True), ("POST", "/predict", "invalid", True),
    }  # fmt: skip


def test_what_was_collected_is_graded_the_same_later(run: Run, account: EmulatedAccount) -> None:
    """collect then grade is check: the same evidence, the same verdicts."""
    profiles(lab=account)
    assert run("collect", *options(account), "--evidence", "kept-{account}.json").code == 0
    assert run("grade", f"kept-{account.account}.json", "--json", "later.json", "--no-html").code == 0
    assert json.loads(Path("later.json").read_text(encoding="utf-8"))["score"] == 10.0


def test_collecting_asks_no_question_that_the_format_does_not_know(run: Run, account: EmulatedAccount) -> None:
    """Every key of collected evidence is one that the reference evidence holds, up to names and regions."""
    profiles(lab=account)
    run("collect", *options(account), "--evidence", "kept.json")
    asked = {question.operation for question in load_evidence(Path("kept.json"))}
    assert asked <= set(golden()["calls"])
    assert operations_for(open_rubric().items) - asked <= {"elbv2.DescribeRules"}


def test_several_profiles_are_read_in_one_process(run: Run, account: EmulatedAccount) -> None:
    """Each account gets its line and its page, and one that cannot be read does not stop the others."""
    profiles(lab=account, second=account)
    ran = run(
        "check", "--profile", "lab", "--profile", "none", "--profile", "second", "--endpoint-url", account.endpoint_url,
        "--connect-to", account.connect_to,
    )  # fmt: skip
    assert ran.code == 2
    assert ran.output.count("10.00 of 10.00") == 2
    assert "there is no profile 'none'" in ran.errors
    assert len(list(Path("reports").iterdir())) == 2


def test_without_a_probe_metrics_and_logs_decide(run: Run, account: EmulatedAccount) -> None:
    """--no-probe sends the application nothing, and the traces of its traffic earn the same."""
    profiles(lab=account)
    assert run("check", *options(account, "--no-probe"), "--no-html", "--evidence", "kept.json").code == 0
    assert load_evidence(Path("kept.json")).http_probe is None


def test_refused_permissions_leave_items_open_and_are_named_first(run: Run) -> None:
    """What the caller may not read is open, never lost, and said before the table."""
    with emulated_account(
        denied=["budgets:ViewBudget", "ec2:DescribeNatGateways"], application=False, account="210987654321"
    ) as account:
        profiles(lab=account)
        ran = run("check", *options(account, "--no-probe"), "--no-html", "--json", "result.json")
    items = {item["id"]: item for item in json.loads(Path("result.json").read_text(encoding="utf-8"))["items"]}
    assert ran.code == 3
    assert (items["1.4"]["open"], items["4.5"]["open"], items["1.4"]["lost"], items["4.5"]["lost"]) == (
        0.25,
        0.25,
        0,
        0,
    )
    assert "1.4" in ran.errors
    assert "ec2:DescribeNatGateways" in ran.errors


def test_a_learner_lab_that_ended_is_not_graded(run: Run) -> None:
    """An ended session is recognised, said, and ends with 4; nothing is written."""
    with emulated_account(session_ended=True, application=False, account="210987654321") as account:
        profiles(lab=account)
        ran = run("check", *options(account))
    assert (ran.code, ran.output) == (4, "")
    assert "session" in ran.errors
    assert not Path("reports").exists()


def test_an_empty_account_earns_nothing(run: Run) -> None:
    """A new account, as AWS makes it, earns exactly 0."""
    with emulated_account(empty=True, account="210987654321") as account:
        profiles(lab=account)
        run("check", *options(account), "--no-html", "--json", "result.json")
    result = json.loads(Path("result.json").read_text(encoding="utf-8"))
    assert result["score"] == 0
    assert result["score_range"][1] <= 1.5


@pytest.mark.parametrize("problem", ["no credentials", "wrong key", "nobody there", "html"])
def test_no_account_is_one_sentence_and_exit_code_4(run: Run, account: EmulatedAccount, problem: str) -> None:
    """Without an account to read there is no grade: what is missing and what to do, nothing written."""
    with socket.create_server(("127.0.0.1", 0)) as closed:
        nobody = f"http://127.0.0.1:{closed.getsockname()[1]}"
    if problem != "no credentials":
        profiles(lab=account)
    arguments = options(account) if problem != "no credentials" else ["--endpoint-url", account.endpoint_url]
    if problem == "wrong key":
        text = Path(os.environ["AWS_SHARED_CREDENTIALS_FILE"]).read_text(encoding="utf-8")
        Path(os.environ["AWS_SHARED_CREDENTIALS_FILE"]).write_text(
            text.replace(account.access_key_id, "AKIAIOSFODNN7WRONG00"), encoding="utf-8"
        )
    if problem == "nobody there":
        arguments = ["--profile", "lab", "--endpoint-url", nobody]
    if problem == "html":
        port = account.connect_to.rpartition(":")[2]
        arguments = ["--profile", "lab", "--endpoint-url", f"http://127.0.0.1:{port}"]
    ran = run("check", *arguments)
    assert (ran.code, ran.output) == (4, "")
    assert ran.errors.count("\n") == 1
    assert "Traceback" not in ran.errors
    assert not Path("reports").exists()


def test_the_demo_leaves_nothing_running(tmp_path: Path) -> None:
    """As a new user runs it: 10 of 10, a page, exit code 0, and no process or port left behind."""
    command = [sys.executable, "-m", "grader", "demo"]
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    with subprocess.Popen(command, cwd=tmp_path, env=environment, text=True, stdout=subprocess.PIPE) as demo:
        output, _ = demo.communicate(timeout=120)
    assert demo.returncode == 0
    assert "Score: 10.00 of 10.00" in output
    assert [path.name for path in (tmp_path / "reports").iterdir()] == ["123456789012.html"]
    children = subprocess.run(["ps", "-eo", "ppid,args"], capture_output=True, text=True, check=True).stdout
    assert f"\n{demo.pid:>7} " not in children
    assert not [line for line in children.splitlines() if str(tmp_path) in line]


def test_an_unknown_fault_is_named(run: Run) -> None:
    """A fault that does not exist gets a suggestion; the list shows what each costs."""
    ran = run("demo", "--fault", "nat-in-private-subnets")
    assert ran.code == 2
    assert "Did you mean 'nat-in-private-subnet'?" in ran.errors
    listed = run("demo", "--list-faults").output
    assert len(listed.splitlines()) == len(FAULTS)


def begun(*arguments: str) -> subprocess.Popen[str]:
    """``grader demo`` in a session of its own."""
    command = [sys.executable, "-m", "grader", "demo", *arguments]
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    return subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True, env=environment
    )


def is_over(process: subprocess.Popen[str]) -> bool:
    """Whether nothing of its session runs any more."""
    for _ in range(50):
        try:
            os.killpg(process.pid, 0)
        except ProcessLookupError:
            return True
        sleep(0.1)
    return False


@pytest.mark.slow
@pytest.mark.parametrize(("sent", "code"), [(signal.SIGINT, 0), (signal.SIGTERM, 0)])
def test_the_account_can_be_kept_up_for_other_tools(sent: signal.Signals, code: int) -> None:
    """``--serve`` prints the variables that lead there, and ends without leaving anything running."""
    process = begun("--serve", "--fault", "no-budget")
    assert process.stdout is not None
    variables = {}
    while "AWS_DEFAULT_REGION" not in variables:
        name, _, value = process.stdout.readline().removeprefix("export ").strip().partition("=")
        assert value, "it ended before it said where the account is"
        variables[name] = value
    client = boto3.client(
        "sts", endpoint_url=variables["AWS_ENDPOINT_URL"], region_name=variables["AWS_DEFAULT_REGION"],
        aws_access_key_id=variables["AWS_ACCESS_KEY_ID"], aws_secret_access_key=variables["AWS_SECRET_ACCESS_KEY"],
    )  # fmt: skip
    assert client.get_caller_identity()["Account"] == "123456789012"
    client.close()
    os.kill(process.pid, sent)
    _, errors = process.communicate(timeout=60)
    assert (process.returncode, "Traceback" in errors) == (code, False), errors
    assert is_over(process)


@pytest.mark.slow
@pytest.mark.parametrize("seconds", [0.5, 2.5, 4.0])
def test_term_leaves_nothing_running(seconds: float) -> None:
    """Whenever it comes: no traceback, no process, and never the exit code of a grade."""
    process = begun("--no-html")
    sleep(seconds)
    process.terminate()
    _, errors = process.communicate(timeout=60)
    # CPython may end by SIGINT where the interruption came while a string was executed; a shell calls that 130.
    assert process.returncode in (143, -signal.SIGTERM, -signal.SIGINT), errors
    assert "Traceback" not in errors
    assert is_over(process)
