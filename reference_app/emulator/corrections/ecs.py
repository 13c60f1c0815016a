"""ECS: a service that really has tasks, with addresses in its subnets, registered in its target group."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextvars import ContextVar
from typing import Any

from moto.core.utils import utcnow
from moto.ec2.models import ec2_backends
from moto.ecr.models import ecr_backends
from moto.ecs import models, responses
from moto.elbv2.models import elbv2_backends
from moto.iam.models import iam_backends
from moto.logs.models import logs_backends
from moto.moto_api._internal import mock_random

from ..gateway import Answer, Call
from ..troubles import Trouble
from .containers import LogStream, container_of
from .ec2 import claim, free_address
from .patches import Patches

_OWN_IMAGE = re.compile(
    r"(?P<account>\d{12})\.dkr\.ecr\.(?P<region>[a-z0-9-]+)\.amazonaws\.com/(?P<repository>[^:@]+)(:(?P<tag>.+))?$"
)
PULL_ATTEMPTS = 3
_strategy: ContextVar[list[dict[str, Any]] | None] = ContextVar("capacity provider strategy", default=None)
"""What the service that is being created was asked for, or its cluster's default: moto passes it on to nobody."""


def apply(patches: Patches) -> None:
    backend = models.EC2ContainerServiceBackend
    # Moto's services start no tasks and register no targets.
    patches.wrap(backend, "create_service", _with_tasks)
    patches.wrap(backend, "update_service", _with_tasks_again)
    patches.wrap(backend, "delete_service", _without_tasks)
    # Moto drops what a service was created with beyond these.
    patches.wrap(responses.EC2ContainerServiceResponse, "create_service", _keeping_configuration)
    patches.wrap(responses.EC2ContainerServiceResponse, "register_task_definition", _knowing_who)
    # Moto lists deleted clusters for ever.
    patches.replace(backend, "list_clusters", _active_clusters)
    # Moto counts services and tasks of a cluster wrongly, so they are counted when asked.
    for name, count in COUNTS.items():
        patches.replace(models.Cluster, name, _counted(count))
    # Moto ignores the filter by service.
    patches.wrap(backend, "list_tasks", _of_service)
    # Moto's tasks stop by being looked at.
    patches.replace(models.Task, "advance", lambda task: None)
    # Moto puts a task's interface anywhere in 10/8.
    patches.wrap(models.Task, "__init__", _in_its_subnet)
    # Moto wants memory in each container; on Fargate the task has it.
    patches.wrap(backend, "_calculate_task_resource_requirements", _tolerant)
    # Moto overwrites the network mode, and leaves out who registered it and when.
    patches.wrap(models.TaskDefinition, "__init__", _as_registered)


def _counted(count: Any) -> Any:
    """A property that cannot be set: moto's own bookkeeping is ignored."""
    return property(count, lambda cluster, value: None)


def _backend(cluster: Any) -> Any:
    account = cluster.arn.split(":")[4]
    return models.ecs_backends[account][cluster.region_name]


def _tasks(cluster: Any, status: str) -> int:
    tasks = _backend(cluster).tasks.get(cluster.name, {}).values()
    return sum(task.last_status == status for task in tasks)


def _services(cluster: Any) -> int:
    services = _backend(cluster).services.values()
    return sum(one.cluster_name == cluster.name and one.status == "ACTIVE" for one in services)


COUNTS = {
    "active_services_count": _services,
    "running_tasks_count": lambda cluster: _tasks(cluster, "RUNNING"),
    "pending_tasks_count": lambda cluster: _tasks(cluster, "PENDING"),
}


def _caller(response: Any) -> str:
    """The ARN of who called, as ECS remembers it."""
    account = response.current_account
    user = iam_backends[account]["aws"].get_user_from_access_key_id(response.access_key)
    return str(user.arn) if user is not None else f"arn:aws:iam::{account}:root"


