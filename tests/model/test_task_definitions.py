"""Task definitions: which container is the application's, and what is right about it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from grader.errors import Missing
from grader.evidence import Evidence
from grader.evidence.tracking import Remark, reading
from grader.model.findings import Finding
from grader.model.task_definitions import TaskDefinition, ecr_image, hides_buckets, in_units, task_definition
from tests.model.evidence import REGION, evidence

Json = dict[str, Any]
IMAGE = f"123456789012.dkr.ecr.{REGION}.amazonaws.com/lab/sentiment:1"
LOGS = {"logDriver": "awslogs", "options": {"awslogs-group": "/ecs/lab", "awslogs-region": "eu-north-1"}}


def container(name: str = "app", *ports: int | str | Json, **more: Any) -> Json:
    """A container with TCP ports, by number, range (``"8000-8010"``) or as a mapping; 8000 if none are given."""
    return {"name": name, "image": IMAGE, "portMappings": [_mapping(p) for p in ports or (8000,)], **more}


def _mapping(port: int | str | Json) -> Json:
    if isinstance(port, dict):
        return port
    return {"containerPort" if isinstance(port, int) else "containerPortRange": port}


def defined(*containers: Json, app: str = "", **more: Any) -> TaskDefinition:
    """A revision with these containers, one by the book if none are given, as the service of ``app`` runs it."""
    described = {
        "family": "lab", "revision": 3, "cpu": "1024", "memory": "3072", "networkMode": "awsvpc",
        "requiresCompatibilities": ["FARGATE"], "taskRoleArn": "arn:aws:iam::1:role/task",
        "executionRoleArn": "arn:aws:iam::1:role/execution", "containerDefinitions": list(containers or [container()]),
    }  # fmt: skip
    answer = {"taskDefinition": {name: value for name, value in {**described, **more}.items() if value is not None}}
    document = evidence({"ecs.DescribeTaskDefinition": {"taskDefinition=lab:3": answer}})
    return task_definition(document, REGION, "lab:3", app, 8000)


@pytest.mark.parametrize(
    ("text", "units"),
    [
        ("1024", 1024), ("1 vCPU", 1024), ("1vcpu", 1024), (".5 vCPU", 512), ("0.5 vCPU", 512), ("1. vCPU", 1024),
        ("3072", 3072), ("3 GB", 3072), ("3GB", 3072), ("3 GiB", 3072), ("3072 MB", 3072), ("3072MiB", 3072),
        (" 3 gb ", 3072), ("", 0), ("much", 0), ("3 TB", 0), ("3 GB!", 0), (". vCPU", 0),
    ],
)  # fmt: skip
def test_sizes_are_read_in_every_form_that_aws_takes(text: str, units: float) -> None:
    """CPU units and MiB, or with a unit in any spelling."""
    assert in_units(text) == units


@pytest.mark.parametrize(
    ("cpu", "memory", "right"),
    [
        ("1024", "3072", True), ("1 vCPU", "3 GB", True), ("1024", "2048", False), ("512", "3072", False),
        ("2048", "4096", False), (None, "3072", False), ("1024", None, False),
    ],
)  # fmt: skip
def test_the_task_has_1_vcpu_and_3_gb(cpu: str | None, memory: str | None, right: bool) -> None:
    """Both, and at the level of the task: a container's own share is another thing."""
    sized = defined(container(cpu=1024, memory=3072), cpu=cpu, memory=memory)
    assert bool(sized.has_size(1024, 3072)) is right


@pytest.mark.parametrize(
    ("image", "region", "repository", "tag"),
    [
        (IMAGE, REGION, "lab/sentiment", "1"),
        ("123456789012.dkr.ecr.us-east-1.amazonaws.com/lab", "us-east-1", "lab", ""),
        (f"123456789012.dkr.ecr.us-east-1.amazonaws.com/lab@sha256:{'0' * 64}", "us-east-1", "lab", ""),
        (f"123456789012.dkr.ecr.us-east-1.amazonaws.com/lab:v1@sha256:{'a' * 64}", "us-east-1", "lab", "v1"),
        ("123456789012.dkr.ecr-fips.us-gov-west-1.amazonaws.com/lab:1", "us-gov-west-1", "lab", "1"),
        ("123456789012.dkr.ecr.cn-north-1.amazonaws.com.cn/lab:1", "cn-north-1", "lab", "1"),
        ("123456789012.dkr-ecr.eu-west-1.on.aws/lab:1", "eu-west-1", "lab", "1"),
        ("123456789012.dkr-ecr-fips.us-east-1.on.aws/lab:1", "us-east-1", "lab", "1"),
        ("123456789012.dkr-ecr.cn-north-1.on.amazonwebservices.com.cn/lab:1", "cn-north-1", "lab", "1"),
        ("123456789012.dkr.ecr.eusc-de-east-1.amazonaws.eu/lab:1", "eusc-de-east-1", "lab", "1"),
    ],
)
def test_an_image_from_a_private_registry_is_known_by_its_name(
    image: str, region: str, repository: str, tag: str
) -> None:
    """By tag, digest or both; in every partition, by every kind of endpoint."""
    found = ecr_image(image)
    assert found is not None
    assert (found.region, found.repository, found.tag) == (region, repository, tag)
    assert defined(container(image=image)).uses_an_image_from_ecr


