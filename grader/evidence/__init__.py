"""The evidence file: one account as AWS described it at one moment, every answer and every refusal.

``Evidence`` reads what ``collect`` wrote. The format stands in README.md, "The evidence file". A file from someone
else is untrusted: it is bounded in size and depth and parsed as data alone.
"""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from functools import cached_property
from pathlib import Path
from typing import Any

from grader.errors import EvidenceError, Missing, Unverified
from grader.evidence.fields import Fields
from grader.evidence.tracking import note_read

FORMAT = 1
GLOBAL = "global"
MAX_BYTES = 512 * 1024 * 1024
MAX_DEPTH = 64


class RefusalKind(StrEnum):
    """Why AWS would not say."""

    IDENTITY_POLICY = "identity policy"
    RESOURCE_POLICY = "resource policy"
    SERVICE_CONTROL_POLICY = "service control policy"
    PERMISSION_BOUNDARY = "permission boundary"
    SESSION_POLICY = "session policy"
    LAB_SANDBOX = "lab sandbox"
    SESSION_ENDED = "lab session ended"
    REGION_OFF = "region off"
    EXPIRED = "expired credentials"
    THROTTLED = "throttled"
    NO_ANSWER = "no answer"
    NOT_ASKED = "not asked"
    OTHER = "refused"


@dataclass(frozen=True, slots=True, order=True)
class Question:
    """One question to AWS: ``operation`` is ``service.Operation``, ``key`` the parameters that identify it."""

    operation: str
    region: str
    key: str = ""


@dataclass(frozen=True, slots=True)
class Refusal:
    """A question that AWS did not answer. ``action`` is the IAM action to grant, where one would help."""

    question: Question
    kind: RefusalKind
    action: str
    code: str
    message: str

    def __str__(self) -> str:
        place = "" if self.question.region == GLOBAL else f" in {self.question.region}"
        return f"{self.action}{place} ({self.kind})"


_THROTTLE_CODES = {
    "RequestLimitExceeded", "Throttling", "ThrottlingException", "ThrottledException", "TooManyRequestsException",
    "RequestThrottled", "RequestThrottledException", "SlowDown", "BandwidthLimitExceeded", "LimitExceededException",
    "PriorRequestNotComplete", "TransactionInProgressException", "EC2ThrottledException",
    "ProvisionedThroughputExceededException", "503",
}  # fmt: skip
_EXPIRED_CODES = {"ExpiredToken", "ExpiredTokenException", "RequestExpired", "TokenRefreshRequired"}
_REGION_OFF_CODES = {
    "OptInRequired", "AuthFailure", "InvalidClientTokenId", "UnrecognizedClientException", "RegionDisabledException",
}  # fmt: skip
_NO_ANSWER_CODES = {"NoAnswer", "InternalError", "InternalFailure", "ServiceUnavailable", "RequestTimeout", "500"}


def refusal_kind(code: str, message: str) -> RefusalKind:
    """Which kind of refusal an error is, from AWS's code and the wording of its message.

    The wordings are those of "Troubleshooting access denied error messages" in the IAM user guide.
    """
    text = message.lower()
    if "voc-cancel-cred" in text:
        return RefusalKind.SESSION_ENDED
    if code in _THROTTLE_CODES:
        return RefusalKind.THROTTLED
    if code in _EXPIRED_CODES:
        return RefusalKind.EXPIRED
    if code in _REGION_OFF_CODES:
        return RefusalKind.REGION_OFF
    if code in _NO_ANSWER_CODES:
        return RefusalKind.NO_ANSWER
    if "service control policy" in text or "resource control policy" in text:
        return RefusalKind.SERVICE_CONTROL_POLICY
    if "voclabs" in text or "pvoclabs" in text:
        return RefusalKind.LAB_SANDBOX
    if "permissions boundary" in text:
        return RefusalKind.PERMISSION_BOUNDARY
    if "session policy" in text:
        return RefusalKind.SESSION_POLICY
    if "resource-based policy" in text:
        return RefusalKind.RESOURCE_POLICY
    if any(word in code for word in ("AccessDenied", "Unauthorized", "NotAuthorized", "Forbidden")) or code == "403":
        return RefusalKind.IDENTITY_POLICY
    return RefusalKind.OTHER


def says_absent(code: str) -> bool:
    """Whether an error is an answer: the thing asked about does not exist (``NoSuchBucketPolicy``)."""
    return (
        code.startswith("NoSuch")
        or code.endswith(("NotFound", "NotFoundException", "NotFoundError", "NotFoundFault"))
        or code in {"AWSOrganizationsNotInUseException", "404"}
    )


def identify(parameters: Mapping[str, object]) -> str:
    """The third key of the evidence file: ``Name=value`` joined by ``;`` in name order."""
    return ";".join(f"{name}={parameters[name]}" for name in sorted(parameters))


