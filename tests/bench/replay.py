"""Answering from a recording, for the account that asks."""

from __future__ import annotations

import asyncio
import sys
from dataclasses import dataclass
from pathlib import Path

from .authority import Authority
from .exchange import Answer, Request, account_of, question_of
from .recording import Recording, load
from .refusal import refusal
from .server import Server


@dataclass(slots=True)
class Replay:
    """Gives the recorded answer, with the asking account's number in place of the recorded one."""

    recording: Recording
    server: Server | None = None

    def answer(self, request: Request) -> Answer:
        """The recorded answer, or a refusal that nobody retries."""
        recorded = self.recording.account
        question = question_of(request, recorded)
        asking = account_of(request) or recorded
        found = self.recording.answers.get(question)
        assert self.server is not None
        name = f"{question.service} {question.region} {question.operation}"
        self.server.count.asked[f"{asking} {name} {question.body[:300]!r}"] += 1
        if found is None:
            self.server.count.unknown[f"{name} {question.body[:120]!r}"] += 1
            return refusal(request, question.service)
        if asking == recorded:
            return found
        return Answer(found.status, found.headers, found.body.replace(recorded.encode(), asking.encode()))


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
    loop.add_reader(sys.stdin.fileno(), lambda: None if sys.stdin.buffer.read1(4096) else _end(loop, ended))
    return ended


def _end(loop: asyncio.AbstractEventLoop, ended: asyncio.Event) -> None:
    loop.remove_reader(sys.stdin.fileno())
    ended.set()
