"""Answers as they are in the evidence file: plain JSON, pages and batches merged, refusals as data."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

NO_ANSWER = "NoAnswer"
"""The code of a question that got no answer, or none that can be read."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of a question: ``entry`` as in the evidence file, and the error behind it if there was one."""

    entry: Mapping[str, Any]
    cause: Exception | None = None

    @property
    def response(self) -> Mapping[str, Any] | None:
        """The answer, or None where it was refused."""
        return self.entry.get("response")

    @property
    def code(self) -> str:
        """The error code of a refusal; empty for an answer."""
        code = self.entry.get("error", {}).get("Code", "")
        return code if isinstance(code, str) else ""

    @property
    def message(self) -> str:
        """The message of a refusal; empty for an answer."""
        message = self.entry.get("error", {}).get("Message", "")
        return message if isinstance(message, str) else ""


def answered(response: Mapping[str, Any]) -> Answer:
    """An answer."""
    return Answer({"response": response})


def refused(code: str, message: str, status: int = 0, cause: Exception | None = None) -> Answer:
    """A refusal; ``status`` is the HTTP status, 0 where there was none."""
    error: dict[str, Any] = {"Code": code, "Message": message}
    if status:
        error["HTTPStatusCode"] = status
    return Answer({"error": error}, cause)


def as_json(value: Any) -> Any:
    """A parsed answer as JSON: times as ISO 8601 with offset, bytes as text or base64, no ``ResponseMetadata``."""
    if isinstance(value, dict):
        return {name: as_json(part) for name, part in value.items() if name != "ResponseMetadata"}
    if isinstance(value, list):
        return [as_json(part) for part in value]
    if value is None or isinstance(value, (str, int, float)):
        return value
    if isinstance(value, datetime):
        return (value if value.tzinfo else value.replace(tzinfo=UTC)).isoformat()
    if isinstance(value, (bytes, bytearray)):
        return _text(bytes(value))
    # A streaming body has no place in a table of questions about settings; its name is better than a crash.
    return str(value)


def _text(content: bytes) -> str:
    try:
        return content.decode()
    except UnicodeDecodeError:
        return base64.b64encode(content).decode()


def merge(whole: dict[str, Any], part: Mapping[str, Any]) -> None:
    """Put the next page or batch behind ``whole``: lists grow, everything else is as the last one says."""
    for name, value in part.items():
        if isinstance(value, list) and isinstance(whole.get(name), list):
            whole[name].extend(value)
        else:
            whole[name] = value
