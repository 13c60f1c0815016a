"""The faults made: real changes of the emulated account, by the calls that make them in AWS."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from .clients import MakeClient
from .corrections.containers import container_of
from .corrections.iam import root_user
from .deployment import (
    ADMINISTRATOR_ACCESS,
    ALIAS,
    BUDGET,
    CONTAINER,
    REPOSITORY,
    USER,
    Lab,
    put_image,
    set_up_budget,
)
from .network import ANYWHERE, PORT, Balancer, Plan, create_listener, create_nat_gateway, create_target_group
from .troubles import TROUBLES


@dataclass(frozen=True, slots=True)
class Clients:
    """The clients that introduce a fault: those of the console, and Docker."""

    admin: MakeClient
    docker: MakeClient


# The parts of a described task definition that a new revision is registered with.
REGISTERED = (
    "family",
    "taskRoleArn",
    "executionRoleArn",
    "networkMode",
    "containerDefinitions",
    "requiresCompatibilities",
    "cpu",
    "memory",
    "runtimePlatform",
)
Change = Callable[[Lab, Clients], Lab | None]
"""Changes the account. Where ids of the lab have changed with it, gives the lab as it is now."""


def planned(faults: Sequence[str]) -> Plan:
    """Faults that cannot be made afterwards: where the network is built, and of which addresses."""
    return Plan(
        default_vpc="everything-in-default-vpc" in faults,
        prefix="11.0" if "vpc-public-range" in faults else "10.0",
    )


def spoil(faults: Sequence[str], changes: Mapping[str, Change], lab: Lab, clients: Clients) -> Lab:
    """Make those of `changes` that are among the faults; the lab as it then is.

    They are made in the order of `changes`, in which any of them can be made together.
    """
    for name, change in changes.items():
        if name in faults:
            lab = change(lab, clients) or lab
    return lab


# --- 1: account


def _root_without_mfa(lab: Lab, clients: Clients) -> None:
    root_user(lab.account).mfa = False


def _admin_without_mfa(lab: Lab, clients: Clients) -> None:
    iam = clients.admin("iam")
    for device in iam.list_mfa_devices(UserName=USER)["MFADevices"]:
        iam.deactivate_mfa_device(UserName=USER, SerialNumber=device["SerialNumber"])
        iam.delete_virtual_mfa_device(SerialNumber=device["SerialNumber"])


def _admin_outside_the_group(lab: Lab, clients: Clients) -> None:
    clients.admin("iam").remove_user_from_group(GroupName="admin", UserName=USER)


def _policy_on_the_user(lab: Lab, clients: Clients) -> None:
    clients.admin("iam").attach_user_policy(UserName=USER, PolicyArn=ADMINISTRATOR_ACCESS)
    clients.admin("iam").detach_group_policy(GroupName="admin", PolicyArn=ADMINISTRATOR_ACCESS)


def _no_account_alias(lab: Lab, clients: Clients) -> None:
    clients.admin("iam").delete_account_alias(AccountAlias=ALIAS)


def _no_budget(lab: Lab, clients: Clients) -> None:
    clients.admin("budgets").delete_budget(AccountId=lab.account, BudgetName=BUDGET)


def _budget_quarterly(lab: Lab, clients: Clients) -> None:
    _no_budget(lab, clients)
    set_up_budget(clients.admin, lab.account, time_unit="QUARTERLY")


def _budget_without_alert(lab: Lab, clients: Clients) -> None:
    budgets = clients.admin("budgets")
    named = {"AccountId": lab.account, "BudgetName": BUDGET}
    for alert in budgets.describe_notifications_for_budget(**named)["Notifications"]:
        budgets.delete_notification(**named, Notification=alert)


# --- 2 and 3: bucket and registry


def _bucket_public_access(lab: Lab, clients: Clients) -> None:
    switches = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")
    clients.admin("s3").put_public_access_block(
        Bucket=lab.bucket, PublicAccessBlockConfiguration=dict.fromkeys(switches, False)
    )


def _bucket_empty(lab: Lab, clients: Clients) -> None:
    s3 = clients.admin("s3")
    for item in s3.list_objects_v2(Bucket=lab.bucket)["Contents"]:
        s3.delete_object(Bucket=lab.bucket, Key=item["Key"])


def _repository_kms(lab: Lab, clients: Clients) -> None:
    ecr = clients.admin("ecr")
    tags = ecr.list_images(repositoryName=REPOSITORY)["imageIds"]
    ecr.delete_repository(repositoryName=REPOSITORY, force=True)
    ecr.create_repository(repositoryName=REPOSITORY, encryptionConfiguration={"encryptionType": "KMS"})
    for image in tags:
        put_image(clients.docker, image.get("imageTag"))


def _repository_empty(lab: Lab, clients: Clients) -> None:
    ecr = clients.admin("ecr")
    images = ecr.list_images(repositoryName=REPOSITORY)["imageIds"]
    ecr.batch_delete_image(repositoryName=REPOSITORY, imageIds=images)


def _image_untagged(lab: Lab, clients: Clients) -> None:
    _repository_empty(lab, clients)
    put_image(clients.docker, None)


# --- 4: network


def _built_so(lab: Lab, clients: Clients) -> None:
    """See `planned`: the network was built with this fault in it."""


def _one_private_subnet(lab: Lab, clients: Clients) -> None:
    first, second = lab.network.private_subnets
    _move_service(lab, clients, subnets=[first])
    ec2 = clients.admin("ec2")
    table = ec2.describe_route_tables(RouteTableIds=[lab.network.private_table])["RouteTables"][0]
    for association in table["Associations"]:
        if association.get("SubnetId") == second:
            ec2.disassociate_route_table(AssociationId=association["RouteTableAssociationId"])
    ec2.delete_subnet(SubnetId=second)


def _igw_detached(lab: Lab, clients: Clients) -> None:
    clients.admin("ec2").detach_internet_gateway(InternetGatewayId=lab.network.internet_gateway, VpcId=lab.network.vpc)


def _public_route_missing(lab: Lab, clients: Clients) -> None:
    clients.admin("ec2").delete_route(RouteTableId=lab.network.public_table, DestinationCidrBlock=ANYWHERE)


def _private_table_unassociated(lab: Lab, clients: Clients) -> None:
    ec2 = clients.admin("ec2")
    table = ec2.describe_route_tables(RouteTableIds=[lab.network.private_table])["RouteTables"][0]
    for association in table["Associations"]:
        ec2.disassociate_route_table(AssociationId=association["RouteTableAssociationId"])


def _nat_in_private_subnet(lab: Lab, clients: Clients) -> Lab:
    ec2 = clients.admin("ec2")
    ec2.delete_nat_gateway(NatGatewayId=lab.network.nat_gateway)
    _release_free_addresses(clients)
    nat = create_nat_gateway(clients.admin, lab.network.private_subnets[0])
    ec2.replace_route(RouteTableId=lab.network.private_table, DestinationCidrBlock=ANYWHERE, NatGatewayId=nat)
    return replace(lab, network=replace(lab.network, nat_gateway=nat))


def _no_nat_route(lab: Lab, clients: Clients) -> None:
    ec2 = clients.admin("ec2")
    routes = ec2.describe_route_tables(RouteTableIds=[lab.network.private_table])["RouteTables"][0]["Routes"]
    if any(route.get("DestinationCidrBlock") == ANYWHERE for route in routes):
        ec2.delete_route(RouteTableId=lab.network.private_table, DestinationCidrBlock=ANYWHERE)


def _nat_deleted(lab: Lab, clients: Clients) -> None:
    clients.admin("ec2").delete_nat_gateway(NatGatewayId=lab.network.nat_gateway)
    _release_free_addresses(clients)


def _release_free_addresses(clients: Clients) -> None:
    ec2 = clients.admin("ec2")
    for address in ec2.describe_addresses()["Addresses"]:
        if not address.get("AssociationId"):
            ec2.release_address(AllocationId=address["AllocationId"])


def _security_group_80_closed(lab: Lab, clients: Clients) -> None:
    ec2 = clients.admin("ec2")
    group = ec2.describe_security_groups(GroupIds=[lab.network.balancer_group])["SecurityGroups"][0]
    ec2.revoke_security_group_ingress(GroupId=lab.network.balancer_group, IpPermissions=group["IpPermissions"])


def _security_group_open_8000(lab: Lab, clients: Clients) -> None:
    clients.admin("ec2").authorize_security_group_ingress(
        GroupId=lab.network.resource_group,
        IpPermissions=[{"IpProtocol": "tcp", "FromPort": PORT, "ToPort": PORT, "IpRanges": [{"CidrIp": ANYWHERE}]}],
    )


def _target_group_port_80(lab: Lab, clients: Clients) -> Lab:
    elbv2 = clients.admin("elbv2")
    group = create_target_group(clients.admin, lab.network.vpc, "sentiment-app-tg-80", 80)
    elbv2.modify_listener(
        ListenerArn=lab.balancer.listener, DefaultActions=[{"Type": "forward", "TargetGroupArn": group}]
    )
    clients.admin("ecs").update_service(
        cluster=lab.cluster,
        service=lab.service,
        loadBalancers=[{"targetGroupArn": group, "containerName": CONTAINER, "containerPort": PORT}],
    )
    elbv2.delete_target_group(TargetGroupArn=lab.balancer.target_group)
    return replace(lab, balancer=replace(lab.balancer, target_group=group))


def _health_check_path(lab: Lab, clients: Clients) -> None:
    clients.admin("elbv2").modify_target_group(TargetGroupArn=lab.balancer.target_group, HealthCheckPath="/docs")


def _alb_internal(lab: Lab, clients: Clients) -> Lab:
    elbv2 = clients.admin("elbv2")
    elbv2.delete_load_balancer(LoadBalancerArn=lab.balancer.arn)
    made = elbv2.create_load_balancer(
        Name="sentiment-app-alb",
        Type="application",
        Scheme="internal",
        Subnets=list(lab.network.public_subnets),
        SecurityGroups=[lab.network.balancer_group],
    )["LoadBalancers"][0]
    arn, group = made["LoadBalancerArn"], lab.balancer.target_group
    listener = create_listener(clients.admin, arn, group)
    return replace(lab, balancer=Balancer(arn, made["DNSName"], group, listener))


def _listener_missing(lab: Lab, clients: Clients) -> None:
    clients.admin("elbv2").delete_listener(ListenerArn=lab.balancer.listener)


def _alb_deleted(lab: Lab, clients: Clients) -> None:
    clients.admin("elbv2").delete_load_balancer(LoadBalancerArn=lab.balancer.arn)


# --- 5 and 6: service and log


def _cluster_deleted(lab: Lab, clients: Clients) -> None:
    ecs = clients.admin("ecs")
    ecs.delete_service(cluster=lab.cluster, service=lab.service, force=True)
    ecs.delete_cluster(cluster=lab.cluster)


def _deploy_revision(lab: Lab, clients: Clients, image: str | None = None, **changes: Any) -> Lab:
    """Register the deployed revision anew with `changes`, of which None removes, and deploy that."""
    ecs = clients.admin("ecs")
    current = ecs.describe_task_definition(taskDefinition=lab.task_definition)["taskDefinition"]
    wanted = {name: current[name] for name in REGISTERED if name in current} | changes
    if image is not None:
        wanted["containerDefinitions"][0]["image"] = image
    arguments = {name: value for name, value in wanted.items() if value is not None}
    made = ecs.register_task_definition(**arguments)["taskDefinition"]["taskDefinitionArn"]
    ecs.update_service(cluster=lab.cluster, service=lab.service, taskDefinition=made)
    return replace(lab, task_definition=made)


def _task_too_small(lab: Lab, clients: Clients) -> Lab:
    return _deploy_revision(lab, clients, memory="2048")


def _arm64(lab: Lab, clients: Clients) -> Lab:
    platform = {"cpuArchitecture": "ARM64", "operatingSystemFamily": "LINUX"}
    return _deploy_revision(lab, clients, runtimePlatform=platform)


def _no_execution_role(lab: Lab, clients: Clients) -> Lab:
    return _deploy_revision(lab, clients, executionRoleArn=None)


def _image_from_docker_hub(lab: Lab, clients: Clients) -> Lab:
    return _deploy_revision(lab, clients, image="student/sentiment-app:14.01.25")


def _move_service(lab: Lab, clients: Clients, **changes: Any) -> None:
    """Change part of the service's network configuration."""
    ecs = clients.admin("ecs")
    current = ecs.describe_services(cluster=lab.cluster, services=[lab.service])["services"][0]
    network = current["networkConfiguration"]["awsvpcConfiguration"] | changes
    ecs.update_service(cluster=lab.cluster, service=lab.service, networkConfiguration={"awsvpcConfiguration": network})


