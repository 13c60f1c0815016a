"""The correct deployment, changed in what the application's witnesses say: plain functions over one document."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from grader.errors import Manual, Missing, Pending, Unverified
from grader.evidence import Evidence
from grader.model.lab import Lab, candidates
from tests.cases import LAB, golden

HOME = "eu-west-1"
DENIED = {"error": {"Code": "AccessDeniedException", "Message": "no identity-based policy allows the action"}}
ABSENT = {"error": {"Code": "ResourceNotFoundException", "Message": "The specified log group does not exist."}}
LOG = "/ecs/sentiment-app-task"
BALANCER = "app/sentiment-app-alb/1a2b3c4d5e6f7081"
BALANCER_ARN = f"arn:aws:elasticloadbalancing:eu-west-1:123456789012:loadbalancer/{BALANCER}"
Document = dict[str, Any]


def lab(document: Document) -> Lab:
    """The graded set of a document."""
    return candidates(Evidence(document), LAB).labs[0]


def entries(document: Document, operation: str, region: str = HOME) -> dict[str, Any]:
    """The answers to one operation in one region, by key."""
    found: dict[str, Any] = document["calls"].setdefault(operation, {}).setdefault(region, {})
    return found


def answer(document: Document, operation: str) -> dict[str, Any]:
    """The only answer to an operation in the lab's region."""
    (entry,) = entries(document, operation).values()
    response: dict[str, Any] = entry["response"]
    return response


def without_service(document: Document) -> Document:
    """The lab before its service was created."""
    answer(document, "ecs.ListServices")["serviceArns"] = []
    answer(document, "ecs.DescribeServices")["services"] = []
    return document


def refused(document: Document, *operations: str, region: str = HOME) -> Document:
    """The document with every question of some operations refused, in the lab's region or another."""
    for operation in operations:
        for key in entries(document, operation, region):
            entries(document, operation, region)[key] = DENIED
    return document


def logged(*messages: str, document: Document | None = None) -> Document:
    """The deployment whose log holds these lines, in this order; its task names no bucket and nothing was counted."""
    document = document or golden()
    entries(document, "logs.FilterLogEvents")[f"logGroupName={LOG}"] = {
        "response": {"events": [{"timestamp": number, "message": text} for number, text in enumerate(messages)]}
    }
    container(document)["environment"] = []
    return counted({}, document)


def container(document: Document) -> dict[str, Any]:
    """The application's container."""
    found: dict[str, Any] = answer(document, "ecs.DescribeTaskDefinition")["taskDefinition"]["containerDefinitions"][0]
    return found


def counted(sums: dict[str, float], document: Document | None = None, *, balancer: str = BALANCER) -> Document:
    """The deployment for whose load balancer CloudWatch has these sums, by metric; none of any other metric."""
    document = document or golden()
    for metric in ("RequestCount", "HTTPCode_Target_2XX_Count"):
        points = [{"Sum": sums[metric]}] if metric in sums else []
        entries(document, "cloudwatch.GetMetricStatistics")[f"LoadBalancer={balancer};MetricName={metric}"] = {
            "response": {"Datapoints": points}
        }
    return document


def deploying(document: Document | None = None, created: str = "2026-11-20T09:57:00+00:00") -> Document:
    """The deployment in its first minutes: no task, no target, no log, no metric yet."""
    document = counted({}, document)
    service = answer(document, "ecs.DescribeServices")["services"][0]
    service.update(runningCount=0, pendingCount=0, events=[])
    service["deployments"][0].update(createdAt=created, rolloutState="IN_PROGRESS", runningCount=0)
    answer(document, "elbv2.DescribeTargetHealth")["TargetHealthDescriptions"] = []
    answer(document, "logs.DescribeLogGroups")["logGroups"] = []
    for operation in ("logs.DescribeLogStreams", "logs.FilterLogEvents"):
        entries(document, operation)[f"logGroupName={LOG}"] = ABSENT
    for entry in entries(document, "cloudwatch.ListMetrics").values():
        entry["response"]["Metrics"] = []
    return document


def targets(document: Document, *states: str) -> Document:
    """The document with targets of these states."""
    answer(document, "elbv2.DescribeTargetHealth")["TargetHealthDescriptions"] = [
        {"Target": {"Id": "10.0.3.1", "Port": 8000}, "TargetHealth": {"State": state}} for state in states
    ]
    return document


def probed(document: Document, status: int, *posts: bool, balancer: str = BALANCER_ARN) -> Document:
    """The document with a live answer of a load balancer, and whether each POST was rightly answered."""
    document["meta"]["http_probe"] = {
        "ok": 200 <= status < 300, "status": status, "url": "http://x/health", "load_balancer": balancer,
        "endpoints": [
            {"method": "POST", "path": "/predict", "body": "valid", "status": 200 if ok else 500, "ok": ok}
            for ok in posts
        ],
    }  # fmt: skip
    return document


def said(claim: Callable[[], Any]) -> str:
    """What a claim says: holds, fails, pending, manual, or unverified with the actions that would tell."""
    try:
        return "holds" if claim() else "fails"
    except Missing:
        return "fails"
    except Pending:
        return "pending"
    except Manual:
        return "manual"
    except Unverified as error:
        return "unverified " + ", ".join(sorted({one.action for one in error.refusals}))  # type: ignore[attr-defined]
