"""Answering from a recording, for the account that asks."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qsl

from .authority import Authority
from .exchange import Answer, Question, Request, account_of, question_of
from .recording import Recording, load
from .refusal import refusal
from .server import Server

_PAGE = "PAGE "


@dataclass(slots=True)
class Replay:
    """Gives the recorded answer, with the asking account's number in place of the recorded one."""

    recording: Recording
    server: Server | None = None
    paged: bool = False
    """whether there are generated pages among the answers"""

    def __post_init__(self) -> None:
        self.paged = any(question.operation.startswith(_PAGE) for question in self.recording.answers)

    def answer(self, request: Request) -> Answer:
        """The recorded answer, or a refusal that nobody retries."""
        recorded = self.recording.account
        question = question_of(request, recorded)
        asking = account_of(request) or recorded
        found = self._page(request, question) or self.recording.answers.get(question)
        assert self.server is not None
        name = f"{question.service} {question.region} {question.operation}"
        self.server.count.asked[f"{asking} {name} {question.body[:300]!r}"] += 1
        if found is None:
            self.server.count.unknown[f"{name} {question.body[:120]!r}"] += 1
            return refusal(request, question.service)
        if asking == recorded:
            return found
        return Answer(found.status, found.headers, found.body.replace(recorded.encode(), asking.encode()))

    def _page(self, request: Request, question: Question) -> Answer | None:
        """A page of a generated answer, told by operation, repository and token alone."""
        if not self.paged:
            return None
        action = request.headers.get("x-amz-target", "").rpartition(".")[2]
        if action:
            parameters = json.loads(request.body or b"{}")
        else:
            parameters = dict(parse_qsl(request.body.decode("latin-1")))
            if any(name.startswith("Filter") for name in parameters):
                return None
            action = parameters.get("Action", "")
        token = parameters.get("nextToken") or parameters.get("NextToken") or ""
        subject = parameters.get("repositoryName", "")
        return self.recording.answers.get(page_question(question.service, question.region, action, subject, token))


def page_question(service: str, region: str, action: str, subject: str, token: str) -> Question:
    """The question for one page of a long answer: about ``subject`` where the operation has one."""
    return Question(service, region, f"{_PAGE}{action}", json.dumps([subject, token]).encode())


def serve(files: tuple[Path, ...], folder: Path) -> None:
    """Serve recordings until standard input ends; the port is the first line on standard output."""
    asyncio.run(_serve(Replay(load(files)), Authority(folder)))


async def _serve(replay: Replay, authority: Authority) -> None:
    authority.bundle.exists()
    replay.server = Server(replay.answer, authority)
    ended = asyncio.Event()
    await replay.server.run(said, ended_with(ended))


def said(port: int) -> None:
    """Tell whoever started this server its port."""
    print(port, flush=True)


def ended_with(ended: asyncio.Event) -> asyncio.Event:
    """An event that is set when standard input ends: a server never outlives who started it."""
    loop = asyncio.get_running_loop()
    loop.add_reader(sys.stdin.fileno(), lambda: None if os.read(sys.stdin.fileno(), 4096) else _end(loop, ended))
    return ended


def _end(loop: asyncio.AbstractEventLoop, ended: asyncio.Event) -> None:
    loop.remove_reader(sys.stdin.fileno())
    ended.set()
