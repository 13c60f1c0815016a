"""What an account answered once, to be replayed."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .exchange import Answer, Question

Table = dict[Question, Answer]


@dataclass(slots=True)
class Recording:
    """Answers by question, and whose they are."""

    account: str
    """12 digits: the number that is replaced by the asking account's own"""
    balancer: str = ""
    """the load balancer's DNS name, where the application answers"""
    answers: Table = field(default_factory=dict)

    def save(self, file: Path) -> None:
        """One JSON object a line, the first of them about all."""
        lines = [json.dumps({"account": self.account, "balancer": self.balancer})]
        lines += (json.dumps(_row(question, answer)) for question, answer in self.answers.items())
        waiting = file.with_suffix(".new")
        waiting.write_text("\n".join(lines) + "\n", encoding="utf-8")
        waiting.replace(file)

    @property
    def size(self) -> int:
        """Bytes of all bodies."""
        return sum(len(answer.body) for answer in self.answers.values())


def load(files: Iterable[Path]) -> Recording:
    """The recordings in ``files`` as one; a question's last answer counts, the first file's account."""
    whole: Recording | None = None
    for file in files:
        with file.open(encoding="utf-8") as lines:
            head = json.loads(next(lines))
            if whole is None:
                whole = Recording(head["account"], head["balancer"])
            whole.answers.update(map(_read, map(json.loads, lines)))
    if whole is None:
        raise ValueError("no recording was named")
    return whole


def _row(question: Question, answer: Answer) -> dict[str, Any]:
    return {
        "service": question.service,
        "region": question.region,
        "operation": question.operation,
        "asked": base64.b64encode(question.body).decode(),
        "status": answer.status,
        "headers": answer.headers,
        "body": base64.b64encode(answer.body).decode(),
    }


def _read(row: dict[str, Any]) -> tuple[Question, Answer]:
    asked = Question(row["service"], row["region"], row["operation"], base64.b64decode(row["asked"]))
    headers = tuple((name, value) for name, value in row["headers"])
    return asked, Answer(row["status"], headers, base64.b64decode(row["body"]))
