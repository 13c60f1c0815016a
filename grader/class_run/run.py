"""The run over a class: what is missing is read, what changed is graded, and all of it is written.

This is the only place that writes into the folder of a run. Workers answer; whatever happens to one account is one
sentence for that student.
"""

from __future__ import annotations

import hashlib
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Executor, Future, wait
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from grader.bounds import MAX_BYTES
from grader.class_run.folder import Folder, OutOfSpace, copy_packed, write
from grader.class_run.plan import CHANGES, Reach, Wanted, access_of, source_of, values_of
from grader.class_run.state import Known, State
from grader.class_run.tasks import (
    Collect,
    Collected,
    Grade,
    GradedStudent,
    Scheme,
    WorkerLost,
    collect,
    grade,
    now,
)
from grader.classes.decisions import Decision
from grader.classes.students import Student
from grader.errors import CheckError, GraderError
from grader.foreign_text import one_line
from grader.rubric import Rubric, open_rubric
from grader.rubric.needs import operations_for

TRIES = 3
"""How often an account is tried whose worker was lost."""
LOOK_SECONDS = 0.2


@dataclass(frozen=True, slots=True)
class Event:
    """What happened to a student. ``kind`` is ``reading``, ``progress``, ``read``, ``graded``, ``failed``, ``kept``."""

    student: str
    kind: str
    done: int = 0
    known: int = 0
    refusals: int = 0
    summary: Mapping[str, Any] | None = None
    words: str = ""


@dataclass(frozen=True, slots=True)
class Change:
    """A score that a regrade changed."""

    student: str
    before: float
    after: float
    why: tuple[str, ...]


@dataclass(slots=True)
class Tally:
    """What a run did."""

    asked: int = 0
    graded: int = 0
    failed: int = 0
    changes: list[Change] = field(default_factory=list)


