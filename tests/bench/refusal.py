"""The answer to a question that nobody recorded: a proper 400 in the client's protocol, so that it does not retry."""

from __future__ import annotations

import json

from .exchange import Answer, Request

CODE = "UnsupportedOperation"
MESSAGE = "The recorded account does not know this operation."


def refusal(request: Request, service: str) -> Answer:
    """A refusal that no client takes for a fault of the server."""
    kind = request.headers.get("content-type", "")
    if service in ("s3", "s3control"):
        xml = f"<Error><Code>{CODE}</Code><Message>{MESSAGE}</Message><RequestId>0</RequestId></Error>"
        return _xml("" if request.method == "HEAD" else xml)
    if "cbor" in kind or "rpc-v2" in request.headers.get("smithy-protocol", ""):
        return Answer(
            400,
            (("Content-Type", "application/cbor"), ("smithy-protocol", "rpc-v2-cbor")),
            b"\xa2" + _cbor_text("__type") + _cbor_text(CODE) + _cbor_text("message") + _cbor_text(MESSAGE),
        )
    if "json" in kind or "x-amz-target" in request.headers or not request.body:
        body = json.dumps({"__type": CODE, "message": MESSAGE}).encode()
        return Answer(400, (("Content-Type", "application/x-amz-json-1.1"), ("x-amzn-ErrorType", CODE)), body)
    if service == "ec2":
        return _xml(
            f"<Response><Errors><Error><Code>{CODE}</Code><Message>{MESSAGE}</Message></Error></Errors>"
            "<RequestID>0</RequestID></Response>"
        )
    return _xml(
        f"<ErrorResponse><Error><Type>Sender</Type><Code>{CODE}</Code><Message>{MESSAGE}</Message></Error>"
        "<RequestId>0</RequestId></ErrorResponse>"
    )


def _xml(text: str) -> Answer:
    body = f'<?xml version="1.0" encoding="UTF-8"?>\n{text}'.encode() if text else b""
    return Answer(400, (("Content-Type", "text/xml"),), body)


def _cbor_text(text: str) -> bytes:
    content = text.encode()
    head = bytes([0x60 + len(content)]) if len(content) < 24 else bytes([0x78, len(content)])
    return head + content
