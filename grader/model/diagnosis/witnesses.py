"""What the witnesses say: stopped tasks, events, deployments, targets, log lines and roles, typed and in order.

A witness that AWS would not show is none: it is named in ``refused``, and costs nothing.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import unquote

from grader.errors import Missing, Undecided, Unverified
from grader.evidence import Question, Refusal, RefusalKind, refusals_of
from grader.evidence.fields import Fields
from grader.evidence.tracking import tracked_property
from grader.model.diagnosis.hops import Hop, first_broken
from grader.model.diagnosis.way_in import way_in
from grader.model.findings import known
from grader.model.registry import Repository
from grader.model.task_definitions import TaskDefinition

if TYPE_CHECKING:
    from grader.model.lab import Lab
    from grader.model.load_balancing import LoadBalancer, Target, TargetGroup
    from grader.model.services import Service

T = TypeVar("T")
D = TypeVar("D")

_COLOUR = re.compile(r"\x1b\[[0-9;]*m")
MOST_EVENTS = 100
MOST_LINES = 200
MOST_TEXT = 1200
"""Characters of one text that are searched: AWS writes up to 1024 of a reason."""
MOST_LINE = 500
"""Characters of a line of the log that are searched; a line may be endless."""


@dataclass(frozen=True, slots=True)
class StoppedContainer:
    """A container of a stopped task: ``exit_code`` is None where it never ran."""

    name: str
    exit_code: int | None
    reason: str


@dataclass(frozen=True, slots=True)
class StoppedTask:
    """A task that stopped. ``started_by`` is the deployment that started it; ``at`` is when it stopped (ISO 8601)."""

    id: str
    stop_code: str
    reason: str
    at: str
    started_by: str
    definition: str
    containers: tuple[StoppedContainer, ...]

    @property
    def texts(self) -> tuple[str, ...]:
        """All that AWS says of why it stopped."""
        return tuple(text for text in (self.reason, *(one.reason for one in self.containers)) if text)

    @property
    def ended_by_itself(self) -> bool:
        """Whether a container ended and took the task with it; one that the service stops ends with a code as well."""
        return self.stop_code == "EssentialContainerExited" or "essential container" in self.reason.lower()

    @property
    def was_scaled_away(self) -> bool:
        """Whether the service stopped it because it was to run fewer tasks, or others: that tells of no failure."""
        return self.reason.lower().startswith("scaling activity")

    @property
    def exited(self) -> tuple[StoppedContainer, ...]:
        """The containers that ran and ended, those that failed first."""
        ended = [one for one in self.containers if one.exit_code is not None]
        return tuple(sorted(ended, key=lambda one: one.exit_code == 0))


@dataclass(frozen=True, slots=True)
class ServiceEvent:
    """An event of the service; ``at`` as AWS writes it."""

    at: str
    text: str


@dataclass(frozen=True, slots=True)
class DeploymentWitness:
    """A deployment: ``state`` and ``reason`` are those of its rollout."""

    id: str
    is_primary: bool
    state: str
    reason: str
    failed: int
    running: int
    definition: str


@dataclass(frozen=True, slots=True)
class LogLine:
    """A line of the application's log. ``at`` is in milliseconds since 1970."""

    stream: str
    at: float
    text: str


@dataclass(frozen=True, slots=True)
class RoleWitness:
    """A role of the task: its attached policies, and the services that it trusts; None where AWS did not answer.

    ``exists`` is False where AWS says that there is no such role.
    """

    name: str
    exists: bool
    policies: tuple[str, ...] | None
    trusts: tuple[str, ...] | None


@dataclass(frozen=True, slots=True)
class HealthCheck:
    """How the target group asks for health; ``port`` is a number or ``traffic-port``, ``grace`` in seconds."""

    path: str
    port: str
    protocol: str
    codes: str
    grace: int


NO_HEALTH_CHECK = HealthCheck("", "traffic-port", "HTTP", "200", 0)


