"""Why the lab's service does not work, in one sentence: the first row of the table that the witnesses fit."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import partial

from grader.errors import Pending, Undecided
from grader.evidence import Refusal
from grader.model.diagnosis.cause import NEVER_STARTED, STOPPED, Cause, Claim, Found, Repair, filled
from grader.model.diagnosis.hops import Hop, first_broken
from grader.model.diagnosis.refusals import is_learner_lab
from grader.model.diagnosis.table import CAUSES, DEPLOYMENTS, WAY_IN
from grader.model.diagnosis.way_in import way_in
from grader.model.diagnosis.way_out import way_out
from grader.model.diagnosis.witnesses import StoppedTask, Witnesses
from grader.model.findings import Finding, known
from grader.model.lab import Lab
from grader.model.services import Service

_ECS = "https://{region}.{console}/ecs/v2/clusters/{cluster}"
_UNEXPLAINED = (
    Repair(
        "Open the newest stopped task and read its stopped reason and the reason of each container.",
        _ECS + "/tasks?region={region}",
        "aws ecs list-tasks --region {region} --cluster {cluster} --desired-status STOPPED",
    ),
    Repair(
        "Read the last lines of its log.",
        "https://{region}.{console}/cloudwatch/home?region={region}#logsV2:log-groups",
        "aws logs tail {log_group} --region {region} --since 3h",
    ),
    Repair(
        "Read the newest events of the service.",
        _ECS + "/services/{service}/events?region={region}",
        "aws ecs describe-services --region {region} --cluster {cluster} --services {service} --query"
        " 'services[].events[:10].message'",
    ),
)


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """What was recognised. ``cause`` is the id of a row; empty where none fits, and ``sentence`` says what was read.

    ``checks`` are parts of the ids of the checks that it is because of, if they are lost; ``hop`` is the broken hop,
    ``also`` what is known of the deployment besides, ``values`` are for the repairs.
    """

    cause: str
    title: str
    sentence: str
    quote: str
    source: str
    repairs: tuple[Repair, ...]
    values: tuple[tuple[str, str], ...]
    explains: frozenset[Claim]
    checks: tuple[str, ...] = ()
    hop: Hop | None = None
    also: tuple[str, ...] = ()
    refused: tuple[Refusal, ...] = ()


@dataclass(frozen=True, slots=True)
class Walks:
    """The way in and the way out, hop by hop."""

    inward: tuple[Hop, ...]
    outward: tuple[Hop, ...]

    @property
    def broken(self) -> tuple[Hop, ...]:
        """The first broken hop of each."""
        return tuple(one for one in map(first_broken, (self.inward, self.outward)) if one is not None)


def walks(lab: Lab) -> Walks:
    """Both ways of a lab."""
    return Walks(way_in(lab), way_out(lab))


def diagnose(lab: Lab) -> Diagnosis | None:
    """Why no healthy task of the lab's service runs, or why nobody reaches it.

    None where it works, where it is still being started, and where there is no service.
    """
    service = known(lambda: lab.service, None)
    if service is None:
        return None
    witnesses = Witnesses(lab, service)
    works = _works(lab, service, witnesses)
    if works is None:
        return None
    if works:
        found = _beside(witnesses) or _first(witnesses, WAY_IN)
    else:
        found = replace(_of_tasks(witnesses) or _unexplained(witnesses), refused=witnesses.refused)
    return found and replace(found, values=(*found.values, *_numbers(lab)))


def _numbers(lab: Lab) -> Iterator[tuple[str, str]]:
    """The lab's own numbers, for the repairs: there they outrank what the cause itself found."""
    yield "front_port", str(lab.parameters.front_port or "PORT")
    yield "port", str(lab.parameters.port or "PORT")
    yield "memory", str(lab.parameters.memory or "MIB")
    yield "health_path", lab.parameters.health_path or "/PATH"


def _works(lab: Lab, service: Service, witnesses: Witnesses) -> bool | None:
    """Whether a healthy task runs; None where that is not known or waited for."""
    if _is_starting(service, witnesses):
        return None
    if service.running_count < 1:
        return False
    try:
        return bool(lab.target_group.has_healthy_target)
    except Pending:
        return None if not _has_failed(witnesses) else False
    except Undecided:
        return None