def _knowing_who(original: Any) -> Any:
    def register_task_definition(response: Any) -> Any:
        answer = original(response)
        answer.result["taskDefinition"].registered_by = _caller(response)
        return answer

    return register_task_definition


def _active_clusters(backend: Any) -> list[str]:
    return [cluster.arn for cluster in backend.clusters.values() if cluster.status == "ACTIVE"]


def _keeping_configuration(original: Any) -> Any:
    def create_service(response: Any) -> Any:
        strategy = response._get_param("capacityProviderStrategy")
        if not strategy and not response._get_param("launchType"):
            cluster = response.ecs_backend._get_cluster(response._get_param("cluster", "default"))
            strategy = cluster.default_capacity_provider_strategy
        token = _strategy.set(strategy or None)
        try:
            answer = original(response)
        finally:
            _strategy.reset(token)
        service = answer.result["service"]
        asked = response._get_param("deploymentConfiguration") or {}
        service.deployment_configuration = {
            "maximumPercent": 200,
            "minimumHealthyPercent": 100,
            "strategy": "ROLLING",
            "bakeTimeInMinutes": 0,
            **asked,
        }
        service.created_by = _caller(response)
        service.resource_management_type = "CUSTOMER"
        service.placement_constraints = []
        service.placement_strategy = []
        service.health_check_grace_period_seconds = 0
        service.enable_ecs_managed_tags = bool(response._get_param("enableECSManagedTags"))
        service.enable_execute_command = bool(response._get_param("enableExecuteCommand"))
        service.availability_zone_rebalancing = "ENABLED"
        return answer

    return create_service


def _with_tasks(original: Any) -> Any:
    def create_service(backend: Any, *args: Any, **kwargs: Any) -> Any:
        service = original(backend, *args, **kwargs)
        service.created_at = utcnow()
        service.platform_version = service.platform_version or "LATEST"
        service.platform_family = "Linux"
        service.capacity_provider_strategy = _strategy.get()
        account = backend.account_id
        service.role_arn = f"arn:aws:iam::{account}:role/aws-service-role/ecs.amazonaws.com/AWSServiceRoleForECS"
        deploy(service)
        return service

    return create_service


def _with_tasks_again(original: Any) -> Any:
    def update_service(backend: Any, properties: dict[str, Any]) -> Any:
        asked = dict(properties)
        service = original(backend, properties)
        # Moto keeps what was asked; AWS answers with the revision's ARN, of the latest where none was named.
        if asked.get("task_definition"):
            service.task_definition = backend.describe_task_definition(asked["task_definition"]).arn
        deploy(service)
        return service

    return update_service


def _without_tasks(original: Any) -> Any:
    def delete_service(backend: Any, cluster_name: str, service_name: str, force: bool) -> Any:
        service = original(backend, cluster_name, service_name, force)
        for task in running_tasks(service):
            stop(service, task, "Scaling activity initiated by deployment")
        service.running_count = 0
        service.desired_count = 0
        # AWS lists an inactive service no more; moto lists it for ever.
        backend.services.pop(f"{service.cluster_name}:{service.name}", None)
        return service

    return delete_service


def running_tasks(service: Any) -> list[Any]:
    tasks = service._backend.tasks.get(service.cluster_name, {}).values()
    return [one for one in tasks if one.group == f"service:{service.name}" and one.last_status == "RUNNING"]


