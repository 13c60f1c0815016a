"""Checks that had another name: before a lab's numbers became parameters, and before titles used the words of AWS.

Rubrics, references (``runs_through``) and kept results that use an old name go on working. Before there were
parameters the numbers were those of the first lab, so a rubric without parameters means these.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

_ALLOWS = "test_the_load_balancer_group_allows_the_front_port_from_anywhere"
_ALLOWS_BALANCER = "test_the_resource_group_allows_the_port_from_the_load_balancer_group"
_IS_CLOSED = "test_the_resource_group_does_not_open_the_port_to_the_world"
RENAMED: Mapping[str, str] = {
    "test_the_load_balancer_group_admits_port_80_from_anywhere": _ALLOWS,
    "test_the_load_balancer_group_admits_the_front_port_from_anywhere": _ALLOWS,
    "test_the_resource_group_admits_port_8000_from_the_load_balancer_group": _ALLOWS_BALANCER,
    "test_the_resource_group_admits_the_port_from_the_load_balancer_group": _ALLOWS_BALANCER,
    "test_the_resource_group_keeps_port_8000_from_the_world": _IS_CLOSED,
    "test_the_resource_group_keeps_the_port_from_the_world": _IS_CLOSED,
    "test_the_target_group_takes_ip_targets_over_http_8000": "test_the_target_group_takes_targets_on_the_port",
    "test_the_target_group_checks_health_at_health": "test_the_target_group_checks_health_at_the_path",
    "test_http_80_is_forwarded_to_the_target_group": "test_the_front_port_is_forwarded_to_the_target_group",
    "test_the_task_definition_is_for_linux_x86_64": "test_the_task_definition_is_for_the_platform",
    "test_the_task_has_1_vcpu_and_3_gb": "test_the_task_has_the_size",
    "test_the_container_exposes_port_8000": "test_the_container_exposes_the_port",
    "test_an_alert_on_actual_cost_reaches_somebody": "test_an_alert_on_actual_cost_has_a_recipient",
    "test_the_rights_come_from_a_group": "test_the_permissions_come_from_a_group",
    "test_public_subnets_stand_in_two_zones": "test_public_subnets_are_in_two_zones",
    "test_private_subnets_stand_in_two_zones": "test_private_subnets_are_in_two_zones",
    "test_both_groups_let_traffic_out": "test_both_groups_allow_outbound_traffic",
    "test_the_load_balancer_stands_in_public_subnets_of_two_zones": (
        "test_the_load_balancer_is_in_public_subnets_of_two_zones"
    ),
    "test_the_service_wants_at_least_one_task": "test_the_service_has_a_desired_count_of_at_least_one",
    "test_the_service_stands_in_private_subnets": "test_the_service_is_in_private_subnets",
}
"""The functions of our check modules by the names that they had; their modules and classes are the same."""

WITHOUT_PARAMETERS: Mapping[str, Any] = {
    "front_port": 80,
    "port": 8000,
    "target_type": "ip",
    "protocol": "HTTP",
    "health_path": "/health",
    "cpu": 1024,
    "memory": 3072,
    "operating_system": "Linux",
    "architecture": "X86_64",
    "vpc_block": "10.0.0.0/16",
    "private_ranges": ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10"),
    "group": "admin",
    "app": "sentiment-app",
    "image_tag": "14.01.25",
    "names": ("sentiment",),
    "bucket_names": ("sentiment", "mlops"),
}
"""What a rubric that has no ``with:`` means: it was written when these numbers stood in the program."""


def current(name: str) -> str:
    """A function, ``Class::function``, check id or reference (``5.2::function``) by the name that it has now."""
    start, separator, rest = name.rpartition("::")
    function, bracket, place = rest.partition("[")
    return f"{start}{separator}{RENAMED.get(function, function)}{bracket}{place}"


def currents(names: Iterable[str]) -> tuple[str, ...]:
    """Several of them."""
    return tuple(map(current, names))
