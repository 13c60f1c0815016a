"""Each cause is recognised in the wordings that AWS, Docker, containerd and Python give it, and in no other."""

from __future__ import annotations

from typing import Any

import pytest

from grader.model.diagnosis.table import ALL, CAUSES
from tests.model.diagnosis.scenes import (
    IMAGE,
    Change,
    acl,
    ended,
    endpoint,
    events,
    failing,
    group,
    image,
    log,
    no_nat_route,
    no_task,
    of_container,
    of_group,
    of_service,
    of_task,
    scene,
    service,
    stopped,
    target,
    unhealthy,
)

RIE = "ResourceInitializationError: unable to pull secrets or registry auth: "
TIMEOUT = (
    RIE + "execution resource retrieval failed: unable to retrieve ecr registry auth: service call has been retried 3"
    ' time(s): RequestError: send request failed caused by: Post "https://api.ecr.eu-west-1.amazonaws.com/": dial tcp'
    " 52.95.121.10:443: i/o timeout. Please check your task network configuration."
)
OLD_TIMEOUT = (
    f"CannotPullContainerError: Error response from daemon: Get https://{IMAGE.partition('/')[0]}/v2/: net/http:"
    f" request"
    " canceled while waiting for connection (Client.Timeout exceeded while awaiting headers)"
)
PULL = "CannotPullContainerError: pull image manifest has been retried 7 time(s): failed to resolve ref "
DENIED = (
    "AccessDeniedException: User: arn:aws:sts::123456789012:assumed-role/ecsTaskExecutionRole/0f1e is not authorized to"
    " perform: {} on resource: * because no identity-based policy allows the {} action status code: 400"
)
TASKS, FRONT = "sg-0f2222222222222f2", "sg-0f1111111111111f1"
PRIVATE = ("subnet-0b1111111111111b1", "subnet-0b2222222222222b2")
PUBLIC = ("subnet-0a1111111111111a1", "subnet-0a2222222222222a2")
ELB = (
    "Task failed ELB health checks in (target-group"
    " arn:aws:elasticloadbalancing:eu-west-1:123456789012:targetgroup/x/1)"
)
SLOW = stopped(ELB, "ServiceSchedulerInitiated", exitCode=137)


def blocked(document: dict[str, Any]) -> None:
    """Block Public Access of VPCs is on, and says so of each VPC."""
    for vpc in document["calls"]["ec2.DescribeVpcs"]["eu-west-1"][""]["response"]["Vpcs"]:
        vpc["BlockPublicAccessStates"] = {"InternetGatewayBlockMode": "block-bidirectional"}


def no_gateway_route(document: dict[str, Any]) -> None:
    """No route leads to an internet gateway."""
    for table in document["calls"]["ec2.DescribeRouteTables"]["eu-west-1"][""]["response"]["RouteTables"]:
        table["Routes"] = [one for one in table["Routes"] if not one.get("GatewayId", "").startswith("igw-")]


def on_port_80(document: dict[str, Any]) -> None:
    """The target is registered with port 80, which the tasks' security group does not allow."""
    for entry in document["calls"]["elbv2.DescribeTargetHealth"]["eu-west-1"].values():
        entry["response"]["TargetHealthDescriptions"][0]["Target"]["Port"] = 80


def old_one_runs(document: dict[str, Any]) -> None:
    """The newest deployment fails while an older one runs."""
    found = service(document)
    newest = found["deployments"][0]
    older = {**newest, "id": "ecs-svc/1", "status": "ACTIVE", "taskDefinition": newest["taskDefinition"][:-1] + "2"}
    newest |= {"runningCount": 0, "failedTasks": 4, "rolloutState": "IN_PROGRESS"}
    found["deployments"].append(older)


def breaker(document: dict[str, Any]) -> None:
    """The circuit breaker stopped the deployment, and no stopped task is left to tell why."""
    no_task(document)
    service(document)["deployments"][0] |= {
        "rolloutState": "FAILED", "rolloutStateReason": "ECS deployment circuit breaker: tasks failed to start.",
    }  # fmt: skip


