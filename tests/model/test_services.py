"""Clusters and services: where their details are, and when their newest deployment is waited for."""

from __future__ import annotations

from typing import Any

import pytest

from grader.errors import Pending, Unverified
from grader.evidence import Evidence
from grader.evidence.fields import Fields
from grader.evidence.question import Question
from grader.evidence.refusals import Refusal, RefusalKind
from grader.model.gathering import Gathered
from grader.model.load_balancing import TargetGroup, target_groups
from grader.model.security_groups import SecurityGroup, security_group
from grader.model.services import Cluster, Service, clusters, services

REGION = "eu-west-1"
CLUSTER = "arn:aws:ecs:eu-west-1:123456789012:cluster/lab"
ARN = "arn:aws:ecs:eu-west-1:123456789012:service/lab/app"
REFUSED = {"error": {"Code": "AccessDeniedException", "Message": "no identity-based policy allows it"}}
NETWORK = {"awsvpcConfiguration": {"subnets": ["subnet-1"], "securityGroups": ["sg-1"], "assignPublicIp": "ENABLED"}}
NOW = "2026-11-20T10:00:00+00:00"


def evidence(calls: dict[str, Any]) -> Evidence:
    """Evidence of one region, read at ten o'clock; each answer is given by operation and key."""
    kept = {
        operation: {REGION: {key: entry if "error" in entry else {"response": entry} for key, entry in keys.items()}}
        for operation, keys in calls.items()
    }
    return Evidence({"meta": {"account": "123456789012", "regions": [REGION], "now": NOW}, "calls": kept})


def described(**fields: Any) -> dict[str, Any]:
    """A service as AWS describes it: one task is desired, none runs."""
    return {
        "serviceArn": ARN, "serviceName": "app", "clusterArn": CLUSTER, "status": "ACTIVE",
        "desiredCount": 1, "runningCount": 0, "pendingCount": 0, **fields,
    }  # fmt: skip


def deployment(**fields: Any) -> dict[str, Any]:
    """A primary deployment in progress since three minutes, of which nothing has failed."""
    return {
        "id": "ecs-svc/2", "status": "PRIMARY", "createdAt": "2026-11-20T09:57:00+00:00",
        "failedTasks": 0, "rolloutState": "IN_PROGRESS", **fields,
    }  # fmt: skip


def event(message: str, created: str = "2026-11-20T09:58:00+00:00") -> dict[str, Any]:
    """An event of the service, written a minute after its deployment began."""
    return {"createdAt": created, "message": f"(service app) {message}"}


def service(**fields: Any) -> Service:
    """The model's service."""
    answer = {"services": [described(**fields)]}
    held = evidence({
        "ecs.ListServices": {f"cluster={CLUSTER}": {"serviceArns": [ARN]}},
        "ecs.DescribeServices": {f"cluster={CLUSTER}": answer},
    })  # fmt: skip
    return next(iter(services(held, Cluster(CLUSTER, "lab", REGION, "ACTIVE"))))


def is_waited_for(**fields: Any) -> bool:
    """Whether the service's deployment is waited for."""
    return bool(service(**fields).waiting)


def of_clusters(answer: dict[str, Any]) -> list[Cluster]:
    """The model's clusters, of one that AWS lists."""
    held = evidence({"ecs.ListClusters": {"": {"clusterArns": [CLUSTER]}}, "ecs.DescribeClusters": {"": answer}})
    return list(clusters(held, REGION))


def cluster(status: str) -> Cluster:
    """A cluster of some status."""
    return of_clusters({"clusters": [{"clusterArn": CLUSTER, "clusterName": "lab", "status": status}]})[0]