class Witnesses:
    """All that AWS tells of one service and its tasks. Each part is empty where it tells nothing."""

    def __init__(self, lab: Lab, service: Service, stopped: tuple[StoppedTask, ...] | None = None) -> None:
        self.lab = lab
        self.service = service
        self.evidence = lab.evidence
        self.memo: dict[str, Any] = {}
        self._chosen = stopped
        self._refused: dict[Question, Refusal] = {}

    @property
    def refused(self) -> tuple[Refusal, ...]:
        """The questions that AWS refused on the way; what was not asked is none."""
        return tuple(self._refused.values())

    def read(self, claim: Callable[[], T], otherwise: D) -> T | D:
        """The value of ``claim``; ``otherwise`` where AWS did not answer (then it is noted) or there is none."""
        try:
            return claim()
        except Unverified as error:
            self._refused.update(
                {one.question: one for one in refusals_of(error) if one.kind is not RefusalKind.NOT_ASKED}
            )
            return otherwise
        except Undecided:
            return otherwise

    def with_stopped(self, tasks: tuple[StoppedTask, ...]) -> Witnesses:
        """The same witnesses with these stopped tasks alone."""
        other = Witnesses(self.lab, self.service, tasks)
        other._refused = self._refused
        return other

    # --- the service

    @tracked_property
    def _fields(self) -> Fields | None:
        answer = self.read(lambda: self.evidence.answer_to(self.service.sources[0]).each("services"), ())
        return next((one for one in answer if one.text("serviceArn", "") == self.service.arn), None)

    @tracked_property
    def events(self) -> tuple[ServiceEvent, ...]:
        """The events of the service, the newest first."""
        found = self._fields.each("events")[:MOST_EVENTS] if self._fields is not None else ()
        events = [ServiceEvent(one.text("createdAt", ""), one.text("message", "")[:MOST_TEXT]) for one in found]
        return tuple(sorted(events, key=lambda one: one.at, reverse=True))

    @tracked_property
    def deployments(self) -> tuple[DeploymentWitness, ...]:
        """The deployments, the newest (primary) first."""
        found = self._fields.each("deployments") if self._fields is not None else ()
        deployments = (
            DeploymentWitness(
                id=one.text("id", ""),
                is_primary=one.text("status", "") == "PRIMARY",
                state=one.text("rolloutState", ""),
                reason=one.text("rolloutStateReason", "")[:MOST_TEXT],
                failed=one.whole("failedTasks"),
                running=one.whole("runningCount"),
                definition=one.text("taskDefinition", ""),
            )
            for one in found
        )
        return tuple(sorted(deployments, key=lambda one: not one.is_primary))

    @tracked_property
    def grace(self) -> int:
        """Seconds for which the scheduler ignores failed health checks of a new task."""
        return self._fields.whole("healthCheckGracePeriodSeconds") if self._fields is not None else 0

    @tracked_property
    def platform_version(self) -> str:
        """The platform version that the service asks for."""
        return self._fields.text("platformVersion", "") if self._fields is not None else ""

    # --- the tasks

    @tracked_property
    def stopped(self) -> tuple[StoppedTask, ...]:
        """The stopped tasks of the service's newest deployment, the newest first; of older ones where it has none."""
        if self._chosen is not None:
            return self._chosen
        cluster = f"cluster={self.service.cluster_arn}"
        every = [
            task
            for question in self.evidence.asked("ecs.DescribeTasks")
            if question.region == self.service.region and cluster in question.key.split(";")
            for task in self.read(partial(self._stopped_in, question), ())
        ]
        if not every:
            for question in self.evidence.asked("ecs.ListTasks"):
                if "desiredStatus=STOPPED" in question.key and question.region == self.service.region:
                    self.read(partial(self.evidence.answer_to, question), None)
        telling = {task.id: task for task in every if not task.was_scaled_away}
        unique = sorted(telling.values(), key=lambda one: one.at, reverse=True)
        newest = [task for task in unique if self._is_of_newest_deployment(task)]
        return tuple(newest or unique)

    def _is_of_newest_deployment(self, task: StoppedTask) -> bool:
        return any(one.is_primary and one.id and one.id == task.started_by for one in self.deployments)

    def _stopped_in(self, question: Question) -> tuple[StoppedTask, ...]:
        group = f"service:{self.service.name}"
        own = (one for one in self.evidence.answer_to(question).each("tasks") if one.text("group", group) == group)
        states = ("lastStatus", "desiredStatus")
        return tuple(_task(one) for one in own if any(one.text(name, "") == "STOPPED" for name in states))

    @tracked_property
    def task_definition(self) -> TaskDefinition | None:
        """What the service runs, if it is known."""
        return self.read(lambda: self.lab.task_definition, None)

    @property
    def image(self) -> str:
        """The image that the application's container asks for, empty where it is not known."""
        definition = self.task_definition
        return known(lambda: definition.app.image, "") if definition is not None else ""

    # --- what is in front

    @tracked_property
    def target_group(self) -> TargetGroup | None:
        """The target group in which the service registers, if it is known."""
        return self.read(lambda: self.lab.target_group, None)

    @tracked_property
    def load_balancer(self) -> LoadBalancer | None:
        """The load balancer, if it is known."""
        return self.read(lambda: self.lab.load_balancer, None)

    @tracked_property
    def targets(self) -> tuple[Target, ...]:
        """The targets, healthy ones too."""
        group = self.target_group
        return self.read(lambda: group.targets, ()) if group is not None else ()

    @tracked_property
    def health_check(self) -> HealthCheck:
        """The health check of the target group."""
        group = self.target_group
        if group is None:
            return NO_HEALTH_CHECK
        listed = self.read(lambda: self.evidence.answer_to(group.sources[0]).each("TargetGroups"), ())
        one = next((each for each in listed if each.text("TargetGroupArn", "") == group.arn), None)
        if one is None:
            return replace(NO_HEALTH_CHECK, path=group.health_check_path, grace=self.grace)
        return HealthCheck(
            path=one.text("HealthCheckPath", ""),
            port=one.text("HealthCheckPort", "traffic-port"),
            protocol=one.text("HealthCheckProtocol", "HTTP"),
            codes=one.within("Matcher").text("HttpCode", "200"),
            grace=self.grace,
        )

    @tracked_property
    def broken_way_in(self) -> Hop | None:
        """The first hop of the way in that is broken."""
        return known(lambda: first_broken(way_in(self.lab)), None)

    # --- the log

    @tracked_property
    def lines(self) -> tuple[LogLine, ...]:
        """The lines of the newest failed task, else of the newest stream, the newest line first."""
        definition = self.task_definition
        groups = definition.log_groups if definition is not None else ()
        found = [line for group in groups for line in self.read(partial(self._lines_of, *group), ())]
        failed = {task.id for task in self.stopped[:3] if task.id and self._is_of_newest_deployment(task)}
        own = [line for line in found if any(identifier in line.stream for identifier in failed)]
        chosen = own
        if not own and found:
            newest = max(found, key=lambda line: line.at).stream
            chosen = [line for line in found if line.stream == newest]
        return tuple(sorted(chosen, key=lambda line: line.at, reverse=True)[:MOST_LINES])

    def _lines_of(self, region: str, name: str) -> tuple[LogLine, ...]:
        events = self.evidence.answer("logs.FilterLogEvents", region, logGroupName=name).each("events")
        return tuple(
            LogLine(one.text("logStreamName", ""), one.number("timestamp", 0), _uncoloured(one.text("message", "")))
            for one in events
        )

    # --- roles and images

    @property
    def execution_role(self) -> str:
        """The name of the execution role; empty where there is none or it is not known."""
        definition = self.task_definition
        return definition.execution_role.rpartition("/")[2] if definition is not None else ""

    @property
    def task_role(self) -> str:
        """The name of the task role; empty where there is none or it is not known."""
        definition = self.task_definition
        return definition.task_role.rpartition("/")[2] if definition is not None else ""

    def role(self, name: str) -> RoleWitness:
        """What AWS tells of a role."""
        answer = self.evidence.answer
        trusts = self.read(lambda: self._trusts(name), None)
        if trusts is None and self._is_absent(name):
            return RoleWitness(name, False, (), ())
        policies = self.read(
            lambda: tuple(
                one.text("PolicyName", "")
                for one in answer("iam.ListAttachedRolePolicies", RoleName=name).each("AttachedPolicies")
            ),
            None,
        )
        inline = self.read(lambda: answer("iam.ListRolePolicies", RoleName=name).texts("PolicyNames"), ())
        return RoleWitness(name, True, None if policies is None else (*policies, *inline), trusts)

    def _trusts(self, name: str) -> tuple[str, ...]:
        role = self.evidence.answer("iam.GetRole", RoleName=name).within("Role")
        return tuple(_trusted(role.text("AssumeRolePolicyDocument", "")))

    def _is_absent(self, role: str) -> bool:
        """Whether AWS says that there is no such role."""
        try:
            self.evidence.answer("iam.GetRole", RoleName=role)
        except Missing:
            return True
        except Unverified:
            return False
        return False

    def repository(self, region: str, name: str) -> Repository | None:
        """A repository of this account by region and name, if AWS lists it."""
        return next((one for one in self.lab.account.repositories if (one.region, one.name) == (region, name)), None)

    def tags(self, repository: Repository) -> tuple[str, ...] | None:
        """The tags of its images, sorted; None where AWS did not answer."""
        images = self.read(lambda: repository.images, None)
        return None if images is None else tuple(sorted({tag for image in images for tag in image.tags}))


