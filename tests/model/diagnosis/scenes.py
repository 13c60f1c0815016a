"""The correct deployment with one thing gone wrong: small changes of golden.json, as AWS would show them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from grader.evidence import Evidence
from grader.model.diagnosis.diagnosis import Diagnosis, diagnose
from grader.model.lab import Lab, candidates
from tests.cases import LAB, golden

REGION = "eu-west-1"
CLUSTER = "cluster=arn:aws:ecs:eu-west-1:123456789012:cluster/sentiment-app-cluster"
SERVICE = "sentiment-app-service"
IMAGE = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/sentiment-app"
TASK = "arn:aws:ecs:eu-west-1:123456789012:task/sentiment-app-cluster/0f1e2d3c4b5a69788796a5b4c3d2e1f0"
DEPLOYMENT = "ecs-svc/9888401040018000001"
Document = dict[str, Any]
Change = Callable[[Document], None]


@dataclass(frozen=True, slots=True)
class Scene:
    """What is changed, one after the other."""

    changes: tuple[Change, ...]

    @property
    def document(self) -> Document:
        """The evidence, made anew."""
        document = golden()
        for change in self.changes:
            change(document)
        return document

    @property
    def lab(self) -> Lab:
        """The lab in it."""
        return candidates(Evidence(self.document), LAB).labs[0]

    @property
    def diagnosis(self) -> Diagnosis | None:
        """What is recognised."""
        return diagnose(self.lab)


def scene(*changes: Change) -> Scene:
    """The correct deployment after these changes."""
    return Scene(changes)


def answer(document: Document, operation: str, key: str = "", region: str = REGION) -> Document:
    """The response to one question, to be changed."""
    found: Document = document["calls"][operation][region][key]["response"]
    return found


def first(document: Document, operation: str) -> Document:
    """The response to the only question of an operation in the lab's region."""
    keys = document["calls"][operation][REGION]
    found: Document = next(iter(keys.values()))["response"]
    return found


def service(document: Document) -> Document:
    """The service."""
    found: Document = answer(document, "ecs.DescribeServices", CLUSTER)["services"][0]
    return found


def no_task(document: Document) -> None:
    """No task runs, six failed, and none is registered."""
    found = service(document)
    found["runningCount"] = found["pendingCount"] = 0
    found["deployments"][0] |= {"runningCount": 0, "failedTasks": 6, "rolloutState": "IN_PROGRESS"}
    answer(document, "ecs.ListTasks", CLUSTER)["taskArns"] = []
    answer(document, "ecs.DescribeTasks", CLUSTER)["tasks"] = []
    first(document, "elbv2.DescribeTargetHealth")["TargetHealthDescriptions"] = []


def stopped(
    why: str = "", code: str = "TaskFailedToStart", /, *, at: str = "09:44", group: str = SERVICE, **container: Any
) -> Change:
    """A task stopped; it is found where tasks that stopped are asked about."""

    def change(document: Document) -> None:
        no_task(document)
        kept = document["calls"]["ecs.DescribeTasks"][REGION].setdefault(
            f"{CLUSTER};desiredStatus=STOPPED", {"response": {"tasks": []}}
        )
        kept["response"]["tasks"].append(
            {
                "taskArn": f"{TASK[:-2]}{len(kept['response']['tasks']):02}",
                "taskDefinitionArn": service(document)["taskDefinition"],
                "group": f"service:{group}",
                "lastStatus": "STOPPED",
                "desiredStatus": "STOPPED",
                "stopCode": code,
                "stoppedReason": why,
                "stoppedAt": f"2026-11-20T{at}:00+00:00",
                "startedBy": DEPLOYMENT,
                "containers": [{"name": "sentiment-app", "lastStatus": "STOPPED", **container}],
            }
        )

    return change


def ended(exit_code: int = 1, why: str = "") -> Change:
    """The container ran and ended."""
    container = {"exitCode": exit_code, "reason": why} if why else {"exitCode": exit_code}
    return stopped("Essential container in task exited", "EssentialContainerExited", **container)


def events(*messages: str) -> Change:
    """The events of the service, the newest first."""

    def change(document: Document) -> None:
        service(document)["events"] = [
            {
                "id": str(number),
                "createdAt": f"2026-11-20T09:{50 - number:02}:00+00:00",
                "message": f"(service x) {text}",
            }
            for number, text in enumerate(messages)
        ]

    return change


def failing(*messages: str) -> Change:
    """No task runs, and events say so."""

    def change(document: Document) -> None:
        no_task(document)
        events(*messages)(document)

    return change