class TestClusters:
    def test_a_listed_cluster_is_read_though_it_is_not_described(self) -> None:
        """Its services are found; whether it is active is unknown, with the action that would tell."""
        found = of_clusters(REFUSED)
        assert [(one.arn, one.name, one.region) for one in found] == [(CLUSTER, "lab", REGION)]
        with pytest.raises(Unverified, match="ecs:DescribeClusters"):
            found[0].is_active  # noqa: B018 - reading it raises

    @pytest.mark.parametrize("status", ["INACTIVE", "FAILED", "DEPROVISIONING"])
    def test_a_cluster_that_is_gone_or_failed_is_not_active(self, status: str) -> None:
        """Only ACTIVE is active."""
        assert not cluster(status).is_active
        assert cluster("ACTIVE").is_active

    def test_a_cluster_that_is_provisioning_is_waited_for(self) -> None:
        """Its capacity providers are being created."""
        with pytest.raises(Pending):
            cluster("PROVISIONING").is_active  # noqa: B018 - reading it raises


class TestDetails:
    def test_express_mode_tells_them_in_the_primary_deployment(self) -> None:
        """What the service itself lacks is read from its primary deployment, not from an older one."""
        old = deployment(id="ecs-svc/1", status="ACTIVE", taskDefinition="old:1", createdAt="2026-11-19T09:00:00+00:00")
        new = deployment(taskDefinition="new:2", networkConfiguration=NETWORK, launchType="FARGATE")
        found = service(deployments=[old, new])
        assert (found.task_definition_arn, found.subnet_ids, found.security_group_ids) == (
            "new:2", ("subnet-1",), ("sg-1",)
        )  # fmt: skip
        assert found.runs_on_fargate
        assert found.assigns_public_ip

    def test_a_task_set_controller_tells_them_in_the_primary_task_set(self) -> None:
        """With CodeDeploy the primary task set decides, also where the service still names what it began with."""
        sets = [
            {"id": "ecs-svc/1", "status": "ACTIVE", "taskDefinition": "green:9"},
            {
                "id": "ecs-svc/2", "status": "PRIMARY", "taskDefinition": "blue:8",
                "networkConfiguration": NETWORK,
                "loadBalancers": [{"targetGroupArn": "tg-blue", "containerName": "app"}],
                "capacityProviderStrategy": [{"capacityProvider": "FARGATE", "weight": 1}],
            },
        ]  # fmt: skip
        found = service(deploymentController={"type": "CODE_DEPLOY"}, taskDefinition="first:1", taskSets=sets)
        assert (found.task_definition_arn, found.target_group_arns, found.container_name) == (
            "blue:8", ("tg-blue",), "app"
        )  # fmt: skip
        assert found.runs_on_fargate

    def test_the_service_itself_decides_where_it_tells_them(self) -> None:
        """A rolling deployment's own fields are those of the service."""
        found = service(taskDefinition="own:3", launchType="EC2", deployments=[deployment(launchType="FARGATE")])
        assert found.task_definition_arn == "own:3"
        assert not found.runs_on_fargate

    def test_a_provider_beside_fargate_is_not_fargate(self) -> None:
        """Every capacity provider with a weight has to be Fargate's."""
        fargate, other = {"capacityProvider": "FARGATE_SPOT", "weight": 1}, {"capacityProvider": "mine", "weight": 1}
        assert service(capacityProviderStrategy=[fargate]).runs_on_fargate
        assert not service(capacityProviderStrategy=[fargate, other]).runs_on_fargate
        assert service(capacityProviderStrategy=[fargate, {**other, "weight": 0}]).runs_on_fargate


