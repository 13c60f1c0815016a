"""AWS's refusals as bytes on the wire, in the shape that each of its protocols gives them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from xml.sax.saxutils import escape

REQUEST_ID = "00000000-0000-4000-8000-000000000000"


class AwsError(Exception):
    """What an operation answers when it does not answer: AWS's code, a sentence, and an HTTP status."""

    def __init__(self, code: str, message: str, status: int = 400) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.status = status


@dataclass(frozen=True, slots=True)
class ErrorBody:
    content_type: str
    headers: tuple[tuple[str, str], ...]
    body: bytes


def error_body(error: AwsError, protocol: str) -> ErrorBody:
    """`protocol` is botocore's name for it: ec2, query, rest-xml, json or rest-json.

    Moto can serialize errors too, but only warns about codes that a service's model does not list, and
    AWS's own
    refusals are in no model.
    """
    code, message = escape(error.code), escape(error.message)
    if protocol == "ec2":
        inner = f"<Errors><Error><Code>{code}</Code><Message>{message}</Message></Error></Errors>"
        return _xml(f"<Response>{inner}<RequestID>{REQUEST_ID}</RequestID></Response>")
    if protocol == "rest-xml":
        return _xml(
            f"<Error><Code>{code}</Code><Message>{message}</Message><RequestId>{REQUEST_ID}</RequestId></Error>"
        )
    if protocol == "query":
        inner = f"<Error><Type>Sender</Type><Code>{code}</Code><Message>{message}</Message></Error>"
        return _xml(f"<ErrorResponse>{inner}<RequestId>{REQUEST_ID}</RequestId></ErrorResponse>")
    body = json.dumps({"__type": error.code, "message": error.message}).encode()
    content_type = "application/json" if protocol == "rest-json" else "application/x-amz-json-1.1"
    return ErrorBody(content_type, (("x-amzn-ErrorType", error.code),), body)


def _xml(body: str) -> ErrorBody:
    return ErrorBody("text/xml", (), f'<?xml version="1.0" encoding="UTF-8"?>\n{body}'.encode())
