"""Parts of other deployments: what a student or somebody else left in the account, in any region."""

from __future__ import annotations

import copy
from typing import Any

Document = dict[str, Any]
ACCOUNT = "123456789012"


def add(document: Document, operation: str, region: str, key: str, **response: list[Any]) -> None:
    """Add entries to the lists of one answer, which is made where it was not asked; a refused one stays refused."""
    entry = document["calls"].setdefault(operation, {}).setdefault(region, {}).setdefault(key, {"response": {}})
    if "response" in entry:
        for name, values in response.items():
            entry["response"].setdefault(name, []).extend(copy.deepcopy(values))


def network(document: Document, region: str, number: int = 1) -> str:
    """A VPC of another exercise: two subnets without routes, a gateway, a group that nobody uses. Gives its id."""
    vpc = f"vpc-0{number:07d}aaaaaaaaa"
    subnets = [
        {
            "SubnetId": f"subnet-0{number:07d}{zone}aaaaaaaa",
            "VpcId": vpc,
            "AvailabilityZone": f"{region}{zone}",
            "CidrBlock": f"192.168.{index}.0/24",
            "State": "available",
        }
        for index, zone in enumerate("ab")
    ]
    local = {"DestinationCidrBlock": "192.168.0.0/16", "GatewayId": "local", "State": "active"}
    main = {"Main": True, "AssociationState": {"State": "associated"}}
    add(
        document, "ec2.DescribeVpcs", region, "",
        Vpcs=[{"VpcId": vpc, "CidrBlock": "192.168.0.0/16", "IsDefault": False, "State": "available"}],
    )  # fmt: skip
    add(document, "ec2.DescribeSubnets", region, "", Subnets=subnets)
    add(
        document, "ec2.DescribeRouteTables", region, "",
        RouteTables=[
            {"RouteTableId": f"rtb-0{number:07d}a", "VpcId": vpc, "Associations": [main], "Routes": [local]}
        ],
    )  # fmt: skip
    add(
        document, "ec2.DescribeInternetGateways", region, "",
        InternetGateways=[{"InternetGatewayId": f"igw-0{number:07d}a", "Attachments": []}],
    )  # fmt: skip
    add(
        document, "ec2.DescribeNatGateways", region, "",
        NatGateways=[{"NatGatewayId": f"nat-0{number:07d}a", "VpcId": vpc, "State": "deleted"}],
    )  # fmt: skip
    add(
        document, "ec2.DescribeSecurityGroups", region, "",
        SecurityGroups=[{"GroupId": f"sg-0{number:07d}a", "GroupName": "old", "VpcId": vpc, "IpPermissions": []}],
    )  # fmt: skip
    return vpc


def balancing(document: Document, region: str, number: int = 1) -> str:
    """A load balancer without listeners and a target group that nothing uses. Gives the group's ARN."""
    vpc = network(document, region, number)
    start = f"arn:aws:elasticloadbalancing:{region}:{ACCOUNT}"
    balancer = f"{start}:loadbalancer/app/old-{number}/{number:016x}"
    group = f"{start}:targetgroup/old-{number}/{number:016x}"
    add(
        document, "elbv2.DescribeLoadBalancers", region, "",
        LoadBalancers=[
            {
                "LoadBalancerArn": balancer, "LoadBalancerName": f"old-{number}", "VpcId": vpc, "Type": "application",
                "Scheme": "internal", "State": {"Code": "active"}, "DNSName": f"internal-old-{number}.example.com",
                "AvailabilityZones": [{"SubnetId": f"subnet-0{number:07d}aaaaaaaaa"}], "SecurityGroups": [],
            }
        ],
    )  # fmt: skip
    add(
        document, "elbv2.DescribeTargetGroups", region, "",
        TargetGroups=[
            {
                "TargetGroupArn": group, "TargetGroupName": f"old-{number}", "VpcId": vpc, "TargetType": "instance",
                "Protocol": "HTTP", "Port": 80, "HealthCheckPath": "/", "LoadBalancerArns": [],
            }
        ],
    )  # fmt: skip
    add(document, "elbv2.DescribeListeners", region, f"LoadBalancerArn={balancer}", Listeners=[])
    add(document, "elbv2.DescribeTargetHealth", region, f"TargetGroupArn={group}", TargetHealthDescriptions=[])
    return group


def containers(document: Document, region: str, number: int = 1) -> str:
    """A cluster with a service that wants no task, of a small task definition. Gives the service's ARN."""
    vpc = network(document, region, number)
    start = f"arn:aws:ecs:{region}:{ACCOUNT}"
    cluster, service = f"{start}:cluster/old-{number}", f"{start}:service/old-{number}/old-{number}"
    definition = f"{start}:task-definition/old-{number}:1"
    add(document, "ecs.ListClusters", region, "", clusterArns=[cluster])
    add(
        document, "ecs.DescribeClusters", region, "",
        clusters=[{"clusterArn": cluster, "clusterName": f"old-{number}", "status": "ACTIVE"}],
    )  # fmt: skip
    add(document, "ecs.ListServices", region, f"cluster={cluster}", serviceArns=[service])
    placed = {"awsvpcConfiguration": {"subnets": [f"subnet-0{number:07d}aaaaaaaaa"], "securityGroups": []}}
    add(
        document, "ecs.DescribeServices", region, f"cluster={cluster}",
        services=[
            {
                "serviceArn": service, "serviceName": f"old-{number}", "clusterArn": cluster, "status": "ACTIVE",
                "desiredCount": 0, "runningCount": 0, "pendingCount": 0, "launchType": "EC2", "loadBalancers": [],
                "taskDefinition": definition, "networkConfiguration": placed, "events": [], "deployments": [],
            }
        ],
    )  # fmt: skip
    add(document, "ecs.ListTaskDefinitions", region, "", taskDefinitionArns=[definition])
    entry = {"taskDefinitionArn": definition, "family": f"old-{number}", "revision": 1, "status": "ACTIVE",
             "containerDefinitions": [{"name": "web", "image": "nginx", "essential": True}]}  # fmt: skip
    calls = document["calls"].setdefault("ecs.DescribeTaskDefinition", {}).setdefault(region, {})
    calls[f"taskDefinition={definition}"] = {"response": {"taskDefinition": entry}}
    assert vpc
    return service


def repository(document: Document, region: str, number: int = 1) -> str:
    """An empty repository with a key of KMS. Gives its name."""
    name = f"old-{number}"
    encryption = {"encryptionType": "KMS"}
    add(
        document, "ecr.DescribeRepositories", region, "",
        repositories=[{"repositoryName": name, "encryptionConfiguration": encryption}],
    )  # fmt: skip
    add(document, "ecr.DescribeImages", region, f"repositoryName={name}", imageDetails=[])
    return name


def of_kind(document: Document, service: str, region: str) -> None:
    """What another exercise left of the kind that a service's answers tell of."""
    kinds = {"ec2": network, "elbv2": balancing, "ecs": containers, "ecr": repository}
    if service in kinds:
        kinds[service](document, region)
