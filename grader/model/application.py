"""The application as seen from outside, in its logs and in its metrics."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from grader.errors import Manual, Missing, Pending, Undecided, Unverified
from grader.evidence import HttpProbe, Question
from grader.evidence.tracking import derived
from grader.model.findings import Finding, both, either, known, shorten, some
from grader.model.gathering import Gathered, gather

if TYPE_CHECKING:
    from grader.model.lab import Lab

# An access log line of uvicorn, gunicorn, Flask, nginx: "GET /docs HTTP/1.1" 200
_ACCESS = re.compile(r'"(?P<method>[A-Z]+) (?P<path>\S+) HTTP/[\d.]+"\s+(?P<status>\d{3})')
_HEALTH_PATHS = ("/health", "/healthz", "/ping", "/ready")
_S3_TROUBLE = re.compile(
    r"NoCredentials|Unable to locate credentials|AccessDenied|Access Denied|NoSuchBucket|NoSuchKey|"
    r"InvalidAccessKeyId|SignatureDoesNotMatch|PermanentRedirect|\(40[134]\) when calling the \w*Object",
    re.IGNORECASE,
)


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

    def __init__(self, lab: Lab) -> None:
        self.lab = lab
        self.evidence = lab.evidence
        self.memo: dict[str, Any] = {}

    @derived
    def groups(self) -> tuple[tuple[str, str], ...]:
        """(region, name) of the groups that the task definition logs to."""
        return self.lab.task_definition.log_groups

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
            raise Missing(f"{self.lab.task_definition!r} logs to no CloudWatch log group.")
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

    def __init__(self, lab: Lab) -> None:
        self.lab = lab
        self.evidence = lab.evidence
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
            region = self.lab.load_balancer.region
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
        clusters, balancers = self.lab.clusters, self.lab.load_balancers
        return bool(clusters.items or clusters.gaps or balancers.items or balancers.gaps)


class Application:
    """The sentiment service as its users and its operators see it."""

    def __init__(self, lab: Lab) -> None:
        self.lab = lab
        self.evidence = lab.evidence
        self.logs = Logs(lab)
        self.metrics = Metrics(lab)
        self.memo: dict[str, Any] = {}

    def __repr__(self) -> str:
        return "the application"

    @derived
    def probe(self) -> HttpProbe | None:
        """The live answer, where one was taken: it decides. What another load balancer answered says nothing."""
        probe = self.evidence.http_probe
        if probe is None or not probe.load_balancer:
            return probe
        asked = known(lambda: self.lab.load_balancer.arn, probe.load_balancer)
        return probe if asked == probe.load_balancer else None

    @derived
    def is_reachable(self) -> Finding:
        """Whether the load balancer leads to the application: a live answer decides, else health and requests."""
        expected = "an answer 2xx at the load balancer's address"
        if self.probe is not None and self.probe.ok:
            return Finding(True, f"{shorten(self.probe.url)} answered {self.probe.status}")
        if self.probe is None:
            return self._is_ready() and self._was_requested()
        answer = self.probe.status or "no connection"
        refused = Finding(False, f"{shorten(self.probe.url) or 'the application'} answered {answer}", expected)
        try:
            return self._is_ready() and refused
        except Unverified:
            return refused

    def _is_ready(self) -> Finding:
        """Whether something healthy stands behind an active load balancer; raises ``Pending`` while it starts."""
        return both(lambda: self.lab.load_balancer.is_active, self._stands_behind_it)

    def _stands_behind_it(self) -> Finding:
        balancer, group = self.lab.load_balancer, self.lab.target_group
        healthy = self.has_healthy_target
        if not balancer.sends_traffic_to(group):
            return Finding(False, f"no listener of {balancer!r} forwards to {group!r}", f"traffic to {group!r}")
        return healthy

    @derived
    def has_healthy_target(self) -> Finding:
        """Whether a target of the service is healthy; raises ``Pending`` while the service starts its first task."""
        service = known(lambda: self.lab.service, None)
        if service is not None and service.is_starting:
            raise Pending(f"{service!r} is still starting its first task")
        return self.lab.target_group.has_healthy_target

    def _was_requested(self) -> Finding:
        total = self.metrics.total("RequestCount", self.lab.load_balancer.dimension)
        return Finding(total > 0, "CloudWatch counted no request at the load balancer", "at least one request")

    @derived
    def was_opened(self) -> Finding:
        """Whether somebody opened it and got an answer 2xx that was no health check."""
        found = either(self._answered_the_probe, self._counted_answers, self._logged_answers)
        return found if found else Finding(False, "nothing shows an answer 2xx to anybody but health checks", "one")

    def _answered_the_probe(self) -> Finding:
        return Finding(self.probe is not None and self.probe.ok, "the application answered")

    def _counted_answers(self) -> Finding:
        total = self.metrics.total("HTTPCode_Target_2XX_Count")
        if not total and not self.evidence.asked("cloudwatch.GetMetricStatistics"):
            balancers = self.lab.load_balancers
            if balancers.gaps:
                balancers.complete()
            for balancer in balancers:
                self.metrics.total("HTTPCode_Target_2XX_Count", balancer.dimension)
        return Finding(total > 0, f"CloudWatch counted {total:g} answers 2xx")

    def _logged_answers(self) -> Finding:
        good = [one for one in self.logs.requests if one.succeeded and not one.is_a_health_check]
        if not good:
            self.logs.requests.complete()
        return Finding(bool(good), "the log shows an answer 2xx")

    @derived
    def endpoints_were_tested(self) -> Finding:
        """Whether its endpoints answer as they should; raises ``Manual`` where only the script can show it."""
        if self.probe is not None and self._probed_endpoints_answer():
            return Finding(True, "every endpoint answered valid and invalid requests as it should")
        try:
            posts = [one for one in self.logs.requests if one.method == "POST" and one.succeeded]
        except Undecided:
            posts = []
        if posts:
            return Finding(True, f"the log shows POST {shorten(posts[0].path)} answered {posts[0].status}")
        raise Manual("AWS holds no trace of a tested endpoint: show the Python script and its output to the instructor")

    def _probed_endpoints_answer(self) -> bool:
        tried = [one for one in (self.probe.endpoints if self.probe else ()) if one.method == "POST"]
        return bool(tried) and all(one.ok for one in tried)

    @derived
    def loads_its_files_from_s3(self) -> Finding:
        """Whether the application reads the bucket: an environment variable or a log line names it.

        Raises ``Manual`` where nothing shows it, or where the log's last word on S3 is an error.
        """
        lines = known(lambda: self.logs.lines.items, ())
        last = next((line for line in reversed(lines) if "s3://" in line or _S3_TROUBLE.search(line)), "")
        if last and _S3_TROUBLE.search(last):
            raise Manual(f"the log of the application shows trouble with S3: {shorten(last, 160)}")
        named = known(lambda: self.lab.own_bucket_names, None)
        variable = next(self._variables_naming_a_bucket(named), "")
        if variable:
            return Finding(True, f"the environment variable {shorten(variable)} names the bucket")
        line = next((line for line in lines if _names_a_bucket(line, named)), "")
        if line:
            return Finding(True, f"the log says: {shorten(line, 120)}")
        raise Manual("nothing in AWS shows that the application reads from S3: show the run to the instructor")

    def _variables_naming_a_bucket(self, named: tuple[str, ...] | None) -> Iterator[str]:
        try:
            containers = self.lab.task_definition.containers
        except Undecided:
            return
        for container in containers:
            for name, value in container.environment:
                about_s3 = "bucket" in name.lower() or "s3" in name.lower().split("_") or value.startswith("s3://")
                if (about_s3 and value) if named is None else _mentions(value, named):
                    yield name


def _names_a_bucket(line: str, named: tuple[str, ...] | None) -> bool:
    return "s3://" in line if named is None else _mentions(line, named)


def _mentions(text: str, names: Iterable[str]) -> bool:
    return any(re.search(rf"(?<![a-z0-9.-]){re.escape(name)}(?![a-z0-9-])", text) for name in names)


def _requests(lines: Iterable[str]) -> Iterator[Request]:
    for line in lines:
        match = _ACCESS.search(line)
        if match:
            yield Request(match["method"], match["path"], int(match["status"]))
