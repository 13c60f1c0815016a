"""What a worker is asked to do, and what it answers: reading one account, and grading one. It writes nothing.

A worker is any process that has this package: one that the run starts itself, or one of a cluster. What it needs
again and again (clients of AWS, a session of pytest) it makes once and shares between accounts; credentials never.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from fractions import Fraction
from importlib import import_module
from pathlib import Path
from threading import Lock
from typing import Any

from grader.class_run.sessions import GradingSession
from grader.class_run.summary import summary_of
from grader.classes.decisions import Decision, decide
from grader.classes.late import late_words, lateness
from grader.collect import Access, Collector, OnProgress
from grader.collect.loading import load_all
from grader.errors import CannotGrade
from grader.evidence import Evidence, load_evidence, parse_evidence, says_absent
from grader.evidence.scrubbing import scrubbed
from grader.foreign_text import whole
from grader.grading.keeping import kept_by
from grader.grading.pipeline import Graded
from grader.grading.result_document import result_document
from grader.model.trail import changes
from grader.rubric import Rubric, open_rubric


@dataclass(frozen=True, slots=True)
class Scheme:
    """By which rubric to grade. ``version`` changes with the file, so that a worker that lives on reads it anew.

    ``values`` are those of the rubric's parameters; ``items`` the steps to grade, none for all. ``apart`` tells that
    other students of the run have other values.
    """

    rubric: Path | None
    version: str
    variant: str | None = None
    binds: tuple[tuple[str, str], ...] = ()
    values: tuple[tuple[str, str], ...] = ()
    items: tuple[str, ...] = ()
    apart: bool = False


@dataclass(frozen=True, slots=True)
class Collect:
    """An account to read. ``rate`` bounds the requests a second to each service of it.

    ``scheme`` says which private values its rubric keeps; the others do not leave the process that reads.
    """

    student: str
    scheme: Scheme
    access: Access
    operations: frozenset[str]
    rate: float


@dataclass(frozen=True, slots=True)
class Collected:
    """Evidence, packed, and how many of its questions were refused."""

    evidence: bytes = field(repr=False)
    account: str
    refusals: int


@dataclass(frozen=True, slots=True)
class Grade:
    """Evidence to grade: its file, or its bytes where the worker cannot see the file.

    ``reads`` tells that this run reads accounts, too.
    """

    student: str
    scheme: Scheme
    evidence: Path | bytes = field(repr=False)
    source: str
    expected_account: str
    handed_in: datetime | None
    decisions: tuple[Decision, ...]
    pages: bool = True
    reads: bool = True


@dataclass(frozen=True, slots=True)
class GradedStudent:
    """Everything that is written about a student, and the summary that the class is made of."""

    result: str
    page: str
    summary: Mapping[str, Any]


_MOST_COLLECTORS = 8
"""How many sets of clients a process keeps: the models of AWS's services in them take memory."""


