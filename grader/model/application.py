"""The application as seen from outside, in its logs and in its metrics."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import Any, TypeVar

from grader.errors import Manual, Missing, Pending, Undecided, Unverified
from grader.evidence import HttpProbe, RefusalKind, refusals_of
from grader.evidence.tracking import tracked_property
from grader.model.cloudwatch import Logs, Metrics
from grader.model.deployment import Deployment, unless_waited_for
from grader.model.findings import Finding, both, either, known, shorten
from grader.model.gathering import Gathered, merged
from grader.model.storage import names_bucket
from grader.model.task_definitions import Container, hides_buckets

T = TypeVar("T")
_ANSWERED = "HTTPCode_Target_2XX_Count"

# What names S3: the service, a path or host of it, one of its operations or of its own error codes.
# The library boto3 does not name it.
_S3 = re.compile(
    r"s3://|(?<![a-z0-9])s3(?![a-z0-9])|\b(Get|Head|Put|Copy|List)Objects?(V2|Versions)?\b|"
    r"\b(List|Head)Buckets?\b|\bGetBucket[A-Z]\w+|\bNoSuch(Bucket|Key)\b",
    re.IGNORECASE,
)
_TROUBLE = re.compile(
    r"NoCredentials|Unable to locate credentials|Access ?Denied|NoSuch(Bucket|Key)|InvalidAccessKeyId|Forbidden|"
    r"SignatureDoesNotMatch|PermanentRedirect|Expired ?Token|InvalidToken|not authorized|An error occurred|"
    r"(ClientError|EndpointConnectionError|Timeout(Error)?|ConnectionError)\b|could not connect|timed out|"
    r"\b(unable|failed|failure|cannot|could not|can't|couldn't)\b|\((4|5)\d\d\)",
    re.IGNORECASE,
)
# Names of files and hosts are free: an error is not one because a path says so.
_PLACE = re.compile(r"s3://\S+|https?://\S+")


class Application:
    """The deployed application as its users and its operators see it."""

    def __init__(self, deployment: Deployment) -> None:
        self.deployment = deployment
        self.evidence = deployment.evidence
        self.logs = Logs(deployment)
        self.metrics = Metrics(deployment)
        self.memo: dict[str, Any] = {}

    def __repr__(self) -> str:
        return "the application"

    @tracked_property
    def probe(self) -> HttpProbe | None:
        """The live answer, where one was taken: it decides. What another load balancer answered says nothing."""
        probe = self.evidence.http_probe
        if probe is None or not probe.load_balancer:
            return probe
        graded = known(lambda: self.deployment.load_balancer.arn, "")
        return probe if graded == probe.load_balancer else None

    def _probed(self, probe: HttpProbe) -> Finding:
        place = shorten(probe.url) or "the application"
        answer = f"answered {probe.status}" if probe.status else "could not be reached"
        return Finding(probe.ok, f"{place} {answer}", "a successful (2xx) response at the load balancer's address")

    @tracked_property
    def is_reachable(self) -> Finding:
        """Whether the load balancer leads to the application: a live answer decides, else health and requests."""
        probe = self.probe
        if probe is not None and probe.ok:
            return self._probed(probe)
        ready = self._is_ready
        if probe is not None:
            ready = partial(_unless_unknown, self._is_ready, self._probed(probe))
        found = ready()
        if not found:
            return found
        return unless_waited_for(self.deployment, self._was_requested if probe is None else lambda: self._probed(probe))

    def _is_ready(self) -> Finding:
        """Whether something healthy is behind an active load balancer; raises ``Pending`` while it starts."""
        return both(lambda: self.deployment.load_balancer.is_active, self._is_behind_it)

    def _is_behind_it(self) -> Finding:
        balancer, group = self.deployment.load_balancer, self.deployment.target_group
        if not balancer.sends_traffic_to(group):
            return Finding(False, f"no listener of {balancer!r} forwards to {group!r}", f"traffic to {group!r}")
        return self.has_healthy_target

    @tracked_property
    def has_healthy_target(self) -> Finding:
        """Whether a target of the service is healthy; raises ``Pending`` while its deployment is waited for."""
        return unless_waited_for(self.deployment, self._has_healthy_target)

    def _has_healthy_target(self) -> Finding:
        group = self.deployment.target_group
        try:
            return group.has_healthy_target
        except Pending:
            # Health checks take a few minutes at most: where nothing says that they just began, they do not end well.
            try:
                service = self.deployment.service
            except Missing:
                return Finding(False, f"a target of {group!r} is in its first health checks, but there is no service")
            if service.may_have_a_new_target:
                raise
            why = f"; {service.trouble}" if service.trouble else ""
            found = f"a target of {group!r} does not pass its first health checks{why}"
            return Finding(False, found, "a healthy target")

    def _was_requested(self) -> Finding:
        total = self.metrics.total("RequestCount")
        return Finding(total > 0, "CloudWatch counted no request at the load balancer", "at least one request")

    @tracked_property
    def was_opened(self) -> Finding:
        """Whether it gave a successful (2xx) response other than to a health check: a live answer decides."""
        return unless_waited_for(self.deployment, self._was_opened)

    def _was_opened(self) -> Finding:
        if self.probe is not None:
            return self._probed(self.probe)
        found = either(self._counted_answers, self._logged_answers, self._counted_earlier_answers)
        return found or Finding(False, "no successful (2xx) response except to health checks", "at least one")

    def _counted_answers(self) -> Finding:
        total = self.metrics.total(_ANSWERED)
        return Finding(total > 0, f"CloudWatch counted {total:g} 2xx responses")

    def _counted_earlier_answers(self) -> Finding:
        total = self.metrics.total_of_deleted(_ANSWERED)
        counted = f"CloudWatch counted {total:g} 2xx responses from load balancers that have since been deleted"
        return Finding(total > 0, counted)

    def _logged_answers(self) -> Finding:
        checked = known(lambda: self.deployment.target_group.health_check_path, "")
        requests = self.logs.requests
        good = any(one.succeeded and not one.is_a_health_check(checked) for one in requests)
        if not good:
            requests.complete()
        return Finding(good, "the log shows a successful (2xx) response")

    @tracked_property
    def endpoints_were_tested(self) -> Finding:
        """Whether its endpoints answer as they should.

        A live answer decides, else the log. Raises ``Manual`` where only the script can show it, ``Unverified`` where
        AWS would not show the log.
        """
        tried = [one for one in (self.probe.endpoints if self.probe else ()) if one.method == "POST"]
        wrong = next((one for one in tried if not one.ok), None)
        if wrong is not None:
            answer = f"{wrong.method} {shorten(wrong.path)} answered {wrong.status or 'nothing'}"
            raise Manual(f"{answer} when it was tested: show the Python script and its output to the instructor")
        if tried:
            return Finding(True, "every endpoint answered valid and invalid requests as it should")
        checked = known(lambda: self.deployment.target_group.health_check_path, "")
        requests = _read(lambda: self.logs.requests)
        for one in requests:
            if one.method == "POST" and one.succeeded and not one.is_a_health_check(checked):
                return Finding(True, f"the log shows POST {shorten(one.path)} answered {one.status}")
        raise _undecidable(
            requests.gaps,
            "AWS has no record of a tested endpoint: show the Python script and its output to the instructor",
        )

    @tracked_property
    def loads_its_files_from_s3(self) -> Finding:
        """Whether the application reads the bucket: an environment variable or a log line names it.

        Raises ``Manual`` where nothing shows it, or where the log's last word on S3 is an error; ``Unverified`` where
        an answer that could show it was refused.
        """
        lines = _read(lambda: self.logs.lines)
        names = _read(lambda: Gathered(self.deployment.own_bucket_names))
        named = names.items if not names.gaps else None
        last = next((line for line in reversed(lines.items) if _is_about_s3(line, names)), "")
        trouble = _TROUBLE.search(_PLACE.sub(" ", last)) if last else None
        if trouble is not None:
            # The line itself may hold anything: it is in the log, and in the evidence.
            raise Manual(f"the application's log shows a problem with S3: a line says {trouble[0]!r}")
        containers = _read(lambda: Gathered(self.deployment.task_definition.containers))
        variable = next(_variables_naming_a_bucket(containers, named), "")
        if variable:
            return Finding(True, f"the environment variable {shorten(variable)} names the bucket")
        line = next((line for line in lines if _names_a_bucket(line, named)), "")
        if line:
            return Finding(True, "a line in the log names the bucket")
        if known(lambda: hides_buckets(self.deployment.task_definition, self.evidence), False):
            raise Unverified("the values of environment variables were left out of the evidence")
        raise _undecidable(
            (*containers.gaps, *lines.gaps, *names.gaps),
            "nothing in AWS shows that the application reads from S3: show a run to the instructor",
        )


def _variables_naming_a_bucket(containers: Iterable[Container], named: tuple[str, ...] | None) -> Iterator[str]:
    for container in containers:
        for name, value in container.environment:
            if value is None:
                continue
            about_s3 = "bucket" in name.lower() or "s3" in name.lower().split("_") or value.startswith("s3://")
            if (about_s3 and value) if named is None else _mentions(value, named):
                yield name


def _is_about_s3(line: str, names: Iterable[str]) -> bool:
    return _S3.search(line) is not None or _mentions(line, names)


def _names_a_bucket(line: str, named: tuple[str, ...] | None) -> bool:
    return "s3://" in line if named is None else _mentions(line, named)


def _mentions(text: str, names: Iterable[str]) -> bool:
    return any(names_bucket(text, name) for name in names)


def _unless_unknown(claim: Callable[[], Finding], otherwise: Finding) -> Finding:
    """What a claim says, or another finding where AWS did not answer."""
    try:
        return claim()
    except Unverified:
        return otherwise


def _read(claim: Callable[[], Gathered[T]]) -> Gathered[T]:
    """What was gathered; where that was refused, nothing with the refusal as its gap."""
    try:
        return claim()
    except Unverified as refusal:
        return Gathered((), (refusal,))
    except Missing:
        return Gathered(())


def _undecidable(gaps: Iterable[Unverified], sentence: str) -> Undecided:
    """Why it cannot be told: a refusal with its action, else that only a person can show it.

    After a lab session has ended every answer is refused, and no grant changes that: a person can decide meanwhile.
    """
    open_gaps = [gap for gap in dict.fromkeys(gaps) if not _is_end_of_session(gap)]
    return merged(open_gaps) if open_gaps else Manual(sentence)


def _is_end_of_session(gap: Unverified) -> bool:
    return bool(gap.refusals) and all(one.kind is RefusalKind.SESSION_ENDED for one in refusals_of(gap))
