"""The whole lab, deployed by the calls that a student's clicks make, in the order of the handout."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import Any

from .clients import CLI, Credentials, MakeClient, client_maker
from .network import PORT, Balancer, Network

USER = "mlops-admin"
ALIAS = "mlops-lab-student"
EMAIL = "student@example.edu"
BUDGET = "My Monthly Cost Budget"
REPOSITORY = "sentiment-app"
IMAGE_TAG = "14.01.25"
FAMILY = "sentiment-app-task"
CONTAINER = "sentiment-app"
LOG_GROUP = f"/ecs/{FAMILY}"
ADMINISTRATOR_ACCESS = "arn:aws:iam::aws:policy/AdministratorAccess"


@dataclass(frozen=True, slots=True)
class Identity:
    """The administrator of section 1, whose key does everything after."""

    user: str
    credentials: Credentials


@dataclass(frozen=True, slots=True)
class Lab:
    """The ids of what was deployed: what a fault needs in order to spoil it."""

    account: str
    region: str
    bucket: str
    image: str
    roles: tuple[str, str]
    network: Network
    balancer: Balancer
    cluster: str
    service: str
    task_definition: str

    @property
    def balancer_dimension(self) -> str:
        """What CloudWatch calls the load balancer: `app/NAME/ID`."""
        return self.balancer.arn.split(":loadbalancer/")[1]


def set_up_account(root: MakeClient, endpoint_url: str, region: str) -> Identity:
    """Section 1, by the root user: an administrator in a group, with MFA, a key and an alias."""
    iam = root("iam")
    iam.create_user(UserName=USER)
    iam.create_group(GroupName="admin")
    iam.attach_group_policy(GroupName="admin", PolicyArn=ADMINISTRATOR_ACCESS)
    iam.add_user_to_group(GroupName="admin", UserName=USER)
    iam.create_login_profile(UserName=USER, Password="Correct-Horse-1-Battery!")
    iam.create_account_alias(AccountAlias=ALIAS)
    phone = iam.create_virtual_mfa_device(VirtualMFADeviceName=f"{USER}-phone")["VirtualMFADevice"]["SerialNumber"]
    iam.enable_mfa_device(UserName=USER, SerialNumber=phone, AuthenticationCode1="123456", AuthenticationCode2="654321")
    key = iam.create_access_key(UserName=USER)["AccessKey"]
    credentials = Credentials(key["AccessKeyId"], key["SecretAccessKey"])
    client_maker(endpoint_url, region, credentials, user_agent=CLI)("iam").list_users()
    return Identity(USER, credentials)


def set_up_budget(
    admin: MakeClient,
    account: str,
    *,
    time_unit: str = "MONTHLY",
    alerts: tuple[tuple[str, float], ...] = (("ACTUAL", 85.0), ("ACTUAL", 100.0), ("FORECASTED", 100.0)),
) -> None:
    """Step 1.4 as the console's template does it: `alerts` are kinds and percentages."""
    admin("budgets").create_budget(
        AccountId=account,
        Budget={
            "BudgetName": BUDGET,
            "BudgetLimit": {"Amount": "5.0", "Unit": "USD"},
            "TimeUnit": time_unit,
            "BudgetType": "COST",
        },
        NotificationsWithSubscribers=[
            {
                "Notification": {
                    "NotificationType": kind,
                    "ComparisonOperator": "GREATER_THAN",
                    "Threshold": threshold,
                    "ThresholdType": "PERCENTAGE",
                },
                "Subscribers": [{"SubscriptionType": "EMAIL", "Address": EMAIL}],
            }
            for kind, threshold in alerts
        ],
    )


def upload(admin: MakeClient, account: str, region: str, model: bytes | None) -> str:
    """Section 2: a bucket with all defaults, the model and a page of notes in it. Its name."""
    s3 = admin("s3")
    bucket = f"mlops-lab-sentiment-{account}"
    where: dict[str, Any] = (
        {} if region == "us-east-1" else {"CreateBucketConfiguration": {"LocationConstraint": region}}
    )
    s3.create_bucket(Bucket=bucket, **where)
    content = model if model is not None else b"a model in name only: no application was asked for"
    s3.put_object(Bucket=bucket, Key="classifier.joblib", Body=content)
    s3.put_object(Bucket=bucket, Key="lab1/readme.md", Body=b"# Sentiment analysis\nFiles of Lab 1.\n")
    return bucket


def push_image(admin: MakeClient, command_line: MakeClient, docker: MakeClient, account: str, region: str) -> str:
    """Section 3: the image's address with its tag. A manifest is enough: no layer is uploaded."""
    admin("ecr").create_repository(repositoryName=REPOSITORY, encryptionConfiguration={"encryptionType": "AES256"})
    command_line("ecr").get_authorization_token()
    put_image(docker, IMAGE_TAG)
    return f"{account}.dkr.ecr.{region}.amazonaws.com/{REPOSITORY}:{IMAGE_TAG}"


