"""Section 5: AWS Fargate deployment and CloudWatch configuration."""

from grader.model.application import Application
from grader.model.gathering import Gathered
from grader.model.load_balancing import TargetGroup
from grader.model.security_groups import LabSecurityGroups
from grader.model.services import Cluster, Service
from grader.model.task_definitions import TaskDefinition
from grader.model.vpcs import Vpc


class TestCluster:
    def test_there_is_an_active_cluster(self, cluster: Cluster) -> None:
        assert cluster.is_active


class TestTaskDefinition:
    def test_the_task_definition_requires_fargate(self, task_definition: TaskDefinition) -> None:
        assert task_definition.requires_fargate

    def test_the_task_definition_is_for_the_platform(
        self, task_definition: TaskDefinition, operating_system: str, architecture: str
    ) -> None:
        """The task definition is for {operating_system}/{architecture}."""
        assert task_definition.is_for(operating_system, architecture)

    def test_the_task_has_the_size(self, task_definition: TaskDefinition, cpu: int, memory: int) -> None:
        """The task has {cpu} and {memory}."""
        assert task_definition.has_size(cpu, memory)

    def test_the_task_definition_has_both_roles(self, task_definition: TaskDefinition) -> None:
        assert task_definition.has_both_roles

    def test_the_task_definition_uses_an_image_from_ecr(self, task_definition: TaskDefinition) -> None:
        assert task_definition.uses_an_image_from_ecr

    def test_the_container_exposes_the_port(self, task_definition: TaskDefinition, port: int) -> None:
        """The container exposes port {port}."""
        assert task_definition.exposes(port)

    def test_the_task_definition_uses_awsvpc_networking(self, task_definition: TaskDefinition) -> None:
        assert task_definition.uses_awsvpc

    def test_the_container_sends_its_logs_to_cloudwatch(self, task_definition: TaskDefinition) -> None:
        assert task_definition.collects_logs


class TestService:
    def test_there_is_an_active_service(self, service: Service) -> None:
        assert service.is_active

    def test_the_service_runs_on_fargate(self, service: Service) -> None:
        assert service.runs_on_fargate

    def test_the_service_has_a_desired_count_of_at_least_one(self, service: Service) -> None:
        assert service.wants_a_task

    def test_the_service_is_in_private_subnets(self, service: Service, vpc: Vpc) -> None:
        assert vpc.has_private_subnets(service.subnet_ids)

    def test_the_service_uses_the_resource_security_group(
        self, service: Service, security_groups: LabSecurityGroups
    ) -> None:
        assert service.uses(security_groups.of_resources)

    def test_the_service_registers_in_a_target_group(
        self, service: Service, target_groups: Gathered[TargetGroup]
    ) -> None:
        assert service.registers_in_one_of(target_groups)


class TestRunning:
    def test_a_task_is_running(self, service: Service) -> None:
        assert service.has_a_running_task

    def test_a_target_is_healthy(self, application: Application) -> None:
        assert application.has_healthy_target


class TestAccess:
    def test_the_load_balancer_leads_to_the_application(self, application: Application) -> None:
        assert application.is_reachable
