"""The plain script: the same calls with boto3, one after the other. ``sequential.py CALLS PORT``."""

from __future__ import annotations

import http.client
import json
import sys
from datetime import datetime
from pathlib import Path
from typing import Any

import boto3
from botocore import xform_name
from botocore.exceptions import ClientError


def main(file: str, port: str) -> None:
    """Ask everything, keep the answers, say how many there were."""
    clients: dict[tuple[str, str], Any] = {}
    answers: list[Any] = []
    for call in json.loads(Path(file).read_text(encoding="utf-8")):
        if "url" in call:
            answers.append(_application(call, int(port)))
            continue
        place = (call["service"], call["region"])
        if place not in clients:
            clients[place] = boto3.client(call["service"], region_name=call["region"])
        parameters = json.loads(json.dumps(call["parameters"]), object_hook=_moment)
        try:
            answers.append(getattr(clients[place], xform_name(call["operation"]))(**parameters))
        except ClientError as error:
            answers.append(error.response)
    print(len(answers), "answers")


def _moment(value: dict[str, Any]) -> Any:
    return datetime.fromisoformat(value["$moment"]) if "$moment" in value else value


def _application(call: dict[str, Any], port: int) -> tuple[int, bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    headers = {"Host": call["host"], "Accept": "*/*"}
    if call["body"]:
        headers["Content-Type"] = "application/json"
    connection.request(call["method"], call["url"], call["body"] or None, headers)
    answer = connection.getresponse()
    return answer.status, answer.read()


if __name__ == "__main__":
    main(*sys.argv[1:])
