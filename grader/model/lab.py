"""The lab in one account: every noun that checks ask about, each from one candidate set.

A candidate set is a VPC with what belongs to it (see candidates.py). ``bindings`` says which resource was chosen for
each noun, and why.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from ipaddress import IPv4Network
from typing import Any

from grader.calls.nouns import BOUND
from grader.errors import Missing, Undecided, Unverified, UsageError
from grader.evidence import Evidence
from grader.evidence.tracking import chosen_property, tracked_property
from grader.model.account import Account
from grader.model.addresses import ipv4_network
from grader.model.application import Application
from grader.model.asked import (
    checks_health,
    exposes_the_port,
    forwards,
    has_the_size,
    is_for_the_platform,
    takes_targets,
)
from grader.model.budgets import Budgets
from grader.model.candidates import NOTHING, CandidateSet, is_task_definition, named, select_sets, signs_of_set
from grader.model.choosing import Binding, Sign, choose
from grader.model.findings import Finding, known
from grader.model.gathering import Gathered
from grader.model.identity import AccountAlias, Administrator, CommandLine, RootUser
from grader.model.load_balancing import LoadBalancer, TargetGroup, serving_group
from grader.model.parameters import Parameters
from grader.model.registry import DockerLogin, Repository
from grader.model.security_groups import LabSecurityGroups, choose_groups
from grader.model.services import Cluster, Service
from grader.model.storage import Bucket, names_bucket
from grader.model.task_definitions import TaskDefinition, ecr_image
from grader.model.vpcs import Vpc

NO = Finding(False, "")


@dataclass(frozen=True, slots=True)
class Candidates:
    """The lab by each candidate set that is judged, the one with the strongest signs first; others are counted."""

    labs: tuple[Lab, ...]
    left_out: int


class Lab:
    """One candidate set of an account as the lab sees it. ``binds`` overrides the choice of a resource."""

    def __init__(self, account: Account, chosen: CandidateSet, binds: Mapping[str, str], *, is_only: bool) -> None:
        self.account = account
        self.parameters: Parameters = account.parameters
        self.evidence: Evidence = account.evidence
        self.chosen = chosen
        self.binds = binds
        self.is_only = is_only
        self.memo: dict[str, Any] = {}
        self.thing_binds: Mapping[str, str] = {}
        """``--bind`` for things of a rubric, by their names there."""

    def __repr__(self) -> str:
        return repr(self.chosen)

    # --- section 1

    @property
    def root_user(self) -> RootUser:
        """The root user."""
        return self.account.root_user

    @property
    def administrator(self) -> Administrator:
        """The administrator of step 1.2."""
        return self.account.administrator

    @property
    def account_alias(self) -> AccountAlias:
        """The account's alias."""
        return self.account.account_alias

    @property
    def command_line(self) -> CommandLine:
        """Access from the command line."""
        return self.account.command_line

    @property
    def budgets(self) -> Budgets:
        """The account's budgets."""
        return self.account.budgets

    @property
    def docker_login(self) -> DockerLogin:
        """Whether Docker was logged in to the registry."""
        return self.account.docker_login

    # --- the VPC and its groups

    @property
    def _where(self) -> str:
        """Where parts of the set were looked for: in its VPC, or in all regions where there is none."""
        return repr(self.chosen) if self.chosen.vpc_id or self.chosen.service is not None else self.account.searched

    @tracked_property
    def _vpc_binding(self) -> Binding[Vpc]:
        vpc = self.chosen.vpc
        if vpc is None:
            vpcs = self.account.vpcs.within(self.chosen.region) if self.chosen.vpc_id else self.account.vpcs
            raise vpcs.nothing(f"There is no VPC of your own in {self.account.searched}.")
        signs = [words for _, words, shown in signs_of_set(self.account, self.chosen) if shown]
        why = self._named("vpc") or ", ".join(signs) or "it is the only candidate"
        return Binding(vpc, why, None, vpc.sources)

    @chosen_property
    def vpc(self) -> Vpc:
        """The lab's VPC."""
        return self._vpc_binding.chosen

    @tracked_property
    def security_groups(self) -> LabSecurityGroups:
        """The two security groups of step 4.6, in the lab's VPC."""
        vpc = self.vpc
        on_balancer = frozenset(one for b in self.load_balancers for one in b.security_group_ids)
        balancer = known(lambda: self.load_balancer, None)
        service = known(lambda: self.service, None)
        pair = choose_groups(
            vpc.security_groups,
            frozenset(balancer.security_group_ids) if balancer is not None else on_balancer,
            frozenset(service.security_group_ids) if service is not None else frozenset(),
            self.parameters.front_port,
            self.parameters.port,
        )
        if pair is None:
            raise Missing(f"{vpc!r} has no security group other than the default one from AWS.")
        return LabSecurityGroups(*pair, vpc.network_blocks, self._task_blocks(vpc, service))

    def _task_blocks(self, vpc: Vpc, service: Service | None) -> tuple[IPv4Network, ...]:
        """The blocks of the subnets of the service's tasks in ``vpc``; without a service, of its private subnets."""
        inside = known(lambda: [subnet for subnet in vpc.subnets if service and subnet.id in service.subnet_ids], [])
        subnets = inside or known(lambda: list(vpc.private_subnets), [])
        return tuple(ipv4_network(subnet.cidr, subnet.id) for subnet in subnets if subnet.cidr)

    # --- the containers

    @tracked_property
    def _service_binding(self) -> Binding[Service]:
        service = self.chosen.service
        if service is None:
            self.account.services.complete_in(self.chosen.region)
            if not self.chosen.vpc_id:
                raise self.account.services.nothing(f"There is no ECS service in {self.account.searched}.")
            raise Missing(f"There is no ECS service in the subnets of {self.chosen!r}.")
        why = self._named("service") or f"its subnets are in VPC {self.chosen.vpc_id}"
        return Binding(service, why, None, service.sources)

    @chosen_property
    def service(self) -> Service:
        """The lab's ECS service: that of the candidate set."""
        return self._service_binding.chosen

    @tracked_property
    def _cluster_binding(self) -> Binding[Cluster]:
        clusters = self.account.clusters
        if "cluster" in self.binds:
            cluster = named("cluster", self.binds["cluster"], clusters)
            return Binding(cluster, self._named("cluster"), None, cluster.sources)
        service = known(lambda: self.service, None)
        if service is not None:
            own = [cluster for cluster in clusters if cluster.arn == service.cluster_arn]
            if own:
                return Binding(own[0], f"{service!r} runs in it", None, own[0].sources)
        used = {service.cluster_arn for service in self.account.services}
        free = clusters.where(lambda cluster: cluster.arn not in used)

        def signs(cluster: Cluster) -> Iterable[Sign]:
            yield 4, "it is active", cluster.status == "ACTIVE"
            yield 2, "it is in the region of the VPC", cluster.region == self.chosen.region
            yield 1, "it has the lab's name", self.parameters.has_the_labs_name(cluster.name)

        if not any(cluster.status == "ACTIVE" for cluster in free) and clusters.gaps:
            raise clusters.nothing("")
        if not free.items:
            raise clusters.nothing(
                "Every ECS cluster belongs to a service outside the lab."
                if clusters.items
                else f"There is no ECS cluster in {self.account.searched}."
            )
        return choose(free, signs)

    @chosen_property
    def cluster(self) -> Cluster:
        """The lab's ECS cluster: the service's; without a service one that no other service uses."""
        return self._cluster_binding.chosen

    @tracked_property
    def _task_definition_binding(self) -> Binding[TaskDefinition]:
        service = known(lambda: self.service, None)
        wanted = self.binds.get("task_definition", "")
        arn = service.task_definition_arn if service is not None else ""
        if service is not None and arn and (not wanted or is_task_definition(arn, wanted)):
            chosen = self.account.task_definition(service.region, arn, service.container_name)
            return Binding(chosen, self._named("task_definition") or f"{service!r} runs it", None, chosen.sources)
        if wanted:
            chosen = named("task_definition", wanted, reversed(self.account.task_definitions.items))
            return Binding(chosen, self._named("task_definition"), None, chosen.sources)
        used = {service.task_definition_arn for service in self.account.services}
        free = self.account.task_definitions.where(lambda definition: definition.arn not in used)
        if not free.items:
            raise free.nothing(
                "Every task definition belongs to a service outside the lab."
                if self.account.task_definitions.items
                else f"There is no task definition in {self.account.searched}."
            )
        return choose(free, self._signs_of_task_definition)

    def _signs_of_task_definition(self, definition: TaskDefinition) -> Iterable[Sign]:
        asked = self.parameters
        claims = (
            definition.requires_fargate, is_for_the_platform(definition, asked), has_the_size(definition, asked),
            definition.has_both_roles, known(lambda: definition.uses_an_image_from_ecr, NO),
            known(lambda: exposes_the_port(definition, asked), NO), definition.uses_awsvpc,
            known(lambda: definition.collects_logs, NO),
        )  # fmt: skip
        wanted = [one for one in claims if one is not None]
        held = sum(map(bool, wanted))
        yield 1000 * held + min(definition.revision, 999), f"it does {held} of the {len(wanted)} things asked", True

    @chosen_property
    def task_definition(self) -> TaskDefinition:
        """The deployed task definition; without a service the best active one that no other service runs."""
        return self._task_definition_binding.chosen

    # --- the load balancer

    @property
    def load_balancers(self) -> Gathered[LoadBalancer]:
        """Those of the set's VPC; a refusal counts where it is of the VPC's region."""
        return self._in_set(self.account.load_balancers)

    @property
    def target_groups(self) -> Gathered[TargetGroup]:
        """Every target group of the account."""
        return self.account.target_groups

    @property
    def target_groups_in_vpc(self) -> Gathered[TargetGroup]:
        """Those of the set's VPC."""
        return self._in_set(self.account.target_groups)

    def _in_set(self, things: Gathered[Any]) -> Gathered[Any]:
        if not self.chosen.vpc_id:
            return Gathered((), things.gaps)
        return things.within(self.chosen.region).where(lambda one: one.vpc_id == self.chosen.vpc_id)

    @tracked_property
    def _target_group_binding(self) -> Binding[TargetGroup]:
        groups = self.target_groups_in_vpc
        if "target_group" in self.binds:
            group = named("target_group", self.binds["target_group"], groups)
            return Binding(group, self._named("target_group"), None, group.sources)
        if not groups.items:
            raise groups.nothing(f"There is no target group in {self._where}.")
        service, balancers = known(lambda: self.service, None), self.load_balancers
        registered = [group for group in groups if service is not None and group.arn in service.target_group_arns]
        if registered:
            group = serving_group(registered, balancers.items, self.parameters.front_port)
            return Binding(group, f"{service!r} registers in it", None, group.sources)
        others = {arn for one in self.account.services for arn in one.target_group_arns}
        asked = self.parameters

        def signs(group: TargetGroup) -> Iterable[Sign]:
            yield 16, "a load balancer forwards to it", any(one.sends_traffic_to(group) for one in balancers)
            yield 12, "no other service registers in it", group.arn not in others
            yield 4, f"it is for {asked.target_type} targets on {asked.protocol}:{asked.port}", bool(
                takes_targets(group, asked)
            )
            yield 2, f"it checks {asked.health_path}", bool(checks_health(group, asked))
            yield 1, "it has the lab's name", self.parameters.has_the_labs_name(group.name)

        return choose(groups, signs)

    @chosen_property
    def target_group(self) -> TargetGroup:
        """The target group that the service registers in; else the one of the VPC that is forwarded to."""
        return self._target_group_binding.chosen

    @tracked_property
    def _load_balancer_binding(self) -> Binding[LoadBalancer]:
        balancers = self.load_balancers
        if "load_balancer" in self.binds:
            balancer = named("load_balancer", self.binds["load_balancer"], balancers)
            return Binding(balancer, self._named("load_balancer"), None, balancer.sources)
        group = known(lambda: self.target_group, None)

        def signs(balancer: LoadBalancer) -> Iterable[Sign]:
            yield 16, "it leads to the target group", group is not None and balancer.sends_traffic_to(group)
            yield 12, f"HTTP:{self.parameters.front_port} leads to it", group is not None and bool(
                known(lambda: forwards(balancer, group, self.parameters), NO)
            )
            yield 8, "it is internet-facing", balancer.scheme == "internet-facing"
            yield 4, "it forwards to a target group", bool(known(lambda: balancer.forwarded_target_group_arns, ()))
            yield 2, "it is active", balancer.state.startswith("active")
            yield 1, "it has the lab's name", self.parameters.has_the_labs_name(balancer.name)

        if not balancers.items:
            raise balancers.nothing(f"There is no Application Load Balancer in {self._where}.")
        return choose(balancers, signs)

    @chosen_property
    def load_balancer(self) -> LoadBalancer:
        """The lab's load balancer: the one that leads to the target group, in the lab's VPC."""
        return self._load_balancer_binding.chosen

    # --- the registry and the bucket

    @tracked_property
    def images(self) -> frozenset[tuple[str, str]]:
        """(region, repository) of the images that the task definition asks ECR for."""
        containers = known(lambda: self.task_definition.containers, ())
        images = (ecr_image(container.image) for container in containers)
        return frozenset((image.region, image.repository) for image in images if image)

    @tracked_property
    def _repository_binding(self) -> Binding[Repository]:
        everything = self.account.repositories
        if "repository" in self.binds:
            repository = named("repository", self.binds["repository"], everything)
            return Binding(repository, self._named("repository"), None, repository.sources)
        # What the task runs is the lab's, whatever its name begins with.
        own = everything.where(lambda one: not one.is_tool_managed or (one.region, one.name) in self.images)

        def signs(repository: Repository) -> Iterable[Sign]:
            yield 16, "the task definition uses it", (repository.region, repository.name) in self.images
            yield 8, "it holds a tagged image", bool(known(lambda: repository.holds_a_tagged_image, NO))
            yield 4, "it holds an image", bool(known(lambda: repository.holds_an_image, NO))
            yield 2, "it uses AES-256", bool(repository.uses_aes_256)
            yield 1, "it has the lab's name", self.parameters.has_the_labs_name(repository.name)

        if not own.items:
            found = f"There is no private ECR repository of your own in {self.account.searched}"
            raise self._none_of(own, f"{found}{_left_out(everything)}.", everything)
        return choose(own, signs)

    @chosen_property
    def repository(self) -> Repository:
        """The lab's ECR repository: the one that the task definition uses, else the best one."""
        return self._repository_binding.chosen

    @tracked_property
    def _bucket_binding(self) -> Binding[Bucket]:
        everything = self.account.buckets
        if "bucket" in self.binds:
            bucket = named("bucket", self.binds["bucket"], everything)
            return Binding(bucket, self._named("bucket"), None, bucket.sources)
        own = everything.where(lambda one: not one.is_tool_managed or self.names_bucket(one))

        def signs(bucket: Bucket) -> Iterable[Sign]:
            yield 8, "the task definition names it", self.names_bucket(bucket)
            yield 4, "it holds files", bool(known(lambda: bucket.holds_files, NO))
            yield 2, "it blocks public access", bool(known(lambda: bucket.blocks_public_access, NO))
            yield 1, "it has the lab's name", self.parameters.has_the_labs_bucket_name(bucket.name)

        if not own.items:
            raise self._none_of(own, f"There is no S3 bucket of your own{_left_out(everything)}.", everything)
        return choose(own, signs)

    def names_bucket(self, bucket: Bucket) -> bool:
        """Whether the task definition names a bucket."""
        containers = known(lambda: self.task_definition.containers, ())
        return any(names_bucket(value or "", bucket.name) for one in containers for _, value in one.environment)

    @chosen_property
    def bucket(self) -> Bucket:
        """The lab's bucket: the one that the task definition names, else the best that no tool made."""
        return self._bucket_binding.chosen

    @tracked_property
    def own_bucket_names(self) -> tuple[str, ...]:
        """The names of the buckets that may be the lab's; raises ``Unverified`` where AWS would not list them."""
        everything = self.account.buckets.complete()
        return tuple(one.name for one in everything if not one.is_tool_managed or self.names_bucket(one))

    def _none_of(self, own: Gathered[Any], sentence: str, everything: Gathered[Any]) -> Missing | Unverified:
        """Why there is none: where only tools' are left, an unknown task definition may name one of them."""
        if everything.items and not own.gaps:
            try:
                self.task_definition  # noqa: B018 - whether it is refused is what matters
            except Unverified as refusal:
                return refusal
            except Undecided:
                return Missing(sentence)
        return own.nothing(sentence)

    @tracked_property
    def application(self) -> Application:
        """The deployed application as seen from outside."""
        return Application(self)

    # --- bindings

    def _named(self, noun: str) -> str:
        return f"named by --bind {noun}" if noun in self.binds else ""

    def bindings(self) -> dict[str, Binding[Any]]:
        """What was chosen for each noun; a noun that is missing or unknown is left out."""
        found: dict[str, Binding[Any]] = {}
        for noun in BOUND:
            try:
                found[noun] = getattr(self, f"_{noun}_binding")
            except Undecided:
                continue
        return found


