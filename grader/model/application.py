"""The application as seen from outside, in its logs and in its metrics."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

from grader.errors import Manual, Pending, Undecided, Unverified
from grader.evidence import HttpProbe
from grader.evidence.tracking import derived
from grader.model.cloudwatch import Logs, Metrics
from grader.model.deployment import Deployment
from grader.model.findings import Finding, both, either, known, shorten
from grader.model.task_definitions import hides_buckets

_S3_TROUBLE = re.compile(
    r"NoCredentials|Unable to locate credentials|AccessDenied|Access Denied|NoSuchBucket|NoSuchKey|"
    r"InvalidAccessKeyId|SignatureDoesNotMatch|PermanentRedirect|\(40[134]\) when calling the \w*Object",
    re.IGNORECASE,
)


class Application:
    """The sentiment service as its users and its operators see it."""

    def __init__(self, deployment: Deployment) -> None:
        self.deployment = deployment
        self.evidence = deployment.evidence
        self.logs = Logs(deployment)
        self.metrics = Metrics(deployment)
        self.memo: dict[str, Any] = {}

    def __repr__(self) -> str:
        return "the application"

    @derived
    def probe(self) -> HttpProbe | None:
        """The live answer, where one was taken: it decides. What another load balancer answered says nothing."""
        probe = self.evidence.http_probe
        if probe is None or not probe.load_balancer:
            return probe
        asked = known(lambda: self.deployment.load_balancer.arn, probe.load_balancer)
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
        return both(lambda: self.deployment.load_balancer.is_active, self._stands_behind_it)

    def _stands_behind_it(self) -> Finding:
        balancer, group = self.deployment.load_balancer, self.deployment.target_group
        healthy = self.has_healthy_target
        if not balancer.sends_traffic_to(group):
            return Finding(False, f"no listener of {balancer!r} forwards to {group!r}", f"traffic to {group!r}")
        return healthy

    @derived
    def has_healthy_target(self) -> Finding:
        """Whether a target of the service is healthy; raises ``Pending`` while the service starts its first task."""
        service = known(lambda: self.deployment.service, None)
        if service is not None and service.is_starting:
            raise Pending(f"{service!r} is still starting its first task")
        return self.deployment.target_group.has_healthy_target

    def _was_requested(self) -> Finding:
        total = self.metrics.total("RequestCount", self.deployment.load_balancer.dimension)
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
            balancers = self.deployment.account.load_balancers
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
            # The line itself may hold anything: it is in the log, and in the evidence.
            raise Manual(
                "the log of the application shows trouble with S3: [a log line, hidden here] "
                f"({_S3_TROUBLE.search(last)[0]})"  # type: ignore[index]
            )
        named = known(lambda: self.deployment.own_bucket_names, None)
        variable = next(self._variables_naming_a_bucket(named), "")
        if variable:
            return Finding(True, f"the environment variable {shorten(variable)} names the bucket")
        line = next((line for line in lines if _names_a_bucket(line, named)), "")
        if line:
            return Finding(True, "a line of the log names the bucket")
        if known(lambda: hides_buckets(self.deployment.task_definition, self.evidence), False):
            raise Unverified("the values of environment variables were left out of the evidence")
        raise Manual("nothing in AWS shows that the application reads from S3: show the run to the instructor")

    def _variables_naming_a_bucket(self, named: tuple[str, ...] | None) -> Iterator[str]:
        try:
            containers = self.deployment.task_definition.containers
        except Undecided:
            return
        for container in containers:
            for name, value in container.environment:
                if value is None:
                    continue
                about_s3 = "bucket" in name.lower() or "s3" in name.lower().split("_") or value.startswith("s3://")
                if (about_s3 and value) if named is None else _mentions(value, named):
                    yield name


def _names_a_bucket(line: str, named: tuple[str, ...] | None) -> bool:
    return "s3://" in line if named is None else _mentions(line, named)


def _mentions(text: str, names: Iterable[str]) -> bool:
    return any(re.search(rf"(?<![a-z0-9.-]){re.escape(name)}(?![a-z0-9-])", text) for name in names)
