"""``Evidence``: the answers and refusals of one account, as ``collect`` wrote them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from grader.calls.iam_actions import iam_action
from grader.calls.table import CALLS
from grader.errors import Missing, Unverified
from grader.evidence.fields import Fields
from grader.evidence.private import bare_urls
from grader.evidence.question import GLOBAL, Question, identify
from grader.evidence.refusals import Refusal, RefusalKind, refusal_kind, says_absent
from grader.evidence.structure import check_structure, moment_of
from grader.evidence.tracking import note_read

_Calls = Mapping[str, Mapping[str, Mapping[str, Mapping[str, Any]]]]
_SOURCES = {
    call.operation: tuple(dict.fromkeys(source.operation for source in call.sources)) for call in CALLS if call.sources
}
"""By operation those whose answers its parameters come from."""


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
    ``Unverified`` (AWS did not answer, or was not asked).
    """

    def __init__(self, document: Mapping[str, Any], *, source: str = "evidence") -> None:
        self.source = source
        check_structure(document, source)
        self.document = document
        self.meta = Fields(document["meta"], (source, "meta"))
        self._calls: _Calls = document["calls"]
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
        return moment_of(self.meta)

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
            url=bare_urls(probe.text("url", "")),
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
            raise self._not_asked(question)
        if "response" in entry:
            return self._entry(question, entry).required("response")
        error = self._entry(question, entry).required("error")
        code, message = error.text("Code", ""), error.text("Message", "")
        if says_absent(code):
            raise Missing(f"{question.operation} says {code}: {message}")
        raise self._unverified(question, refusal_kind(code, message), code, message)

    def _entry(self, question: Question, entry: Mapping[str, Any]) -> Fields:
        return Fields(entry, (self.source, "calls", question.operation, question.region, question.key))

    def _not_asked(self, question: Question) -> Unverified:
        """Why a question is absent: what its parameters come from was refused, or nobody asked."""
        for operation in _SOURCES.get(question.operation, ()):
            refused = [
                one
                for one in self.asked(operation)
                if question.region in (one.region, GLOBAL)
                and "error" in self._calls[operation][one.region][one.key]
                and (one.key == question.key or not one.key)
            ]
            for one in refused:
                try:
                    self.answer_to(one)
                except Unverified as error:
                    return error
                except Missing:
                    continue
        return self._unverified(question, RefusalKind.NOT_ASKED, "", "The evidence has no answer to this request.")

    def _unverified(self, question: Question, kind: RefusalKind, code: str, message: str) -> Unverified:
        kept = self._refusals.get(question)
        if kept is None:
            refusal = Refusal(question, kind, iam_action(question.operation), code, message)
            if kind is RefusalKind.NOT_ASKED:
                reason = f"{question.operation} was not asked{_in_region(question)}{self._bound(question)}"
            else:
                reason = refusal.reason
            kept = self._refusals[question] = Unverified(reason, [refusal])
        return kept

    def _bound(self, question: Question) -> str:
        """A bound that kept questions of this operation from being asked, in words."""
        left_out = self.meta.within("not_asked").whole(question.operation)
        if not left_out:
            return ""
        return f": the account holds {left_out} more to ask about than one run reads"

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
