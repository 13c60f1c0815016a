"""What a lab's parameters ask of its resources; None where the rubric does not give what a claim needs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from grader.model.findings import Finding
from grader.model.parameters import Parameters

if TYPE_CHECKING:
    from grader.model.load_balancing import LoadBalancer, TargetGroup
    from grader.model.security_groups import LabSecurityGroups
    from grader.model.task_definitions import TaskDefinition
    from grader.model.vpcs import Vpc


def has_private_block(vpc: Vpc, asked: Parameters) -> Finding | None:
    """Whether the VPC's block is private."""
    return vpc.has_private_cidr(asked.private_ranges, asked.vpc_block) if asked.private_ranges else None


def takes_targets(group: TargetGroup, asked: Parameters) -> Finding | None:
    """Whether a target group has the lab's type, protocol and port."""
    if asked.port is None or not (asked.target_type and asked.protocol):
        return None
    return group.takes_targets(asked.target_type, asked.protocol, asked.port)


def checks_health(group: TargetGroup, asked: Parameters) -> Finding | None:
    """Whether a target group checks health where the lab's application answers."""
    return group.checks_health_at(asked.health_path) if asked.health_path else None


def forwards(balancer: LoadBalancer, group: TargetGroup, asked: Parameters) -> Finding | None:
    """Whether the lab's front port leads to a target group."""
    return balancer.forwards_http_to(group, asked.front_port) if asked.front_port is not None else None


def allows_the_world(groups: LabSecurityGroups, asked: Parameters) -> Finding | None:
    """Whether the front port is open to everybody."""
    return groups.allow_the_world_on(asked.front_port) if asked.front_port is not None else None


def allows_the_load_balancer(groups: LabSecurityGroups, asked: Parameters) -> Finding | None:
    """Whether the application's port is open to the load balancer."""
    return groups.allow_the_load_balancer_on(asked.port) if asked.port is not None else None


def keeps_the_world_out(groups: LabSecurityGroups, asked: Parameters) -> Finding | None:
    """Whether the application's port is closed to everybody else."""
    return groups.do_not_open_to_the_world(asked.port) if asked.port is not None else None


def lets_traffic_out(groups: LabSecurityGroups, asked: Parameters) -> Finding | None:
    """Whether both groups let out what the lab needs."""
    return groups.allow_outbound_traffic(asked.port) if asked.port is not None else None


def is_for_the_platform(definition: TaskDefinition, asked: Parameters) -> Finding | None:
    """Whether a task definition is for the lab's platform."""
    if not (asked.operating_system and asked.architecture):
        return None
    return definition.is_for(asked.operating_system, asked.architecture)


def has_the_size(definition: TaskDefinition, asked: Parameters) -> Finding | None:
    """Whether a task has the lab's size."""
    if asked.cpu is None or asked.memory is None:
        return None
    return definition.has_size(asked.cpu, asked.memory)


def exposes_the_port(definition: TaskDefinition, asked: Parameters) -> Finding | None:
    """Whether the application's container exposes the lab's port; raises ``Missing`` without a container."""
    return definition.exposes(asked.port) if asked.port is not None else None
