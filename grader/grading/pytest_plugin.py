"""pytest's side of the checks: their fixtures, and ``pytest checks --evidence FILE`` for whoever lives in pytest.

A check is a function of model objects; each noun of the lab is a fixture. What AWS did not answer is a skip with its
reason here, and an outcome of its own in the runner (``grader.grading.runner``), which uses these same fixtures.
"""

from __future__ import annotations

from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest

from grader.calls.nouns import NOUNS
from grader.errors import GraderError, Missing, Unsettled
from grader.evidence import Evidence, load_evidence
from grader.grading.plan import Plan, plan_for
from grader.model.lab import Lab, candidates
from grader.model.lab_things import LabThings
from grader.model.parameters import Parameters
from grader.rubric import QUESTION_CHECK, THINGS_CHECK, Rubric, open_rubric
from grader.things.things import Things

LAB = pytest.StashKey[Lab]()
PLAN = pytest.StashKey[Plan]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """``--evidence FILE``: the account that the checks are about."""
    group = parser.getgroup("grader", "grading an AWS account from kept evidence")
    group.addoption("--evidence", metavar="FILE", help="evidence file, as `grader collect` writes it")
    group.addoption("--rubric", metavar="FILE", help="rubric whose checks and parameters apply (default: the lab's)")


def pytest_configure(config: pytest.Config) -> None:
    """Read the evidence before anything is collected, so that a broken file ends the run with one sentence."""
    path = config.getoption("--evidence", None)
    if path and LAB not in config.stash:
        try:
            evidence = load_evidence(Path(path))
            config.stash[LAB] = candidates(evidence, Parameters.of(_rubric(config).parameters)).labs[0]
        except GraderError as error:
            raise pytest.UsageError(str(error)) from error


def pytest_report_header(config: pytest.Config) -> str | None:
    """Which account the checks are about."""
    if LAB not in config.stash:
        return None
    evidence = config.stash[LAB].evidence
    return f"account: {evidence.account}, read at {evidence.now.isoformat()}"


# Of session scope, since the runner starts a session's fixtures anew for each account: so each is made once.
@pytest.fixture(scope="session")
def lab(request: pytest.FixtureRequest) -> Lab:
    """The lab in the account at hand."""
    if LAB not in request.config.stash:
        raise pytest.UsageError("name the account with --evidence FILE")
    return request.config.stash[LAB]


@pytest.fixture(scope="session")
def evidence(lab: Lab) -> Evidence:
    """The raw answers and refusals."""
    return lab.evidence


@pytest.fixture(scope="session")
def lab_things(request: pytest.FixtureRequest, lab: Lab) -> LabThings:
    """The things that the rubric binds itself."""
    return things_of(lab, plan_of(request.config).things)


def things_of(lab: Lab, things: Things) -> LabThings:
    """The things of a rubric in the account at hand, found once."""
    kept: LabThings | None = lab.account.memo.get("lab things")
    if kept is None:
        kept = lab.account.memo["lab things"] = LabThings(things, lab.evidence, lab.thing_binds)
    return kept


def _noun(name: str) -> Any:
    def fixture(lab: Lab) -> Any:
        return getattr(lab, name)

    fixture.__doc__ = f"``Lab.{name}``."
    return pytest.fixture(name=name, scope="session")(fixture)


for _name in NOUNS:
    globals()[_name] = _noun(_name)


def plan_of(config: pytest.Config) -> Plan:
    """The plan of a pytest session: the runner's, or that of ``--rubric``."""
    if PLAN not in config.stash:
        rubric = _rubric(config)
        config.stash[PLAN] = plan_for(rubric.items, rubric.things)
    return config.stash[PLAN]


def _rubric(config: pytest.Config) -> Rubric:
    named = config.getoption("--rubric", None)
    return open_rubric(Path(named) if named else None)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Give a check the parameters of its rubric rows: one item for each row that has some of its own."""
    plan = plan_of(metafunc.config)
    rows = plan.parameters_of(metafunc.definition.path, metafunc.definition.nodeid)
    if rows:
        names = sorted({name for _, values in rows for name in values})
        table = [[values[name] for name in names] for _, values in rows]
        metafunc.parametrize(names, table, ids=[identifier or pytest.HIDDEN_PARAM for identifier, _ in rows])


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out the functions behind rows without one where the rubric has none: they have nothing to run with."""
    idle = [item for item in items if item.nodeid.endswith((QUESTION_CHECK, THINGS_CHECK))]
    if idle:
        config.hook.pytest_deselected(items=idle)
        items[:] = [item for item in items if item not in idle]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """A claim that cannot be decided is skipped with its reason; one about something missing has failed."""
    report = yield
    raised = call.excinfo.value if call.excinfo is not None else None
    if isinstance(raised, Unsettled):
        path, line, _ = item.location
        report.outcome = "skipped"
        report.longrepr = (str(path), (line or 0) + 1, f"{type(raised).__name__.lower()}: {raised}")
    elif isinstance(raised, Missing):
        report.when = "call"  # pytest would call it an error of the setup; it is a claim that is false
        report.longrepr = str(raised)
    return report