def deploy(service: Any) -> None:
    """Bring the service to its desired count, with its present revision and network."""
    backend = service._backend
    if service.capacity_provider_strategy:
        service.launch_type = None  # AWS shows one of the two
    for task in running_tasks(service):
        stop(service, task, "Scaling activity initiated by deployment")
    deployment = f"ecs-svc/{mock_random.randint(10**18, 10**19)}"
    definition = backend.describe_task_definition(service.task_definition)
    missing = missing_image(backend, definition)
    trouble = container_of(backend.account_id).trouble
    if trouble is not None and trouble.stops and not missing:
        said = _troubled(service, definition, deployment, trouble)
        missing = trouble.cause
    elif service.desired_count and missing:
        for _ in range(PULL_ATTEMPTS):
            task = start(service, definition, deployment)
            stop(
                service,
                task,
                f"CannotPullContainerError: pull image manifest has been retried 7 time(s): failed to "
                f"resolve ref {missing}: {missing}: not found",
            )
        said = [f"(service {service.name}) is unable to consistently start tasks successfully."]
    else:
        for _ in range(service.desired_count):
            task = start(service, definition, deployment)
            lines = trouble.lines if trouble is not None else ()
            for stream in _streams(definition, task) if lines else ():
                container_of(backend.account_id).say(stream, lines)
        said = [
            f"(service {service.name}) has reached a steady state.",
            f"(service {service.name}) (deployment {deployment}) deployment completed.",
        ]
    now = utcnow()
    running = len(running_tasks(service))
    service.running_count, service.pending_count = running, 0
    failed = service.desired_count if missing and service.desired_count else 0
    service.events = [
        {"id": str(mock_random.uuid4()), "createdAt": now, "message": message} for message in said
    ] + service.events
    service.deployments = [
        {
            "id": deployment,
            "status": "PRIMARY",
            "taskDefinition": service.task_definition,
            "desiredCount": service.desired_count,
            "pendingCount": 0,
            "runningCount": running,
            "failedTasks": PULL_ATTEMPTS if failed else 0,
            "createdAt": now,
            "updatedAt": now,
            **(
                {"capacityProviderStrategy": service.capacity_provider_strategy}
                if service.capacity_provider_strategy
                else {"launchType": service.launch_type}
            ),
            "platformVersion": "1.4.0",
            "platformFamily": "Linux",
            "networkConfiguration": service.network_configuration or None,
            # The circuit breaker ends a rollout whose tasks do not start.
            "rolloutState": "FAILED" if failed else "COMPLETED",
            "rolloutStateReason": f"ECS deployment {deployment} "
            + ("circuit breaker: tasks failed to start." if failed else "completed."),
        }
    ]


def _troubled(service: Any, definition: Any, deployment: str, trouble: Trouble) -> list[str]:
    """Tasks that stop as the trouble has it, or none that starts at all; the newest events of the service."""
    if not service.desired_count:
        return []
    if trouble.event:
        return [f"(service {service.name}) {trouble.event}"] * PULL_ATTEMPTS
    for _ in range(PULL_ATTEMPTS):
        task = start(service, definition, deployment, registers=False)
        stop(service, task, trouble.reason)
        if trouble.exit_code is not None:
            task.stop_code = "EssentialContainerExited"
        elif trouble.reason.startswith("Task failed"):
            task.stop_code = "ServiceSchedulerInitiated"
        else:
            task.stop_code = "TaskFailedToStart"
        for container in task.containers:
            container.exitCode, container.reason = trouble.exit_code, trouble.container_reason or None
        for stream in _streams(definition, task) if trouble.lines else ():
            container_of(service._backend.account_id).say(stream, trouble.lines)
    said = [f"(service {service.name}) has started 1 tasks: (task {task.id})."]
    return [*said, f"(service {service.name}) is unable to consistently start tasks successfully.", *said]


def _streams(definition: Any, task: Any) -> Iterator[LogStream]:
    """Where the containers of a task log to."""
    for container in definition.container_definitions:
        options = (container.get("logConfiguration") or {}).get("options") or {}
        if options.get("awslogs-group"):
            name = f"{options.get('awslogs-stream-prefix', 'ecs')}/{container['name']}/{task.id}"
            yield LogStream(options["awslogs-region"], options["awslogs-group"], name)


