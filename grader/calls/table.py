"""The table of calls: every question that this program can put to AWS, one row each, and nothing else.

A row says which operation is asked, where (once, in every searched region, in those in use, ...), which
parameters identify the question in the evidence file, and where they come from: JMESPath expressions over the
answers of other rows. From the table follow the guard, the IAM policy and the schedule. It imports nothing of
AWS.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from grader.calls.spec import Call, DaysAgo, From, Manner, Scope

_ACCOUNT = From("sts.GetCallerIdentity", "{AccountId: response.Account}")
_USERS = From("iam.ListUsers", "response.Users[].{UserName: UserName}")
_GROUPS = From("iam.ListGroups", "response.Groups[].{GroupName: GroupName}")
_GROUPS_OF_USERS = From("iam.ListGroupsForUser", "response.Groups[].{GroupName: GroupName}")
_BUCKETS = From("s3.ListBuckets", "response.Buckets[].{Bucket: Name, region: BucketRegion}")
_REPOSITORIES = From("ecr.DescribeRepositories", "response.repositories[].{repositoryName: repositoryName}")
_BALANCERS = From("elbv2.DescribeLoadBalancers", "response.LoadBalancers[].{LoadBalancerArn: LoadBalancerArn}")
_TARGET_GROUPS = From("elbv2.DescribeTargetGroups", "response.TargetGroups[].{TargetGroupArn: TargetGroupArn}")
_CLUSTERS = From("ecs.ListClusters", "response.clusterArns[].{cluster: @}")
_TASK_ROLES = From(
    "ecs.DescribeTaskDefinition",
    "response.taskDefinition.[taskRoleArn, executionRoleArn][?@].{RoleName: after(@, '/')}",
)
_LOG_GROUPS = From(
    "ecs.DescribeTaskDefinition",
    "response.taskDefinition.containerDefinitions[?logConfiguration.logDriver=='awslogs'].logConfiguration.options"
    '.{logGroupName: "awslogs-group", region: "awslogs-region"}',
)
_LOG_REGIONS = From(
    "ecs.DescribeTaskDefinition",
    "response.taskDefinition.containerDefinitions[?logConfiguration.logDriver=='awslogs'].logConfiguration.options"
    '.{region: "awslogs-region"}',
)
_ALERT = (
    "{Notification: {NotificationType: NotificationType, ComparisonOperator: ComparisonOperator, "
    "Threshold: Threshold, ThresholdType: ThresholdType}}"
)
# {partition} is put in by the schedule: aws, aws-cn or aws-us-gov.
_ADMINISTRATOR = "arn:{partition}:iam::aws:policy/AdministratorAccess"
_LARGE_PAGES = {"MaxItems": 1000}


def _global(operation: str, *sources: From, key: tuple[str, ...] = (), **more: Any) -> Call:
    return Call(operation, Scope.GLOBAL, sources, key, **more)


def _everywhere(operation: str, **more: Any) -> Call:
    return Call(operation, Scope.EVERY, **more)


def _in_use(operation: str, **more: Any) -> Call:
    return Call(operation, Scope.IN_USE, **more)


def _there(operation: str, *sources: From, key: tuple[str, ...], **more: Any) -> Call:
    return Call(operation, Scope.SOURCE, sources, key, **more)


def _events(scope: Scope, names: Iterable[str], *, label: str = "", pages: int = 2) -> Call:
    """CloudTrail allows two lookups a second and one attribute in each; an event on the first pages will do."""
    return Call(
        "cloudtrail.LookupEvents",
        scope,
        key=("EventName=LookupAttributes[0].AttributeValue",),
        variants=tuple({"LookupAttributes": [{"AttributeKey": "EventName", "AttributeValue": name}]} for name in names),
        shaped={"MaxResults": 50},
        pages=pages,
        per_second=2,
        label=label,
    )


def _changes(scope: Scope) -> Call:
    """The newest events that changed something, whatever they were: when a student last worked."""
    return Call(
        "cloudtrail.LookupEvents",
        scope,
        key=("ReadOnly=LookupAttributes[0].AttributeValue",),
        variants=({"LookupAttributes": [{"AttributeKey": "ReadOnly", "AttributeValue": "false"}]},),
        shaped={"MaxResults": 50},
        pages=1,
        per_second=2,
        label="ReadOnly=false",
    )


def _statistics(metrics: Iterable[str], *sources: From, namespace: str, statistic: str, dimension: str) -> Call:
    """Ninety days in days: metrics survive what they were of, and are the witness of requests long past."""
    return _there(
        "cloudwatch.GetMetricStatistics",
        *sources,
        key=("MetricName", f"{dimension}=Dimensions[?Name=='{dimension}'].Value | [0]"),
        variants=tuple({"MetricName": name} for name in metrics),
        shaped={
            "Namespace": namespace,
            "StartTime": DaysAgo(90),
            "EndTime": DaysAgo(0),
            "Period": 86400,
            "Statistics": [statistic],
        },
        items=20,
    )


_IDENTITY = (
    _global("sts.GetCallerIdentity"),
    _global("iam.GetAccountSummary"),
    _global(
        "iam.ListVirtualMFADevices",
        key=("AssignmentStatus",),
        variants=({"AssignmentStatus": "Assigned"},),
        shaped=_LARGE_PAGES,
    ),
    _global("iam.ListUsers", shaped=_LARGE_PAGES),
    _global("iam.ListGroups", shaped=_LARGE_PAGES),
    _global("iam.GetGroup", _GROUPS, key=("GroupName",), shaped=_LARGE_PAGES),
    _global("iam.ListGroupsForUser", _USERS, key=("UserName",)),
    # The groups of the users are those that count: ListGroups may be refused, or just be earlier.
    _global("iam.ListAttachedGroupPolicies", _GROUPS, _GROUPS_OF_USERS, key=("GroupName",)),
    _global("iam.ListGroupPolicies", _GROUPS, key=("GroupName",)),
    _global("iam.ListAttachedUserPolicies", _USERS, key=("UserName",)),
    _global("iam.ListUserPolicies", _USERS, key=("UserName",)),
    _global("iam.ListMFADevices", _USERS, key=("UserName",)),
    _global("iam.GetLoginProfile", _USERS, key=("UserName",)),
    _global("iam.ListAccountAliases"),
    _global("iam.ListAccessKeys", _USERS, key=("UserName",)),
    _global(
        "iam.GetAccessKeyLastUsed",
        From("iam.ListAccessKeys", "response.AccessKeyMetadata[].{AccessKeyId: AccessKeyId}"),
        key=("AccessKeyId",),
    ),
    # GenerateCredentialReport has no row: it makes AWS write a report, which is more than reading.
    _global("iam.GetCredentialReport"),
    _global(
        "iam.ListEntitiesForPolicy",
        key=("PolicyArn",),
        variants=({"PolicyArn": _ADMINISTRATOR},),
        shaped=_LARGE_PAGES,
    ),
    _global("iam.GetPolicy", key=("PolicyArn",), variants=({"PolicyArn": _ADMINISTRATOR},)),
    _global(
        "iam.GetPolicyVersion",
        From("iam.GetPolicy", "{VersionId: response.Policy.DefaultVersionId}", carry=("PolicyArn",)),
        key=("PolicyArn", "VersionId"),
    ),
    _global("iam.GetRole", _TASK_ROLES, key=("RoleName",)),
    _global("iam.ListAttachedRolePolicies", _TASK_ROLES, key=("RoleName",)),
    _global("iam.ListRolePolicies", _TASK_ROLES, key=("RoleName",)),
    _global("iam.ListRoles", shaped=_LARGE_PAGES),
    _global("iam.ListOrganizationsFeatures"),
    _global("organizations.DescribeOrganization"),
    _global("account.ListRegions"),
    _global("account.GetAccountInformation"),
)
_BUDGETS = (
    _global("budgets.DescribeBudgets", _ACCOUNT, shaped={"ShowFilterExpression": True}),
    _global(
        "budgets.DescribeNotificationsForBudget",
        From("budgets.DescribeBudgets", "response.Budgets[].{BudgetName: BudgetName}", carry=("AccountId",)),
        key=("BudgetName",),
        items=100,
    ),
    _global(
        "budgets.DescribeSubscribersForNotification",
        From(
            "budgets.DescribeNotificationsForBudget",
            f"greater_than_first(response.Notifications)[].{_ALERT}",
            carry=("AccountId", "BudgetName"),
        ),
        key=(
            "BudgetName",
            "NotificationType=Notification.NotificationType",
            "Threshold=as_float(Notification.Threshold)",
        ),
        items=100,
    ),
    # Of alerts with one type and one threshold the row above asks about the first alone.
    _global(
        "budgets.DescribeSubscribersForNotification",
        From(
            "budgets.DescribeNotificationsForBudget",
            f"repeated_alerts(greater_than_first(response.Notifications))[].{_ALERT}",
            carry=("AccountId", "BudgetName"),
        ),
        key=(
            "BudgetName",
            "ComparisonOperator=Notification.ComparisonOperator",
            "NotificationType=Notification.NotificationType",
            "Threshold=as_float(Notification.Threshold)",
            "ThresholdType=Notification.ThresholdType || 'PERCENTAGE'",
        ),
        items=100,
    ),
    _global("budgets.DescribeBudgetNotificationsForAccount", _ACCOUNT),
)
_STORAGE = (
    # BucketRegion is only told where a parameter was sent.
    _global("s3.ListBuckets", shaped={"MaxBuckets": 1000}),
    # An existing object is what is looked for: the first pages will do, and the answer says if there are more.
    _global("s3.ListObjectsV2", _BUCKETS, key=("Bucket",), pages=5),
    _global("s3.ListObjectVersions", _BUCKETS, key=("Bucket",), pages=5),
    *(
        _global(f"s3.{operation}", _BUCKETS, key=("Bucket",))
        for operation in (
            "GetBucketLocation",
            "HeadBucket",
            "GetPublicAccessBlock",
            "GetBucketPolicyStatus",
            "GetBucketPolicy",
            "GetBucketAcl",
            "GetBucketOwnershipControls",
            "GetBucketEncryption",
            "GetBucketVersioning",
            "GetBucketTagging",
        )
    ),
    _global("s3control.GetPublicAccessBlock", _ACCOUNT),
)
_IMAGES = (
    _everywhere("ecr.DescribeRepositories", shaped={"maxResults": 1000}),
    _there("ecr.DescribeImages", _REPOSITORIES, key=("repositoryName",), shaped={"maxResults": 1000}),
    _there("ecr.ListImages", _REPOSITORIES, key=("repositoryName",), shaped={"maxResults": 1000}),
    _in_use("ecr.DescribeRegistry"),
    # BatchGetImage has no row: AWS counts it as a pull, which lifecycle rules and lastRecordedPullTime go by.
)
_NETWORK = (
    _global("ec2.DescribeRegions"),
    _everywhere("ec2.DescribeVpcs"),
    # A region with nothing but AWS's own VPC, which every region has, is not asked what that consists of.
    *(
        _in_use(f"ec2.{operation}")
        for operation in (
            "DescribeSubnets",
            "DescribeInternetGateways",
            "DescribeRouteTables",
            "DescribeNatGateways",
            "DescribeSecurityGroups",
            "DescribeAddresses",
            "DescribeSecurityGroupRules",
            "DescribeNetworkInterfaces",
            "DescribeVpcBlockPublicAccessOptions",
            "DescribeVpcEndpoints",
            "DescribeNetworkAcls",
        )
    ),
)
_BALANCING = (
    _everywhere("elbv2.DescribeLoadBalancers"),
    _everywhere("elbv2.DescribeTargetGroups"),
    _there("elbv2.DescribeListeners", _BALANCERS, key=("LoadBalancerArn",), items=100),
    _there(
        "elbv2.DescribeRules",
        From("elbv2.DescribeListeners", "response.Listeners[].{ListenerArn: ListenerArn}"),
        key=("ListenerArn",),
        items=100,
    ),
    _there("elbv2.DescribeTargetHealth", _TARGET_GROUPS, key=("TargetGroupArn",), items=200),
    _there("elbv2.DescribeLoadBalancerAttributes", _BALANCERS, key=("LoadBalancerArn",), items=100),
    _there("elbv2.DescribeTargetGroupAttributes", _TARGET_GROUPS, key=("TargetGroupArn",), items=200),
)
_CONTAINERS = (
    _everywhere("ecs.ListClusters", shaped={"maxResults": 100}),
    _everywhere("ecs.ListTaskDefinitions", shaped={"maxResults": 100}),
    _in_use("ecs.ListTaskDefinitionFamilies", shaped={"maxResults": 100}),
    _there(
        "ecs.DescribeClusters",
        From("ecs.ListClusters", "{clusters: response.clusterArns}"),
        key=(),
        shaped={"include": ["SETTINGS", "TAGS"]},
        manner=Manner.BATCHES,
        batch=("clusters", 100),
    ),
    _there("ecs.ListServices", _CLUSTERS, key=("cluster",), shaped={"maxResults": 100}),
    _there(
        "ecs.DescribeServices",
        From("ecs.ListServices", "{services: response.serviceArns}", carry=("cluster",)),
        key=("cluster",),
        manner=Manner.BATCHES,
        batch=("services", 10),
    ),
    _there("ecs.ListTasks", _CLUSTERS, key=("cluster",), shaped={"maxResults": 100}),
    _there(
        "ecs.DescribeTasks",
        # Those that stopped are asked about apart, below.
        From(
            "ecs.ListTasks",
            "parameters.desiredStatus != 'STOPPED' && {tasks: response.taskArns}",
            carry=("cluster",),
        ),
        key=("cluster",),
        manner=Manner.BATCHES,
        batch=("tasks", 100),
    ),
    _there(
        "ecs.DescribeTaskDefinition",
        From(
            "ecs.DescribeServices",
            "response.services[].[taskDefinition, deployments[].taskDefinition, taskSets[].taskDefinition][][]"
            " | [?@].{taskDefinition: @}",
        ),
        # What runs without a service, and what was registered and never run, is judged too.
        From("ecs.DescribeTasks", "response.tasks[].{taskDefinition: taskDefinitionArn}"),
        From(
            "ecs.ListTaskDefinitions",
            "newest_revisions(response.taskDefinitionArns)[-25:].{taskDefinition: @}",
            is_spare=True,
        ),
        key=("taskDefinition",),
        items=200,
    ),
)
_MONITORING = (
    _in_use("logs.DescribeLogGroups", shaped={"limit": 50}),
    # A task may log to another region than its own.
    _there("logs.DescribeLogGroups", _LOG_REGIONS, key=(), shaped={"limit": 50}),
    _there(
        "logs.DescribeLogStreams",
        _LOG_GROUPS,
        key=("logGroupName",),
        shaped={"orderBy": "LastEventTime", "descending": True, "limit": 50},
        pages=1,
        items=50,
    ),
    # Health checks of the load balancer are nine lines in ten of a log, and prove nothing beyond target health.
    _there(
        "logs.FilterLogEvents",
        _LOG_GROUPS,
        key=("logGroupName",),
        shaped={"startTime": DaysAgo(30, milliseconds=True), "filterPattern": '-"/health"', "limit": 500},
        manner=Manner.NEWEST_EVENTS,
        pages=10,
        items=50,
    ),
    _in_use(
        "cloudwatch.ListMetrics",
        key=("Namespace",),
        variants=({"Namespace": "AWS/ECS"}, {"Namespace": "AWS/ApplicationELB"}),
    ),
    Call(
        "cloudwatch.ListMetrics",
        Scope.CENTRAL,
        key=("Namespace",),
        variants=({"Namespace": "AWS/Billing"},),
        pages=5,
    ),
    _statistics(
        ("RequestCount", "HTTPCode_Target_2XX_Count"),
        From(
            "elbv2.DescribeLoadBalancers",
            "response.LoadBalancers[?Type=='application'].{Dimensions: "
            "[{Name: 'LoadBalancer', Value: after(LoadBalancerArn, ':loadbalancer/')}]}",
        ),
        # A balancer that was deleted after the lab still has its metrics.
        From(
            "cloudwatch.ListMetrics",
            "response.Metrics[?Namespace=='AWS/ApplicationELB'].Dimensions[?Name=='LoadBalancer'][]"
            " | [?starts_with(Value, 'app/')].{Dimensions: [{Name: Name, Value: Value}]}",
            is_spare=True,
        ),
        namespace="AWS/ApplicationELB",
        statistic="Sum",
        dimension="LoadBalancer",
    ),
    _statistics(
        ("CPUUtilization",),
        From(
            "ecs.DescribeServices",
            "response.services[].{Dimensions: [{Name: 'ServiceName', Value: serviceName}, "
            "{Name: 'ClusterName', Value: after(clusterArn, '/')}]}",
        ),
        namespace="AWS/ECS",
        statistic="Average",
        dimension="ServiceName",
    ),
    _in_use("cloudwatch.DescribeAlarms"),
)
# A service that runs too few tasks or is being deployed, or a target that is not healthy: something failed there.
_IN_TROUBLE = (
    From(
        "ecs.DescribeServices",
        "response.services[?runningCount < desiredCount"
        " || deployments[?rolloutState == 'FAILED' || rolloutState == 'IN_PROGRESS']]",
    ),
    From(
        "elbv2.DescribeTargetHealth",
        "response.TargetHealthDescriptions[?contains(['unhealthy', 'unused', 'unavailable'], TargetHealth.State)]",
    ),
)


def _explaining(operation: str, scope: Scope, *sources: From, key: tuple[str, ...] = (), **more: Any) -> Call:
    return Call(operation, scope, sources, key, label="explains", when=_IN_TROUBLE, explains=True, **more)


_EXPLAINING = (
    # AWS keeps a stopped task for about an hour.
    _explaining(
        "ecs.ListTasks",
        Scope.SOURCE,
        From("ecs.ListClusters", "response.clusterArns[].{cluster: @, desiredStatus: 'STOPPED'}"),
        key=("cluster", "desiredStatus"),
        shaped={"maxResults": 100},
        pages=2,
        items=20,
    ),
    _explaining(
        "ecs.DescribeTasks",
        Scope.SOURCE,
        From(
            "ecs.ListTasks",
            "parameters.desiredStatus == 'STOPPED' && {tasks: response.taskArns}",
            carry=("cluster",),
        ),
        key=("cluster", "desiredStatus='STOPPED'"),
        manner=Manner.BATCHES,
        batch=("tasks", 100),
        items=20,
    ),
    *(
        _explaining(f"iam.{operation}", Scope.GLOBAL, _TASK_ROLES, key=("RoleName",), items=20)
        for operation in ("GetRole", "ListAttachedRolePolicies", "ListRolePolicies")
    ),
    *(
        _explaining(f"ec2.{operation}", Scope.IN_USE)
        for operation in ("DescribeNetworkAcls", "DescribeVpcEndpoints", "DescribeVpcBlockPublicAccessOptions")
    ),
)
_HISTORY = (
    # Each run of this program adds an event ListUsers, so a student's own may be behind many pages of them.
    _events(Scope.CENTRAL, ("ListUsers",), pages=10),
    # CreateBucket: this program makes no such event, and aws s3 mb leaves one.
    _events(Scope.IN_USE, ("GetAuthorizationToken", "PutImage", "CreateBucket")),
    *(
        _events(Scope.CENTRAL, (name,), label=f"EventName={name}")
        for name in ("EnableMFADevice", "CreateUser", "CreateAccountAlias", "CreateBudget")
    ),
    *(
        _events(Scope.IN_USE, (name,), label=f"EventName={name}")
        for name in (
            "CreateBucket",
            "CreateRepository",
            "CreateVpc",
            "CreateSubnet",
            "CreateInternetGateway",
            "CreateNatGateway",
            "CreateRoute",
            "AuthorizeSecurityGroupIngress",
            "CreateLoadBalancer",
            "CreateTargetGroup",
            "CreateListener",
            "CreateCluster",
            "RegisterTaskDefinition",
            "CreateService",
        )
    ),
    _changes(Scope.CENTRAL),
    _changes(Scope.IN_USE),
)

CALLS: tuple[Call, ...] = (
    *_IDENTITY,
    *_NETWORK,
    *_BALANCING,
    *_CONTAINERS,
    *_IMAGES,
    *_STORAGE,
    *_BUDGETS,
    *_MONITORING,
    *_HISTORY,
    *_EXPLAINING,
)
"""Every row."""

OPERATIONS: frozenset[str] = frozenset(call.operation for call in CALLS)
"""Every operation that may be asked, as ``service.Operation``."""