class _Shared:
    """What this process keeps between tasks."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._collectors: dict[tuple[frozenset[str], float], Collector] = {}
        self._rubrics: dict[Scheme, Rubric] = {}
        self._sessions: dict[Scheme, GradingSession] = {}
        self._alone = Lock()

    def collector(self, operations: frozenset[str], rate: float) -> Collector:
        with self._lock:
            key = (operations, rate)
            # Where each student has questions of their own, the last ones' are kept; whoever is at work keeps theirs.
            collector = self._collectors.pop(key, None) or Collector(operations, per_second=rate, apart=True)
            self._collectors[key] = collector
            while len(self._collectors) > _MOST_COLLECTORS:
                del self._collectors[next(iter(self._collectors))]
            return collector

    def rubric(self, scheme: Scheme) -> Rubric:
        with self._lock:
            return self._rubric(scheme)

    def _rubric(self, scheme: Scheme) -> Rubric:
        if scheme not in self._rubrics:
            self._rubrics.clear()
            rubric = open_rubric(scheme.rubric, dict(scheme.values))
            self._rubrics[scheme] = rubric.only(scheme.items) if scheme.items else rubric
        return self._rubrics[scheme]

    def graded(self, scheme: Scheme, reads: bool, evidence: Evidence) -> tuple[Rubric, Graded]:
        """An account graded, and by which rubric."""
        if not scheme.apart:
            rubric, session = self._session(scheme, reads)
            return rubric, session.grade(evidence)
        # Another rubric for each student, and one session of pytest at a time in a process.
        with self._alone:
            rubric, session = self._session(scheme, reads)
            try:
                return rubric, session.grade(evidence)
            finally:
                session.end()

    def _session(self, scheme: Scheme, reads: bool) -> tuple[Rubric, GradingSession]:
        with self._lock:
            if scheme not in self._sessions:
                if reads:
                    load_all()
                import_module("grader.report.page.page")
                # One at a time is enough: a run has one scheme, and a corrected rubric is a new one.
                self._sessions.clear()
                self._sessions[scheme] = GradingSession(self._rubric(scheme), scheme.variant, dict(scheme.binds))
            return self._rubric(scheme), self._sessions[scheme]


_shared = _Shared()


def collect(task: Collect, progress: OnProgress | None = None) -> Collected:
    """Read an account; raises as ``Collector.collect`` does."""
    document = _shared.collector(task.operations, task.rate).collect(task.access, progress)
    document = scrubbed(document, kept_by(_shared.rubric(task.scheme), document))
    errors = (
        entry["error"]
        for regions in document["calls"].values()
        for keys in regions.values()
        for entry in keys.values()
        if "error" in entry
    )
    refusals = sum(not says_absent(str(error.get("Code", ""))) for error in errors)
    text = whole(json.dumps(document, separators=(",", ":"), ensure_ascii=False))
    packed = gzip.compress(text.encode("utf-8"), compresslevel=3, mtime=0)
    return Collected(packed, str(document["meta"].get("account", "unknown")), refusals)


def grade(task: Grade) -> GradedStudent:
    """Grade an account; raises ``GraderError`` where it cannot be graded."""
    evidence = _evidence(task)
    rubric, graded = _shared.graded(task.scheme, task.reads, evidence)
    decided = decide(graded.result, task.decisions)
    handed_in = task.handed_in
    found = changes(evidence) if rubric.late is not None and handed_in is None else ()
    late = lateness(rubric.late, task.student, handed_in, found, decided.result.max_score)
    result = decided.result
    words = late_words(late, result.score)
    if words:
        result = replace(result, notices=(*result.notices, words))
    low, high = result.score_range
    document = {
        **result_document(result),
        "student": task.student,
        "checked_score": float(graded.result.score),
        "adjusted_score": float(late.adjusted(low)),
        "adjusted_range": [float(late.adjusted(low)), float(late.adjusted(high))],
        "late": {"days": late.days, "penalty": float(late.penalty), "because": late.because, "question": late.question},
        "decisions": [_decision(decision) for decision in decided.applied],
    }
    page = ""
    if task.pages:
        from grader.report.page.page import render_page

        page = render_page(replace(graded, result=result))
    summary = summary_of(graded, replace(decided, result=result), late)
    # Compact: with an indent, Python's own encoder takes longer than a check.
    return GradedStudent(json.dumps(document, separators=(",", ":")) + "\n", page, summary)


def _evidence(task: Grade) -> Evidence:
    if isinstance(task.evidence, bytes):
        return parse_evidence(task.evidence, task.source)
    evidence = load_evidence(task.evidence)
    evidence.source = task.source
    return evidence


def _decision(decision: Decision) -> dict[str, Any]:
    amount = None if decision.points is None else float(Fraction(decision.points))
    until = decision.until.isoformat() if decision.until else None
    return {
        "step": decision.step, "points": amount, "reason": decision.reason, "who": decision.who, "until": until,
        "part": decision.is_part,
    }  # fmt: skip


def now() -> str:
    """The moment, for the log and the state. No grade depends on it."""
    return datetime.now(UTC).replace(microsecond=0).isoformat()


class WorkerLost(CannotGrade):
    """The process that was at work on an account ended before it answered."""