CASES: tuple[tuple[str, tuple[Change, ...], str], ...] = (
    # --- cannot pull
    ("no-route-to-registry", (no_nat_route, stopped(TIMEOUT)), "has no route to 0.0.0.0/0"),
    ("no-route-to-registry", (no_nat_route, stopped(OLD_TIMEOUT)), "has no route to 0.0.0.0/0"),
    (
        "no-route-to-registry",
        (no_nat_route, endpoint("ecr.api", PrivateDnsEnabled=False), stopped(TIMEOUT)),
        "its private DNS is off",
    ),
    (
        "no-route-to-registry",
        (
            no_nat_route,
            stopped(PULL + f'"{IMAGE}:1": failed to do request: Head "https://{IMAGE}": dial tcp: i/o timeout'),
        ),
        "no route",
    ),
    ("no-route-to-registry", (no_nat_route, failing(f"failed to launch a task with (error {TIMEOUT})")), "no route"),
    ("endpoint-in-the-way", (endpoint("ecr.api", [FRONT]), stopped(TIMEOUT)), "does not allow TCP 443 from the tasks"),
    (
        "endpoint-in-the-way",
        (endpoint("ecr.api", [TASKS], PolicyDocument='{"Statement": []}'), stopped(TIMEOUT)),
        "allows nothing",
    ),
    ("no-way-out-by-group", (group(TASKS, IpPermissionsEgress=[]), stopped(TIMEOUT)), "does not let TCP 443 out"),
    ("acl-in-the-way-out", (acl(PRIVATE, (True, "0.0.0.0/0", 443, 443)), stopped(TIMEOUT)), "does not allow responses"),
    ("acl-in-the-way-out", (acl(PUBLIC, (False, "0.0.0.0/0", 80, 80)), stopped(TIMEOUT)), "does not allow TCP 443"),
    ("vpc-block-public-access", (blocked, stopped(TIMEOUT)), "block-bidirectional"),
    ("registry-not-reached", (stopped(TIMEOUT),), "when it tried"),
    (
        "no-permission-to-pull",
        (stopped(RIE + DENIED.format("ecr:GetAuthorizationToken", "ecr:GetAuthorizationToken")),),
        "AmazonECSTaskExecutionRolePolicy",
    ),
    (
        "no-permission-to-pull",
        (
            stopped(
                f"CannotPullContainerError: pulling from host {IMAGE} failed with status code [manifests 1]: 403"
                f" Forbidden"
            ),
        ),
        "not allowed to pull",
    ),
    (
        "repository-missing",
        (
            image(f"{IMAGE}s:1"),
            stopped(
                PULL + f"{IMAGE}s:1: name unknown: The repository with name 'sentiment-apps' does not"
                " exist in the registry with id '123456789012'"
            ),
        ),
        "sentiment-apps",
    ),
    (
        "repository-missing",
        (image(f"{IMAGE}s:1"), stopped(PULL + f"{IMAGE}s:1: {IMAGE}s:1: not found")),
        "it has sentiment-app",
    ),
    (
        "tag-missing",
        (image(f"{IMAGE}:latest"), stopped(PULL + f"{IMAGE}:latest: {IMAGE}:latest: not found")),
        "has 14.01.25",
    ),
    (
        "tag-missing",
        (
            image(IMAGE),
            stopped(f"CannotPullContainerError: Error response from daemon: manifest for {IMAGE}:latest not found"),
        ),
        "latest",
    ),
    (
        "tag-missing",
        (
            image(f"{IMAGE}:v1"),
            stopped(
                "CannotPullImageManifestError: Error response from daemon: manifest unknown: Requested image not found"
            ),
        ),
        "v1",
    ),
    ("tag-missing", (image(f"{IMAGE}:14.01.25"), stopped(PULL + f"{IMAGE}:14.01.25: not found")), "has 14.01.25 now"),
    (
        "wrong-region",
        (image(IMAGE.replace("eu-west-1", "us-east-1") + ":14.01.25"), stopped(PULL + "x: not found")),
        "in us-east-1",
    ),
    (
        "wrong-region",
        (
            image(IMAGE.replace("eu-west-1", "eu-wst-1") + ":1"),
            stopped(
                PULL + "x: failed to do request: Head https://x: dial"
                " tcp: lookup 123456789012.dkr.ecr.eu-wst-1.amazonaws.com on 10.0.0.2:53: no such host"
            ),
        ),
        "does not exist",
    ),
    (
        "wrong-account",
        (
            image(IMAGE.replace("123456789012", "210987654321") + ":1"),
            stopped(
                f"CannotPullContainerError: pull image manifest has been retried 1 time(s): denied:"
                f" {DENIED.format('ecr:BatchGetImage', 'x')}"
            ),
        ),
        "210987654321",
    ),
    (
        "manifest-without-platform",
        (
            stopped(
                "CannotPullContainerError: pull image manifest has been retried 7 time(s): image Manifest does not"
                " contain"
                " descriptor matching platform 'linux/amd64'"
            ),
        ),
        "linux/amd64",
    ),
    (
        "manifest-without-platform",
        (stopped("CannotPullContainerError: no matching manifest for linux/amd64 in the manifest list entries"),),
        "linux/amd64",
    ),
    (
        "manifest-without-platform",
        (stopped("CannotPullContainerError: failed to find a descriptor for platform {linux/amd64}"),),
        "linux/amd64",
    ),
    (
        "not-in-ecr",
        (
            image("sentiment-app:1"),
            stopped(
                "CannotPullContainerError: Error response from daemon: pull access denied for"
                " sentiment-app, repository does not exist or may require 'docker login': denied: requested access"
                " to the resource is denied"
            ),
        ),
        "Docker Hub",
    ),
    (
        "pull-rate-limit",
        (
            image("python:3.12"),
            stopped(
                "CannotPullContainerError: inspect image has been retried 5 time(s): toomanyrequests: You have reached"
                " your pull rate limit"
            ),
        ),
        "too many",
    ),
    (
        "pull-rate-limit",
        (
            stopped(
                "CannotPullContainerError: ref pull has been retried: httpReadSeeker: failed open: 429 Too Many"
                " Requests"
            ),
        ),
        "too many",
    ),
    (
        "disk-full",
        (
            stopped(
                "CannotPullContainerError: ref pull has been retried 1 time(s): failed to extract layer: write /x:"
                " no space left on device"
            ),
        ),
        "20 GiB",
    ),
    # --- starts and stops
    ("exec-format-error", (ended(), log("exec /usr/local/bin/python: exec format error")), "linux/amd64"),
    (
        "exec-format-error",
        (ended(why="CannotStartContainerError: exec user process caused: exec format error"),),
        "linux/amd64",
    ),
    (
        "exec-format-error",
        (of_task(runtimePlatform={"cpuArchitecture": "ARM64"}), ended(), log("exec format error")),
        "linux/arm64",
    ),
    (
        "entry-point-missing",
        (
            stopped(
                "CannotStartContainerError: failed to create shim task: OCI runtime create failed: runc create"
                " failed: unable to"
                ' start container process: exec: "uvicorn": executable file not found in $PATH: unknown'
            ),
        ),
        "uvicorn",
    ),
    ("entry-point-missing", (ended(127), log("/bin/sh: 1: uvicorn: not found")), "uvicorn"),
    (
        "entry-point-missing",
        (ended(2), log("python: can't open file '/app/main.py': [Errno 2] No such file or directory")),
        "/app/main.py",
    ),
    ("entry-point-missing", (ended(1), log("exec ./start.sh: no such file or directory")), "start.sh"),
    (
        "module-missing",
        (ended(), log("Traceback (most recent call last):", "ModuleNotFoundError: No module named 'joblib'")),
        "joblib",
    ),
    ("module-missing", (ended(), log('ERROR:    Error loading ASGI app. Could not import module "main".')), "main"),
    (
        "module-missing",
        (ended(127), log("ImportError: libgomp.so.1: cannot open shared object file: No such file")),
        "libgomp",
    ),
    ("out-of-memory", (ended(137, why="OutOfMemoryError: Container killed due to memory usage"),), "3072 MiB"),
    ("out-of-memory", (ended(), log("MemoryError: Unable to allocate 1.2 GiB")), "memory"),
    (
        "s3-refused",
        (
            ended(),
            log(
                "botocore.exceptions.ClientError: An error occurred (AccessDenied) when calling the GetObject"
                " operation: Access Denied"
            ),
        ),
        "sentimentTaskRole",
    ),
    (
        "s3-refused",
        (ended(), log("ClientError: An error occurred (403) when calling the HeadObject operation: Forbidden")),
        "HeadObject",
    ),
    (
        "s3-refused",
        (of_task(taskRoleArn=None), ended(), log("NoCredentialsError: Unable to locate credentials")),
        "no task role",
    ),
    (
        "s3-object-missing",
        (ended(), log("An error occurred (404) when calling the HeadObject operation: Not Found")),
        "object",
    ),
    (
        "s3-object-missing",
        (ended(), log("An error occurred (NoSuchBucket) when calling the ListObjectsV2 operation: x")),
        "bucket",
    ),
    ("variable-missing", (of_container(environment=[]), ended(), log("KeyError: 'S3_BUCKET'")), "S3_BUCKET"),
    (
        "variable-missing",
        (of_container(environment=[]), ended(), log("RuntimeError: environment variable BUCKET_NAME is not set")),
        "BUCKET_NAME",
    ),
    (
        "port-taken",
        (
            ended(),
            log("[Errno 98] error while attempting to bind on address ('0.0.0.0', 8000): address already in use"),
        ),
        "port",
    ),
    ("exit-137", (ended(137),), "137"),
    ("exit-139", (ended(139),), "139"),
    ("exit-0", (ended(0),), "exit code 0"),
    ("exit-1", (ended(1), log("Traceback (most recent call last):", "ValueError: token abc is bad")), "ValueError"),
    ("exit-1", (ended(3),), "exit code 3"),
    # --- cannot start
    (
        "role-not-assumed",
        (
            failing(
                "failed to launch a task with (error ECS was unable to assume the role"
                " 'arn:aws:iam::123456789012:role/sentimentTaskRole' that was provided for this task. Please verify)."
            ),
        ),
        "sentimentTaskRole",
    ),
    (
        "role-not-assumed",
        (
            stopped(
                "TaskFailedToStart: ECS was unable to assume role arn:aws:iam::123456789012:role/ecsTaskExecutionRole"
            ),
        ),
        "trust",
    ),
    (
        "log-group-missing",
        (
            stopped(
                "ResourceInitializationError: failed to validate logger args: create stream has been retried 1"
                " times: failed to"
                " create Cloudwatch log stream: ResourceNotFoundException: The specified log group does not exist. :"
                " exit status 1"
            ),
        ),
        "/ecs/sentiment-app-task",
    ),
    (
        "log-group-missing",
        (
            stopped(
                "CannotStartContainerError: Error response from daemon: failed to initialize logging driver: failed"
                " to create"
                " Cloudwatch log stream: ResourceNotFoundException: x"
            ),
        ),
        "log group",
    ),
    (
        "log-refused",
        (
            stopped(
                "ResourceInitializationError: failed to validate logger args: create stream has been retried 1 times: "
                + DENIED.format("logs:CreateLogStream", "logs:CreateLogStream")
            ),
        ),
        "logs:CreateLogStream",
    ),
    (
        "logs-not-reached",
        (no_nat_route, stopped("ResourceInitializationError: failed to validate logger args: : signal: killed")),
        "no route",
    ),
    (
        "secret-refused",
        (
            stopped(
                RIE + "execution resource retrieval failed: unable to retrieve secret from asm: service call has been"
                " retried 1"
                " time(s): failed to fetch secret arn:aws:secretsmanager:eu-west-1:123456789012:secret:db from"
                " secrets manager: " + DENIED.format("secretsmanager:GetSecretValue", "x")
            ),
        ),
        "secretsmanager:GetSecretValue",
    ),
    (
        "secret-refused",
        (stopped(RIE + "unable to retrieve secrets from ssm: The task cannot pull: invalid ssm parameters: DB"),),
        "secret",
    ),
    (
        "no-free-address",
        (
            stopped(
                "Unexpected EC2 error while attempting to Create Network Interface in subnet 'subnet-1':"
                " InsufficientFreeAddressesInSubnet"
            ),
        ),
        "no free IP address",
    ),
    (
        "no-capacity",
        (
            failing(
                "was unable to place a task. Reason: Capacity is unavailable at this time. Please try again later or"
                " in a"
                " different availability zone."
            ),
        ),
        "capacity",
    ),
    (
        "no-container-instance",
        (failing("was unable to place a task because no container instance met all of its requirements."),),
        "EC2",
    ),
    (
        "quota",
        (
            failing(
                "was unable to place a task. Reason: You’ve reached the limit on the number of vCPUs you can run"
                " concurrently."
            ),
        ),
        "quota",
    ),
    (
        "quota",
        (
            failing(
                "was unable to place a task. Reason: You've reached the limit on the number of tasks you can run"
                " concurrently."
            ),
        ),
        "quota",
    ),
    (
        "platform-version",
        (failing("failed to launch a task with (error PlatformTaskDefinitionIncompatibilityException: x)."),),
        "platform",
    ),
    (
        "network-setting-gone",
        (failing("failed to launch a task with (error The security group 'sg-0abc' does not exist)."),),
        "no longer exists",
    ),
    (
        "account-blocked",
        (
            failing(
                "was unable to place a task. Reason: Your account is currently blocked and not recognized as a valid"
                " account."
            ),
        ),
        "AWS Support|account",
    ),
    (
        "service-linked-role-missing",
        (failing("Unable to assume the service linked role. Please verify that the ECS service linked role exists."),),
        "service-linked",
    ),
    (
        "task-definition-inactive",
        (failing("failed to launch a task with (error TaskDefinition is inactive)."),),
        "deregistered",
    ),
    (
        "network-interface",
        (stopped("Timeout waiting for network interface provisioning to complete."),),
        "network interface",
    ),
    # --- runs but is unhealthy
    (
        "health-check-3xx",
        (unhealthy("Health checks failed with these codes: [307]", "Target.ResponseCodeMismatch"),),
        "307",
    ),
    (
        "health-check-4xx",
        (unhealthy("Health checks failed with these codes: [404]", "Target.ResponseCodeMismatch"),),
        "/health got 404",
    ),
    (
        "health-check-4xx",
        (
            SLOW,
            events(
                "(port 8000) is unhealthy in (target-group x) due to (reason Health checks failed with these codes:"
                " [403])."
            ),
        ),
        "403",
    ),
    ("health-check-4xx", (SLOW, log('INFO:     10.0.1.77:4 - "GET /health HTTP/1.1" 404 Not Found')), "404"),
    (
        "health-check-5xx",
        (unhealthy("Health checks failed with these codes: [502, 500]", "Target.ResponseCodeMismatch"),),
        "502",
    ),
    ("health-check-blocked-by-group", (group(TASKS, IpPermissions=[]), unhealthy()), "does not allow TCP 8000"),
    (
        "health-check-blocked-by-group",
        (group(FRONT, IpPermissionsEgress=[]), unhealthy()),
        "does not allow outbound traffic to port 8000",
    ),
    (
        "health-check-blocked-by-acl",
        (acl(PRIVATE, (True, "0.0.0.0/0", 0, 65535)), unhealthy()),
        "does not allow TCP 8000",
    ),
    (
        "bound-to-loopback",
        (
            unhealthy("Health checks failed", "Target.FailedHealthChecks"),
            log("INFO:     Uvicorn running on http://127.0.0.1:8000 (Press CTRL+C to quit)"),
        ),
        "127.0.0.1:8000",
    ),
    ("bound-to-loopback", (SLOW, log(" * Running on http://localhost:8000")), "localhost"),
    (
        "wrong-port",
        (
            unhealthy("Health checks failed", "Target.FailedHealthChecks"),
            log("INFO:     Uvicorn running on http://0.0.0.0:80 (Press"),
        ),
        "port 80,",
    ),
    (
        "wrong-port",
        (of_group(Port=80), on_port_80, unhealthy(), log("INFO:     Uvicorn running on http://0.0.0.0:8000 (Press")),
        "port 8000,",
    ),
    (
        "wrong-health-check-port",
        (of_group(HealthCheckPort="80"), unhealthy("Health checks failed", "Target.FailedHealthChecks")),
        "port 80,",
    ),
    (
        "connection-refused",
        (unhealthy("Health checks failed", "Target.FailedHealthChecks"), log("a line that says nothing")),
        "8000",
    ),
    ("health-check-timeout", (unhealthy(), log("a line that says nothing")), "in time"),
    ("no-grace-period", (SLOW, log("Loading the model")), "grace period"),
    (
        "health-check-failed",
        (of_service(healthCheckGracePeriodSeconds=60), SLOW, log("Uvicorn running on http://0.0.0.0:8000")),
        "/health",
    ),
    ("container-health-check", (stopped("Task failed container health checks", "ServiceSchedulerInitiated"),), "curl"),
    (
        "zone-not-enabled",
        (
            target(
                "unused",
                "Target.NotInUse",
                "Target is in an Availability Zone that is not enabled for the load balancer",
            ),
        ),
        "zone",
    ),
    (
        "target-group-not-used",
        (
            target(
                "unused", "Target.NotInUse", "Target group is not configured to receive traffic from the load balancer"
            ),
            lambda d: d["calls"]["elbv2.DescribeListeners"]["eu-west-1"].update(
                {k: {"response": {"Listeners": []}} for k in d["calls"]["elbv2.DescribeListeners"]["eu-west-1"]}
            ),
        ),
        "no listener",
    ),
    ("not-registered", (of_service(loadBalancers=[]), target("unused", "x", "y")), "in a target group"),
    # --- the deployment
    ("desired-count-0", (no_task, of_service(desiredCount=0)), "desired count is 0"),
    ("circuit-breaker", (breaker,), "stopped the deployment"),
    ("rolled-back", (failing("rolling back to deploymentId ecs-svc/7."),), "rolled back to"),
    (
        "new-revision-fails",
        (old_one_runs, of_service(runningCount=0), unhealthy("?", "Elb.InternalError")),
        "keeps running",
    ),
    # --- the way in
    (
        "no-internet-gateway",
        (
            lambda d: d["calls"]["ec2.DescribeInternetGateways"]["eu-west-1"][""]["response"].update(
                InternetGateways=[]
            ),
        ),
        "internet gateway",
    ),
    ("requests-blocked-by-vpc-setting", (blocked,), "Block Public Access"),
    (
        "load-balancer-not-reachable",
        (
            lambda d: d["calls"]["elbv2.DescribeLoadBalancers"]["eu-west-1"][""]["response"]["LoadBalancers"][0].update(
                Scheme="internal"
            ),
        ),
        "internal",
    ),
    (
        "load-balancer-without-route",
        (no_gateway_route,),
        "0.0.0.0/0",
    ),
    (
        "acl-in-the-way-in",
        (acl(PUBLIC, (False, "10.0.0.0/16", 0, 65535), (True, "0.0.0.0/0", 0, 65535)),),
        "does not allow TCP 80",
    ),
    ("load-balancer-group-closed", (group(FRONT, IpPermissions=[]),), "does not allow TCP 80"),
    (
        "listener-leads-elsewhere",
        (
            lambda d: d["calls"]["elbv2.DescribeListeners"]["eu-west-1"].update(
                {k: {"response": {"Listeners": []}} for k in d["calls"]["elbv2.DescribeListeners"]["eu-west-1"]}
            ),
        ),
        "no listeners",
    ),
    (
        "no-route-to-registry",
        (
            no_nat_route,
            stopped(
                f"CannotPullContainerError: The task cannot pull {IMAGE}:1 from the registry. There is a connection"
                f" issue"
                " between the task and the registry. Check your task network configuration. : failed to copy:"
                " httpReadSeeker: failed open: failed to do request: Get"
                " https://prod-eu-west-1-starport-layer-bucket.s3.eu-west-1.amazonaws.com/x: dial tcp 3.5.6.7:443:"
                " i/o timeout"
            ),
        ),
        "no route",
    ),
    (
        "no-route-to-registry",
        (
            no_nat_route,
            stopped(
                RIE
                + "The task cannot pull registry auth from Amazon ECR: There is a connection issue between the task and"
                " Amazon ECR. Check your task network configuration. RequestCanceled: request context canceled"
                " caused by:"
                " context deadline exceeded"
            ),
        ),
        "no route",
    ),
    (
        "no-permission-to-pull",
        (
            stopped(
                f"CannotPullContainerError: Error response from daemon: Get https://{IMAGE}: no basic auth credentials"
            ),
        ),
        "not allowed to pull",
    ),
    (
        "execution-role-missing",
        (
            of_task(executionRoleArn=None),
            failing(
                "failed to launch a task with (error ClientException: Fargate requires task definition to have"
                " execution"
                " role ARN to support ECR images.)."
            ),
        ),
        "no execution role",
    ),
    (
        "secret-refused",
        (
            stopped(
                RIE
                + "The task can't retrieve the secret with ARN 'arn:aws:secretsmanager:eu-west-1:123456789012:secret:x'"
                " from AWS Secrets Manager. Check whether the secret or parameter exist in the specified Region."
                " ResourceNotFoundException: Secrets Manager can't find the specified secret."
            ),
        ),
        "secret",
    ),
    (
        "log-group-missing",
        (
            stopped(
                "ResourceInitializationError: failed to validate logger args: The task cannot find the Amazon"
                " CloudWatch log"
                " group defined in the task definition. There is a connection issue between the task and Amazon"
                " CloudWatch."
                " Check your network configuration."
            ),
        ),
        "log group",
    ),
    ("entry-point-missing", (stopped("CannotCreateContainerError: API error (404): No command specified"),), "command"),
    (
        "bound-to-loopback",
        (
            unhealthy("Health checks failed", "Target.FailedHealthChecks"),
            log(
                "\x1b[32mINFO\x1b[0m:     Uvicorn running on \x1b[1mhttp://127.0.0.1:8000\x1b[0m (Press CTRL+C to quit)"
            ),
        ),
        "127.0.0.1:8000",
    ),
    (
        "connection-refused",
        (
            unhealthy("Health checks failed", "Target.FailedHealthChecks"),
            log(" * Running on all addresses (0.0.0.0)", " * Running on http://127.0.0.1:8000"),
        ),
        "nothing responds",
    ),
    (
        "wrong-port",
        (unhealthy("Health checks failed", "Target.FailedHealthChecks"), log("Server listening on port 3000")),
        "port 3000,",
    ),
    (
        "health-check-4xx",
        (
            of_container(environment=[]),
            unhealthy("Health checks failed with these codes: [404]", "Target.ResponseCodeMismatch"),
            log("KeyError: 'OPTIONAL_SETTING'"),
        ),
        "404",
    ),
    (
        "variable-missing",
        (
            of_container(environment=[]),
            unhealthy("Health checks failed with these codes: [500]", "Target.ResponseCodeMismatch"),
            log("KeyError: 'S3_BUCKET'"),
        ),
        "S3_BUCKET",
    ),
)


@pytest.mark.parametrize(("cause", "changes", "says"), CASES, ids=[f"{n}-{case[0]}" for n, case in enumerate(CASES)])
def test_a_cause_is_recognised_and_said_in_one_sentence(cause: str, changes: tuple[Change, ...], says: str) -> None:
    """The first row that fits is the cause, and its sentence has the account's own values."""
    found = scene(*changes).diagnosis
    assert found is not None
    assert found.cause == cause
    assert any(word in found.sentence for word in says.split("|"))
    assert "{" not in found.sentence


def test_every_cause_has_a_case() -> None:
    """A new cause is one more row and one more case."""
    assert {row.id for row in ALL} == {cause for cause, _, _ in CASES}


def test_no_two_causes_have_the_same_id() -> None:
    """An id is the name of a page of documentation."""
    assert len({row.id for row in ALL}) == len(ALL) == len({*CAUSES, *ALL})


def test_a_service_that_works_has_no_cause() -> None:
    """The correct deployment is not diagnosed."""
    assert scene().diagnosis is None
