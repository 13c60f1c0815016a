"""Hundreds of emulated accounts behind one address: one recording, under each account's own number.

``python -m tests.classes.many_accounts RECORDING...`` serves until standard input ends. The access key of an account
holds its number (``AKIA`` and 12 digits); which recording answers is told by the number's last digits, and so is what
is wrong with an account: see ``TROUBLES``.
"""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.bench.authority import Authority
from tests.bench.exchange import Answer, Request, account_of
from tests.bench.recording import load
from tests.bench.replay import Replay, ended_with, said
from tests.bench.server import Server
from tests.bench.serving import Served, serving

TOP = Path(__file__).resolve().parents[2]
FIRST = 700000000000
TROUBLES = {901: "wrong keys", 902: "expires midway", 903: "suspended", 904: "a region hangs", 905: "garbage"}
"""The last three digits of accounts that something is wrong with."""
HANGS = "ap-northeast-2"
MIDWAY = 40
"""Requests after which the token of such an account has expired."""
_HTML = b"<!DOCTYPE html><html><body>Log in to the hotel</body></html>"


def key_of(account: int) -> str:
    """The access key id of an account."""
    return f"AKIA{account}"


class Accounts:
    """Answers for each account as its number says."""

    def __init__(self, replays: tuple[Replay, ...]) -> None:
        self.replays = replays
        self.requests: Counter[str] = Counter()

    def answer(self, request: Request) -> Answer | asyncio.Future[Answer]:
        """The recorded answer under the asking account's number, or its trouble."""
        account = account_of(request)
        if account is None:
            return self.replays[0].answer(request)
        self.requests[account] += 1
        trouble = TROUBLES.get(int(account) % 1000)
        if trouble == "garbage":
            return Answer(200, (("Content-Type", "text/html"),), _HTML)
        if trouble == "wrong keys":
            return _refused(request, "InvalidClientTokenId", "The security token included in the request is invalid.")
        if trouble == "suspended" and "sts" not in request.headers.get("authorization", ""):
            return _refused(request, "OptInRequired", "The AWS Access Key Id needs a subscription for the service")
        if trouble == "expires midway" and self.requests[account] > MIDWAY:
            return _refused(request, "ExpiredToken", "The security token included in the request is expired")
        if trouble == "a region hangs" and f"/{HANGS}/" in request.headers.get("authorization", ""):
            return asyncio.get_running_loop().create_future()
        return self.replays[int(account) % 1000 % len(self.replays)].answer(request)


def _refused(request: Request, code: str, message: str) -> Answer:
    if "x-amz-target" in request.headers or not request.body or b"Action=" not in request.body:
        if "cbor" in request.headers.get("content-type", ""):
            return Answer(403, (("Content-Type", "application/cbor"),), b"\xa0")
        if "/s3/" in request.headers.get("authorization", ""):
            text = f"<Error><Code>{code}</Code><Message>{message}</Message></Error>"
            return Answer(403, (("Content-Type", "text/xml"),), text.encode())
        body = json.dumps({"__type": code, "message": message}).encode()
        return Answer(403, (("Content-Type", "application/x-amz-json-1.1"), ("x-amzn-ErrorType", code)), body)
    if "/ec2/" in request.headers.get("authorization", ""):
        text = f"<Response><Errors><Error><Code>{code}</Code><Message>{message}</Message></Error></Errors></Response>"
    else:
        text = f"<ErrorResponse><Error><Code>{code}</Code><Message>{message}</Message></Error></ErrorResponse>"
    return Answer(403, (("Content-Type", "text/xml"),), text.encode())


async def _serve(recordings: list[Path], folder: Path) -> None:
    authority = Authority(folder)
    replays = tuple(Replay(load([file])) for file in recordings)
    accounts = Accounts(replays)
    server = Server(accounts.answer, authority)
    for replay in replays:
        replay.server = server
    ended = asyncio.Event()
    await server.run(said, ended_with(ended))


@contextmanager
def many_accounts(recordings: list[Path], folder: Path) -> Iterator[Served]:
    """Serve them in a process beside us."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.classes.many_accounts", str(folder), *map(str, recordings)],
        cwd=TOP, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        yield Served(int(process.stdout.readline()))
    finally:
        process.stdin.close()
        process.kill()
        process.wait(timeout=60)
        process.stdout.close()


def record(file: Path, *faults: str) -> None:
    """Record the emulated account, with some faults, as the grader asks it, in all regions."""
    with serving("record", file, *faults, lines=2) as served:
        key_id, secret, region, balancer = served.said[0].split()
        environment = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
        environment |= {
            "AWS_ACCESS_KEY_ID": key_id, "AWS_SECRET_ACCESS_KEY": secret, "AWS_DEFAULT_REGION": region,
            "AWS_CONFIG_FILE": os.devnull, "AWS_SHARED_CREDENTIALS_FILE": os.devnull, "PYTHONPATH": str(TOP),
        }  # fmt: skip
        address = f"http://127.0.0.1:{served.port}"
        subprocess.run(
            [
                sys.executable, "-m", "grader", "collect", "--endpoint-url", address,
                "--connect-to", f"{balancer}:80:127.0.0.1:{served.port}", "--evidence", str(file.with_suffix(".json")),
            ],
            env=environment, cwd=file.parent, check=True, capture_output=True,
        )  # fmt: skip


if __name__ == "__main__":
    asyncio.run(_serve([Path(one) for one in sys.argv[2:]], Path(sys.argv[1])))