def _uncoloured(line: str) -> str:
    """A line as far as it is searched, without the colours that servers give their words."""
    return _COLOUR.sub("", line[:MOST_LINE])


def _task(each: Fields) -> StoppedTask:
    return StoppedTask(
        id=each.text("taskArn", "").rpartition("/")[2],
        stop_code=each.text("stopCode", ""),
        reason=each.text("stoppedReason", "")[:MOST_TEXT],
        at=each.text("stoppedAt", each.text("stoppingAt", "")),
        started_by=each.text("startedBy", ""),
        definition=each.text("taskDefinitionArn", ""),
        containers=tuple(_container(one) for one in each.each("containers")),
    )


def _container(each: Fields) -> StoppedContainer:
    code = each.number("exitCode", None)
    reason = each.text("reason", "")[:MOST_TEXT]
    return StoppedContainer(each.text("name", ""), None if code is None else int(code), reason)


def _trusted(document: str) -> Iterator[str]:
    """The services in a trust policy, which the API gives URL-encoded."""
    try:
        policy = json.loads(unquote(document) or "{}")
    except (json.JSONDecodeError, RecursionError):
        return
    statements = policy.get("Statement", []) if isinstance(policy, dict) else []
    for statement in statements if isinstance(statements, list) else [statements]:
        if isinstance(statement, dict) and statement.get("Effect") == "Allow":
            principal = statement.get("Principal")
            yield from _texts(principal.get("Service") if isinstance(principal, dict) else principal)


def _texts(value: object) -> Iterable[str]:
    if isinstance(value, str):
        return (value,)
    return (one for one in value if isinstance(one, str)) if isinstance(value, list) else ()


