"""All that an account holds of what the lab asks for, gathered over regions; nothing is chosen here."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, TypeVar

from grader.errors import Unverified
from grader.evidence import Evidence
from grader.evidence.regions import Regions, regions_of
from grader.evidence.tracking import tracked_property
from grader.model.budgets import Budgets
from grader.model.findings import known
from grader.model.gathering import Gathered, gather
from grader.model.identity import AccountAlias, Administrator, CommandLine, RootUser, Users
from grader.model.load_balancing import LoadBalancer, TargetGroup, load_balancers, target_groups
from grader.model.network import Network, Tenants
from grader.model.parameters import Parameters
from grader.model.registry import DockerLogin, Repository, repositories
from grader.model.services import Cluster, Service, clusters, services
from grader.model.storage import Bucket, buckets
from grader.model.task_definitions import TaskDefinition, task_definition
from grader.model.trail import Trail
from grader.model.vpcs import Vpc, Vpcs

T = TypeVar("T")


class Account:
    """One account: what it holds, with a gap for each question that AWS did not answer."""

    def __init__(self, evidence: Evidence, parameters: Parameters) -> None:
        self.evidence = evidence
        self.parameters = parameters
        self.memo: dict[str, Any] = {}

    # --- section 1

    @tracked_property
    def root_user(self) -> RootUser:
        """The root user."""
        return RootUser(self.evidence)

    @tracked_property
    def users(self) -> Users:
        """All IAM users."""
        return Users(self.evidence)

    @tracked_property
    def administrator(self) -> Administrator:
        """The administrator of step 1.2."""
        return Administrator(self.users, self.parameters.group)

    @tracked_property
    def account_alias(self) -> AccountAlias:
        """The account's alias."""
        return AccountAlias(self.evidence)

    @tracked_property
    def trail(self) -> Trail:
        """CloudTrail's event history."""
        return Trail(self.evidence)

    @tracked_property
    def command_line(self) -> CommandLine:
        """Access from the command line."""
        return CommandLine(self.evidence, self.users, self.trail)

    @tracked_property
    def budgets(self) -> Budgets:
        """The account's budgets."""
        return Budgets(self.evidence)

    # --- what is gathered over regions

    def _in_regions(self, read: Callable[[Evidence, str], Iterable[T]]) -> Gathered[T]:
        found = gather(lambda region: read(self.evidence, region), self.regions.counting)
        return Gathered(found.items, (*found.gaps, *self.unlisted_regions))

    @tracked_property
    def regions(self) -> Regions:
        """The regions that were searched, and those that this caller may not read."""
        return regions_of(self.evidence)

    @property
    def unlisted_regions(self) -> tuple[Unverified, ...]:
        """The refusal that keeps regions from being listed, if there is one: the lab may be in any of them."""
        refusal = self.regions.refusal
        return () if refusal is None else (refusal,)

    @tracked_property
    def buckets(self) -> Gathered[Bucket]:
        """Every bucket."""
        return gather(buckets, [self.evidence])

    @tracked_property
    def repositories(self) -> Gathered[Repository]:
        """Every private repository."""
        return self._in_regions(repositories)

    @tracked_property
    def load_balancers(self) -> Gathered[LoadBalancer]:
        """Every application load balancer."""
        return self._in_regions(load_balancers).where(lambda balancer: balancer.type == "application")

    @tracked_property
    def target_groups(self) -> Gathered[TargetGroup]:
        """Every target group."""
        return self._in_regions(target_groups)

    @tracked_property
    def clusters(self) -> Gathered[Cluster]:
        """Every cluster, inactive ones too."""
        return self._in_regions(clusters)

    @tracked_property
    def services(self) -> Gathered[Service]:
        """Every service of every cluster that is not inactive."""
        found = gather(
            lambda cluster: services(self.evidence, cluster),
            self.clusters.where(lambda cluster: cluster.status != "INACTIVE"),
        )
        return Gathered(found.items, (*self.clusters.gaps, *found.gaps))

    @tracked_property
    def task_definitions(self) -> Gathered[TaskDefinition]:
        """Every active revision that was described; of many, the newest are."""
        listed = self._in_regions(
            lambda evidence, region: [
                (region, arn) for arn in evidence.answer("ecs.ListTaskDefinitions", region).texts("taskDefinitionArns")
            ]
        )
        asked = {question.key for question in self.evidence.asked("ecs.DescribeTaskDefinition")}
        # Without any description, asking for the first says that nothing was described.
        described = [(r, a) for r, a in listed if f"taskDefinition={a}" in asked] or list(listed)[:1]
        found = gather(lambda place: [self.task_definition(*place)], described)
        active = found.where(lambda definition: definition.status in ("ACTIVE", ""))
        return Gathered(active.items, (*listed.gaps, *active.gaps))

    def task_definition(self, region: str, arn: str, app_name: str = "") -> TaskDefinition:
        """One revision by its ARN; ``app_name`` is the container that the load balancer talks to, if known."""
        return task_definition(self.evidence, region, arn, app_name, self.parameters.port)

    @tracked_property
    def docker_login(self) -> DockerLogin:
        """Whether Docker was logged in to the registry."""
        return DockerLogin(self.repositories.items, self.repositories.gaps, self.trail)

    # --- networks

    @tracked_property
    def vpcs_by_region(self) -> dict[str, Vpcs]:
        """The VPCs of each region."""
        balancers = known(lambda: self.load_balancers.items, ())
        running = known(lambda: self.services.items, ())
        return {
            region: Vpcs(Network(self.evidence, region, _tenants(region, balancers, running)))
            for region in self.regions.counting
        }

    @tracked_property
    def vpcs(self) -> Gathered[Vpc]:
        """Every VPC."""
        found = gather(lambda region: region.all, self.vpcs_by_region.values())
        return Gathered(found.items, (*found.gaps, *self.unlisted_regions))

    @property
    def searched(self) -> str:
        """The regions that were searched, in words."""
        regions = self.regions.searched
        return ", ".join(regions) if len(regions) <= 4 else f"any of the {len(regions)} regions searched"


def _tenants(region: str, balancers: Iterable[LoadBalancer], running: Iterable[Service]) -> Tenants:
    here = [balancer for balancer in balancers if balancer.region == region]
    services = [service for service in running if service.region == region]
    return Tenants(
        load_balancers=frozenset(one for balancer in here for one in balancer.subnet_ids),
        internet_facing=frozenset(
            one for balancer in here if balancer.scheme == "internet-facing" for one in balancer.subnet_ids
        ),
        services=frozenset(one for service in services for one in service.subnet_ids),
        exposed=frozenset(one for service in services if service.assigns_public_ip for one in service.subnet_ids),
    )