def put_image(docker: MakeClient, tag: str | None) -> None:
    media = "application/vnd.docker.distribution.manifest.v2+json"
    digest = hashlib.sha256(b"sentiment-app").hexdigest()
    manifest = {
        "schemaVersion": 2,
        "mediaType": media,
        "config": {
            "mediaType": "application/vnd.docker.container.image.v1+json",
            "size": 2777,
            "digest": f"sha256:{digest}",
        },
        "layers": [
            {
                "mediaType": "application/vnd.docker.image.rootfs.diff.tar.gzip",
                "size": 301_408_256,
                "digest": f"sha256:{digest}",
            }
        ],
    }
    arguments: dict[str, str] = {} if tag is None else {"imageTag": tag}
    docker("ecr").put_image(
        repositoryName=REPOSITORY,
        imageManifest=json.dumps(manifest),
        imageManifestMediaType=media,
        **arguments,
    )


def create_roles(admin: MakeClient) -> tuple[str, str]:
    """The ARNs of the task's role and of its execution role ("labrole" exists in Academy only)."""
    trust = {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"Service": "ecs-tasks.amazonaws.com"},
                "Action": "sts:AssumeRole",
            }
        ],
    }
    policies = {
        "sentimentTaskRole": "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess",
        "ecsTaskExecutionRole": "arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy",
    }
    iam = admin("iam")
    arns = []
    for name, policy in policies.items():
        role = iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(trust))
        iam.attach_role_policy(RoleName=name, PolicyArn=policy)
        arns.append(role["Role"]["Arn"])
    return arns[0], arns[1]


def register_task_definition(
    admin: MakeClient, region: str, bucket: str, image: str, roles: tuple[str, str], **changes: Any
) -> str:
    """Step 5.2: the ARN of the new revision. `changes` replaces arguments of the call, None removes one."""
    container: dict[str, Any] = {
        "name": CONTAINER,
        "image": image,
        "essential": True,
        "portMappings": [
            {
                "name": f"{CONTAINER}-{PORT}-tcp",
                "containerPort": PORT,
                "hostPort": PORT,
                "protocol": "tcp",
                "appProtocol": "http",
            }
        ],
        "environment": [{"name": "S3_BUCKET", "value": bucket}],
        "logConfiguration": {
            "logDriver": "awslogs",
            "options": {
                "awslogs-group": LOG_GROUP,
                "awslogs-create-group": "true",
                "awslogs-region": region,
                "awslogs-stream-prefix": "ecs",
            },
        },
    }
    arguments: dict[str, Any] = {
        "family": FAMILY,
        "requiresCompatibilities": ["FARGATE"],
        "networkMode": "awsvpc",
        "cpu": "1024",
        "memory": "3072",
        "runtimePlatform": {"cpuArchitecture": "X86_64", "operatingSystemFamily": "LINUX"},
        "taskRoleArn": roles[0],
        "executionRoleArn": roles[1],
        "containerDefinitions": [container],
        **changes,
    }
    arguments = {name: value for name, value in arguments.items() if value is not None}
    created = admin("ecs").register_task_definition(**arguments)
    return str(created["taskDefinition"]["taskDefinitionArn"])


def create_cluster(admin: MakeClient) -> str:
    created = admin("ecs").create_cluster(
        clusterName="sentiment-app-cluster", capacityProviders=["FARGATE", "FARGATE_SPOT"]
    )
    return str(created["cluster"]["clusterArn"])


def create_service(admin: MakeClient, cluster: str, task_definition: str, network: Network, target_group: str) -> str:
    """Steps 5.3 and 5.4: its tasks run when this returns."""
    created = admin("ecs").create_service(
        cluster=cluster,
        serviceName="sentiment-app-service",
        taskDefinition=task_definition,
        desiredCount=1,
        launchType="FARGATE",
        platformVersion="LATEST",
        networkConfiguration=in_subnets(network.private_subnets, network.resource_group),
        loadBalancers=[{"targetGroupArn": target_group, "containerName": CONTAINER, "containerPort": PORT}],
        deploymentConfiguration={
            "deploymentCircuitBreaker": {"enable": True, "rollback": True},
            "maximumPercent": 200,
            "minimumHealthyPercent": 100,
        },
    )
    return str(created["service"]["serviceArn"])


def in_subnets(subnets: tuple[str, ...], group: str) -> dict[str, Any]:
    return {
        "awsvpcConfiguration": {
            "subnets": list(subnets),
            "securityGroups": [group],
            "assignPublicIp": "DISABLED",
        }
    }