class TestWaiting:
    def test_a_young_deployment_is_waited_for(self) -> None:
        """Also before its first task is pending."""
        with pytest.raises(Pending, match="3 minutes"):
            service(deployments=[deployment()]).has_a_running_task  # noqa: B018 - reading it raises
        assert is_waited_for(deployments=[deployment()], pendingCount=1)

    def test_a_service_that_runs_is_simply_running(self) -> None:
        """A new deployment of a running service takes nothing from it."""
        assert service(deployments=[deployment()], runningCount=1).has_a_running_task

    def test_an_old_one_is_not(self) -> None:
        """After fifteen minutes it has failed, and the message says for how long it goes on."""
        found = service(deployments=[deployment(createdAt="2026-11-19T16:00:00+00:00")]).has_a_running_task
        assert not found
        assert "18 hours" in found.found
        assert is_waited_for(deployments=[deployment(createdAt="2026-11-20T09:45:01+00:00")])
        assert not is_waited_for(deployments=[deployment(createdAt="2026-11-20T09:45:00+00:00")])

    def test_failed_tasks_end_it(self) -> None:
        """One failed task is enough."""
        assert not is_waited_for(deployments=[deployment(failedTasks=1)])

    def test_a_failed_deployment_ends_it(self) -> None:
        """The reason that AWS gives is shown."""
        reason = "ECS deployment circuit breaker: tasks failed to start."
        found = service(deployments=[deployment(rolloutState="FAILED", rolloutStateReason=reason)]).has_a_running_task
        assert not found
        assert reason in found.found

    @pytest.mark.parametrize("state", ["COMPLETED", "FAILED"])
    def test_a_deployment_that_is_done_is_not_waited_for(self, state: str) -> None:
        """Nothing more comes of it."""
        assert not is_waited_for(deployments=[deployment(rolloutState=state)])

    @pytest.mark.parametrize(
        "message",
        [
            "was unable to place a task because no container instance met all of its requirements.",
            "was unable to place a task. Reason: Capacity is unavailable at this time.",
            "is unable to consistently start tasks successfully. For more information, see the developer guide.",
            "(task 1) (port 8000) is unhealthy in (target-group tg) due to (reason Health checks failed).",
            "(task 1) failed container health checks.",
            "failed to launch a task with (error ECS was unable to assume the role).",
            "(deployment ecs-svc/2) deployment failed: tasks failed to start.",
            "rolling back to (deployment ecs-svc/1)",
            "CannotPullContainerError: pull image manifest has been retried",
        ],
    )
    def test_a_failure_event_ends_it(self, message: str) -> None:
        """ECS's own words for a failure, since the deployment began; what came before is another one's."""
        fields = {"deployments": [deployment()]}
        assert not is_waited_for(events=[event(message)], **fields)
        assert is_waited_for(events=[event(message, "2026-11-20T09:56:59+00:00")], **fields)

    @pytest.mark.parametrize(
        "message",
        [
            "has started 1 tasks: (task 1).",
            "registered 1 targets in (target-group arn:aws:…:targetgroup/failed-error/1)",
            "deregistered 1 targets in (target-group tg)",
            "has begun draining connections on 1 tasks.",
            "has stopped 1 running tasks: (task 1).",
            "has reached a steady state.",
        ],
    )
    def test_what_every_deployment_does_is_no_failure(self, message: str) -> None:
        """Nor is a name that sounds like one."""
        assert is_waited_for(events=[event(message)], deployments=[deployment()])

    def test_a_service_called_failed_has_not_failed(self) -> None:
        """Names are free."""
        said = {"createdAt": "2026-11-20T09:58:00+00:00", "message": "(service failed-error) has started 1 tasks."}
        assert is_waited_for(events=[said], deployments=[deployment()])

    def test_the_failure_of_an_older_deployment_is_its_own(self) -> None:
        """An event that names another deployment says nothing of the newest, whatever its time."""
        old = deployment(id="ecs-svc/1", status="ACTIVE", createdAt="2026-11-19T09:00:00+00:00", failedTasks=9)
        said = event("(deployment ecs-svc/1) deployment failed: tasks failed to start.")
        assert is_waited_for(deployments=[old, deployment()], events=[said])
        assert not is_waited_for(
            deployments=[old, deployment()], events=[event("(deployment ecs-svc/2) deployment failed.")]
        )

    def test_the_newest_deployment_decides(self) -> None:
        """Not the first in the list."""
        old = deployment(id="ecs-svc/1", status="ACTIVE", createdAt="2026-11-19T09:00:00+00:00")
        assert is_waited_for(deployments=[old, deployment()])
        assert not is_waited_for(deployments=[deployment(rolloutState="FAILED"), old])

    def test_a_task_set_is_waited_for_while_it_stabilizes(self) -> None:
        """CodeDeploy's replacement is the newest task set."""
        blue = {"id": "ecs-svc/1", "status": "PRIMARY", "createdAt": "2026-11-19T09:00:00+00:00"}
        green = {"id": "ecs-svc/2", "status": "ACTIVE", "createdAt": "2026-11-20T09:57:00+00:00"}
        steady, moving = {"stabilityStatus": "STEADY_STATE"}, {"stabilityStatus": "STABILIZING"}
        assert is_waited_for(taskSets=[{**blue, **steady}, {**green, **moving}])
        assert not is_waited_for(taskSets=[{**blue, **moving}, {**green, **steady}])

    def test_without_a_state_tasks_that_lack_tell_it(self) -> None:
        """An answer without rolloutState is in progress while fewer tasks run than are desired."""
        without = {**deployment(), "rolloutState": None}
        assert is_waited_for(deployments=[without])
        assert not is_waited_for(deployments=[without], runningCount=1)

    def test_nothing_is_waited_for_where_nothing_is_desired(self) -> None:
        """Desired count 0, a service that is being deleted, and one without any deployment."""
        assert not is_waited_for(deployments=[deployment()], desiredCount=0)
        assert not is_waited_for(deployments=[deployment()], status="DRAINING")
        assert not is_waited_for()

    def test_a_target_is_new_only_while_something_says_so(self) -> None:
        """In a settled service the target of a task that was just replaced is; one that goes on failing is not."""
        done, said = deployment(rolloutState="COMPLETED"), event("registered 1 targets in (target-group tg)")
        assert service(deployments=[done], events=[said]).may_have_a_new_target
        assert service(deployments=[deployment()]).may_have_a_new_target
        assert not service(deployments=[done]).may_have_a_new_target
        late = event("registered 1 targets in (target-group tg)", "2026-11-20T09:40:00+00:00")
        assert not service(deployments=[done], events=[late]).may_have_a_new_target
        unhealthy = event("(task 1) (port 8000) is unhealthy in (target-group tg) due to (reason timed out).")
        assert not service(deployments=[done], events=[said, unhealthy]).may_have_a_new_target
        stuck = deployment(createdAt="2026-11-19T09:00:00+00:00")
        assert not service(deployments=[stuck], events=[said]).may_have_a_new_target