def log(*lines: str) -> Change:
    """The lines of the log, the oldest first."""

    def change(document: Document) -> None:
        first(document, "logs.FilterLogEvents")["events"] = [
            {"logStreamName": "ecs/sentiment-app/74de", "timestamp": 1795000110000 + number, "message": line}
            for number, line in enumerate(lines)
        ]

    return change


def target(state: str, reason: str, description: str) -> Change:
    """The only target, with AWS's word for its health."""

    def change(document: Document) -> None:
        found = first(document, "elbv2.DescribeTargetHealth")["TargetHealthDescriptions"][0]
        found["TargetHealth"] = {"State": state, "Reason": reason, "Description": description}

    return change


def unhealthy(description: str = "Request timed out", reason: str = "Target.Timeout") -> Change:
    """The only target is unhealthy."""
    return target("unhealthy", reason, description)


def of_group(**fields: Any) -> Change:
    """Other settings of the target group."""

    def change(document: Document) -> None:
        answer(document, "elbv2.DescribeTargetGroups")["TargetGroups"][0].update(fields)

    return change


def of_service(**fields: Any) -> Change:
    """Other settings of the service."""

    def change(document: Document) -> None:
        service(document).update(fields)

    return change


def of_task(**fields: Any) -> Change:
    """Other settings of the task definition."""

    def change(document: Document) -> None:
        first(document, "ecs.DescribeTaskDefinition")["taskDefinition"].update(fields)

    return change


def of_container(**fields: Any) -> Change:
    """Other settings of the container."""

    def change(document: Document) -> None:
        first(document, "ecs.DescribeTaskDefinition")["taskDefinition"]["containerDefinitions"][0].update(fields)

    return change


def image(name: str) -> Change:
    """The task asks for another image."""
    return of_container(image=name)


def no_nat_route(document: Document) -> None:
    """The private route table has no default route."""
    for table in answer(document, "ec2.DescribeRouteTables")["RouteTables"]:
        table["Routes"] = [one for one in table["Routes"] if "NatGatewayId" not in one]


def group(identifier: str, **fields: Any) -> Change:
    """Other rules of a security group."""

    def change(document: Document) -> None:
        groups = answer(document, "ec2.DescribeSecurityGroups")["SecurityGroups"]
        next(one for one in groups if one["GroupId"] == identifier).update(fields)

    return change


def acl(subnets: Iterable[str], *entries: tuple[bool, str, int, int]) -> Change:
    """A network ACL of its own for some subnets: (outbound, block, first port, last port) are allowed, nothing else."""

    def change(document: Document) -> None:
        found = answer(document, "ec2.DescribeNetworkAcls")["NetworkAcls"]
        for one in found:
            one["Associations"] = [each for each in one["Associations"] if each["SubnetId"] not in set(subnets)]
        vpc = answer(document, "ec2.DescribeSubnets")["Subnets"][0]["VpcId"]
        allowed = [
            {"RuleNumber": 100 + number, "Egress": out, "RuleAction": "allow", "Protocol": "6", "CidrBlock": block,
             "PortRange": {"From": low, "To": high}}
            for number, (out, block, low, high) in enumerate(entries)
        ]  # fmt: skip
        found.append(
            {"NetworkAclId": "acl-0tight", "VpcId": vpc, "Entries": allowed,
             "Associations": [{"SubnetId": subnet} for subnet in subnets]}
        )  # fmt: skip

    return change


def endpoint(service_name: str, groups: Iterable[str] = (), **fields: Any) -> Change:
    """A VPC endpoint for a service, with private DNS."""

    def change(document: Document) -> None:
        vpc = service_vpc(document)
        answer(document, "ec2.DescribeVpcEndpoints")["VpcEndpoints"].append(
            {"VpcEndpointId": "vpce-0a", "VpcId": vpc, "ServiceName": f"com.amazonaws.{REGION}.{service_name}",
             "VpcEndpointType": "Interface", "State": "available", "PrivateDnsEnabled": True,
             "Groups": [{"GroupId": one} for one in groups], **fields}
        )  # fmt: skip

    return change


def service_vpc(document: Document) -> str:
    """The id of the lab's VPC."""
    wanted = service(document)["networkConfiguration"]["awsvpcConfiguration"]["subnets"][0]
    subnets = answer(document, "ec2.DescribeSubnets")["Subnets"]
    found: str = next(one["VpcId"] for one in subnets if one["SubnetId"] == wanted)
    return found


def refuse(operation: str, region: str = REGION) -> Change:
    """Every question of an operation is refused."""

    def change(document: Document) -> None:
        keys = document["calls"].setdefault(operation, {}).setdefault(region, {"": {}})
        for key in keys:
            keys[key] = {"error": {"Code": "AccessDenied", "Message": "is not authorized", "HTTPStatusCode": 403}}

    return change
