"""What CloudWatch holds of the application: its log lines, the requests in them, and metrics."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from grader.errors import Missing, Undecided, Unverified
from grader.evidence import Evidence, Question, identify
from grader.evidence.tracking import tracked_property
from grader.model.access_lines import Request, requests_in
from grader.model.deployment import Deployment, unless_waited_for
from grader.model.findings import Finding, either, known, shorten, some
from grader.model.gathering import Gathered, gather

_STATISTICS = "cloudwatch.GetMetricStatistics"
_LIST = "cloudwatch.ListMetrics"
_BALANCING = "Namespace=AWS/ApplicationELB"
_NAMESPACES = ("Namespace=AWS/ECS", _BALANCING)


class Logs:
    """What the application logged to CloudWatch."""

    def __init__(self, deployment: Deployment) -> None:
        self.deployment = deployment
        self.evidence = deployment.evidence
        self.memo: dict[str, Any] = {}

    @tracked_property
    def groups(self) -> tuple[tuple[str, str], ...]:
        """(region, name) of the groups that the task definition logs to."""
        return self.deployment.task_definition.log_groups

    @tracked_property
    def lines(self) -> Gathered[str]:
        """The messages of those groups, in order of time.

        Where AWS would not describe the task definition, those of the groups that bear its name: that is what the
        console calls them. Raises ``Unverified`` where there are none.
        """
        try:
            groups = self.groups
        except Unverified:
            groups = self._groups_by_name()
            if not groups:
                raise
        found = gather(lambda group: self._events(*group), groups)
        ordered = sorted(found, key=lambda event: event[0])
        return Gathered(tuple(message for _, message in ordered), found.gaps)

    def _groups_by_name(self) -> tuple[tuple[str, str], ...]:
        service = known(lambda: self.deployment.service, None)
        family = service.task_definition_arn.rpartition("/")[2].partition(":")[0] if service is not None else ""
        asked = self.evidence.asked("logs.FilterLogEvents")
        named = ((question.region, question.key.removeprefix("logGroupName=")) for question in asked)
        return tuple((region, name) for region, name in named if family and name == f"/ecs/{family}")

    def _events(self, region: str, name: str) -> list[tuple[tuple[float, int], str]]:
        events = self.evidence.answer("logs.FilterLogEvents", region, logGroupName=name).each("events")
        return [
            ((each.number("timestamp", 0), number), each.text("message", "")) for number, each in enumerate(events)
        ]

    @tracked_property
    def requests(self) -> Gathered[Request]:
        """The requests among them."""
        return Gathered(tuple(requests_in(self.lines)), self.lines.gaps)

    @property
    def reach_cloudwatch(self) -> Finding:
        """Whether a log group of the task definition holds a line or a stream; unknown while a task is waited for."""
        lines = known(lambda: self.lines.items, ())
        if lines:
            return Finding(True, f"{len(lines)} lines were logged")
        return unless_waited_for(self.deployment, self._have_streams)

    def _have_streams(self) -> Finding:
        if not self.groups:
            raise Missing(f"{self.deployment.task_definition!r} logs to no CloudWatch log group.")
        return some(self.groups, lambda group: self._has_stream(*group))

    def _has_stream(self, region: str, name: str) -> Finding:
        shown, expected = shorten(name), "the log group of the task definition"
        absent = Finding(False, f"the log group {shown} does not exist", expected)
        refusal: Unverified | None = None
        try:
            groups = self.evidence.answer("logs.DescribeLogGroups", region).each("logGroups")
            if not any(each.text("logGroupName", "") == name for each in groups):
                return absent
        except Unverified as error:
            refusal = error
        try:
            streams = self.evidence.answer("logs.DescribeLogStreams", region, logGroupName=name).each("logStreams")
        except Missing:
            return absent
        if not streams and refusal is not None:
            raise refusal
        return Finding(bool(streams), f"the log group {shown} has no log stream", "a log stream")


class Metrics:
    """What CloudWatch measured of the services and load balancers."""

    def __init__(self, deployment: Deployment) -> None:
        self.deployment = deployment
        self.evidence = deployment.evidence
        self.memo: dict[str, Any] = {}

    def total(self, name: str) -> float:
        """The sum of a metric of the graded load balancer; raises ``Missing`` where there is none."""
        balancer = self.deployment.load_balancer
        key = identify({"LoadBalancer": balancer.dimension, "MetricName": name})
        return self._sum(Question(_STATISTICS, balancer.region, key))

    def total_of_deleted(self, name: str) -> float:
        """The sum of a metric over application load balancers that no longer exist.

        Raises ``Unverified`` where it is zero and an answer that could show more was refused.
        """
        balancers = self.deployment.account.load_balancers
        living = {(balancer.region, balancer.dimension) for balancer in balancers}
        total, gaps = 0.0, list(self._refused_lists(_BALANCING))
        for question in self.evidence.asked(_STATISTICS):
            dimension = question.key.removeprefix("LoadBalancer=").removesuffix(f";MetricName={name}")
            if question.key != f"LoadBalancer={dimension};MetricName={name}" or not dimension.startswith("app/"):
                continue
            if (question.region, dimension) in living:
                continue
            try:
                found = self._sum(question)
                if found > 0:
                    balancers.complete_in(question.region)
                total += found
            except Unverified as refusal:
                gaps.append(refusal)
            except Missing:
                continue
        return total if total > 0 else sum(Gathered((), tuple(gaps)).complete())

    def _sum(self, question: Question) -> float:
        return sum(each.number("Sum", 0) for each in self.evidence.answer_to(question).each("Datapoints"))

    @property
    def reach_cloudwatch(self) -> Finding:
        """Whether CloudWatch has metrics of ECS or of a load balancer; unknown while a task is waited for.

        What was measured weeks ago is listed no more, but its statistics are kept.
        """
        listed = self._listed()
        found = either(
            lambda: some(listed, self._has_metrics),
            lambda: some(tuple(self._statistics(listed)), self._has_datapoints),
        )
        if found:
            return found
        expected = "metrics of AWS/ECS or AWS/ApplicationELB"
        nothing = Finding(False, "CloudWatch has no metrics of ECS or of a load balancer", expected)
        return unless_waited_for(self.deployment, lambda: nothing)

    def _listed(self) -> list[Question]:
        listed = [question for question in self.evidence.asked(_LIST) if question.key in _NAMESPACES]
        if not listed and self._something_could_be_measured():
            region = self.evidence.meta.text("home_region", "us-east-1")
            self.evidence.answer(_LIST, region, Namespace="AWS/ECS")
        return listed

    def _refused_lists(self, *keys: str) -> Iterator[Unverified]:
        """The refusals to list metrics, of the region of the graded set."""
        region = self.deployment.chosen.region
        for question in self.evidence.asked(_LIST):
            if question.key in keys and region in ("", question.region):
                refusal = _refusal(self.evidence, question)
                if refusal is not None:
                    yield refusal

    def _statistics(self, listed: list[Question]) -> Iterator[Question]:
        """The statistics that prove a metric: those of load balancers, and any where the list was refused."""
        refused = {question.region for question in listed if _refusal(self.evidence, question) is not None}
        for question in self.evidence.asked(_STATISTICS):
            if question.key.startswith("LoadBalancer=app/") or question.region in refused:
                yield question

    def _has_metrics(self, question: Question) -> Finding:
        return Finding(bool(self.evidence.answer_to(question).each("Metrics")), "CloudWatch has metrics")

    def _has_datapoints(self, question: Question) -> Finding:
        return Finding(bool(self.evidence.answer_to(question).each("Datapoints")), "CloudWatch has metrics")

    def _something_could_be_measured(self) -> bool:
        clusters, balancers = self.deployment.account.clusters, self.deployment.account.load_balancers
        return bool(clusters.items or clusters.gaps or balancers.items or balancers.gaps)


def _refusal(evidence: Evidence, question: Question) -> Unverified | None:
    try:
        evidence.answer_to(question)
    except Unverified as refusal:
        return refusal
    except Undecided:
        return None
    return None
