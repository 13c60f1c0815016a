"""Which load balancers the application may stand behind, from what was answered about them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from grader.collect.answers import Answer
from grader.collect.probing.probe import Balancer
from grader.evidence import Question

MAX_BALANCERS = 3

# A DNS name, since it becomes one of ours to resolve. Balancers of AWS all have such names.
_NAME = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.-]{0,250})[A-Za-z0-9]")


def balancers(answers: Mapping[Question, Answer]) -> tuple[Balancer, ...]:
    """The active application load balancers that face the internet, those first that forward to something."""
    found: list[tuple[bool, Balancer]] = []
    for question, answer in answers.items():
        if question.operation != "elbv2.DescribeLoadBalancers":
            continue
        for each in _objects(answer, "LoadBalancers"):
            if _faces_the_internet(each):
                arn, name = each["LoadBalancerArn"], each["DNSName"]
                key = f"LoadBalancerArn={arn}"
                listeners = answers.get(Question("elbv2.DescribeListeners", question.region, key), Answer({}))
                forwards, door = _door(list(_objects(listeners, "Listeners")))
                found.append((forwards, Balancer(arn, f"{door[0]}://{name.lower()}{door[1]}")))
    found.sort(key=lambda each: not each[0])
    return tuple(balancer for _, balancer in found[:MAX_BALANCERS])


def _objects(answer: Answer, name: str) -> Iterator[Mapping[str, Any]]:
    listed = (answer.response or {}).get(name)
    return (each for each in listed if isinstance(each, dict)) if isinstance(listed, list) else iter(())


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


def _door(listeners: list[Mapping[str, Any]]) -> tuple[bool, tuple[str, str]]:
    """Whether anything is forwarded, and the scheme and port to ask: plain HTTP on 80 where there is that."""
    doors = []
    for each in listeners:
        protocol, port = each.get("Protocol"), each.get("Port")
        if protocol in ("HTTP", "HTTPS") and isinstance(port, int) and 0 < port < 65536:
            actions = each.get("DefaultActions")
            forwards = any(
                isinstance(action, dict) and action.get("Type") == "forward"
                for action in (actions if isinstance(actions, list) else [])
            )
            doors.append((protocol == "HTTPS", port not in (80, 443), port, forwards))
    if not doors:
        return False, ("http", "")
    secure, unusual, port, _ = min(doors)
    return any(door[3] for door in doors), ("https" if secure else "http", f":{port}" if unusual else "")
