"""The deployment as it really is: what a picture of it shows, hop by hop, with what is wrong at its place.

Everything here is drawn from ``Lab``. What does not exist is ``missing``, what AWS did not answer is ``unknown``;
neither stops the rest. Knows nothing of points: a fault is what the model's own findings call one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from grader.model.findings import known
from grader.model.roles import Role
from grader.model.topology import hops
from grader.model.topology.parts import Part, settled
from grader.model.topology.subnets import (
    SubnetPart,
    TaskPart,
    chosen_subnets,
    other_vpcs,
    subnet_parts,
    task_parts,
)

if TYPE_CHECKING:
    from grader.model.lab import Lab


@dataclass(frozen=True, slots=True)
class Topology:
    """The whole picture. ``zones`` are those shown; what was left out is counted in ``more``."""

    vpc: Part
    zones: tuple[str, ...]
    subnets: tuple[SubnetPart, ...]
    public: Part
    private: Part
    public_tables: tuple[Part, ...]
    private_tables: tuple[Part, ...]
    internet_gateway: Part
    open_to_world: Part
    load_balancer: Part
    listener: Part
    target_group: Part
    allows_load_balancer: Part
    service: Part
    tasks: tuple[TaskPart, ...]
    nat_gateway: Part
    others: tuple[str, ...]
    more: tuple[str, ...]

    @property
    def way_in(self) -> tuple[Part, ...]:
        """What a request passes, from the internet to a task."""
        return (
            self.internet_gateway, self.open_to_world, self.load_balancer, self.listener, self.target_group,
            self.allows_load_balancer, self.service, *(task.part for task in self.tasks),
        )  # fmt: skip

    @property
    def way_out(self) -> tuple[Part, ...]:
        """What a task's own requests pass, from its subnet to the internet."""
        return (*self.private_tables, self.nat_gateway, *self.public_tables)


def topology(lab: Lab) -> Topology:
    """The deployment in the lab's account."""
    vpc, asked = known(lambda: lab.vpc, None), lab.parameters
    chosen = chosen_subnets(vpc)
    tasks, more_tasks = task_parts(lab, chosen.subnets)
    left = ((chosen.left, "more subnets"), (more_tasks, "more targets"))
    return Topology(
        vpc=settled("VPC", lambda: hops.vpc_part(lab.vpc, asked)),
        zones=chosen.zones,
        subnets=tuple(subnet_parts(vpc, chosen.subnets)),
        public=settled(
            "public subnets", lambda: hops.pair_part(lab.vpc.public_subnets_span_two_zones, "public subnets")
        ),
        private=settled(
            "private subnets", lambda: hops.pair_part(lab.vpc.private_subnets_span_two_zones, "private subnets")
        ),
        public_tables=hops.route_table_parts(lab, Role.PUBLIC),
        private_tables=hops.route_table_parts(lab, Role.PRIVATE),
        internet_gateway=settled("internet gateway", lambda: hops.internet_gateway_part(lab.vpc)),
        open_to_world=settled("security group", lambda: hops.open_to_world_part(lab.security_groups, asked)),
        load_balancer=settled("load balancer", lambda: hops.load_balancer_part(lab)),
        listener=settled("listener", lambda: hops.listener_part(lab.load_balancer, lab.target_group, asked)),
        target_group=settled("target group", lambda: hops.target_group_part(lab.target_group, asked)),
        allows_load_balancer=settled(
            "security group", lambda: hops.allows_load_balancer_part(lab.security_groups, asked)
        ),
        service=settled("service", lambda: hops.service_part(lab)),
        tasks=tasks,
        nat_gateway=settled("NAT gateway", lambda: hops.nat_gateway_part(lab.vpc)),
        others=tuple(other_vpcs(lab, vpc)),
        more=tuple(f"{count} {words}" for count, words in left if count > 0),
    )
