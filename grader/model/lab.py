"""The lab in one account: every noun that checks ask about, each bound once to a candidate.

Names, regions and order are free, so each noun is searched in every region and the best candidate is taken: the one
whose parts fit together. ``bindings`` says which was chosen, why, and what came second.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from ipaddress import IPv4Network
from typing import Any, TypeVar

from grader.errors import Missing, Undecided, UsageError
from grader.evidence import Evidence
from grader.evidence.tracking import bound, derived
from grader.model.addresses import ipv4_network
from grader.model.application import Application
from grader.model.budgets import Budgets
from grader.model.findings import Finding, known
from grader.model.gathering import Binding, Gathered, gather
from grader.model.identity import AccountAlias, Administrator, CommandLine, RootUser, Users
from grader.model.load_balancing import LoadBalancer, TargetGroup, load_balancers, target_groups
from grader.model.network import Network, Tenants
from grader.model.registry import DockerLogin, Repository, repositories
from grader.model.security_groups import LabSecurityGroups, choose_groups
from grader.model.services import Cluster, Service, clusters, services
from grader.model.storage import Bucket, buckets
from grader.model.task_definitions import TaskDefinition, ecr_image, task_definition
from grader.model.trail import Trail
from grader.model.vpcs import Vpc

T = TypeVar("T")
Signs = Callable[[Any], "list[tuple[int, str]]"]
NO = Finding(False, "")
BINDINGS = ("bucket", "repository", "vpc", "load_balancer", "target_group", "cluster", "task_definition", "service")


class Lab:
    """One account as the lab sees it. ``binds`` overrides the choice of a candidate by its id, ARN or name."""

    def __init__(self, evidence: Evidence, binds: Mapping[str, str] | None = None) -> None:
        self.evidence = evidence
        self.binds = dict(binds or {})
        self.memo: dict[str, Any] = {}
        for noun in self.binds:
            if noun not in BINDINGS:
                raise UsageError(f"there is nothing called {noun!r} to bind; there is {', '.join(BINDINGS)}.")

    # --- section 1

    @derived
    def root_user(self) -> RootUser:
        """The root user."""
        return RootUser(self.evidence)

    @derived
    def users(self) -> Users:
        """All IAM users."""
        return Users(self.evidence)

    @derived
    def administrator(self) -> Administrator:
        """The administrator of step 1.2."""
        return Administrator(self.users)

    @derived
    def account_alias(self) -> AccountAlias:
        """The account's alias."""
        return AccountAlias(self.evidence)

    @derived
    def trail(self) -> Trail:
        """CloudTrail's event history."""
        return Trail(self.evidence)

    @derived
    def command_line(self) -> CommandLine:
        """Access from the command line."""
        return CommandLine(self.evidence, self.users, self.trail)

    @derived
    def budgets(self) -> Budgets:
        """The account's budgets."""
        return Budgets(self.evidence)

    # --- what is gathered over regions

    def _in_regions(self, read: Callable[[Evidence, str], Iterable[T]]) -> Gathered[T]:
        return gather(lambda region: read(self.evidence, region), self.evidence.regions)

    @derived
    def buckets(self) -> Gathered[Bucket]:
        """Every bucket that no tool made."""
        return self._all_buckets.where(lambda bucket: not bucket.is_a_tools)

    @derived
    def _all_buckets(self) -> Gathered[Bucket]:
        return gather(buckets, [self.evidence])

    @derived
    def own_bucket_names(self) -> tuple[str, ...]:
        """The names of those buckets; raises ``Unverified`` where AWS would not list them."""
        return tuple(bucket.name for bucket in self.buckets.complete())

    @derived
    def repositories(self) -> Gathered[Repository]:
        """Every repository that no tool made."""
        return self._all_repositories.where(lambda repository: not repository.is_a_tools)

    @derived
    def _all_repositories(self) -> Gathered[Repository]:
        return self._in_regions(repositories)

    @derived
    def load_balancers(self) -> Gathered[LoadBalancer]:
        """Every application load balancer."""
        return self._in_regions(load_balancers).where(lambda balancer: balancer.type == "application")

    @derived
    def target_groups(self) -> Gathered[TargetGroup]:
        """Every target group."""
        return self._in_regions(target_groups)

    @derived
    def clusters(self) -> Gathered[Cluster]:
        """Every cluster, inactive ones too."""
        return self._in_regions(clusters)

    @derived
    def services(self) -> Gathered[Service]:
        """Every service of every active cluster."""
        active = self.clusters.where(lambda cluster: cluster.status == "ACTIVE")
        found = gather(lambda cluster: services(self.evidence, cluster), active)
        return Gathered(found.items, (*self.clusters.gaps, *found.gaps))

    @derived
    def networks(self) -> dict[str, Network]:
        """The network of each region."""
        balancers = known(lambda: self.load_balancers.items, ())
        running = known(lambda: self.services.items, ())
        return {
            region: Network(
                self.evidence,
                region,
                Tenants(
                    frozenset(s for b in balancers if b.region == region for s in b.subnet_ids),
                    frozenset(s for one in running if one.region == region for s in one.subnet_ids),
                ),
            )
            for region in self.evidence.regions
        }

    # --- the VPC and its groups

    @derived
    def _vpcs(self) -> Gathered[Vpc]:
        return gather(lambda network: network.vpcs, self.networks.values())

    @derived
    def _vpc_binding(self) -> Binding[Vpc]:
        own = self._vpcs.where(lambda vpc: not vpc.is_default or "vpc" in self.binds)
        if own.items:
            return self._choose("vpc", own, self._signs_of_vpc)
        # The default VPC only if there is no other, and only if something was built in it: AWS made the rest.
        built_in = self._vpcs.where(lambda vpc: bool(self._signs_of_vpc(vpc)))
        if not built_in.items:
            raise self._vpcs.nothing(f"There is no VPC of your own in {self._searched}.")
        return self._choose("vpc", built_in, self._signs_of_vpc)

    def _signs_of_vpc(self, vpc: Vpc) -> list[tuple[int, str]]:
        network = vpc.network
        subnets = known(lambda: [s for s in vpc.subnets if not s.is_default], [])
        ids = {subnet.id for subnet in known(lambda: vpc.subnets, ())}
        groups = known(lambda: [g for g in vpc.security_groups if not g.is_default], [])
        signs = [
            (8, "the service's subnets", bool(network.tenants.services & ids)),
            (6, "a load balancer", any(b.vpc_id == vpc.id for b in self.load_balancers)),
            (4, "a NAT gateway", any(n.is_live for n in known(lambda: vpc.nat_gateways, ()))),
            (2, "an internet gateway", not vpc.is_default and vpc.id in known(lambda: network.attached_vpc_ids, set())),
            (min(len(subnets), 4), f"{len(subnets)} subnets", bool(subnets)),
            (min(len(groups), 2), f"{len(groups)} security groups", bool(groups)),
            (3, "the lab's name", "sentiment" in vpc.name.lower()),
        ]
        return [(weight, words) for weight, words, seen in signs if seen]

    @bound
    def vpc(self) -> Vpc:
        """The lab's VPC."""
        return self._vpc_binding.chosen

    @derived
    def security_groups(self) -> LabSecurityGroups:
        """The two security groups of step 4.6, in the lab's VPC."""
        vpc = self.vpc
        on_balancer = frozenset(i for b in self.load_balancers if b.vpc_id == vpc.id for i in b.security_group_ids)
        balancer = known(lambda: self.load_balancer, None)
        service = known(lambda: self.service, None)
        pair = choose_groups(
            vpc.security_groups,
            frozenset(balancer.security_group_ids) if balancer is not None else on_balancer,
            frozenset(service.security_group_ids) if service is not None else frozenset(),
        )
        if pair is None:
            raise Missing(f"There is no security group in {vpc!r} but the one that AWS made.")
        return LabSecurityGroups(*pair, vpc.network_blocks, self._task_blocks(vpc, service))

    def _task_blocks(self, vpc: Vpc, service: Service | None) -> tuple[IPv4Network, ...]:
        """The blocks of the subnets of the service's tasks in ``vpc``; without a service, of its private subnets."""
        inside = known(lambda: [subnet for subnet in vpc.subnets if service and subnet.id in service.subnet_ids], [])
        subnets = inside or known(lambda: list(vpc.private_subnets), [])
        return tuple(ipv4_network(subnet.cidr, subnet.id) for subnet in subnets if subnet.cidr)

    # --- the containers

    @derived
    def _service_binding(self) -> Binding[Service]:
        vpc = known(lambda: self.vpc, None)
        inside = {subnet.id for subnet in known(lambda: vpc.subnets if vpc else (), ())}
        exist = {group.arn for group in self.target_groups}

        def signs(service: Service) -> list[tuple[int, str]]:
            found = [
                (64, "it stands in the lab's VPC", bool(inside & set(service.subnet_ids))),
                (32, "it registers in a target group", bool(exist & set(service.target_group_arns))),
                (16, "it runs tasks", service.running_count > 0),
                (8, "it wants tasks", service.desired_count > 0),
                (4, "it is on Fargate", bool(service.runs_on_fargate)),
                (2, "it is active", service.status == "ACTIVE"),
                (1, "it has the lab's name", "sentiment" in service.name.lower()),
            ]
            return [(weight, words) for weight, words, seen in found if seen]

        if not self.services.items:
            raise self.services.nothing(f"There is no ECS service in {self._searched}.")
        return self._choose("service", self.services, signs)

    @bound
    def service(self) -> Service:
        """The lab's ECS service."""
        return self._service_binding.chosen

    @derived
    def _cluster_binding(self) -> Binding[Cluster]:
        service = known(lambda: self.service, None)

        def signs(cluster: Cluster) -> list[tuple[int, str]]:
            found = [
                (4, "the service runs in it", service is not None and service.cluster_arn == cluster.arn),
                (2, "it is active", cluster.status == "ACTIVE"),
                (1, "it has the lab's name", "sentiment" in cluster.name.lower()),
            ]
            return [(weight, words) for weight, words, seen in found if seen]

        if not any(cluster.status == "ACTIVE" for cluster in self.clusters) and self.clusters.gaps:
            raise self.clusters.nothing("")
        if not self.clusters.items:
            raise self.clusters.nothing(f"There is no ECS cluster in {self._searched}.")
        return self._choose("cluster", self.clusters, signs)

    @bound
    def cluster(self) -> Cluster:
        """The lab's ECS cluster."""
        return self._cluster_binding.chosen

    @derived
    def _task_definition_binding(self) -> Binding[TaskDefinition]:
        service = known(lambda: self.service, None)
        if service is not None and service.task_definition_arn:
            chosen = task_definition(self.evidence, service.region, service.task_definition_arn, service.container_name)
            return Binding(chosen, f"{service!r} runs it", None, chosen.sources)
        active = self._active_task_definitions
        if not active.items:
            raise active.nothing(f"There is no task definition in {self._searched}.")
        return self._choose("task_definition", active, _signs_of_task_definition)

    @derived
    def _active_task_definitions(self) -> Gathered[TaskDefinition]:
        listed = self._in_regions(
            lambda evidence, region: [
                (region, arn) for arn in evidence.answer("ecs.ListTaskDefinitions", region).texts("taskDefinitionArns")
            ]
        )
        asked = {question.key for question in self.evidence.asked("ecs.DescribeTaskDefinition")}
        # Of many revisions only the newest are described; without any, asking says that nothing was.
        described = [(r, a) for r, a in listed if f"taskDefinition={a}" in asked] or list(listed)[:1]
        found = gather(lambda place: [task_definition(self.evidence, *place)], described)
        active = found.where(lambda definition: definition.status in ("ACTIVE", ""))
        return Gathered(active.items, (*listed.gaps, *active.gaps))

    @bound
    def task_definition(self) -> TaskDefinition:
        """The deployed task definition; without a service the best active one."""
        return self._task_definition_binding.chosen

    # --- the load balancer

    @derived
    def _load_balancer_binding(self) -> Binding[LoadBalancer]:
        vpc = known(lambda: self.vpc, None)
        service = known(lambda: self.service, None)
        wanted = set(service.target_group_arns) if service is not None else set()
        linked = {arn for group in self.target_groups if group.arn in wanted for arn in group.load_balancer_arns}

        def signs(balancer: LoadBalancer) -> list[tuple[int, str]]:
            forwards = set(known(lambda: balancer.forwarded_target_group_arns, ()))
            found = [
                (32, "it stands in the lab's VPC", vpc is not None and balancer.vpc_id == vpc.id),
                (16, "it leads to the service", bool(forwards & wanted) or balancer.arn in linked),
                (8, "it is internet-facing", balancer.scheme == "internet-facing"),
                (4, "it forwards to a target group", bool(forwards)),
                (2, "it is active", balancer.state.startswith("active")),
                (1, "it has the lab's name", "sentiment" in balancer.name.lower()),
            ]
            return [(weight, words) for weight, words, seen in found if seen]

        if not self.load_balancers.items:
            raise self.load_balancers.nothing(f"There is no Application Load Balancer in {self._searched}.")
        return self._choose("load_balancer", self.load_balancers, signs)

    @bound
    def load_balancer(self) -> LoadBalancer:
        """The lab's load balancer."""
        return self._load_balancer_binding.chosen

    @derived
    def _target_group_binding(self) -> Binding[TargetGroup]:
        service, vpc = known(lambda: self.service, None), known(lambda: self.vpc, None)
        balancer = known(lambda: self.load_balancer, None)
        registered = set(service.target_group_arns) if service is not None else set()

        def signs(group: TargetGroup) -> list[tuple[int, str]]:
            found = [
                (32, "the service registers in it", group.arn in registered),
                (16, "the load balancer forwards to it", balancer is not None and balancer.sends_traffic_to(group)),
                (8, "it stands in the lab's VPC", vpc is not None and group.vpc_id == vpc.id),
                (4, "it is for ip targets on HTTP:8000", bool(group.takes_ip_targets_over_http_8000)),
                (2, "it checks /health", bool(group.checks_health_at_health)),
                (1, "it has the lab's name", "sentiment" in group.name.lower()),
            ]
            return [(weight, words) for weight, words, seen in found if seen]

        if not self.target_groups.items:
            raise self.target_groups.nothing(f"There is no target group in {self._searched}.")
        return self._choose("target_group", self.target_groups, signs)

    @bound
    def target_group(self) -> TargetGroup:
        """The target group that the service registers in; else the one that is forwarded to."""
        return self._target_group_binding.chosen

    # --- the registry and the bucket

    @derived
    def _repository_binding(self) -> Binding[Repository]:
        images = known(lambda: [c.image for c in self.task_definition.containers], [])
        used = {(image.region, image.repository) for image in map(ecr_image, images) if image}

        def signs(repository: Repository) -> list[tuple[int, str]]:
            found = [
                (16, "the task definition uses it", (repository.region, repository.name) in used),
                (8, "it holds a tagged image", bool(known(lambda: repository.holds_a_tagged_image, NO))),
                (4, "it holds an image", bool(known(lambda: repository.holds_an_image, NO))),
                (2, "it uses AES-256", bool(repository.uses_aes_256)),
                (1, "it has the lab's name", "sentiment" in repository.name.lower()),
            ]
            return [(weight, words) for weight, words, seen in found if seen]

        if not self.repositories.items:
            found = f"There is no private ECR repository of your own in {self._searched}"
            raise self.repositories.nothing(f"{found}{_left_out(self._all_repositories)}.")
        return self._choose("repository", self.repositories, signs)

    @bound
    def repository(self) -> Repository:
        """The lab's ECR repository."""
        return self._repository_binding.chosen

    @derived
    def docker_login(self) -> DockerLogin:
        """Whether Docker was logged in to the registry."""
        return DockerLogin(self.repositories.items, self.repositories.gaps, self.trail)

    @derived
    def _bucket_binding(self) -> Binding[Bucket]:
        values = known(lambda: [v for c in self.task_definition.containers for _, v in c.environment], [])

        def signs(bucket: Bucket) -> list[tuple[int, str]]:
            found = [
                (8, "the task definition names it", any(bucket.name in value for value in values)),
                (4, "it holds files", bool(known(lambda: bucket.holds_files, NO))),
                (2, "it blocks public access", bool(known(lambda: bucket.blocks_public_access, NO))),
                (1, "it has the lab's name", "sentiment" in bucket.name or "mlops" in bucket.name),
            ]
            return [(weight, words) for weight, words, seen in found if seen]

        if not self.buckets.items:
            raise self.buckets.nothing(f"There is no S3 bucket of your own{_left_out(self._all_buckets)}.")
        return self._choose("bucket", self.buckets, signs)

    @bound
    def bucket(self) -> Bucket:
        """The lab's bucket; those that AWS services and tools made for themselves are left out."""
        return self._bucket_binding.chosen

    @derived
    def application(self) -> Application:
        """The sentiment service as seen from outside."""
        return Application(self)

    # --- choosing

    @property
    def _searched(self) -> str:
        regions = self.evidence.regions
        return ", ".join(regions) if len(regions) <= 4 else f"any of the {len(regions)} regions searched"

    def _choose(self, noun: str, candidates: Gathered[T], signs: Signs) -> Binding[T]:
        """The candidate with the strongest signs; of equal ones the first by name, whatever AWS's order."""
        wanted = self.binds.get(noun)
        ranked = sorted(
            (
                (sum(weight for weight, _ in found), _identity(one), one, found)
                for one in candidates
                for found in [signs(one)]
            ),
            key=lambda entry: (-entry[0], entry[1]),
        )
        if wanted is not None:
            ranked = [entry for entry in ranked if wanted in entry[1]]
            if not ranked:
                raise UsageError(f"there is no {noun.replace('_', ' ')} {wanted!r} in this account.", where="--bind")
        first = ranked[0]
        why = f"named by --bind {noun}" if wanted is not None else ", ".join(words for _, words in first[3])
        return Binding(
            chosen=first[2],
            why=why or "it is the only candidate",
            runner_up=ranked[1][2] if len(ranked) > 1 else None,
            sources=getattr(first[2], "sources", ()),
        )

    def bindings(self) -> dict[str, Binding[Any]]:
        """What was chosen for each noun; a noun that is missing or unknown is left out."""
        found: dict[str, Binding[Any]] = {}
        for noun in BINDINGS:
            try:
                found[noun] = getattr(self, f"_{noun}_binding")
            except Undecided:
                continue
        return found


def _left_out(tools: Gathered[Any]) -> str:
    """Those that a service or tool made for itself, so that a person can see what was not counted."""
    names = [repr(one) for one in tools]
    return f" (not counted, as a tool made it: {', '.join(names[:3])})" if names else ""


def _identity(candidate: Any) -> tuple[str, ...]:
    return tuple(
        str(getattr(candidate, name)) for name in ("name", "family", "id", "arn", "region") if hasattr(candidate, name)
    )


def _signs_of_task_definition(definition: TaskDefinition) -> list[tuple[int, str]]:
    claims = (
        definition.requires_fargate, definition.is_linux_x86_64, definition.has_1_vcpu_and_3_gb,
        definition.has_both_roles, known(lambda: definition.uses_an_image_from_ecr, NO),
        known(lambda: definition.exposes_port_8000, NO), definition.uses_awsvpc,
        known(lambda: definition.collects_logs, NO),
    )  # fmt: skip
    held = sum(map(bool, claims))
    return [(1000 * held + min(definition.revision, 999), f"it does {held} of the {len(claims)} things asked")]
