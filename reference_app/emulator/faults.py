"""The names of the faults that an emulated account can hold, and what each costs.

Only names and points are here, so that they can be listed without moto; `fault_injection` makes them. The points are
those of the marking scheme's single faults: a fault is charged once, where it was made.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from .troubles import TROUBLES


class UnknownFault(ValueError):
    """No fault has this name."""

    def __init__(self, name: str) -> None:
        super().__init__(f"There is no fault called {name!r}. There are: {', '.join(FAULTS)}.")


@dataclass(frozen=True, slots=True)
class Fault:
    """`loses` says what a grader takes for it: item to points, as a decimal string."""

    name: str
    title: str
    loses: Mapping[str, str]


def _fault(name: str, title: str, **loses: str) -> Fault:
    """`s4_5="0.125"` is item "4.5"."""
    items = {item.removeprefix("s").replace("_", "."): points for item, points in loses.items()}
    return Fault(name, title, MappingProxyType(items))


_ALL = (
    _fault("root-without-mfa", "The root user has no MFA", s1_1="0.25"),
    _fault("admin-without-mfa", "The administrator has no MFA", s1_2="0.05"),
    _fault("admin-outside-the-group", "The administrator was never added to the group", s1_2="0.2"),
    _fault("policy-on-the-user", "AdministratorAccess is attached to the user, not to the group", s1_2="0.05"),
    _fault("no-account-alias", "The account has no alias", s1_2="0.05"),
    _fault("no-budget", "There is no budget", s1_4="0.25"),
    _fault("budget-quarterly", "The budget is quarterly", s1_4="0.125"),
    _fault("budget-without-alert", "The budget has no alert", s1_4="0.125"),
    _fault("bucket-public-access", "Block Public Access is off on the bucket", s2_1="0.125"),
    _fault("bucket-empty", "The bucket was emptied", s2_2="0.25"),
    _fault("repository-kms", "The repository is encrypted with KMS", s3_1="0.2"),
    _fault("repository-empty", "The image was deleted", s3_3="0.5", s3_4="0.25"),
    _fault("image-untagged", "The image was pushed without a tag", s3_3="0.25"),
    _fault("everything-in-default-vpc", "Everything was built in the default VPC", s4_1="0.5"),
    _fault("vpc-public-range", "The VPC's range belongs to the public internet (11.0.0.0/16)", s4_1="0.1"),
    _fault("one-private-subnet", "There is only one private subnet", s4_2="0.25"),
    _fault("igw-detached", "The internet gateway is detached", s4_3="0.125"),
    _fault("public-route-missing", "The public route table has no default route", s4_4="0.125"),
    _fault("private-table-unassociated", "The private route table is associated with no subnet", s4_4="0.125"),
    _fault("nat-in-private-subnet", "The NAT gateway is in a private subnet", s4_5="0.125"),
    _fault("no-nat-route", "The private route table has no route to the NAT gateway", s4_5="0.125"),
    _fault("nat-deleted", "The NAT gateway was deleted, its route points nowhere", s4_5="0.25"),
    _fault(
        "security-group-80-closed",
        "The load balancer's security group allows no traffic",
        s4_6="0.1",
        s5_5="0.25",
        s6_1="0.25",
    ),
    _fault("security-group-open-8000", "Port 8000 of the tasks is open to the world as well", s4_6="0.05"),
    _fault("target-group-port-80", "The target group has port 80", s4_7="0.2"),
    _fault("health-check-path", "The health check asks for /docs", s4_7="0.15"),
    _fault("alb-internal", "The load balancer is internal", s4_7="0.1"),
    _fault("listener-missing", "The load balancer has no listener", s4_7="0.25", s5_4="0.1", s5_5="0.25", s6_1="0.25"),
    _fault("alb-deleted", "The load balancer was deleted", s4_7="0.65", s5_4="0.1", s5_5="0.25"),
    _fault(
        "cluster-deleted",
        "The cluster and its service were deleted",
        s5_1="0.25",
        s5_3="0.75",
        s5_4="0.25",
        s5_5="0.25",
        s6_1="0.25",
    ),
    _fault("task-too-small", "The task has 2 GB of memory", s5_2="0.1"),
    _fault("arm64", "The task definition wants ARM64", s5_2="0.05"),
    _fault("no-execution-role", "The task definition has no execution role", s5_2="0.05"),
    _fault("image-from-docker-hub", "The task definition's image is on Docker Hub", s5_2="0.05"),
    _fault("service-in-public-subnets", "The service runs in the public subnets", s5_3="0.1"),
    _fault(
        "service-with-default-group",
        "The service uses the VPC's default security group",
        s5_3="0.1",
        s5_4="0.1",
        s5_5="0.25",
        s6_1="0.25",
    ),
    _fault(
        "desired-count-zero",
        "The service is scaled to zero",
        s5_3="0.1",
        s5_4="0.25",
        s5_5="0.25",
        s6_1="0.25",
    ),
    _fault(
        "image-cannot-be-pulled",
        "The deployed revision names a tag that does not exist",
        s5_4="0.25",
        s5_5="0.25",
        s6_1="0.25",
    ),
    _fault("log-group-deleted", "The log group was deleted", s6_3="0.15"),
)
# What each trouble costs: a task that does not run, or one that runs and is not healthy (its load balancer still sends
# requests, as AWS's do where every target is unhealthy), with what its own change costs. Where no request arrives at
# the application either, nobody can open it.
_UNREACHED = {"5.5": "0.25", "6.1": "0.25"}
_STOPPED = {"5.4": "0.25", **_UNREACHED}
_UNHEALTHY = {"5.4": "0.1"}
_ALSO: Mapping[str, Mapping[str, str]] = {
    "task-without-route": {"4.5": "0.125"},
    "tasks-closed": {"4.6": "0.1", **_UNREACHED},
    "pull-rate-limit": {"5.2": "0.05"},
}
TROUBLED: Mapping[str, Fault] = MappingProxyType(
    {
        name: Fault(
            name,
            trouble.title,
            MappingProxyType(
                {
                    **_ALSO.get(name, {}),
                    **(_STOPPED if trouble.stops else _UNHEALTHY),
                    **(_UNREACHED if trouble.answer is not None else {}),
                }
            ),
        )
        for name, trouble in TROUBLES.items()
    }
)
"""The faults that keep a task from running or from being healthy, each with a cause that a grader should name."""
FAULTS: Mapping[str, Fault] = MappingProxyType({**{fault.name: fault for fault in _ALL}, **TROUBLED})
