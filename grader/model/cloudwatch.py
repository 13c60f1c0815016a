"""What CloudWatch holds of the application: its log lines, the requests in them, and metrics."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from grader.errors import Missing, Unverified
from grader.evidence import Question
from grader.evidence.tracking import derived
from grader.model.deployment import Deployment
from grader.model.findings import Finding, shorten, some
from grader.model.gathering import Gathered, gather

# An access log line of uvicorn, gunicorn, Flask, nginx: "GET /docs HTTP/1.1" 200
_ACCESS = re.compile(r'"(?P<method>[A-Z]+) (?P<path>\S+) HTTP/[\d.]+"\s+(?P<status>\d{3})')
_HEALTH_PATHS = ("/health", "/healthz", "/ping", "/ready")


@dataclass(frozen=True, slots=True)
class Request:
    """A request that the application logged."""

    method: str
    path: str
    status: int

    @property
    def is_a_health_check(self) -> bool:
        """Whether a load balancer may have sent it."""
        return self.path.split("?")[0].rstrip("/").lower() in _HEALTH_PATHS

    @property
    def succeeded(self) -> bool:
        """Whether it was answered with 2xx."""
        return 200 <= self.status < 300


class Logs:
    """What the application logged to CloudWatch."""

    def __init__(self, deployment: Deployment) -> None:
        self.deployment = deployment
        self.evidence = deployment.evidence
        self.memo: dict[str, Any] = {}

    @derived
    def groups(self) -> tuple[tuple[str, str], ...]:
        """(region, name) of the groups that the task definition logs to."""
        return self.deployment.task_definition.log_groups

    @derived
    def lines(self) -> Gathered[str]:
        """The messages of those groups, in order of time; of every group at hand where the task is not known."""
        try:
            groups = self.groups
        except Unverified:
            asked = self.evidence.asked("logs.FilterLogEvents")
            groups = tuple((question.region, question.key.removeprefix("logGroupName=")) for question in asked)
            if not groups:
                raise
        return gather(lambda group: self._messages(*group), groups)

    def _messages(self, region: str, name: str) -> list[str]:
        events = self.evidence.answer("logs.FilterLogEvents", region, logGroupName=name).each("events")
        ordered = sorted(
            (each.number("timestamp", 0), number, each.text("message", "")) for number, each in enumerate(events)
        )
        return [message for _, _, message in ordered]

    @derived
    def requests(self) -> Gathered[Request]:
        """The requests among them."""
        return Gathered(tuple(_requests(self.lines)), self.lines.gaps)

    @property
    def reach_cloudwatch(self) -> Finding:
        """Whether a log group of the task definition exists and has a stream."""
        if not self.groups:
            raise Missing(f"{self.deployment.task_definition!r} logs to no CloudWatch log group.")
        return some(self.groups, lambda group: self._has_stream(*group))

    def _has_stream(self, region: str, name: str) -> Finding:
        groups = self.evidence.answer("logs.DescribeLogGroups", region).each("logGroups")
        shown = shorten(name)
        if not any(each.text("logGroupName", "") == name for each in groups):
            return Finding(False, f"the log group {shown} does not exist", "the log group of the task definition")
        streams = self.evidence.answer("logs.DescribeLogStreams", region, logGroupName=name).each("logStreams")
        return Finding(bool(streams), f"the log group {shown} has no log stream", "a log stream")


class Metrics:
    """What CloudWatch measured of the services and load balancers."""

    def __init__(self, deployment: Deployment) -> None:
        self.deployment = deployment
        self.evidence = deployment.evidence
        self.memo: dict[str, Any] = {}

    def total(self, name: str, dimension: str = "") -> float:
        """The sum of a load balancer metric over all that was asked (or over one load balancer).

        Zero where there is no load balancer to ask about.
        """
        found = [
            question
            for question in self.evidence.asked("cloudwatch.GetMetricStatistics")
            if question.key.endswith(f";MetricName={name}")
            and (not dimension or question.key == f"LoadBalancer={dimension};MetricName={name}")
        ]
        if not found and dimension:
            region = self.deployment.load_balancer.region
            self.evidence.answer("cloudwatch.GetMetricStatistics", region, LoadBalancer=dimension, MetricName=name)
        answers = gather(self._sums, found)
        total = sum(answers.items)
        return total if total > 0 else sum(answers.complete())

    def _sums(self, question: Question) -> list[float]:
        return [each.number("Sum", 0) for each in self.evidence.answer_to(question).each("Datapoints")]

    @property
    def reach_cloudwatch(self) -> Finding:
        """Whether CloudWatch has metrics of ECS or of a load balancer."""
        expected = "metrics of AWS/ECS or AWS/ApplicationELB"
        listed = [
            question
            for question in self.evidence.asked("cloudwatch.ListMetrics")
            if question.key in ("Namespace=AWS/ECS", "Namespace=AWS/ApplicationELB")
        ]
        if not listed and self._something_could_be_measured():
            region = self.evidence.meta.text("home_region", "us-east-1")
            self.evidence.answer("cloudwatch.ListMetrics", region, Namespace="AWS/ECS")
        found = some(listed, self._has_metrics)
        return found if found else Finding(False, "CloudWatch has no metrics of ECS or of a load balancer", expected)

    def _has_metrics(self, question: Question) -> Finding:
        return Finding(bool(self.evidence.answer_to(question).each("Metrics")), "CloudWatch has metrics")

    def _something_could_be_measured(self) -> bool:
        clusters, balancers = self.deployment.account.clusters, self.deployment.account.load_balancers
        return bool(clusters.items or clusters.gaps or balancers.items or balancers.gaps)


def _requests(lines: Iterable[str]) -> Iterator[Request]:
    for line in lines:
        match = _ACCESS.search(line)
        if match:
            yield Request(match["method"], match["path"], int(match["status"]))
