"""One request and its answer, and what makes two requests the same question.

Requests differ between runs in their signatures, times and random tokens, and between clients in how they address a
bucket and order parameters. A question is what is left when all that is taken away.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit

ENDPOINT_HOST = "aws.test"
"""The one host that stands for all of AWS when clients are given an endpoint."""

ACCOUNT_OF_KEY = re.compile(r"AKIA(\d{12})")
"""Keys of further accounts hold the account's number, so that a server needs no list of them."""

_WITHOUT_REGION = {"account", "budgets", "iam", "organizations", "s3", "sts"}
"""Services that answer the same wherever they are asked; clients sign for the one or the other region."""

_CREDENTIAL = re.compile(r"Credential=(?P<key>[^/]+)/\d+/(?P<region>[^/]+)/(?P<service>[^/,]+)/")
_BUCKET_HOST = re.compile(r"(?P<bucket>.+?)\.(s3[.-].*amazonaws\.com(\.cn)?|s3\.amazonaws\.com|aws\.test)")
_BALANCER_HOST = re.compile(r".*\.elb\.(.+\.)?amazonaws\.com(\.cn)?")
_RANDOM = re.compile(rb"[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}")
_MOMENT = re.compile(rb"20\d\d-\d\d-\d\dT\d\d(:|%3A)\d\d(:|%3A)\d\d(\.\d+)?(Z|[+-]\d\d:?\d\d|%2B\d\d%3A\d\d)?")
# A CBOR moment: tag 1, then a double, a float or an integer.
_CBOR_MOMENT = re.compile(rb"\xc1(\xfb.{8}|\xfa.{4}|\x1a.{4}|\x1b.{8})", re.DOTALL)
_TIME_NAME = re.compile(r".*time", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Request:
    """One HTTP request, as a server reads it. ``headers`` have lower-case names."""

    method: str
    host: str
    target: str
    """path and query, as sent"""
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Answer:
    """One HTTP answer; ``headers`` without those that belong to the connection."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked. Equal for equal questions, whoever asks them, whenever."""

    service: str
    """the name in the signature; ``s3control`` and ``application`` where that says too little"""
    region: str
    operation: str
    """``METHOD path?query``, with the operation's name where a header or the body has it"""
    body: bytes


def account_of(request: Request) -> str | None:
    """The account whose key signed the request, where the key tells."""
    signed = _CREDENTIAL.search(request.headers.get("authorization", ""))
    found = ACCOUNT_OF_KEY.fullmatch(signed["key"]) if signed else None
    return found[1] if found else None


def question_of(request: Request, account: str) -> Question:
    """The question behind a request; ``account`` is the number that stands for every account."""
    asking = account_of(request)
    signed = _CREDENTIAL.search(request.headers.get("authorization", ""))
    path, _, query = request.target.partition("?")
    body = request.body
    if asking is not None and asking != account:
        path, query = path.replace(asking, account), query.replace(asking, account)
        body = body.replace(asking.encode(), account.encode())
    service, region = (signed["service"], signed["region"]) if signed else (_unsigned(request.host), "")
    if service in _WITHOUT_REGION:
        region = ""
    if path.startswith("/v20180820/"):
        service = "s3control"
    elif service == "s3":
        path = _bucket_in_path(request.host, path)
    named = request.headers.get("x-amz-target", "")
    parameters = urlencode(sorted(parse_qsl(query, keep_blank_values=True)))
    operation = f"{request.method} {unquote(path)}?{parameters} {named}".strip()
    return Question(service, region, operation, _settled(body))


def _unsigned(host: str) -> str:
    return "application" if _BALANCER_HOST.fullmatch(host) else host


def is_application(request: Request) -> bool:
    """Whether a request is for the application behind the load balancer, not for AWS."""
    return "authorization" not in request.headers and _BALANCER_HOST.fullmatch(request.host) is not None


def _bucket_in_path(host: str, path: str) -> str:
    found = _BUCKET_HOST.fullmatch(host)
    if not found or host == ENDPOINT_HOST or host.startswith("s3."):
        return path
    return f"/{found['bucket']}" if path == "/" else f"/{found['bucket']}{path}"


def upstream_target(request: Request) -> str:
    """The path and query by which a server of one address is asked: buckets stand in the path."""
    if is_application(request):
        return request.target
    signed = _CREDENTIAL.search(request.headers.get("authorization", ""))
    path, mark, query = request.target.partition("?")
    if signed and signed["service"] == "s3" and not path.startswith("/v20180820/"):
        path = _bucket_in_path(request.host, path)
    return f"{path}{mark}{query}"


def split_target(target: str) -> tuple[str, str]:
    """``(host, path and query)`` of a request line's target; the host is empty where it is no whole URL."""
    if not target.startswith(("http://", "https://")):
        return "", target
    parts = urlsplit(target)
    query = f"?{parts.query}" if parts.query or target.endswith("?") else ""
    return parts.hostname or "", f"{parts.path or '/'}{query}"


def _settled(body: bytes) -> bytes:
    """A body without what differs from run to run."""
    if not body:
        return b""
    if body[:1] == b"{":
        try:
            value = json.loads(body)
        except ValueError:
            return body
        return _RANDOM.sub(b"R", json.dumps(_without_moments(value), sort_keys=True).encode())
    settled = _RANDOM.sub(b"R", _MOMENT.sub(b"T", _CBOR_MOMENT.sub(b"T", body)))
    if b"Action=" in settled:
        return b"&".join(sorted(settled.split(b"&")))
    return settled


def _without_moments(value: Any) -> Any:
    if isinstance(value, dict):
        return {
            name: "T" if _TIME_NAME.fullmatch(name) and not isinstance(part, (dict, list)) else _without_moments(part)
            for name, part in value.items()
        }
    if isinstance(value, list):
        return [_without_moments(part) for part in value]
    return value
