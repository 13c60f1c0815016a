"""Causes for which a task runs and is not healthy: told by the targets, by events and by the way to the target."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from grader.model.diagnosis.cause import (
    UNHEALTHY,
    Cause,
    Claim,
    Found,
    Kind,
    Repair,
    Said,
    Wordings,
    of_log,
    of_service,
    of_tasks,
    pattern,
    value,
)
from grader.model.diagnosis.hops import Hop, first_broken
from grader.model.diagnosis.way_in import allows_balancer, to_target
from grader.model.diagnosis.witnesses import Witnesses
from grader.model.findings import Finding, known

_EC2 = "https://{region}.{console}/ec2/home?region={region}#"
_TARGETS = "aws elbv2 describe-target-health --region {region} --target-group-arn {target_group_arn}"
_TARGET_GROUP = _EC2 + "TargetGroup:targetGroupArn={target_group_arn}"
_ECS_SERVICE = "https://{region}.{console}/ecs/v2/clusters/{cluster}/services/{service}/health?region={region}"
_TASK_DEFINITION = "https://{region}.{console}/ecs/v2/task-definitions/{family}?region={region}"
_HEALTH = frozenset({Claim.HEALTHY, Claim.RUNNING, Claim.ACCESS})

_CODES = pattern(r"Health checks failed with these codes: \[(?P<codes>[\d, ]{3,40})\]")
_TIMED_OUT = pattern(r"(?:Health checks failed due to )?Request timed out", r"Target\.Timeout")
_NO_CONNECTION = pattern(r"\(reason Health checks failed\)", r"Target\.FailedHealthChecks", r"^Health checks failed$")
_ELB = pattern(r"failed ELB health checks")
_CONTAINER_CHECK = pattern(r"failed container health checks")
_ZONE = pattern(r"Availability Zone that is not enabled for the load balancer")
_UNUSED = pattern(r"Target\.NotInUse", r"not configured to receive traffic from the load balancer")
_LOOPBACK = pattern(
    r"(?:running on|listening (?:on|at)|serving on|bound to|started (?:on|at))\W{0,3}\s*(?:https?://)?"
    r"(?P<address>(?:127\.0\.0\.1|localhost|\[::1\]):(?P<port>\d{1,5}))"
)
_FOR_ALL = pattern(
    r"(?:running on|listening (?:on|at)|serving on|bound to|started (?:on|at)|bind\w*)\W{0,3}\s*(?:https?://)?"
    r"(?:all addresses|all interfaces|0\.0\.0\.0|\[?::\]?:|\*:|(?:10|172|192)\.\d+\.\d+\.\d+)"
)
_LISTENING = pattern(
    r"(?:running|listening|serving|started) (?:on|at) port\W{1,2}(?P<port>\d{2,5})\b",
    r"(?:running on|listening (?:on|at)|serving on|started (?:on|at))\W{0,3}\s*(?:https?://)?"
    r"(?:0\.0\.0\.0|\[::\]|\*|\[?::\]?|[\w.-]+):(?P<port>\d{2,5})\b"
)
_READY = pattern(r"running on|listening|application startup complete|serving on|started server")


def _targets(witnesses: Witnesses, wording: Wordings, *, states: tuple[str, ...]) -> Said | None:
    """What a target that is not healthy says of why, else what an event or a stopped task says."""
    for target in witnesses.targets:
        if target.state in states:
            for text in (target.description, target.reason):
                match = wording.search(text)
                if match is not None:
                    return Said(match, "the target's health")
    if any(target.state in states for target in witnesses.targets):
        return None  # the targets say why, and it is something else
    return of_service(witnesses, wording) or of_tasks(witnesses, wording)


def _unhealthy(witnesses: Witnesses, wording: Wordings) -> Said | None:
    return _targets(witnesses, wording, states=("unhealthy",))


def _codes(first: str) -> Callable[[Witnesses], Found | None]:
    def recognise(witnesses: Witnesses) -> Found | None:
        words, code = _code(witnesses)
        if words is None or not code.startswith(first):
            return None
        check = witnesses.health_check
        checks = ("the_target_group_checks_health_at_the_path",) if code in ("404", "405") or first == "3" else ()
        return words.found(
            *checks, code=code, path=value(check.path) or "/", codes=value(check.codes) or "200"
        )

    return recognise


def health_code(witnesses: Witnesses) -> str:
    """The status that the health check met, empty where it met none."""
    return _code(witnesses)[1]


def fails_health_checks(witnesses: Witnesses) -> bool:
    """Whether a target is unhealthy, or the service stops tasks for it."""
    return any(target.state == "unhealthy" for target in witnesses.targets) or of_tasks(witnesses, _ELB) is not None


def _code(witnesses: Witnesses) -> tuple[Said | None, str]:
    """The status that the health check met: by the target, an event, or the log's line of its own request."""
    words = _unhealthy(witnesses, _CODES)
    if words is not None:
        return words, re.split(r"[,\s]+", words.group("codes").strip())[0]
    stopped = of_tasks(witnesses, _ELB) or of_service(witnesses, _ELB)
    if stopped is None or not witnesses.health_check.path:
        return None, ""
    path = re.escape(witnesses.health_check.path.partition("?")[0])
    line = of_log(witnesses, pattern(rf'"GET {path}(?:\?\S*)? HTTP/[\d.]+"\s+(?P<code>[345]\d\d)'))
    return (line, line.group("code")) if line is not None else (None, "")


