"""Which checks run, known before anything is asked: the rows of a rubric, by the pytest items that they are."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from grader.rubric import CheckRow, Rubric, load_rubric, rows

if TYPE_CHECKING:
    import pytest

    from grader.rubric import Item

HERE = Path(__file__).resolve().parents[1]


def bundle(name: str) -> Path:
    """A file or folder that stands at the top of the source tree, and inside the package in a wheel."""
    inside = HERE / "bundled" / name
    return inside if inside.exists() else HERE.parent / name


def default_rubric() -> Path:
    """The lab's own rubric."""
    return bundle("rubric.yaml")


def open_rubric(path: Path | None = None) -> Rubric:
    """A rubric, by default the lab's; check modules are found beside it first, then among ours."""
    return load_rubric(path or default_rubric(), search=(bundle("checks"),))


@dataclass(frozen=True, slots=True)
class Plan:
    """The rows to run."""

    rows: tuple[CheckRow, ...]

    @property
    def modules(self) -> tuple[Path, ...]:
        """The check modules, in order of their first use."""
        return tuple(dict.fromkeys(row.function.path for row in self.rows))

    def parameters_of(self, path: Path, nodeid: str) -> list[tuple[str, dict[str, Any]]]:
        """(id, parameters) of the rows that run one function with parameters."""
        name = nodeid.partition("::")[2]
        found = {
            row.id.rpartition("[")[2].rstrip("]"): dict(row.parameters)
            for row in self.rows
            if row.parameters and row.function.name == name and row.function.path == path.resolve()
        }
        return list(found.items())


def plan_for(items: Iterable[Item]) -> Plan:
    """The plan of some items of a rubric; a check that several items share runs once."""
    return Plan(tuple({row.id: row for row in rows(tuple(items))}.values()))


def plan_of(config: pytest.Config) -> Plan:
    """The plan of a pytest session: the runner's, or that of ``--rubric``."""
    from grader.grading.pytest_plugin import PLAN

    if PLAN not in config.stash:
        named = config.getoption("--rubric", None)
        config.stash[PLAN] = plan_for(open_rubric(Path(named) if named else None).items)
    return config.stash[PLAN]
