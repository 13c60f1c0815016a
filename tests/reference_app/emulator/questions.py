"""The questions of the reference evidence, asked of another account with its own names and ids."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from botocore import xform_name
from botocore.exceptions import ClientError

from reference_app.emulator import EmulatedAccount
from reference_app.emulator.clients import Credentials, MakeClient, client_maker

HOME = "us-east-1"
CLUSTER = "sentiment-app-cluster"
SERVICE = "sentiment-app-service"


@dataclass(frozen=True, slots=True)
class Question:
    """One key of an evidence file."""

    operation: str
    region: str
    key: str

    def __str__(self) -> str:
        return f"{self.operation}[{self.region}]{{{self.key}}}"


@dataclass(frozen=True, slots=True)
class Caller:
    """Asks the emulated account through real clients, with its administrator's key."""

    account: EmulatedAccount
    makers: dict[str, MakeClient] = field(default_factory=dict)
    _answers: dict[Question, dict[str, Any]] = field(default_factory=dict)

    def client(self, service: str, region: str | None = None) -> Any:
        place = region or self.account.region
        if place not in self.makers:
            key = Credentials(self.account.access_key_id, self.account.secret_access_key)
            self.makers[place] = client_maker(self.account.endpoint_url, place, key, user_agent="Boto3/1.44")
        return self.makers[place](service)

    def ask(self, question: Question) -> dict[str, Any]:
        """`{"response": …}` or `{"error": {"Code", "HTTPStatusCode"}}`, as an evidence file has it."""
        if question not in self._answers:
            self._answers[question] = self._asked(question)
        return self._answers[question]

    def _asked(self, question: Question) -> dict[str, Any]:
        service, name = question.operation.split(".")
        region = HOME if question.region == "global" else question.region
        parameters = self._parameters(question)
        try:
            answer = getattr(self.client(service, region), xform_name(name))(**parameters)
        except ClientError as refused:
            told = refused.response
            status = told["ResponseMetadata"]["HTTPStatusCode"]
            return {"error": {"Code": told["Error"]["Code"], "HTTPStatusCode": status}}
        answer.pop("ResponseMetadata")
        return {"response": answer}

    def _parameters(self, question: Question) -> dict[str, Any]:
        named = dict(part.split("=", 1) for part in question.key.split(";") if part)
        for name, value in named.items():
            if name in OWN:
                named[name] = OWN[name](self)
            elif value.startswith("arn:aws:ecs:") and name == "cluster":
                named[name] = CLUSTER
        shape = SHAPED.get(question.operation)
        return named if shape is None else shape(self, named)


def _balancer(caller: Caller) -> str:
    return str(caller.client("elbv2").describe_load_balancers()["LoadBalancers"][0]["LoadBalancerArn"])


OWN: Mapping[str, Callable[[Caller], str]] = {
    "Bucket": lambda caller: caller.client("s3").list_buckets()["Buckets"][0]["Name"],
    "AccessKeyId": lambda caller: caller.account.access_key_id,
    "LoadBalancerArn": _balancer,
    "LoadBalancer": lambda caller: _balancer(caller).split(":loadbalancer/")[1],
    "ListenerArn": lambda caller: caller.client("elbv2").describe_listeners(LoadBalancerArn=_balancer(caller))[
        "Listeners"
    ][0]["ListenerArn"],
    "TargetGroupArn": lambda caller: (
        caller.client("elbv2").describe_target_groups()["TargetGroups"][0]["TargetGroupArn"]
    ),
    "taskDefinition": lambda caller: caller.client("ecs").list_task_definitions()["taskDefinitionArns"][0],
}


def _of_budgets(caller: Caller, named: dict[str, Any]) -> dict[str, Any]:
    return {**named, "AccountId": caller.account.account}


def _of_subscribers(caller: Caller, named: dict[str, Any]) -> dict[str, Any]:
    notification = {
        "NotificationType": named.pop("NotificationType"),
        "Threshold": float(named.pop("Threshold")),
        "ComparisonOperator": "GREATER_THAN",
    }
    return {**_of_budgets(caller, named), "Notification": notification}


def _of_statistics(caller: Caller, named: dict[str, Any]) -> dict[str, Any]:
    now = datetime.now(UTC)
    balancer = named.pop("LoadBalancer", None)
    if balancer is not None:
        namespace, dimensions = "AWS/ApplicationELB", {"LoadBalancer": balancer}
    else:
        namespace, dimensions = "AWS/ECS", {"ServiceName": named.pop("ServiceName"), "ClusterName": CLUSTER}
    return {
        **named,
        "Namespace": namespace,
        "Dimensions": [{"Name": name, "Value": value} for name, value in dimensions.items()],
        "StartTime": now - timedelta(days=14),
        "EndTime": now + timedelta(minutes=5),
        "Period": 3600,
        "Statistics": ["Sum" if balancer is not None else "Average"],
    }


SHAPED: Mapping[str, Callable[[Caller, dict[str, Any]], dict[str, Any]]] = {
    "budgets.DescribeBudgets": lambda caller, named: _of_budgets(caller, {**named, "ShowFilterExpression": True}),
    "budgets.DescribeNotificationsForBudget": _of_budgets,
    "budgets.DescribeBudgetNotificationsForAccount": _of_budgets,
    "budgets.DescribeSubscribersForNotification": _of_subscribers,
    "s3.ListBuckets": lambda caller, named: {"MaxBuckets": 1000},
    "s3control.GetPublicAccessBlock": lambda caller, named: {"AccountId": caller.account.account},
    "ecs.DescribeClusters": lambda caller, named: {"clusters": [CLUSTER]},
    "ecs.DescribeServices": lambda caller, named: {**named, "services": [SERVICE]},
    "ecs.DescribeTasks": lambda caller, named: {
        **named,
        "tasks": caller.client("ecs").list_tasks(cluster=CLUSTER, serviceName=SERVICE)["taskArns"],
    },
    "ecr.BatchGetImage": lambda caller, named: {**named, "imageIds": [{"imageTag": "14.01.25"}]},
    "cloudwatch.GetMetricStatistics": _of_statistics,
    "cloudtrail.LookupEvents": lambda caller, named: {
        "LookupAttributes": [{"AttributeKey": "EventName", "AttributeValue": named["EventName"]}]
    },
}