def _is_silent(witnesses: Witnesses) -> Said | None:
    """Words that the health check got no answer: a time-out, a refused connection, or just failed health checks."""
    return _unhealthy(witnesses, _TIMED_OUT) or _unhealthy(witnesses, _NO_CONNECTION) or of_tasks(witnesses, _ELB)


def _blocked(cause: str) -> Callable[[Witnesses], Found | None]:
    def recognise(witnesses: Witnesses) -> Found | None:
        words, hop = _is_silent(witnesses), _to_target(witnesses)
        if words is None or hop is None or hop.cause != cause or _is_on_an_open_port(witnesses):
            return None
        return words.stopped_at(hop)

    return recognise


def _is_on_an_open_port(witnesses: Witnesses) -> bool:
    """Whether the application listens on another port than it is asked on, and that one is open: no group is wrong."""
    wrong = _wrong_port(witnesses)
    if wrong is None:
        return False
    port = int(dict(wrong.values)["listens"])
    return bool(known(lambda: allows_balancer(witnesses.lab, (port,)), Finding(False, "")))


def _to_target(witnesses: Witnesses) -> Hop | None:
    return known(lambda: first_broken(to_target(witnesses.lab)), None)


def _loopback(witnesses: Witnesses) -> Found | None:
    if _is_silent(witnesses) is None:
        return None
    words = of_log(witnesses, _LOOPBACK) if of_log(witnesses, _FOR_ALL) is None else None
    return words.found(address=value(words.group("address"))) if words is not None else None


def _traffic_ports(witnesses: Witnesses) -> Iterator[int]:
    for target in witnesses.targets:
        if target.port:
            yield target.port
    group = witnesses.target_group
    if group is not None and group.port:
        yield group.port


def _health_port(witnesses: Witnesses) -> Found | None:
    words, port = _is_silent(witnesses), witnesses.health_check.port
    traffic = next(_traffic_ports(witnesses), 0)
    if words is None or not port.isdecimal() or not traffic or int(port) == traffic:
        return None
    return words.found(port=port, traffic=str(traffic))


def _wrong_port(witnesses: Witnesses) -> Found | None:
    words = _is_silent(witnesses)
    traffic = next(_traffic_ports(witnesses), 0)
    line = of_log(witnesses, _LISTENING)
    if words is None or not traffic:
        return None
    if line is not None and int(line.group("port")) != traffic:
        return Found(
            (("listens", line.group("port")), ("traffic", str(traffic))), line.quote, line.source,
            ("the_container_exposes_the_port", "the_target_group_takes_targets_on_the_port"),
        )  # fmt: skip
    return None


def _no_grace(witnesses: Witnesses) -> Found | None:
    """The service stops tasks before they are ready: no grace period, and no line yet that says that it serves."""
    words = of_tasks(witnesses, _ELB)
    if words is None or witnesses.health_check.grace > 0 or not witnesses.lines:
        return None
    return None if of_log(witnesses, _READY) is not None else words.found()


def _zone(witnesses: Witnesses) -> Found | None:
    words = _targets(witnesses, _ZONE, states=("unused", "unhealthy", "unavailable"))
    return words.found("the_load_balancer_is_in_public_subnets_of_two_zones") if words is not None else None


def _unused(witnesses: Witnesses) -> Found | None:
    balancer, group = witnesses.load_balancer, witnesses.target_group
    words = _targets(witnesses, _UNUSED, states=("unused",))
    if words is None or group is None:
        return None
    if balancer is not None and known(lambda: balancer.sends_traffic_to(group), False):
        return None
    return words.found("the_front_port_is_forwarded_to_the_target_group", group=value(group.name))


def _not_registered(witnesses: Witnesses) -> Found | None:
    if witnesses.service.target_group_arns or not witnesses.service.running_count:
        return None
    return Found((), "", "the service", ("the_service_registers_in_a_target_group",))


def _by_words(wording: Wordings) -> Callable[[Witnesses], Found | None]:
    def recognise(witnesses: Witnesses) -> Found | None:
        words = _unhealthy(witnesses, wording)
        if words is None:
            return None
        check = witnesses.health_check
        port = next(_traffic_ports(witnesses), witnesses.lab.parameters.port or 80)
        return words.found(path=value(check.path) or "/", port=str(port))

    return recognise