def missing_image(backend: Any, definition: Any) -> str | None:
    """The image of the definition that this account's registry does not hold, if any."""
    for container in definition.container_definitions:
        own = _OWN_IMAGE.match(container["image"])
        if own is None or own["account"] != backend.account_id:
            continue
        repositories = ecr_backends[own["account"]][own["region"]].repositories
        repository = repositories.get(own["repository"])
        tags = {tag for image in repository.images for tag in image.image_tags} if repository else set()
        if (own["tag"] or "latest") not in tags:
            return str(container["image"])
    return None


def start(service: Any, definition: Any, deployment: str, *, registers: bool = True) -> Any:
    backend = service._backend
    cluster = backend.clusters[service.cluster_name]
    task: Any = models.Task(
        cluster=cluster,
        task_definition=definition,
        container_instance_arn=None,
        resource_requirements=None,
        backend=backend,
        group=f"service:{service.name}",
        launch_type=service.launch_type or "FARGATE",
        capacity_provider_name=_provider_of(service),
        started_by=deployment,
        networking_configuration=service.network_configuration or None,
        platform_version="1.4.0",
    )
    backend.tasks.setdefault(cluster.name, {})[task.task_arn] = task
    if registers and missing_image(backend, definition) is None:
        _log(backend, definition, task)
        for balancer in service.load_balancers:
            group = elbv2_backends[backend.account_id][backend.region_name].target_groups.get(
                balancer.get("targetGroupArn")
            )
            if group is not None and task.private_address:
                group.register([{"Id": task.private_address, "Port": balancer["containerPort"]}])
    return task


def _provider_of(service: Any) -> str | None:
    """The capacity provider that its strategy prefers, by weight; None where it was asked by launch type."""
    strategy = service.capacity_provider_strategy or ()
    first = max(strategy, key=lambda one: (one.get("base", 0), one.get("weight", 0)), default=None)
    return str(first["capacityProvider"]) if first else None


def stop(service: Any, task: Any, reason: str) -> None:
    """End a task: its interface goes, and its address leaves the target groups."""
    backend = service._backend
    task.last_status = task.desired_status = "STOPPED"
    task.stopped_reason = reason
    task.stopped_at = utcnow()
    if reason.startswith("Cannot"):
        task.stop_code = "TaskFailedToStart"
    ec2_backends[backend.account_id][backend.region_name].enis.pop(task.interface_id, None)
    for group in elbv2_backends[backend.account_id][backend.region_name].target_groups.values():
        group.targets.pop(task.private_address, None)


def _log(backend: Any, definition: Any, task: Any) -> None:
    """What the awslogs driver does: group and stream, then every line of the container."""
    for container in definition.container_definitions:
        options = (container.get("logConfiguration") or {}).get("options") or {}
        group = options.get("awslogs-group")
        if group is None:
            continue
        region = options["awslogs-region"]
        logs = logs_backends[backend.account_id][region]
        if group not in logs.groups:
            if options.get("awslogs-create-group") != "true":
                continue
            logs.create_log_group(group, {})
        stream = f"{options.get('awslogs-stream-prefix', 'ecs')}/{container['name']}/{task.id}"
        logs.create_log_stream(group, stream)
        container_of(backend.account_id).log_to(LogStream(region, group, stream))


def _of_service(original: Any) -> Any:
    def list_tasks(
        backend: Any,
        cluster_str: str | None = None,
        container_instance: str | None = None,
        family: str | None = None,
        started_by: str | None = None,
        service_name: str | None = None,
        desired_status: str | None = None,
    ) -> list[Any]:
        # AWS lists running tasks unless stopped ones are asked for.
        wanted = desired_status or "RUNNING"
        tasks = original(backend, cluster_str, container_instance, family, started_by, service_name, wanted)
        if not service_name:
            return list(tasks)
        return [task for task in tasks if task.group == f"service:{service_name.split('/')[-1]}"]

    return list_tasks