class TestWhatAwsSays:
    def test_every_detail_is_read_where_aws_gives_it(self) -> None:
        """Of a plain service with a rolling deployment."""
        found = service(
            launchType="FARGATE", desiredCount=3, runningCount=2, pendingCount=1, taskDefinition="app:7",
            networkConfiguration=NETWORK,
            loadBalancers=[{"targetGroupArn": "tg-1", "containerName": "web", "containerPort": 8000}],
        )  # fmt: skip
        assert (found.arn, found.name, found.region, found.cluster_arn) == (ARN, "app", REGION, CLUSTER)
        assert (found.status, found.launch_type, found.capacity_providers) == ("ACTIVE", "FARGATE", ())
        assert (found.desired_count, found.running_count, found.pending_count) == (3, 2, 1)
        assert (found.task_definition_arn, found.container_name) == ("app:7", "web")
        assert (found.subnet_ids, found.security_group_ids, found.target_group_arns) == (
            ("subnet-1",), ("sg-1",), ("tg-1",)
        )  # fmt: skip
        assert found.assigns_public_ip
        assert found.now.isoformat() == NOW
        assert [one.operation for one in found.sources] == ["ecs.DescribeServices"]
        assert found.sources[0].region == REGION
        assert found.sources[0].key == f"cluster={CLUSTER}"
        assert repr(found) == "service app"

    def test_what_aws_leaves_out_is_nothing(self) -> None:
        """No network, no load balancer, no launch type: a bare service is in no subnet and on nothing."""
        found = service()
        assert (found.subnet_ids, found.security_group_ids, found.target_group_arns) == ((), (), ())
        assert (found.launch_type, found.task_definition_arn, found.container_name) == ("", "", "")
        assert not found.assigns_public_ip
        assert not found.runs_on_fargate
        assert "none" in found.runs_on_fargate.found

    def test_a_blue_green_service_registers_in_both_groups(self) -> None:
        """That of ECS's own blue/green deployments names the other one; each is named once."""
        balancers = [
            {"targetGroupArn": "blue", "advancedConfiguration": {"alternateTargetGroupArn": "green"}},
            {"targetGroupArn": "blue", "containerName": "later"},
            {"loadBalancerName": "classic"},
        ]
        found = service(loadBalancers=balancers)
        assert found.target_group_arns == ("blue", "green")

    def test_an_external_controller_has_task_sets_as_well(self) -> None:
        """As CodeDeploy has; what the task set lacks is read from the service."""
        sets = [{"id": "1", "status": "PRIMARY", "taskDefinition": "set:1"}]
        external = {"deploymentController": {"type": "EXTERNAL"}, "taskSets": sets}
        found = service(**external, taskDefinition="own:1", networkConfiguration=NETWORK)
        assert (found.task_definition_arn, found.subnet_ids) == ("set:1", ("subnet-1",))
        rolling = service(deploymentController={"type": "ECS"}, taskDefinition="own:1", taskSets=sets)
        assert rolling.task_definition_arn == "own:1"
        assert service(taskDefinition="own:1", taskSets=sets).task_definition_arn == "own:1"

    def test_only_what_is_primary_tells_them(self) -> None:
        """Not the task set or deployment that is being replaced."""
        old = {"id": "1", "status": "DRAINING", "taskDefinition": "old:1"}
        assert service(taskSets=[old]).task_definition_arn == ""
        assert service(deployments=[{**old, "status": "ACTIVE"}]).task_definition_arn == ""
        assert service(taskSets=[{**old, "status": "PRIMARY"}]).task_definition_arn == "old:1"

    def test_a_launch_type_beside_a_strategy_is_not_used(self) -> None:
        """A strategy decides; providers of weight and base 0 run nothing, unless there is no other."""
        both = service(launchType="EC2", capacityProviderStrategy=[{"capacityProvider": "FARGATE", "weight": 1}])
        assert (both.launch_type, both.capacity_providers) == ("", ("FARGATE",))
        assert both.runs_on_fargate
        based = [{"capacityProvider": "mine", "weight": 0, "base": 1}, {"capacityProvider": "FARGATE", "weight": 1}]
        assert service(capacityProviderStrategy=based).capacity_providers == ("mine", "FARGATE")
        unweighted = [{"capacityProvider": "FARGATE"}]
        assert service(capacityProviderStrategy=unweighted).capacity_providers == ("FARGATE",)
        nothing = [{"capacityProvider": "FARGATE", "weight": 0}]
        assert service(capacityProviderStrategy=nothing).capacity_providers == ("FARGATE",)

    def test_express_mode_tells_balancers_and_providers_in_the_primary_deployment(self) -> None:
        """Each detail is read from the first place that has it."""
        spot = [{"capacityProvider": "FARGATE_SPOT", "weight": 1}]
        told = deployment(loadBalancers=[{"targetGroupArn": "tg-1"}], capacityProviderStrategy=spot)
        found = service(deployments=[told], taskDefinition="app:1")
        assert (found.target_group_arns, found.capacity_providers) == (("tg-1",), ("FARGATE_SPOT",))

    def test_a_provider_without_a_weight_runs_tasks(self) -> None:
        """AWS leaves out what is not set; weight and base of 0 are set."""
        strategy = [{"capacityProvider": "mine"}, {"capacityProvider": "FARGATE", "weight": 0, "base": 0}]
        assert service(capacityProviderStrategy=strategy).capacity_providers == ("mine",)

    def test_both_providers_of_fargate_together_are_fargate(self) -> None:
        """Spot capacity beside the plain one is nothing else."""
        both = [{"capacityProvider": name, "weight": 1} for name in ("FARGATE", "FARGATE_SPOT")]
        assert service(capacityProviderStrategy=both).runs_on_fargate

    @pytest.mark.parametrize(("launch_type", "right"), [("FARGATE", True), ("EC2", False), ("EXTERNAL", False)])
    def test_the_launch_type_is_fargates(self, launch_type: str, right: bool) -> None:
        """No other will do."""
        assert bool(service(launchType=launch_type).runs_on_fargate) is right

    def test_a_service_without_a_status_is_not_active(self) -> None:
        """Nor is a task set or a deployment without one the primary one."""
        bare = {"id": "1", "taskDefinition": "old:1"}
        found = service(status=None, taskSets=[bare], deployments=[bare])
        assert not found.is_active
        assert found.task_definition_arn == ""

    def test_a_service_without_a_name_is_called_by_its_arn(self) -> None:
        """As a cluster is."""
        assert service(serviceName=None).name == "app"
        found = of_clusters({"clusters": [{"clusterArn": CLUSTER, "status": "ACTIVE"}]})[0]
        assert (found.name, found.arn, found.region, repr(found)) == ("lab", CLUSTER, REGION, "cluster lab")
        assert [(one.operation, one.region) for one in found.sources] == [("ecs.DescribeClusters", REGION)]

    def test_a_cluster_without_a_status_is_not_active(self) -> None:
        """Nothing is taken to be."""
        assert not of_clusters({"clusters": [{"clusterArn": CLUSTER}]})[0].is_active
        assert not cluster("").is_active

    def test_a_service_is_active_and_wants_a_task(self) -> None:
        """Only an active one is, and one desired task is enough."""
        assert service().is_active
        assert not service(status="DRAINING").is_active
        assert [bool(service(desiredCount=number).wants_a_task) for number in (0, 1, 2)] == [False, True, True]


