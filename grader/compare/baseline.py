"""What got worse than a kept result: for those who watch a deployment that is not perfect, and must not decay."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from grader.errors import UsageError
from grader.grading.result_document import checked_results, load_results
from grader.grading.results import Outcome, Result
from grader.rubric.renamed_checks import current


@dataclass(frozen=True, slots=True)
class Worse:
    """Checks that are lost now and were not, and such that were earned and are open now; in words."""

    lost: tuple[str, ...]
    opened: tuple[str, ...]

    @property
    def exit_code(self) -> int:
        """1 where something was lost, 3 where something can no longer be seen, else 0."""
        return 1 if self.lost else 3 if self.opened else 0


@dataclass(frozen=True, slots=True)
class Baseline:
    """A kept results file."""

    source: str
    results: tuple[Mapping[str, Any], ...]

    def worse(self, result: Result) -> Worse:
        """What got worse. A check that the baseline does not know cannot have; nor one that did not apply."""
        before = dict(self._outcomes(result))
        lost, opened = [], []
        for item in result.items:
            for check in item.checks:
                was = before.get((item.id, current(check.id)))
                if was is None or was is Outcome.NOT_APPLICABLE or was is check.outcome:
                    continue
                said = f"{item.id} {check.title}: {check.message or check.outcome.value}"
                if check.outcome is Outcome.FAILED:
                    lost.append(said)
                elif check.outcome.is_open and was is Outcome.PASSED:
                    opened.append(said)
        return Worse(tuple(lost), tuple(opened))

    def _outcomes(self, result: Result) -> Iterator[tuple[tuple[str, str], Outcome]]:
        """The outcome of each check before: of the account, or of the only result there is."""
        own = [one for one in self.results if one["account"] == result.account]
        found = own or (list(self.results) if len(self.results) == 1 else [])
        if not found:
            said = f"there is no result of account {result.account}."
            raise UsageError(said, where=self.source, remedy="Keep one of this account.")
        for item in found[-1]["items"]:
            for check in item["checks"]:
                yield (item["id"], current(check["id"])), Outcome(check["outcome"])


def read_baseline(path: Path) -> Baseline:
    """A kept results file; raises ``UnusableInput`` where it is none."""
    return Baseline(str(path), tuple(checked_results(load_results(path), str(path))))