@pytest.mark.parametrize(
    "image",
    [
        "nginx", "", "public.ecr.aws/nginx/nginx:1", "docker.io/123456789012.dkr.ecr.eu-west-1.amazonaws.com/lab",
        "12345.dkr.ecr.eu-west-1.amazonaws.com/lab", "123456789012.dkr.ecr.eu-west-1.amazonaws.com/",
        "123456789012.dkr.ecr.eu-west-1.amazonaws.com.evil.example/lab", f"{IMAGE}\n",
        "123456789012xdkr.ecr.eu-west-1.amazonaws.com/lab", f"{IMAGE}:2",
    ],
)  # fmt: skip
def test_an_image_from_elsewhere_is_none_of_ecr(image: str) -> None:
    """ECR Public and Docker Hub, and names that only look alike."""
    assert ecr_image(image) is None
    assert not defined(container(image=image)).uses_an_image_from_ecr


@pytest.mark.parametrize(("region", "noted"), [(REGION, False), ("us-east-1", True)])
def test_an_image_from_another_region_is_remarked(region: str, noted: bool) -> None:
    """It is accepted, and costs the student money."""
    image = f"123456789012.dkr.ecr.{region}.amazonaws.com/lab:1"
    assert bool(remarks(lambda: defined(container(image=image)).uses_an_image_from_ecr)) is noted


def remarks(claim: Callable[[], Finding]) -> list[str]:
    """What a claim that holds remarks."""
    with reading() as read:
        assert claim()
    return [one.text for one in read if isinstance(one, Remark)]


@pytest.mark.parametrize(
    ("ports", "right", "words"),
    [
        ([8000], True, ""),
        ([9090, 8000], True, ""),
        (["8000-8010"], True, ""),
        (["7990-8000"], True, ""),
        ([{"containerPort": 8000, "protocol": "tcp"}], True, ""),
        ([80], False, "exposes 80;"),
        (["8001-8010"], False, "exposes 8001-8010;"),
        (["7990-7999", 80], False, "exposes 7990-7999, 80;"),
        ([{"containerPort": 8000, "protocol": "udp"}], False, "exposes no port;"),
        ([{"containerPortRange": "8000-8010", "protocol": "udp"}], False, "exposes no port;"),
        ([{"hostPort": 8000}], False, "exposes no port;"),
        ([{"containerPort": 0}], False, "exposes no port;"),
        (["some"], False, "exposes no port;"),
    ],
)
def test_the_container_exposes_tcp_8000(ports: list[int | str | Json], right: bool, words: str) -> None:
    """Alone, beside others, or in a range."""
    found = defined(container("app", *ports)).exposes(8000)
    assert bool(found) is right
    assert right or words in repr(found)


class TestWhichContainerIsTheApplication:
    """A sidecar may come first, and may be essential, too."""

    sidecar = container("proxy", 80, image="nginx")

    def test_the_one_that_the_load_balancer_talks_to(self) -> None:
        """Whatever the others expose."""
        assert defined(container("other"), container("app", 3000), app="app").app.name == "app"

    def test_else_the_essential_one_on_port_8000(self) -> None:
        """Also where the service names a container that the revision does not have."""
        idle = container("idle", essential=False)
        assert defined(self.sidecar, idle, container()).app.name == "app"
        assert defined(self.sidecar, container(), app="renamed").app.name == "app"
        assert defined(self.sidecar, container("ranged", "7000-9000")).app.name == "ranged"

    def test_else_the_first_essential_one(self) -> None:
        """A container is essential unless it says otherwise."""
        idle = container("idle", 3000, essential=False)
        assert defined(idle, container("app", 3000), container("b", 80)).app.name == "app"
        assert defined(idle, container("app", 3000, essential=True)).app.name == "app"

    def test_without_an_essential_container_there_is_none(self) -> None:
        """The claims about it are lost then, not open."""
        with pytest.raises(Missing, match="no essential container"):
            _ = defined(container(essential=False)).app

    def test_only_the_application_s_image_port_and_logs_count(self) -> None:
        """A sidecar's are its own affair, for better and for worse."""
        good, bad = container(logConfiguration=LOGS), container("other", 80, image="nginx")
        for right, definition in ((True, defined(bad, good, app="app")), (False, defined(good, bad, app="other"))):
            assert bool(definition.uses_an_image_from_ecr) is right
            assert bool(definition.exposes(8000)) is right
            assert bool(definition.collects_logs) is right


@pytest.mark.parametrize(
    ("platform", "right"),
    [
        (None, True),
        ({}, True),
        ({"operatingSystemFamily": "LINUX", "cpuArchitecture": "X86_64"}, True),
        ({"operatingSystemFamily": "LINUX"}, True),
        ({"cpuArchitecture": "x86_64"}, True),
        ({"cpuArchitecture": "ARM64"}, False),
        ({"operatingSystemFamily": "WINDOWS_SERVER_2022_CORE"}, False),
    ],
)
def test_an_absent_platform_is_linux_on_x86_64(platform: Json | None, right: bool) -> None:
    """What is not said is AWS's default."""
    assert bool(defined(runtimePlatform=platform).is_for("Linux", "X86_64")) is right