@dataclass(frozen=True, slots=True)
class HttpProbe:
    """What the application answered when it was asked: ``ok`` for a 2xx of its health or start page.

    ``load_balancer`` is the ARN of the one that was asked, empty where that was not recorded. ``endpoints`` are the
    further requests, each with ``method``, ``path``, ``status`` and ``expected``.
    """

    ok: bool
    status: int
    url: str
    endpoints: tuple[ProbedEndpoint, ...]
    load_balancer: str = ""


@dataclass(frozen=True, slots=True)
class ProbedEndpoint:
    """One request to one endpoint; ``body`` is ``none``, ``valid`` or ``invalid``; ``ok`` if rightly answered."""

    method: str
    path: str
    body: str
    status: int
    ok: bool


class Evidence:
    """The answers and refusals of one account.

    ``answer`` gives the fields of an answer, or raises ``Missing`` (AWS says that it does not exist) or
    ``Unverified`` (AWS would not say, or was not asked).
    """

    def __init__(self, document: Mapping[str, Any], *, source: str = "evidence") -> None:
        self.source = source
        root = Fields(document, source)
        if "calls" not in document or "meta" not in document:
            raise EvidenceError(
                "this is not an evidence file: it needs 'meta' and 'calls'.",
                where=source,
                remedy="Write one with: grader collect --evidence FILE",
            )
        self.meta = root.within("meta")
        form = max(root.number("format", 1), self.meta.number("format", 1))
        if form > FORMAT:
            raise EvidenceError(
                f"evidence of format {form:g} is newer than this grader, which reads up to {FORMAT}.",
                where=source,
                remedy="Update the grader.",
            )
        self._calls = _checked_calls(root)
        self._refusals: dict[Question, Unverified] = {}

    @cached_property
    def account(self) -> str:
        """The 12-digit account id."""
        return self.meta.text("account", "unknown")

    @cached_property
    def environment(self) -> str:
        """``own-account`` or ``academy``; names a variant of the rubric."""
        return self.meta.text("environment", "own-account")

    @cached_property
    def now(self) -> datetime:
        """When the account was read, with its offset; the only clock that grading knows."""
        text = self.meta.text("now", "1970-01-01T00:00:00+00:00")
        try:
            moment = datetime.fromisoformat(text)
        except ValueError as error:
            raise EvidenceError(f"meta.now is {text!r}, which is not an ISO 8601 time.", where=self.source) from error
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)

    @cached_property
    def regions(self) -> tuple[str, ...]:
        """The regions that were searched, in name order."""
        named = set(self.meta.texts("regions"))
        if not named:
            named = {region for regions in self._calls.values() for region in regions} - {GLOBAL}
        return tuple(sorted(named))

    @cached_property
    def http_probe(self) -> HttpProbe | None:
        """The live answer of the application, or None where no request was sent."""
        if self.meta.raw.get("http_probe") is None:
            return None
        probe = self.meta.within("http_probe")
        endpoints = tuple(
            ProbedEndpoint(
                method=each.text("method"),
                path=each.text("path"),
                body=each.text("body", "none"),
                status=int(each.number("status", 0)),
                ok=each.flag("ok"),
            )
            for each in probe.each("endpoints")
        )
        return HttpProbe(
            ok=probe.flag("ok"),
            status=int(probe.number("status", 0)),
            url=probe.text("url", ""),
            endpoints=endpoints,
            load_balancer=probe.text("load_balancer", ""),
        )

    def answer(self, operation: str, region: str = GLOBAL, **parameters: object) -> Fields:
        """The answer to one question.

        Raises ``Missing`` where AWS says that the thing asked about does not exist, ``Unverified`` where it would
        not say or was not asked.
        """
        return self.answer_to(Question(operation, region, identify(parameters)))

    def answer_to(self, question: Question) -> Fields:
        """The answer to ``question``; raises as ``answer`` does."""
        note_read(question)
        entry = self._calls.get(question.operation, {}).get(question.region, {}).get(question.key)
        if entry is None:
            raise self._unverified(question, RefusalKind.NOT_ASKED, "", "The evidence does not hold this question.")
        if "response" in entry:
            return Fields(entry, f"{self.source}: {_spell(question)}").within("response")
        error = Fields(entry, f"{self.source}: {_spell(question)}").within("error")
        code, message = error.text("Code", ""), error.text("Message", "")
        if says_absent(code):
            raise Missing(f"{question.operation} says {code}: {message}")
        raise self._unverified(question, refusal_kind(code, message), code, message)

    def _unverified(self, question: Question, kind: RefusalKind, code: str, message: str) -> Unverified:
        kept = self._refusals.get(question)
        if kept is None:
            from grader.calls.iam_actions import iam_action

            refusal = Refusal(question, kind, iam_action(question.operation), code, message)
            if kind is RefusalKind.NOT_ASKED:
                reason = f"{question.operation} was not asked{_in_region(question)}"
            else:
                reason = f"AWS did not answer {refusal}"
            kept = self._refusals[question] = Unverified(reason, [refusal])
        return kept

    def asked(self, operation: str) -> tuple[Question, ...]:
        """Every question of one operation that the evidence holds, answered or refused, in order."""
        return tuple(
            Question(operation, region, key)
            for region, keys in sorted(self._calls.get(operation, {}).items())
            for key in sorted(keys)
        )

    def entry(self, question: Question) -> Mapping[str, Any] | None:
        """The raw entry (``response`` or ``error``) of a question, or None where it was not asked."""
        return self._calls.get(question.operation, {}).get(question.region, {}).get(question.key)

    def __iter__(self) -> Iterator[Question]:
        for operation in sorted(self._calls):
            yield from self.asked(operation)