def _in_its_subnet(original: Any) -> Any:
    def initialize(task: Any, *args: Any, **kwargs: Any) -> None:  # it replaces one
        original(task, *args, **kwargs)
        task.id = task.id.replace("-", "")
        definition = kwargs["task_definition"] if "task_definition" in kwargs else args[1]
        now = utcnow()
        task.private_address = task.interface_id = None
        task.cpu, task.memory = definition.cpu, definition.memory
        task.created_at = task.started_at = task.pull_started_at = task.pull_stopped_at = now
        task.connectivity, task.connectivity_at = "CONNECTED", now
        task.health_status, task.version = "UNKNOWN", 4
        task.platform_family = "Linux"
        task.enable_execute_command = False
        task.ephemeral_storage = task.fargate_ephemeral_storage = {"sizeInGiB": 20}
        names = [container["name"] for container in definition.container_definitions]
        task.overrides = task.overrides or {"containerOverrides": [{"name": name} for name in names]}
        architecture = (definition.runtime_platform or {}).get("cpuArchitecture", "X86_64").lower()
        task.attributes = [{"name": "ecs.cpu-architecture", "value": architecture}]
        for container in task.containers:
            container.task_arn = task.task_arn
            container.last_status = "RUNNING"
            container.health_status = "UNKNOWN"
            container.cpu = str(container.cpu)
        if not task.attachments:
            return
        attachment = task.attachments[0]
        details = {detail["name"]: detail for detail in attachment["details"]}
        backend = ec2_backends[task._account_id][task.region_name]
        interface = backend.enis[details["networkInterfaceId"]["value"]]
        address = free_address(interface.subnet)
        interface.private_ip_address = address
        interface.private_ip_addresses = [{"Primary": True, "PrivateIpAddress": address}]
        interface.description = f"arn:aws:ecs:{task.region_name}:{task._account_id}:attachment/{attachment['id']}"
        claim(interface, requester="amazon-ecs", kind="interface")
        name = f"ip-{address.replace('.', '-')}.{task.region_name}.compute.internal"
        attachment["details"] = [
            {"name": "subnetId", "value": interface.subnet.id},
            {"name": "networkInterfaceId", "value": interface.id},
            {"name": "macAddress", "value": interface.mac_address},
            {"name": "privateDnsName", "value": name},
            {"name": "privateIPv4Address", "value": address},
        ]
        task.private_address, task.interface_id = address, interface.id
        task.availability_zone = interface.subnet.availability_zone
        for container in task.containers:
            container.network_interfaces = [{"attachmentId": attachment["id"], "privateIpv4Address": address}]

    return initialize


def _tolerant(original: Any) -> Any:
    def _calculate_task_resource_requirements(definition: Any) -> dict[str, Any]:
        if "FARGATE" in (definition.requires_compatibilities or ()):
            return {"CPU": 0, "MEMORY": 0, "PORTS": [], "PORTS_UDP": []}
        requirements: dict[str, Any] = original(definition)
        return requirements

    return staticmethod(_calculate_task_resource_requirements)


def _as_registered(original: Any) -> Any:
    def initialize(definition: Any, *args: Any, **kwargs: Any) -> None:  # it replaces one
        original(definition, *args, **kwargs)
        if kwargs.get("network_mode"):
            definition.network_mode = kwargs["network_mode"]
        definition.registered_at = utcnow()
        definition.enable_fault_injection = False

    return initialize


def _families(call: Call) -> dict[str, Any]:
    """Moto has not this one."""
    backend = models.ecs_backends[call.account][call.region]
    asked = call.parameters()
    prefix, status = asked.get("familyPrefix") or "", asked.get("status") or "ACTIVE"
    families = sorted(
        family
        for family, revisions in backend.task_definitions.items()
        if family.startswith(prefix)
        and (status == "ALL" or any(revision.status == status for revision in revisions.values()))
    )
    return {"families": families}


ANSWERS: dict[tuple[str, str], Answer] = {("ecs", "ListTaskDefinitionFamilies"): _families}
