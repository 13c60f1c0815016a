"""The emulated account behind the same server, every answer kept as it is first given."""

from __future__ import annotations

import asyncio
import http.client
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from reference_app.emulator import emulated_account

from .authority import Authority
from .exchange import Answer, Question, Request, is_application, question_of, upstream_target
from .recording import Recording
from .refusal import refusal
from .replay import ended_with, said
from .server import Server

_OF_THE_CONNECTION = {"connection", "keep-alive", "proxy-connection", "transfer-encoding", "date", "server"}
_WAITED_FOR = b"Action=GenerateCredentialReport"
"""Clients ask this until the answer is COMPLETE; a first answer for ever would keep them asking."""


@dataclass(slots=True)
class Recorder:
    """Asks the emulated account what nobody has asked before, and answers the rest as it did then."""

    recording: Recording
    endpoint: tuple[str, int]
    application: tuple[str, int]
    _pool: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(8))
    _coming: dict[Question, asyncio.Future[Answer]] = field(default_factory=dict)

    def answer(self, request: Request) -> Answer | asyncio.Future[Answer]:
        """The first answer to this question, for ever; of what is waited for, the last."""
        question = question_of(request, self.recording.account)
        known = self.recording.answers.get(question)
        if known is not None and _WAITED_FOR not in question.body:
            return known
        if question not in self._coming:
            loop = asyncio.get_running_loop()
            coming = loop.run_in_executor(self._pool, self._asked, request, question)
            coming.add_done_callback(lambda done: self._keep(question, done.result()))
            self._coming[question] = coming
        return self._coming[question]

    def _keep(self, question: Question, answer: Answer) -> None:
        self.recording.answers[question] = answer
        del self._coming[question]

    def _asked(self, request: Request, question: Question) -> Answer:
        application = is_application(request)
        if not application and "authorization" not in request.headers:
            return refusal(request, question.service)  # a stranger's host: a look for updates, telemetry
        connection = http.client.HTTPConnection(*(self.application if application else self.endpoint), timeout=60)
        headers = {name: value for name, value in request.headers.items() if name not in _OF_THE_CONNECTION}
        if not application:
            del headers["host"]  # a name of ours would be taken for a bucket's
        try:
            connection.request(request.method, upstream_target(request), request.body or None, headers)
            came = connection.getresponse()
            body = came.read()
        finally:
            connection.close()
        if came.status >= 500 and not application:
            return refusal(request, question.service)
        kept = tuple((name, value) for name, value in came.getheaders() if name.lower() not in _OF_THE_CONNECTION)
        return Answer(came.status, kept, body)


def record(file: Path, folder: Path, faults: tuple[str, ...] = ()) -> None:
    """Serve the emulated account, with ``faults``, until standard input ends, then keep what it answered.

    The first line on standard output is the port, as ``replay.serve`` has it; the second the account's key.
    """
    with emulated_account(*faults) as account:
        parts = urlsplit(account.endpoint_url)
        balancer, _, host, port = account.connect_to.split(":")
        recorder = Recorder(
            Recording(account.account, balancer.lower()),
            (parts.hostname or "", parts.port or 0),
            (host, int(port)),
        )
        key = f"{account.access_key_id} {account.secret_access_key} {account.region} {balancer.lower()}"
        asyncio.run(_serve(recorder, Authority(folder), key))
    recorder.recording.save(file)


async def _serve(recorder: Recorder, authority: Authority, key: str) -> None:
    authority.bundle.exists()
    server = Server(recorder.answer, authority)
    ended = asyncio.Event()

    def ready(port: int) -> None:
        said(port)
        print(key, flush=True)

    await server.run(ready, ended_with(ended))