def _service_in_public_subnets(lab: Lab, clients: Clients) -> None:
    _move_service(lab, clients, subnets=list(lab.network.public_subnets))


def _service_with_default_group(lab: Lab, clients: Clients) -> None:
    groups = clients.admin("ec2").describe_security_groups(
        Filters=[
            {"Name": "vpc-id", "Values": [lab.network.vpc]},
            {"Name": "group-name", "Values": ["default"]},
        ]
    )["SecurityGroups"]
    _move_service(lab, clients, securityGroups=[groups[0]["GroupId"]])


def _desired_count_zero(lab: Lab, clients: Clients) -> None:
    clients.admin("ecs").update_service(cluster=lab.cluster, service=lab.service, desiredCount=0)


def _image_cannot_be_pulled(lab: Lab, clients: Clients) -> Lab:
    return _deploy_revision(lab, clients, image=f"{lab.image.rpartition(':')[0]}:latest")


def _log_group_deleted(lab: Lab, clients: Clients) -> None:
    clients.admin("logs").delete_log_group(logGroupName="/ecs/sentiment-app-task")


def _troubled(name: str) -> Change:
    """Tasks that meet a trouble: the change behind it, if there is one to make, then new tasks."""

    def troubled(lab: Lab, clients: Clients) -> Lab | None:
        change = _BEHIND.get(name)
        changed = (change(lab, clients) if change is not None else None) or lab
        container_of(lab.account).trouble = TROUBLES[name]
        clients.admin("ecs").update_service(cluster=changed.cluster, service=changed.service, desiredCount=1)
        return changed

    return troubled