class TestListedServices:
    def read(self, listed: Any, *described_services: dict[str, Any]) -> list[str]:
        """The names of the services that are read."""
        held = evidence({
            "ecs.ListServices": {f"cluster={CLUSTER}": listed},
            "ecs.DescribeServices": {f"cluster={CLUSTER}": {"services": list(described_services)}},
        })  # fmt: skip
        return [one.name for one in services(held, Cluster(CLUSTER, "lab", REGION, "ACTIVE"))]

    def test_a_deleted_service_is_none(self) -> None:
        """AWS still describes it, and lists it no more; an inactive one is deleted too."""
        other = described(serviceArn=f"{ARN}-old", serviceName="old")
        assert self.read({"serviceArns": [ARN]}, described(), other) == ["app"]
        assert self.read({"serviceArns": []}, described()) == []
        assert self.read({"serviceArns": [ARN]}, described(status="INACTIVE")) == []

    def test_a_refused_list_hides_none(self) -> None:
        """Whatever is described counts then, but for the inactive."""
        other = described(serviceArn=f"{ARN}-old", serviceName="old")
        assert self.read(REFUSED, described(), other) == ["app", "old"]
        assert self.read(REFUSED, described(status="INACTIVE")) == []

    def test_a_region_without_clusters_is_not_asked_further(self) -> None:
        """Its clusters are none, though nothing was described."""
        assert list(clusters(evidence({"ecs.ListClusters": {"": {"clusterArns": []}}}), REGION)) == []

    def test_an_inactive_cluster_is_told_as_such(self) -> None:
        """AWS describes it for a while after it was deleted."""
        assert [one.status for one in of_clusters({"clusters": [{"clusterArn": CLUSTER, "status": "INACTIVE"}]})] == [
            "INACTIVE"
        ]