@dataclass(slots=True)
class ClassRun:
    """One run. ``executor`` may be any; ``remote`` tells that its workers do not see the folder.

    ``graders`` is how many grading tasks are given to the executor at once; ``heard`` is called with every event.
    """

    folder: Folder
    state: State
    rubric: Rubric
    scheme: Scheme
    students: Sequence[Student]
    decisions: Mapping[str, tuple[Decision, ...]]
    reach: Reach
    wanted: Wanted
    executor: Executor
    heard: Callable[[Event], None] = lambda event: None
    looked: Callable[[], None] = lambda: None
    remote: bool = False
    graders: int = 6
    parameters: tuple[str, ...] = ()
    """Parameters of the rubric that columns of the roster give to each student."""
    tally: Tally = field(default_factory=Tally)
    _known: dict[str, Known] = field(default_factory=dict)
    _running: dict[Future[Any], tuple[str, Student]] = field(default_factory=dict)
    _to_grade: deque[Student] = field(default_factory=deque)
    _lost: dict[str, int] = field(default_factory=dict)

    def run(self) -> Tally:
        """Do it. Raises ``OutOfSpace`` where the disk is full, ``CheckError`` for checks that cannot be loaded."""
        self.state.enter(self.students)
        self._known = self.state.known()
        to_collect = deque(self._missing())
        operations = self._operations()
        while to_collect or self._to_grade or self._running:
            with self.state.together():
                self._submit(to_collect, operations)
            done, _ = wait(self._running, timeout=LOOK_SECONDS, return_when=FIRST_COMPLETED)
            with self.state.together():
                for future in done:
                    kind, student = self._running.pop(future)
                    self._take(kind, student, future, to_collect)
            self.looked()
        return self.tally

    # -- what is to be done --------------------------------------------------------------------------------------------

    def _operations(self) -> frozenset[str]:
        return self._operations_of(self.rubric)

    def _operations_of(self, rubric: Rubric) -> frozenset[str]:
        needed = operations_for(rubric.applicable(rubric.variant(self.scheme.variant)))
        return needed | {CHANGES} if rubric.late is not None else needed

    def _scheme(self, student: Student) -> Scheme:
        """How a student is graded: with the values that the roster gives to the parameters of the rubric."""
        if not self.parameters:
            return self.scheme
        values = {**dict(self.scheme.values), **values_of(student, self.parameters)}
        return replace(self.scheme, values=tuple(sorted(values.items())), apart=True)

    def _rubric(self, scheme: Scheme) -> Rubric:
        rubric = open_rubric(scheme.rubric, dict(scheme.values))
        return rubric.only(scheme.items) if scheme.items else rubric

    def _missing(self) -> Iterator[Student]:
        """Students whose evidence is not there; those with evidence are to be graded where that is not done."""
        for student in self.students:
            known = self._known[student.id]
            there = self.folder.evidence(known.slug).is_file()
            if not self._is_to_be_read(student, known, there):
                if there:
                    self._adopt(student, known)
                    self._to_grade.append(student)
                continue
            yield student

    def _is_to_be_read(self, student: Student, known: Known, there: bool) -> bool:
        if self.wanted.regrade:
            return not there and student.way.evidence is not None
        if student.way.evidence is not None and there and known.source != source_of(student):
            return True
        if there and known.stage == "failed":
            return True
        if self.wanted.retry_open and there and (known.open or not known.is_graded):
            return student.way.asks_aws
        return not there

    def _adopt(self, student: Student, known: Known) -> None:
        """Evidence that is whole although the run ended before it could say so."""
        if known.stage == "waiting":
            size = self.folder.evidence(known.slug).stat().st_size
            self.state.collected(student.id, now(), source_of(student), size)

    def _submit(self, to_collect: deque[Student], operations: frozenset[str]) -> None:
        reading = sum(kind == "collect" for kind, _ in self._running.values())
        while self._to_grade and len(self._running) - reading < self.graders:
            student = self._to_grade.popleft()
            grading = self._grade_task(student)
            if grading is not None:
                self._running[self.executor.submit(grade, grading)] = "grade", student
        while to_collect and reading < self.reach.at_once:
            student = to_collect.popleft()
            if student.way.evidence is not None:
                self._take_over(student, student.way.evidence)
                if len(self._to_grade) >= self.graders:
                    return
                continue
            try:
                scheme = self._scheme(student)
                asked = operations if scheme is self.scheme else self._operations_of(self._rubric(scheme))
                task = Collect(student.id, scheme, access_of(student, self.reach), asked, self.reach.rate)
            except GraderError as error:
                self._failed(student, error)
                continue
            self._running[self.executor.submit(collect, task)] = "collect", student
            reading += 1
            self.tally.asked += 1
            self.heard(Event(student.id, "reading"))

    def _take_over(self, student: Student, file: Path) -> None:
        path = self.folder.evidence(self._known[student.id].slug)
        try:
            copy_packed(file, path, MAX_BYTES)
        except OutOfSpace:
            raise
        except GraderError as error:
            self._failed(student, error)
            return
        self.state.collected(student.id, now(), source_of(student), path.stat().st_size)
        self._to_grade.append(student)

    def _basis(self, student: Student) -> str:
        """What a grade rests on: where it is the same, grading again would give the same."""
        evidence = self.folder.evidence(self._known[student.id].slug).stat()
        parts = (
            self._scheme(student), student.account, student.handed_in, self.decisions.get(student.id, ()),
            evidence.st_size, evidence.st_mtime_ns, self.wanted.pages,
        )  # fmt: skip
        return hashlib.sha256(repr(parts).encode("utf-8", "backslashreplace")).hexdigest()[:32]

    def _size(self, slug: str) -> int:
        """Bytes of result and page together; -1 where one is missing."""
        paths = [self.folder.result(slug), *([self.folder.page(slug)] if self.wanted.pages else ())]
        return sum(path.stat().st_size for path in paths) if all(path.is_file() for path in paths) else -1

    def _grade_task(self, student: Student) -> Grade | None:
        known = self._known[student.id]
        path = self.folder.evidence(known.slug)
        if not self.wanted.regrade and known.basis == self._basis(student) and known.bytes == self._size(known.slug):
            self.heard(Event(student.id, "kept", summary=self.state.summary(student.id)))
            return None
        return Grade(
            student=student.id,
            scheme=self._scheme(student),
            evidence=path.read_bytes() if self.remote else path,
            source=path.name,
            expected_account=student.account,
            handed_in=student.handed_in,
            decisions=self.decisions.get(student.id, ()),
            pages=self.wanted.pages,
            reads=not self.wanted.regrade and any(one.way.asks_aws for one in self.students),
        )

    # -- what came back ------------------------------------------------------------------------------------------------

    def _take(self, kind: str, student: Student, future: Future[Any], to_collect: deque[Student]) -> None:
        error = future.exception()
        if isinstance(error, WorkerLost) and self._again(student):
            (to_collect if kind == "collect" else self._to_grade).append(student)
        elif isinstance(error, CheckError) and "could not be loaded" in error.problem:
            raise error  # nobody can be graded by these checks
        elif error is not None:
            shown = error if isinstance(error, GraderError) else GraderError(f"{type(error).__name__}: {error}")
            self._failed(student, shown, kept=kind == "collect")
        elif kind == "collect":
            self._collected(student, future.result())
        else:
            self._graded(student, future.result())

    def _again(self, student: Student) -> bool:
        self._lost[student.id] = self._lost.get(student.id, 0) + 1
        return self._lost[student.id] < TRIES

    def _collected(self, student: Student, collected: Collected) -> None:
        write(self.folder.evidence(self._known[student.id].slug), collected.evidence)
        self.state.collected(student.id, now(), source_of(student), len(collected.evidence))
        self.heard(Event(student.id, "read", refusals=collected.refusals))
        self._to_grade.append(student)

    def _graded(self, student: Student, graded: GradedStudent) -> None:
        slug = self._known[student.id].slug
        before = self.state.summary(student.id)
        # After a power cut their sizes tell whether both are whole, and they can be made again: no need to wait for
        # the disk.
        write(self.folder.result(slug), graded.result.encode("utf-8", "backslashreplace"), lasting=False)
        if self.wanted.pages:
            write(self.folder.page(slug), graded.page.encode("utf-8", "backslashreplace"), lasting=False)
        summary = graded.summary
        self.state.graded(student.id, self._basis(student), self._size(slug), summary)
        self.tally.graded += 1
        if before is not None and before["adjusted"] != summary["adjusted"]:
            why = _why(before, summary)
            self.tally.changes.append(Change(student.id, before["adjusted"], summary["adjusted"], why))
        self.heard(Event(student.id, "graded", summary=summary))

    def _failed(self, student: Student, error: GraderError, *, kept: bool = False) -> None:
        """One sentence for this student; older evidence still counts where only asking again failed (``kept``)."""
        sentence = one_line(str(error), 1000)
        kept = kept and self.folder.evidence(self._known[student.id].slug).is_file()
        self.state.failed(student.id, sentence, error.exit_code, kept=kept)
        self.tally.failed += 1
        self.heard(Event(student.id, "failed", words=sentence))
        if kept:
            self._to_grade.append(student)


def _why(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[str, ...]:
    """The steps whose points changed, with the reason of what is lost now or was lost then; lateness; decisions."""
    found = []
    earlier = {item["id"]: item for item in before["items"]}
    for item in after["items"]:
        old = earlier.pop(item["id"], None)
        if old is None:
            found.append(f"step {item['id']} is new: {item['earned']:g} of {item['points']:g}")
        elif old["earned"] != item["earned"]:
            reasons = item["reasons"] or old["reasons"]
            words = f" ({reasons[0]['found'] or reasons[0]['title']})" if reasons else ""
            found.append(f"step {item['id']}: {old['earned']:g} to {item['earned']:g}{words}")
    found += [f"step {identifier} no longer exists" for identifier in earlier]
    if before["late"]["penalty"] != after["late"]["penalty"]:
        found.append(f"lateness: {before['late']['penalty']:g} to {after['late']['penalty']:g} points")
    return tuple(found)