def _in_region(question: Question) -> str:
    return "" if question.region == GLOBAL else f" in {question.region}"


def _spell(question: Question) -> str:
    return f"calls.{question.operation}.{question.region}.{question.key!r}"


def _checked_calls(root: Fields) -> Mapping[str, Mapping[str, Mapping[str, Mapping[str, Any]]]]:
    calls = root.within("calls")
    for operation in calls.raw:
        regions = calls.within(operation)
        for region in regions.raw:
            keys = regions.within(region)
            for key in keys.raw:
                entry = keys.within(key)
                if ("response" in entry.raw) == ("error" in entry.raw):
                    raise EvidenceError(
                        f"calls.{operation}.{region}.{key!r} must hold either 'response' or 'error'.",
                        where=root.where,
                        remedy="Collect the account again.",
                    )
    raw: Mapping[str, Mapping[str, Mapping[str, Mapping[str, Any]]]] = calls.raw
    return raw


def load_evidence(path: Path) -> Evidence:
    """Read an evidence file, ``.json`` or ``.json.gz`` (told by its content, not its name).

    Raises ``EvidenceError`` for a file that is missing, too large, too deep, not UTF-8, not JSON or not evidence.
    """
    return Evidence(_parsed(_bytes(path), str(path)), source=str(path))


def parse_evidence(text: bytes, source: str) -> Evidence:
    """Evidence from bytes, as ``load_evidence`` reads it from a file."""
    return Evidence(_parsed(_unpacked(text, source), source), source=source)


def _bytes(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
    except IsADirectoryError as error:
        raise EvidenceError("this is a folder, not an evidence file.", where=str(path)) from error
    except OSError as error:
        raise EvidenceError(
            f"cannot be read: {error.strerror or error}.",
            where=str(path),
            remedy="Write one with: grader collect --evidence FILE",
        ) from error
    return _unpacked(content, str(path))


def _unpacked(content: bytes, source: str) -> bytes:
    if content[:2] == b"\x1f\x8b":
        try:
            with gzip.GzipFile(fileobj=_as_file(content)) as packed:
                content = packed.read(MAX_BYTES + 1)
        except (OSError, EOFError, zlib.error) as error:
            raise EvidenceError(f"the gzip data is damaged ({error}).", where=source) from error
    if len(content) > MAX_BYTES:
        raise EvidenceError(f"larger than {MAX_BYTES // 2**20} MiB, which no account needs.", where=source)
    return content


def _as_file(content: bytes) -> Any:
    from io import BytesIO

    return BytesIO(content)


def _parsed(content: bytes, source: str) -> Mapping[str, Any]:
    try:
        document = json.loads(content.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise EvidenceError(f"not UTF-8 text (byte {error.start}).", where=source) from error
    except json.JSONDecodeError as error:
        raise EvidenceError(
            f"not JSON: {error.msg} in column {error.colno}.", where=f"{source}:{error.lineno}"
        ) from error
    except (RecursionError, ValueError) as error:
        raise EvidenceError(f"not an evidence file: {error}.", where=source) from error
    if not isinstance(document, dict):
        raise EvidenceError("this is not an evidence file: the outermost value must be an object.", where=source)
    if _deeper_than(document, MAX_DEPTH):
        raise EvidenceError(f"nested deeper than {MAX_DEPTH} levels, as no answer of AWS is.", where=source)
    return document


def _deeper_than(document: object, limit: int) -> bool:
    level: list[object] = [document]
    for _ in range(limit):
        level = [
            child
            for parent in level
            for child in (parent.values() if isinstance(parent, dict) else parent)  # type: ignore[attr-defined]
            if isinstance(child, (dict, list))
        ]
        if not level:
            return False
    return True
