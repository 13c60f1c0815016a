"""Load balancers, listeners, rules and target groups for tests, as AWS describes them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from grader.evidence.tracking import Remark, reading
from grader.model.load_balancing import LoadBalancer, TargetGroup, load_balancers, target_groups
from tests.model.evidence import DENIED, REGION, evidence

BALANCER = "arn:aws:elasticloadbalancing:eu-central-1:1:loadbalancer/app/lab/1"
DNS = "Lab-1.eu-central-1.elb.amazonaws.com"
Json = dict[str, Any]


def arn(name: str) -> str:
    """The ARN of a target group."""
    return f"arn:aws:elasticloadbalancing:eu-central-1:1:targetgroup/{name}/1"


def forward(*names: str, **weights: int) -> Json:
    """An action that forwards to target groups, with weight 1 or as given."""
    shares = {**dict.fromkeys(names, 1), **weights}
    return {
        "Type": "forward",
        "ForwardConfig": {"TargetGroups": [{"TargetGroupArn": arn(n), "Weight": w} for n, w in shares.items()]},
    }


def redirect(**config: str) -> Json:
    """An action that redirects, to HTTPS:443 of the same host where nothing else is given."""
    return {"Type": "redirect", "RedirectConfig": {"Protocol": "HTTPS", "Port": "443", "Host": "#{host}", **config}}


def fixed(status: str = "404") -> Json:
    """An action that answers a fixed response."""
    return {"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": status}}


def path(*values: str) -> Json:
    """A condition on the path."""
    return {"Field": "path-pattern", "Values": list(values), "PathPatternConfig": {"Values": list(values)}}


def host(*values: str) -> Json:
    """A condition on the host, in AWS's newer shape alone."""
    return {"Field": "host-header", "HostHeaderConfig": {"Values": list(values)}}


def regex(field: str, *values: str) -> Json:
    """A condition by regular expressions, as AWS gives it beside its fields."""
    return {"Field": field, "RegexValues": list(values)}


def header(name: str, value: str) -> Json:
    """A condition on a header."""
    return {"Field": "http-header", "HttpHeaderConfig": {"HttpHeaderName": name, "Values": [value]}}


def query(**values: str) -> Json:
    """A condition on the query string."""
    pairs = [{"Key": key, "Value": value} for key, value in values.items()]
    return {"Field": "query-string", "QueryStringConfig": {"Values": pairs}}


def source(*blocks: str) -> Json:
    """A condition on the client's address."""
    return {"Field": "source-ip", "SourceIpConfig": {"Values": list(blocks)}}


def rule(action: Json, *conditions: Json, priority: int = 1) -> Json:
    """A rule of a listener."""
    return {"Priority": str(priority), "Conditions": list(conditions), "Actions": [action], "IsDefault": False}


def listening(default: Json, *rules: Json, protocol: str = "HTTP", port: int = 80, refused: bool = False) -> Json:
    """A listener with its rules, or with rules that AWS refuses to tell."""
    last = {"Priority": "default", "Conditions": [], "Actions": [default], "IsDefault": True}
    found = DENIED if refused else {"Rules": [*rules, last]}
    return {"Protocol": protocol, "Port": port, "DefaultActions": [default], "rules": found}


def group(name: str, *states: str, linked: bool = True, **more: Any) -> Json:
    """A target group as AWS describes it, with the health of its targets under ``states``."""
    described = {"TargetGroupArn": arn(name), "TargetGroupName": name, "TargetType": "ip", "Protocol": "HTTP"}
    return {**described, "Port": 8000, "LoadBalancerArns": [BALANCER] * linked, "states": states, **more}


def account(
    listeners: Sequence[Json] | None, groups: Sequence[Json] = (), **balancer: Any
) -> tuple[LoadBalancer, dict[str, TargetGroup]]:
    """A load balancer and the target groups of its account by name; None stands for refused listeners."""
    described = {
        "LoadBalancerArn": BALANCER, "LoadBalancerName": "lab", "DNSName": DNS, "Type": "application",
        "Scheme": "internet-facing", "State": {"Code": "active"}, **balancer,
    }  # fmt: skip
    groups = groups or (group("app"), group("old"))
    found = [{**one, "ListenerArn": f"{one['Protocol']}:{one['Port']}"} for one in listeners or ()]
    document = evidence(
        {
            "elbv2.DescribeLoadBalancers": {"": {"LoadBalancers": [described]}},
            "elbv2.DescribeListeners": {
                f"LoadBalancerArn={BALANCER}": DENIED if listeners is None else {"Listeners": found}
            },
            "elbv2.DescribeRules": {f"ListenerArn={one['ListenerArn']}": one["rules"] for one in found},
            "elbv2.DescribeTargetGroups": {"": {"TargetGroups": list(groups)}},
            "elbv2.DescribeTargetHealth": {
                f"TargetGroupArn={one['TargetGroupArn']}": {
                    "TargetHealthDescriptions": [
                        {"Target": {"Id": "10.0.3.9", "Port": 8000}, "TargetHealth": {"State": state}}
                        for state in one["states"]
                    ]
                }
                for one in groups
            },
        }
    )
    return next(iter(load_balancers(document, REGION))), {one.name: one for one in target_groups(document, REGION)}


def serves(*listeners: Json) -> bool:
    """Whether HTTP:80 leads to the group ``app``."""
    balancer, groups = account(listeners)
    return bool(balancer.forwards_http_to(groups["app"], 80))


def remarks(claim: Callable[[], object]) -> list[str]:
    """What a claim remarks."""
    with reading() as read:
        claim()
    return [one.text for one in read if isinstance(one, Remark)]
