"""Which load balancers the application may be behind, from what was answered about them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from grader.collect.answers import Answer
from grader.collect.probing.probe import Balancer
from grader.collect.probing.routes import Route
from grader.evidence import Question

MAX_BALANCERS = 3
MAX_HEALTH_PATHS = 2

# A DNS name, since it becomes one of ours to resolve.
_NAME = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.-]{0,250})[A-Za-z0-9]")
_PATH = re.compile(r"/[!-~]{0,200}")
_NAME_OF_AWS = re.compile(r"[a-z0-9-]+\.[a-z0-9-]+\.elb\.amazonaws\.(com|com\.cn|eu)")
"""``name-1234567890.eu-west-1.elb.amazonaws.com``: what AWS calls an application load balancer."""


def balancers(answers: Mapping[Question, Answer], routes: Iterable[Route] = ()) -> tuple[Balancer, ...]:
    """The active application load balancers that face the internet, those first that forward to something.

    An answer is no proof of who wrote it, so a name that is none of AWS's is left out, unless ``routes`` says
    where it leads.
    """
    routes = tuple(routes)
    found: list[tuple[bool, Balancer]] = []
    for question, answer in answers.items():
        if question.operation != "elbv2.DescribeLoadBalancers":
            continue
        for each in _objects(answer, "LoadBalancers"):
            if _faces_the_internet(each):
                arn, name = each["LoadBalancerArn"], each["DNSName"]
                key = f"LoadBalancerArn={arn}"
                listeners = answers.get(Question("elbv2.DescribeListeners", question.region, key), Answer({}))
                doors = _doors(list(_objects(listeners, "Listeners")))
                secure, port, forwards = doors[0] if doors else (False, 80, False)
                name = name.lower()
                if not (_NAME_OF_AWS.fullmatch(name) or any(route.leads(name, port) for route in routes)):
                    continue
                unusual = "" if port == (443 if secure else 80) else f":{port}"
                url = f"{'https' if secure else 'http'}://{name}{unusual}"
                groups = answers.get(Question("elbv2.DescribeTargetGroups", question.region), Answer({}))
                ports = frozenset(door[1] for door in doors)
                balancer = Balancer(arn, url, ports, _health_paths(_objects(groups, "TargetGroups"), arn))
                found.append((forwards or any(door[2] for door in doors), balancer))
    found.sort(key=lambda each: not each[0])
    return tuple(balancer for _, balancer in found[:MAX_BALANCERS])


def _objects(answer: Answer, name: str) -> Iterator[Mapping[str, Any]]:
    listed = (answer.response or {}).get(name)
    return (each for each in listed if isinstance(each, dict)) if isinstance(listed, list) else iter(())


def _health_paths(groups: Iterable[Mapping[str, Any]], arn: str) -> tuple[str, ...]:
    """What the health checks of the target groups of a balancer ask for."""
    paths = []
    for group in groups:
        used_by, path = group.get("LoadBalancerArns"), group.get("HealthCheckPath")
        if isinstance(used_by, list) and arn in used_by and isinstance(path, str) and _PATH.fullmatch(path):
            paths.append(path)
    return tuple(dict.fromkeys(paths))[:MAX_HEALTH_PATHS]


def _faces_the_internet(balancer: Mapping[str, Any]) -> bool:
    state = balancer.get("State")
    return (
        balancer.get("Type") == "application"
        and balancer.get("Scheme") == "internet-facing"
        and isinstance(state, dict)
        and state.get("Code") in ("active", "active_impaired")
        and isinstance(balancer.get("LoadBalancerArn"), str)
        and isinstance(balancer.get("DNSName"), str)
        and _NAME.fullmatch(balancer["DNSName"]) is not None
    )


def _doors(listeners: list[Mapping[str, Any]]) -> list[tuple[bool, int, bool]]:
    """Whether a listener speaks TLS, its port, and whether it forwards; first the one to ask: HTTP on 80 if there."""
    doors = []
    for each in listeners:
        protocol, port = each.get("Protocol"), each.get("Port")
        if protocol in ("HTTP", "HTTPS") and isinstance(port, int) and 0 < port < 65536:
            actions = each.get("DefaultActions")
            forwards = any(
                isinstance(action, dict) and action.get("Type") == "forward"
                for action in (actions if isinstance(actions, list) else [])
            )
            doors.append((protocol == "HTTPS", port, forwards))
    return sorted(doors, key=lambda door: (door[0], door[1] not in (80, 443), door[1]))
