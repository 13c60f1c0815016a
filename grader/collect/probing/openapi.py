"""What an application offers, from its OpenAPI document: requests that can be tried, and what would be right.

The document is the application's own word and nothing is believed of it: it is bounded in size, count and
depth, and only paths on the application itself come out.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from time import monotonic
from typing import Any
from urllib.parse import quote

from grader.collect.probing.bodies import CannotMake, Maker, as_json

MAX_DOCUMENT = 1024 * 1024
MAX_OPERATIONS = 15

_PATH = re.compile(r"/(?!/)[\x21-\x7e]{0,200}")
_PARAMETER = re.compile(r"\{([^{}]*)\}")
_ACTIONS = re.compile(
    r"(^|[^a-z])(delete|remove|destroy|drop|purge|clear|reset|wipe|shut[-_]?down|stop|kill|terminate|reboot|restart"
    r"|log[-_]?out|sign[-_]?out)($|[^a-z])"
)
"""What a path says that a request would do to the application. This program only reads."""
_ODD = (CannotMake, ValueError, TypeError, LookupError, AttributeError, OverflowError, RecursionError)
"""What an operation raises that is not shaped as OpenAPI shapes it."""


@dataclass(frozen=True, slots=True)
class Trial:
    """One request to try: ``body`` is ``none``, ``valid`` or ``invalid``; ``path`` as the document spells it.

    ``sure`` is false where the application may rightly refuse what is sent.
    """

    method: str
    path: str
    body: str
    target: str
    query: tuple[tuple[str, str], ...] = ()
    content: bytes | None = None
    sure: bool = True

    def right(self, status: int) -> bool:
        """Whether an answer with this status is the right one: 4xx to an invalid body, else 2xx."""
        return 400 <= status < 500 if self.body == "invalid" else 200 <= status < 300


def read_document(content: bytes) -> dict[str, Any]:
    """An OpenAPI document; empty where it is none, or too large to be one."""
    if len(content) > MAX_DOCUMENT:
        return {}
    try:
        document = json.loads(content)
    except (ValueError, RecursionError):
        return {}
    return document if isinstance(document, dict) and isinstance(document.get("paths"), dict) else {}


def trials(document: Mapping[str, Any], known: frozenset[str], deadline: float = math.inf) -> tuple[Trial, ...]:
    """What to try of a document: every GET and POST whose path is not in ``known``, within bounds.

    An odd operation is left out, and costs nothing else. At ``deadline`` (monotonic clock) the rest is left out.
    """
    found: list[Trial] = []
    for count, (method, path, operation, shared) in enumerate(_operations(document)):
        if count >= MAX_OPERATIONS or monotonic() > deadline:
            break
        if method == "GET" and path in known:
            continue
        try:
            found += tuple(_of_operation(document, method, path, operation, Maker(document, deadline), shared))
        except _ODD:
            continue
    return tuple(found)


def _operations(document: Mapping[str, Any]) -> Iterator[tuple[str, str, dict[str, Any], list[Any]]]:
    for path, item in document.get("paths", {}).items():
        if not isinstance(item, dict) or not _PATH.fullmatch(path):
            continue
        shared = item.get("parameters")
        for method in ("get", "post"):
            operation = item.get(method)
            # One that wants a login would rightly refuse us.
            if (
                isinstance(operation, dict)
                and not operation.get("security")
                and not operation.get("deprecated")
                # Without a body there is nothing to be right or wrong about, only something that is done.
                and (method == "get" or "requestBody" in operation)
            ):
                yield method.upper(), path, operation, shared if isinstance(shared, list) else []


def _of_operation(
    document: Mapping[str, Any], method: str, path: str, operation: dict[str, Any], maker: Maker, shared: list[Any]
) -> Iterator[Trial]:
    own = operation.get("parameters")
    parameters = [maker.resolved(each) for each in [*shared, *(own if isinstance(own, list) else [])]]
    target = _base(document) + _filled(path, parameters)
    if _ACTIONS.search(re.sub(r"(?<=[a-z])(?=[A-Z])", "-", target).lower()):
        raise CannotMake("it would change the application")
    query = _query(maker, parameters)
    body = operation.get("requestBody")
    if method == "GET":
        yield Trial(method, path, "none", target, query, sure=maker.sure)
        return
    media = _json_media(maker.resolved(body).get("content"))
    schema = media.get("schema")
    valid = _example(media)
    if valid is None:
        valid = maker.valid(schema)
    yield Trial(method, path, "valid", target, query, as_json(valid), maker.sure)
    try:
        invalid = maker.invalid(schema)
    except _ODD:
        return  # the valid one stays
    yield Trial(method, path, "invalid", target, query, as_json(invalid))


def _base(document: Mapping[str, Any]) -> str:
    """The path that the document says all paths are under; never another host."""
    servers = document.get("servers")
    first = servers[0] if isinstance(servers, list) and servers else None
    url = first.get("url") if isinstance(first, dict) else None
    return url.rstrip("/") if isinstance(url, str) and _PATH.fullmatch(url) and "{" not in url else ""


def _filled(path: str, parameters: list[dict[str, Any]]) -> str:
    values = {}
    for each in parameters:
        given = [each.get("example"), _example(each)]
        schema = each.get("schema")
        if isinstance(schema, dict):
            given += [schema.get("example"), schema.get("default"), *_first(schema.get("enum"))]
            given += _first(schema.get("examples"))
        value = next((one for one in given if isinstance(one, (str, int, float))), None)
        if each.get("in") == "path" and isinstance(each.get("name"), str) and value is not None:
            values[each["name"]] = _sendable(str(value)[:100])
    if any(name not in values for name in _PARAMETER.findall(path)):
        raise CannotMake("a parameter of the path has no example")
    return _PARAMETER.sub(lambda found: quote(values[found[1]], safe=""), path)


def _first(values: object) -> list[Any]:
    return values[:1] if isinstance(values, list) else []


def _query(maker: Maker, parameters: list[dict[str, Any]]) -> tuple[tuple[str, str], ...]:
    pairs = []
    for each in parameters:
        if each.get("required") is not True or each.get("in") == "path":
            continue
        if each.get("in") != "query" or not isinstance(each.get("name"), str):
            raise CannotMake("it wants a header or a cookie")
        value = each["example"] if "example" in each else maker.valid(each.get("schema"))
        text = value if isinstance(value, str) else as_json(value).decode()
        pairs.append((_sendable(each["name"][:100]), _sendable(text[:1000])))
    return tuple(pairs)


def _sendable(text: str) -> str:
    """The text, which can be sent; raises ``CannotMake`` for half of a surrogate pair."""
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise CannotMake("a parameter is no text") from error
    return text


def _json_media(content: object) -> dict[str, Any]:
    for kind, media in content.items() if isinstance(content, dict) else ():
        if isinstance(media, dict) and re.fullmatch(r"(application/([\w.+-]*\+)?json|\*/\*)(;.*)?", kind):
            return media
    raise CannotMake("it wants no JSON")


def _example(media: Mapping[str, Any]) -> Any:
    """The example that a media type or parameter gives, or None."""
    if media.get("example") is not None:
        return media["example"]
    several = media.get("examples")
    for each in several.values() if isinstance(several, dict) else ():
        if isinstance(each, dict) and each.get("value") is not None:
            return each["value"]
    return None
