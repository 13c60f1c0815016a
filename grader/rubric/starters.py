"""The things that a first draft looks for, by service: how each is listed, those that others build on first."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from grader.errors import UsageError


@dataclass(frozen=True, slots=True)
class Starter:
    """One kind of thing: how it is found. ``of`` is the kind that its parameters (``give``) come from."""

    name: str
    operation: str
    each: str = ""
    given: Mapping[str, str] = field(default_factory=dict)
    lister: str = ""

    @property
    def source(self) -> str:
        """How it is found, as YAML."""
        told = f"list: {self.operation}"
        if self.lister:
            told += f", for: {self.lister}"
        if self.each:
            told += f', each: "{self.each}"'
        return told


def _of(service: str, *starters: tuple[str, str, str]) -> tuple[Starter, ...]:
    return tuple(Starter(name, f"{service}.{operation}", each) for name, operation, each in starters)


def _with(name: str, operation: str, each: str = "", **given: str) -> Starter:
    return Starter(name, operation, each, given)


STARTERS: Mapping[str, tuple[Starter, ...]] = {
    "iam": (
        *_of(
            "iam",
            ("role", "ListRoles", "Roles[?!starts_with(Path, '/aws-')]"),
            ("user", "ListUsers", "Users[]"),
            ("group", "ListGroups", "Groups[]"),
        ),
        _with("role_policies", "iam.ListAttachedRolePolicies", RoleName="$role.RoleName"),
    ),
    "ec2": _of(
        "ec2",
        ("vpc", "DescribeVpcs", "Vpcs[?!IsDefault]"),
        ("subnet", "DescribeSubnets", "Subnets[?!DefaultForAz]"),
        ("internet_gateway", "DescribeInternetGateways", "InternetGateways[]"),
        ("nat_gateway", "DescribeNatGateways", "NatGateways[?State!='deleted']"),
        ("route_table", "DescribeRouteTables", "RouteTables[]"),
        ("security_group", "DescribeSecurityGroups", "SecurityGroups[?GroupName!='default']"),
        ("launch_template", "DescribeLaunchTemplates", "LaunchTemplates[]"),
        ("instance", "DescribeInstances", "Reservations[].Instances[?State.Name!='terminated'][]"),
    ),
    "elbv2": (
        *_of(
            "elbv2",
            ("load_balancer", "DescribeLoadBalancers", "LoadBalancers[]"),
            ("target_group", "DescribeTargetGroups", "TargetGroups[]"),
        ),
        _with("listener", "elbv2.DescribeListeners", "Listeners[]", LoadBalancerArn="$load_balancer.LoadBalancerArn"),
    ),
    "autoscaling": _of(
        "autoscaling",
        ("scaling_group", "DescribeAutoScalingGroups", "AutoScalingGroups[]"),
        ("scaling_policy", "DescribePolicies", "ScalingPolicies[]"),
    ),
    "s3": (
        *_of("s3", ("bucket", "ListBuckets", "Buckets[]")),
        _with("bucket_access", "s3.GetPublicAccessBlock", Bucket="$bucket.Name"),
        _with("bucket_versioning", "s3.GetBucketVersioning", Bucket="$bucket.Name"),
        _with("bucket_events", "s3.GetBucketNotificationConfiguration", Bucket="$bucket.Name"),
    ),
    "sqs": (Starter("queue", "sqs.GetQueueAttributes", "Attributes", {"AttributeNames": "All"}, "sqs.ListQueues"),),
    "sns": (
        *_of("sns", ("topic", "ListTopics", "Topics[]"), ("subscription", "ListSubscriptions", "Subscriptions[]")),
    ),
    "dynamodb": (Starter("table", "dynamodb.DescribeTable", "Table", {}, "dynamodb.ListTables"),),
    "lambda": (
        *_of("lambda", ("function", "ListFunctions", "Functions[]")),
        *_of("lambda", ("event_source", "ListEventSourceMappings", "EventSourceMappings[]")),
    ),
    "rds": _of(
        "rds",
        ("subnet_group", "DescribeDBSubnetGroups", "DBSubnetGroups[]"),
        ("database", "DescribeDBInstances", "DBInstances[]"),
    ),
    "cloudfront": _of("cloudfront", ("distribution", "ListDistributions", "DistributionList.Items[]")),
    "cloudwatch": _of("cloudwatch", ("alarm", "DescribeAlarms", "MetricAlarms[]")),
    "logs": _of("logs", ("log_group", "DescribeLogGroups", "logGroups[]")),
    "events": _of("events", ("rule", "ListRules", "Rules[]")),
    "ecr": _of("ecr", ("repository", "DescribeRepositories", "repositories[]")),
    "secretsmanager": _of("secretsmanager", ("secret", "ListSecrets", "SecretList[]")),
    "stepfunctions": _of("stepfunctions", ("state_machine", "ListStateMachines", "stateMachines[]")),
    "cloudformation": _of("cloudformation", ("stack", "DescribeStacks", "Stacks[]")),
    "apigateway": _of("apigateway", ("api", "GetRestApis", "items[]")),
    "apigatewayv2": _of("apigatewayv2", ("http_api", "GetApis", "Items[]")),
    "efs": _of("efs", ("file_system", "DescribeFileSystems", "FileSystems[]")),
    "elasticache": _of("elasticache", ("cache", "DescribeCacheClusters", "CacheClusters[]")),
    "route53": _of("route53", ("zone", "ListHostedZones", "HostedZones[]")),
    "kms": _of("kms", ("alias", "ListAliases", "Aliases[?!starts_with(AliasName, 'alias/aws/')]")),
}


def starters_of(services: list[str]) -> list[Starter]:
    """The starters of some services; raises ``UsageError`` for a service that has none."""
    for service in services:
        if service not in STARTERS:
            raise UsageError(
                f"the grader has no first draft for {service!r}.",
                where="--services",
                remedy=f"It has drafts for {', '.join(STARTERS)}. For other services, run: grader operations {service}",
            )
    return [starter for service, own in STARTERS.items() if service in services for starter in own]
