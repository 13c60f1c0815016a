"""What the parameters of a rubric ask of the lab: held by the deployment, lost by others, no claim without them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from grader.model import asked
from grader.model.findings import Finding
from grader.model.lab import Lab
from grader.model.parameters import Parameters
from tests.cases import LAB, golden
from tests.model.small import lab

Ask = Callable[[Lab, Parameters], Finding | None]
CLAIMS: dict[str, tuple[Ask, dict[str, Any], tuple[str, ...]]] = {
    "has_private_block": (
        lambda lab, wanted: asked.has_private_block(lab.vpc, wanted),
        {"private_ranges": ("172.16.0.0/12",)},
        ("private_ranges",),
    ),
    "takes_targets": (
        lambda lab, wanted: asked.takes_targets(lab.target_group, wanted),
        {"port": 3000},
        ("port", "target_type", "protocol"),
    ),
    "checks_health": (
        lambda lab, wanted: asked.checks_health(lab.target_group, wanted),
        {"health_path": "/ready"},
        ("health_path",),
    ),
    "forwards": (
        lambda lab, wanted: asked.forwards(lab.load_balancer, lab.target_group, wanted),
        {"front_port": 8080},
        ("front_port",),
    ),
    "allows_the_world": (
        lambda lab, wanted: asked.allows_the_world(lab.security_groups, wanted),
        {"front_port": 8080},
        ("front_port",),
    ),
    "allows_the_load_balancer": (
        lambda lab, wanted: asked.allows_the_load_balancer(lab.security_groups, wanted),
        {"port": 3000},
        ("port",),
    ),
    "is_for_the_platform": (
        lambda lab, wanted: asked.is_for_the_platform(lab.task_definition, wanted),
        {"architecture": "ARM64"},
        ("operating_system", "architecture"),
    ),
    "has_the_size": (
        lambda lab, wanted: asked.has_the_size(lab.task_definition, wanted),
        {"memory": 512},
        ("cpu", "memory"),
    ),
    "exposes_the_port": (
        lambda lab, wanted: asked.exposes_the_port(lab.task_definition, wanted),
        {"port": 3000},
        ("port",),
    ),
}


def keeps_out(lab: Lab, wanted: Parameters) -> Finding | None:
    """Whether the tasks' group keeps the world out."""
    return asked.keeps_the_world_out(lab.security_groups, wanted)


def lets_out(lab: Lab, wanted: Parameters) -> Finding | None:
    """Whether both groups let out what the lab needs."""
    return asked.lets_traffic_out(lab.security_groups, wanted)


@pytest.fixture(scope="module")
def deployed() -> Lab:
    """The correct deployment."""
    return lab(golden())


@pytest.mark.parametrize("name", CLAIMS)
def test_the_lab_as_the_handout_has_it_holds(deployed: Lab, name: str) -> None:
    """By the parameters of our rubric."""
    assert CLAIMS[name][0](deployed, LAB)


@pytest.mark.parametrize("name", CLAIMS)
def test_a_rubric_that_asks_something_else_does_not(deployed: Lab, name: str) -> None:
    """The finding names what was found, and expects what the rubric asks."""
    ask, other, _ = CLAIMS[name]
    found = ask(deployed, replace(LAB, **other))
    assert found is not None
    assert not found
    assert found.found


@pytest.mark.parametrize(("name", "parameter"), [(name, one) for name, row in CLAIMS.items() for one in row[2]])
def test_without_its_parameter_there_is_no_claim(deployed: Lab, name: str, parameter: str) -> None:
    """Neither true nor false: the rubric does not ask."""
    nothing = getattr(Parameters(), parameter)
    assert CLAIMS[name][0](deployed, replace(LAB, **{parameter: nothing})) is None


@pytest.mark.parametrize("ask", [keeps_out, lets_out], ids=["keeps the world out", "lets traffic out"])
def test_what_groups_let_through_is_asked_of_the_port(deployed: Lab, ask: Ask) -> None:
    """It holds in the lab, and is no claim where the rubric names no port."""
    assert ask(deployed, LAB)
    assert ask(deployed, replace(LAB, port=None)) is None


def test_the_port_that_is_kept_from_the_world_is_the_rubrics() -> None:
    """Open to the world on another port, the group loses nothing."""
    document = golden()
    (groups,) = document["calls"]["ec2.DescribeSecurityGroups"]["eu-west-1"].values()
    for group in groups["response"]["SecurityGroups"]:
        for rule in group["IpPermissions"]:
            if rule.get("FromPort") == 8000:
                rule["IpRanges"] = [{"CidrIp": "0.0.0.0/0"}]
    found = keeps_out(lab(document), LAB)
    assert found is not None
    assert not found
    assert "8000" in found.found