def candidates(evidence: Evidence, parameters: Parameters, binds: Mapping[str, str] | None = None) -> Candidates:
    """What in an account may be the lab with these parameters.

    ``binds`` names resources by id, ARN or name. Raises ``UsageError`` for a noun that cannot be bound and for a name
    that nothing in the account has.
    """
    binds = dict(binds or {})
    for noun in binds:
        if noun not in BOUND:
            raise UsageError(f"Unknown resource type {noun!r}; choose one of {', '.join(BOUND)}.")
    account = Account(evidence, parameters)
    selection = select_sets(account, binds)
    if "bucket" in binds:
        named("bucket", binds["bucket"], account.buckets)
    if "repository" in binds:
        named("repository", binds["repository"], account.repositories)
    only = len(selection.sets) == 1
    return Candidates(
        tuple(Lab(account, chosen, binds, is_only=only) for chosen in selection.sets), selection.left_out
    )


def without_candidates(evidence: Evidence, parameters: Parameters, binds: Mapping[str, str]) -> Candidates:
    """An account for a rubric that binds all its things itself: nothing in it is taken for the lab of this project."""
    lab = Lab(Account(evidence, parameters), NOTHING, {}, is_only=True)
    lab.thing_binds = binds
    return Candidates((lab,), 0)


def _left_out(candidates: Gathered[Any]) -> str:
    """Those that a service or tool made for itself, so that a person can see what was not counted."""
    names = [repr(one) for one in candidates if one.is_tool_managed]
    return f" (not counted because a tool created it: {', '.join(names[:3])})" if names else ""