class TestParts:
    def test_it_uses_a_security_group_that_its_tasks_carry(self) -> None:
        """By its id."""
        found = service(networkConfiguration=NETWORK)
        assert found.uses(_group("sg-1"))
        assert not found.uses(_group("sg-2"))
        assert "no security group" in service().uses(_group("sg-1")).found
        assert "sg-1" in found.uses(_group("sg-2")).found

    def test_it_registers_in_a_group_that_exists(self) -> None:
        """One of several is enough; a refused list of its region may hold it, that of another may not."""
        balancers = [{"targetGroupArn": "arn:aws:elb:x:tg-1"}, {"targetGroupArn": "arn:aws:elb:x:tg-2"}]
        found = service(loadBalancers=balancers)
        assert found.registers_in_one_of(_groups("arn:aws:elb:x:tg-2"))
        gone = found.registers_in_one_of(_groups("arn:aws:elb:x:tg-3"))
        assert not gone
        assert "tg-1, tg-2, which does not exist" in gone.found
        assert "no target group" in service().registers_in_one_of(_groups("arn:aws:elb:x:tg-1")).found
        with pytest.raises(Unverified):
            found.registers_in_one_of(_groups(gap=REGION))
        assert not found.registers_in_one_of(_groups(gap="us-east-1"))
        assert found.registers_in_one_of(_groups("arn:aws:elb:x:tg-1", gap=REGION))

    def test_why_no_task_runs_is_said(self) -> None:
        """The trouble of its deployment goes before its last event."""
        done = deployment(rolloutState="COMPLETED")
        last = service(deployments=[done], events=[event("has stopped 1 running tasks.")]).has_a_running_task
        assert not last
        assert "runs 0 of 1 tasks; its last event: (service app) has stopped" in last.found
        failed = service(deployments=[deployment(failedTasks=2)], events=[event("has started 1 tasks.")])
        assert "2 tasks of its deployment have failed" in failed.has_a_running_task.found
        assert service(deployments=[done]).has_a_running_task.found == "service app runs 0 of 1 tasks"
        assert service(deployments=[done], runningCount=1).has_a_running_task

    def test_an_event_of_the_deployment_is_quoted(self) -> None:
        """ECS's own words."""
        said = event("was unable to place a task.")
        found = service(deployments=[deployment()], events=[said])
        assert "an event of its deployment says: (service app) was unable to place a task." in found.trouble
        assert service(deployments=[deployment()]).trouble == ""
        stuck = service(deployments=[deployment(createdAt="2026-11-19T10:00:00+00:00")])
        assert stuck.trouble == "its deployment has been in progress for 24 hours"
        assert service(deployments=[deployment(createdAt=None)]).waiting == (
            "the deployment of service app is still in progress"
        )
        assert "service app, which began 3 minutes ago, is" in service(deployments=[deployment()]).waiting


def _group(identifier: str) -> SecurityGroup:
    return security_group(Fields({"GroupId": identifier, "GroupName": "g", "VpcId": "vpc-1"}, "group"))


def _groups(*arns: str, gap: str = "") -> Gathered[TargetGroup]:
    described = [{"TargetGroupArn": arn, "TargetGroupName": "g"} for arn in arns]
    held = evidence({"elbv2.DescribeTargetGroups": {"": {"TargetGroups": described}}})
    refusal = Refusal(Question("elbv2.DescribeTargetGroups", gap), RefusalKind.OTHER, "x", "", "")
    return Gathered(tuple(target_groups(held, REGION)), (Unverified("refused", (refusal,)),) if gap else ())
