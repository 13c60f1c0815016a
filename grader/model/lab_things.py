"""The things of a rubric in one account, as checks see them: a finding, or the reason why there is none."""

from __future__ import annotations

from collections.abc import Mapping

from grader.errors import Manual
from grader.evidence import Evidence
from grader.evidence.tracking import note_read
from grader.model.findings import Finding
from grader.things.binding import Candidate, Found
from grader.things.judging import LabThings as Things
from grader.things.judging import Said, Taken, ThingRow, find_lab
from grader.things.things import Things as ThingsOfRubric

__all__ = ["LabThings", "ThingRow"]


class LabThings:
    """What was taken for the things of a rubric, and what its rows say of it."""

    def __init__(self, things: ThingsOfRubric, evidence: Evidence, binds: Mapping[str, str]) -> None:
        self._found: Things = find_lab(things, evidence, binds)

    @property
    def taken(self) -> Mapping[str, Taken]:
        """What was taken for each thing that was found, by name."""
        return self._found.taken

    @property
    def missing(self) -> Mapping[str, str]:
        """The missing thing that a row waits for, by the row's name."""
        return self._found.missing

    @property
    def assignment(self) -> dict[str, Candidate | Found]:
        """What was taken for each thing, or what was found where there is none."""
        return dict(self._found.assignment)

    def verdict(self, row: ThingRow) -> Finding:
        """What a row says; raises ``Missing``, ``Unverified``, ``Pending`` or ``Manual``."""
        if row.manual:
            raise Manual(row.manual)
        verdict = self._found.verdicts[row.name]
        for question in verdict.read:
            note_read(question)
        if verdict.error is not None:
            raise verdict.error.with_traceback(None)
        return Finding(verdict.said is Said.HOLDS, verdict.found, verdict.expected)