def _endpoint_closed(lab: Lab, clients: Clients) -> None:
    clients.admin("ec2").create_vpc_endpoint(
        VpcId=lab.network.vpc,
        VpcEndpointType="Interface",
        ServiceName=f"com.amazonaws.{lab.region}.ecr.api",
        SubnetIds=[lab.network.private_subnets[0]],
        SecurityGroupIds=[lab.network.balancer_group],
        PrivateDnsEnabled=True,
    )


def _execution_role_empty(lab: Lab, clients: Clients) -> None:
    _detach(clients, "ecsTaskExecutionRole")


def _bucket_refused(lab: Lab, clients: Clients) -> None:
    _detach(clients, "sentimentTaskRole")


def _detach(clients: Clients, role: str) -> None:
    iam = clients.admin("iam")
    for policy in iam.list_attached_role_policies(RoleName=role)["AttachedPolicies"]:
        iam.detach_role_policy(RoleName=role, PolicyArn=policy["PolicyArn"])


def _role_not_trusted(lab: Lab, clients: Clients) -> None:
    trust = {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    clients.admin("iam").update_assume_role_policy(RoleName="sentimentTaskRole", PolicyDocument=document)


def _pull_rate_limit(lab: Lab, clients: Clients) -> Lab:
    return _deploy_revision(lab, clients, image="docker.io/student/sentiment-app:14.01.25")


def _tasks_closed(lab: Lab, clients: Clients) -> None:
    ec2 = clients.admin("ec2")
    group = ec2.describe_security_groups(GroupIds=[lab.network.resource_group])["SecurityGroups"][0]
    ec2.revoke_security_group_ingress(GroupId=lab.network.resource_group, IpPermissions=group["IpPermissions"])


def _acl_closed(lab: Lab, clients: Clients) -> None:
    ec2 = clients.admin("ec2")
    acl = ec2.create_network_acl(VpcId=lab.network.vpc)["NetworkAcl"]["NetworkAclId"]
    for subnet in lab.network.private_subnets:
        by_subnet = [{"Name": "association.subnet-id", "Values": [subnet]}]
        found = ec2.describe_network_acls(Filters=by_subnet)["NetworkAcls"]
        for one in (association for each in found for association in each["Associations"]):
            if one["SubnetId"] == subnet:
                ec2.replace_network_acl_association(AssociationId=one["NetworkAclAssociationId"], NetworkAclId=acl)


def _health_check_port(lab: Lab, clients: Clients) -> None:
    clients.admin("elbv2").modify_target_group(TargetGroupArn=lab.balancer.target_group, HealthCheckPort="8080")


_BEHIND: Mapping[str, Change] = {
    "task-without-route": _no_nat_route,
    "endpoint-closed": _endpoint_closed,
    "execution-role-empty": _execution_role_empty,
    "pull-rate-limit": _pull_rate_limit,
    "bucket-refused": _bucket_refused,
    "role-not-trusted": _role_not_trusted,
    "tasks-closed": _tasks_closed,
    "acl-closed": _acl_closed,
    "health-check-port": _health_check_port,
}
"""The changes behind troubles; the others are faults of what runs, or of AWS."""

WHILE_BUILDING: Mapping[str, Change] = {
    "root-without-mfa": _root_without_mfa,
    "admin-without-mfa": _admin_without_mfa,
    "admin-outside-the-group": _admin_outside_the_group,
    "policy-on-the-user": _policy_on_the_user,
    "no-account-alias": _no_account_alias,
    "budget-quarterly": _budget_quarterly,
    "budget-without-alert": _budget_without_alert,
    "no-budget": _no_budget,
    "bucket-public-access": _bucket_public_access,
    "repository-kms": _repository_kms,
    "everything-in-default-vpc": _built_so,
    "vpc-public-range": _built_so,
    "one-private-subnet": _one_private_subnet,
    "public-route-missing": _public_route_missing,
    "private-table-unassociated": _private_table_unassociated,
    "nat-in-private-subnet": _nat_in_private_subnet,
    "no-nat-route": _no_nat_route,
    "security-group-open-8000": _security_group_open_8000,
    "target-group-port-80": _target_group_port_80,
    "health-check-path": _health_check_path,
    "alb-internal": _alb_internal,
    "task-too-small": _task_too_small,
    "arm64": _arm64,
    "no-execution-role": _no_execution_role,
    "image-from-docker-hub": _image_from_docker_hub,
    "service-in-public-subnets": _service_in_public_subnets,
}
"""Made before anybody visits the application: it runs, and is visited, with them."""

AFTERWARDS: Mapping[str, Change] = {
    "bucket-empty": _bucket_empty,
    "image-untagged": _image_untagged,
    "repository-empty": _repository_empty,
    "igw-detached": _igw_detached,
    "nat-deleted": _nat_deleted,
    "security-group-80-closed": _security_group_80_closed,
    "service-with-default-group": _service_with_default_group,
    "listener-missing": _listener_missing,
    "alb-deleted": _alb_deleted,
    **{name: _troubled(name) for name in TROUBLES},
    "desired-count-zero": _desired_count_zero,
    "image-cannot-be-pulled": _image_cannot_be_pulled,
    "cluster-deleted": _cluster_deleted,
    "log-group-deleted": _log_group_deleted,
}
"""Made once the application has been visited: metrics and logs of better days remain."""