@pytest.mark.parametrize(
    ("requires", "compatible", "right"),
    [
        (["FARGATE"], ["EC2", "FARGATE"], True),
        (["EC2", "FARGATE"], [], True),
        (["EC2"], ["EC2", "FARGATE"], False),
        ([], ["EC2", "FARGATE"], True),
        ([], ["EC2"], False),
        ([], [], False),
    ],
)
def test_fargate_is_required_or_at_least_possible(requires: list[str], compatible: list[str], right: bool) -> None:
    """What it requires counts; where it requires nothing, what AWS found it compatible with."""
    found = defined(requiresCompatibilities=requires, compatibilities=compatible).requires_fargate
    assert bool(found) is right


@pytest.mark.parametrize(
    ("absent", "words"),
    [
        ((), ""),
        (("taskRoleArn",), "no task role;"),
        (("executionRoleArn",), "no task execution role;"),
        (("taskRoleArn", "executionRoleArn"), "no task role and no task execution role;"),
    ],
)
def test_both_roles_are_named(absent: tuple[str, ...], words: str) -> None:
    """Each has its own work; the one that is missing is told."""
    nothing: Json = dict.fromkeys(absent)
    found = defined(**nothing).has_both_roles
    assert bool(found) is (not absent)
    assert words in f"{found!r};"


@pytest.mark.parametrize(("mode", "right"), [("awsvpc", True), ("bridge", False), ("host", False), (None, False)])
def test_the_network_mode_is_awsvpc(mode: str | None, right: bool) -> None:
    """Only so does a task have an address of its own."""
    assert bool(defined(networkMode=mode).uses_awsvpc) is right


@pytest.mark.parametrize(
    ("driver", "right"), [("awslogs", True), ("splunk", False), ("awsfirelens", False), (None, False)]
)
def test_logs_go_to_cloudwatch_by_awslogs(driver: str | None, right: bool) -> None:
    """Other drivers send them elsewhere."""
    log: Json = {"logConfiguration": {"logDriver": driver}} if driver else {}
    assert bool(defined(container(**log)).collects_logs) is right


def test_log_groups_are_those_of_all_containers_the_application_s_first() -> None:
    """In the region that the option names, else the task's; each once."""
    own = {"logDriver": "awslogs", "options": {"awslogs-group": "/ecs/own"}}
    definition = defined(
        container("proxy", 80, logConfiguration=LOGS), container("app", logConfiguration=own),
        container("twin", 81, logConfiguration=LOGS), container("silent", 82),
    )  # fmt: skip
    assert definition.log_groups == ((REGION, "/ecs/own"), ("eu-north-1", "/ecs/lab"))
    assert defined(container("idle", essential=False, logConfiguration=own)).log_groups == ((REGION, "/ecs/own"),)


@pytest.mark.parametrize(
    ("kept", "hides"), [({}, True), ({"scrubbed": {"kept": ["buckets"]}}, False), ({"scrubbed": {"kept": []}}, True)]
)
def test_a_scrubbed_value_may_name_a_bucket_unless_buckets_were_kept(kept: Json, hides: bool) -> None:
    """A value in clear hides nothing."""
    document = Evidence({"meta": kept, "calls": {}})
    scrubbed = {"scrubbed": True, "length": 9}
    hidden = defined(container(environment=[{"name": "A", "value": "a"}, {"name": "B", "value": scrubbed}]))
    assert hides_buckets(hidden, document) is hides
    assert not hides_buckets(defined(container(environment=[{"name": "A", "value": "a"}, {"name": "B"}])), document)


def test_what_is_not_set_is_called_so() -> None:
    """With the size that was asked, in vCPU and GB."""
    bare = defined(cpu=None, memory=None, networkMode=None, requiresCompatibilities=None)
    size = bare.has_size(1024, 3072)
    assert size.found.endswith("is cpu not set, memory not set")
    assert size.expected == "cpu 1024 (1 vCPU), memory 3072 (3 GB)"
    assert defined().has_size(2048, 3072).found.endswith("is cpu 1024, memory 3072")
    assert "nothing" in bare.requires_fargate.found
    assert "EC2, EXTERNAL" in defined(requiresCompatibilities=["EC2", "EXTERNAL"]).requires_fargate.found
    assert "not set" in bare.uses_awsvpc.found
    assert "bridge" in defined(networkMode="bridge").uses_awsvpc.found
    assert "not set" in defined(container()).collects_logs.found
    assert "splunk" in defined(container(logConfiguration={"logDriver": "splunk"})).collects_logs.found


def test_it_is_called_by_family_and_revision() -> None:
    """And by its ARN, where AWS gives one."""
    assert repr(defined()) == "task definition lab:3"
    assert defined().revision == 3
    assert defined().arn == "lab:3"
    assert defined(taskDefinitionArn="arn:aws:ecs:r:1:task-definition/lab:3").arn.startswith("arn:aws:ecs:")