def _failed(witnesses: Witnesses) -> Found | None:
    words = of_tasks(witnesses, _ELB) or of_service(witnesses, _ELB)
    return words.found(path=value(witnesses.health_check.path) or "/") if words is not None else None


# fmt: off
UNHEALTHY_ROWS = (
    Cause("health-check-3xx", Kind.HEALTH, "The health check is redirected",
          "`Health checks failed with these codes: [301]` (or another 3xx).",
          "The health check at {path} got {code}, a redirect. The target group accepts {codes}.",
          (Repair("Set the health check path to one that returns 200 itself: {health_path}, without a trailing slash.",
                  _TARGET_GROUP, "aws elbv2 modify-target-group --region {region} --target-group-arn {target_group_arn}"
                  " --health-check-path {health_path}"),),
          _codes("3"), UNHEALTHY),
    Cause("health-check-4xx", Kind.HEALTH, "The health check uses a path that the application does not have",
          "`Health checks failed with these codes: [404]` (or another 4xx).",
          "The health check at {path} got {code}: the application has no such path, or does not allow it. The target"
          " group accepts {codes}.",
          (Repair("Add the path {path} to the application, or set the health check to a path that it has (in the lab:"
                  " {health_path}).",
                  _TARGET_GROUP, "aws elbv2 modify-target-group --region {region} --target-group-arn {target_group_arn}"
                  " --health-check-path {health_path}", '@app.get("{health_path}")'),),
          _codes("4"), UNHEALTHY),
    Cause("health-check-5xx", Kind.HEALTH, "The application answers the health check with an error",
          "`Health checks failed with these codes: [500]` (or another 5xx).",
          "The health check at {path} got {code}: the application has an error there. The target group accepts"
          " {codes}.",
          (Repair("Read the application's log to find the error.",
                  "https://{region}.{console}/cloudwatch/home?region={region}#logsV2:log-groups",
                  "aws logs tail {log_group} --region {region} --since 3h"),),
          _codes("5"), UNHEALTHY),
    Cause("zone-not-enabled", Kind.HEALTH, "The task is in a zone that the load balancer does not serve",
          "`Target is in an Availability Zone that is not enabled for the load balancer`.",
          "The task runs in an availability zone that is not enabled for the load balancer, so it gets no requests.",
          (Repair("Give the load balancer a public subnet in each zone where the service has subnets.",
                  _EC2 + "LoadBalancers:",
                  "aws elbv2 set-subnets --region {region} --load-balancer-arn {load_balancer_arn} --subnets"
                  " {public_subnets}"),),
          _zone, _HEALTH),
    Cause("target-group-not-used", Kind.HEALTH, "No listener uses the target group",
          "`Target group is not configured to receive traffic from the load balancer` (`Target.NotInUse`).",
          "The service registers its tasks in the target group {group}, but no listener forwards to it, so their"
          " health is not checked.",
          (Repair("Make the listener HTTP:{front_port} forward to this target group.", _EC2 + "LoadBalancers:",
                  "aws elbv2 modify-listener --region {region} --listener-arn {listener_arn} --default-actions"
                  " Type=forward,TargetGroupArn={target_group_arn}"),),
          _unused, _HEALTH),
    Cause("wrong-health-check-port", Kind.HEALTH, "The health check uses a different port",
          "The target group's health check port differs from the port of the targets, and the check gets no response.",
          "The health check uses port {port}, but the application listens on port {traffic}.",
          (Repair("Set the health check port to the traffic port.", _TARGET_GROUP,
                  "aws elbv2 modify-target-group --region {region} --target-group-arn {target_group_arn}"
                  " --health-check-port traffic-port"),),
          _health_port, UNHEALTHY),
    Cause("health-check-blocked-by-group", Kind.HEALTH, "A security group blocks the health check",
          "`Request timed out` (`Target.Timeout`), and security groups do not allow the load balancer to reach the"
          " task.",
          "The load balancer cannot reach the task, so the health check times out: {where}.",
          (Repair("Allow TCP {port} from the load balancer's security group in the tasks' security group.",
                  _EC2 + "SecurityGroup:groupId={back_group}",
                  "aws ec2 authorize-security-group-ingress --region {region} --group-id {back_group} --protocol tcp"
                  " --port {port} --source-group {front_group}"),),
          _blocked("health-check-blocked-by-group"), UNHEALTHY),
    Cause("health-check-blocked-by-acl", Kind.HEALTH, "A network ACL blocks the health check",
          "`Request timed out`, and a network ACL between the load balancer and the task blocks the traffic.",
          "The load balancer cannot reach the task, so the health check times out: {where}.",
          (Repair("Allow the port inbound and the responses (TCP 1024-65535) outbound, or associate the subnets with"
                  " the default network ACL.",
                  "https://{region}.{console}/vpcconsole/home?region={region}#acls:vpc-id={vpc}",
                  "aws ec2 describe-network-acls --region {region} --filters Name=vpc-id,Values={vpc}"),),
          _blocked("health-check-blocked-by-acl"), UNHEALTHY),
    Cause("bound-to-loopback", Kind.HEALTH, "The application listens on 127.0.0.1",
          "The log says `running on http://127.0.0.1:PORT` (or localhost), and the health check gets no response.",
          "The application listens on {address}, so nothing outside the container can reach it.",
          (Repair("Make the application listen on 0.0.0.0, then build and push the image again.", _TASK_DEFINITION, "",
                  'CMD ["uvicorn", "main:app", "--host", "0.0.0.0", "--port", "{port}"]'),),
          _loopback, UNHEALTHY),
    Cause("wrong-port", Kind.HEALTH, "The application listens on a different port",
          "The log says that the application listens on a different port from the target group's.",
          "The application listens on port {listens}, but the load balancer uses port {traffic}.",
          (Repair("Make the application listen on the port of the task definition and the target group (in the lab:"
                  " {port}), then build and push the image again.", _TASK_DEFINITION, _TARGETS,
                  'CMD ["uvicorn", "main:app", "--host", "0.0.0.0", "--port", "{port}"]'),),
          _wrong_port, UNHEALTHY),
    Cause("container-health-check", Kind.HEALTH, "The container's health check fails",
          "`Task failed container health checks`.",
          "The container's own health check in the task definition fails. Such checks often need curl, which slim"
          " images do not have.",
          (Repair("Remove the container's health check (the load balancer checks health), or use a command that exists"
                  " in the image.", _TASK_DEFINITION,
                  "aws ecs describe-task-definition --region {region} --task-definition {task_definition} --query"
                  " 'taskDefinition.containerDefinitions[].healthCheck'"),),
          _by_words(_CONTAINER_CHECK), UNHEALTHY),
    Cause("no-grace-period", Kind.HEALTH, "The service stops tasks that are still starting",
          "`Task failed ELB health checks` with a grace period of 0 seconds, and a log that does not show the"
          " application ready to serve.",
          "The service stops the tasks before the application is ready: there is no health check grace period, and"
          " loading the model takes longer than two checks.",
          (Repair("Give the service a health check grace period, such as 120 seconds.", _ECS_SERVICE,
                  "aws ecs update-service --region {region} --cluster {cluster} --service {service}"
                  " --health-check-grace-period-seconds 120"),),
          _no_grace, UNHEALTHY),
    Cause("health-check-timeout", Kind.HEALTH, "The application does not respond to the health check in time",
          "`Request timed out` (`Target.Timeout`), although security groups and network ACLs allow the check.",
          "The health check at {path} gets no response in time, although the way to port {port} is open: the"
          " application is still starting, is too slow, or listens on another port.",
          (Repair("Check in the log whether the application has started and which port it listens on. Give the service"
                  " a health check grace period.", _TARGET_GROUP, _TARGETS),),
          _by_words(_TIMED_OUT), UNHEALTHY),
    Cause("connection-refused", Kind.HEALTH, "Nothing listens on the port",
          "`Health checks failed` (`Target.FailedHealthChecks`): the connection was refused or broken.",
          "The load balancer reaches the task, but nothing responds on port {port}: the application does not listen"
          " there, or listens on 127.0.0.1 only.",
          (Repair("Make the application listen on 0.0.0.0 and on the target group's port (in the lab: {port}).",
                  _TARGET_GROUP, _TARGETS, 'CMD ["uvicorn", "main:app", "--host", "0.0.0.0", "--port", "{port}"]'),),
          _by_words(_NO_CONNECTION), UNHEALTHY),
    Cause("not-registered", Kind.HEALTH, "The service has no load balancer",
          "A running service without a target group.",
          "The service runs, but does not register its tasks in a target group, so no target is healthy.",
          (Repair("Create the service again with load balancing, and select your load balancer, listener and target"
                  " group.",
                  _ECS_SERVICE, "aws ecs describe-services --region {region} --cluster {cluster} --services {service}"
                  " --query 'services[].loadBalancers'"),),
          _not_registered, frozenset({Claim.HEALTHY, Claim.ACCESS})),
    Cause("health-check-failed", Kind.HEALTH, "The tasks fail the load balancer's health check",
          "`Task failed ELB health checks`, when neither the targets nor the log say why.",
          "The service stops its tasks because they fail the load balancer's health check at {path}.",
          (Repair("Open the target group, Targets: the reason next to the state says what went wrong.",
                  _TARGET_GROUP, _TARGETS),),
          _failed, UNHEALTHY),
)
"""The rows, the most specific first."""