def _is_starting(service: Service, witnesses: Witnesses) -> bool:
    """Whether the first tasks of a deployment are being started and nothing of it has failed."""
    newest = next((one for one in witnesses.deployments if one.is_primary), None)
    under_way = newest is None or newest.state in ("IN_PROGRESS", "")
    return service.running_count == 0 and service.desired_count > 0 and under_way and not _has_failed(witnesses) and (
        service.pending_count > 0 or bool(newest and not witnesses.events)
    )


def _has_failed(witnesses: Witnesses) -> bool:
    """Whether anything of the newest deployment failed: a task, a health check, an event that says so."""
    newest = {one.id for one in witnesses.deployments if one.is_primary}
    if any(one.failed for one in witnesses.deployments if one.is_primary):
        return True
    if any(task.started_by in newest or not task.started_by for task in witnesses.stopped):
        return True
    words = ("unable to", "failed", "unhealthy", "was unable", "rolling back")
    return any(word in event.text.lower() for event in witnesses.events for word in words)


def _of_tasks(witnesses: Witnesses) -> Diagnosis | None:
    """The first row that the newest stopped task fits, else one that all of them together fit."""
    for task in witnesses.stopped[:5]:
        found = _first(_with(witnesses, (task,)), CAUSES)
        if found is not None and found.cause not in _VAGUE:
            return _besides(found, witnesses)
    found = _first(witnesses, CAUSES)
    return found and _besides(found, witnesses)


_VAGUE = frozenset(
    {"exit-1", "exit-0", "exit-137", "health-check-failed", "circuit-breaker", "rolled-back", "new-revision-fails"}
)
"""Rows that fit where another task may say more."""


def _with(witnesses: Witnesses, tasks: tuple[StoppedTask, ...]) -> Witnesses:
    """The same witnesses with these stopped tasks alone."""
    return witnesses.with_stopped(tasks)


def _besides(found: Diagnosis, witnesses: Witnesses) -> Diagnosis:
    """With what is known of the deployment, where the cause lies in its tasks."""
    if found.cause in {row.id for row in DEPLOYMENTS}:
        return found
    also = _first(witnesses, DEPLOYMENTS)
    return replace(found, also=(also.sentence,)) if also is not None else found


def _beside(witnesses: Witnesses) -> Diagnosis | None:
    """Of a service that works: why its newest deployment fails, which costs nothing."""
    row = next(one for one in DEPLOYMENTS if one.id == "new-revision-fails")
    failing = row.recognise(witnesses)
    if failing is None:
        return None
    found = _of_tasks(witnesses)
    return replace(found, explains=frozenset(), checks=()) if found is not None else None


def _first(witnesses: Witnesses, rows: Iterable[Cause]) -> Diagnosis | None:
    for row in rows:
        found = witnesses.read(partial(row.recognise, witnesses), None)
        if found is not None:
            return _diagnosis(row, found, learner_lab=is_learner_lab(witnesses.lab))
    return None


def _diagnosis(row: Cause, found: Found, *, learner_lab: bool) -> Diagnosis:
    instead = {repair: Repair(repair.in_learner_lab) for repair in row.repairs if learner_lab and repair.in_learner_lab}
    return Diagnosis(
        cause=row.id,
        title=row.title,
        sentence=filled(row.sentence, dict(found.values)),
        quote=found.quote,
        source=found.source,
        repairs=tuple(instead.get(repair, repair) for repair in row.repairs),
        values=found.values,
        explains=row.explains,
        checks=(*found.checks, *row.checks),
        hop=found.hop,
    )


def _unexplained(witnesses: Witnesses) -> Diagnosis:
    """What was read where no row fits; a line that no row recognises is never quoted."""
    read = ", ".join(_read(witnesses)) or "nothing but the service itself"
    definition = witnesses.task_definition
    logs = definition is not None and known(lambda: definition.collects_logs, Finding(False, ""))
    return Diagnosis(
        cause="",
        title="Not explained",
        sentence=f"The data that was read does not explain why no healthy task runs ({read}).",
        quote="",
        source="",
        repairs=_UNEXPLAINED,
        values=(),
        # What never ran has no log of its own, if the driver is right.
        explains=NEVER_STARTED if logs else STOPPED,
    )


def _read(witnesses: Witnesses) -> Iterator[str]:
    for number, what in (
        (len(witnesses.stopped), "stopped task"),
        (len(witnesses.events), "event"),
        (len(witnesses.targets), "target"),
        (len(witnesses.lines), "line of the log"),
    ):
        if number:
            plural = "lines of the log" if what.startswith("line") else f"{what}s"
            yield f"{number} {what if number == 1 else plural}"
