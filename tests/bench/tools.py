"""What is measured: this grader, its peers, the plain script and the floor, each as a command."""

from __future__ import annotations

import importlib.metadata
import os
import platform
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from .places import SCRIPTS, TOP, cache, calls_file, peers_folder

FROST_CHECKOUT = "AWS_LAB_GRADER_BENCH_FROST"
"""Environment variable that names a checkout of frost's repository: its released packages lack its conftest.py."""

PROWLER_CHECKS = (
    "iam_root_mfa_enabled", "iam_user_mfa_enabled_console_access", "iam_administrator_access_with_mfa",
    "iam_policy_attached_only_to_group_or_roles", "iam_user_administrator_access_policy",
    "s3_account_level_public_access_blocks", "s3_bucket_level_public_access_block", "s3_bucket_public_access",
    "s3_bucket_object_versioning", "s3_bucket_default_encryption", "ecr_repositories_not_publicly_accessible",
    "vpc_subnet_different_az", "vpc_subnet_separate_private_public", "vpc_subnet_no_public_ip_by_default",
    "ec2_securitygroup_default_restrict_traffic", "ec2_securitygroup_allow_ingress_from_internet_to_any_port",
    "ec2_networkacl_allow_ingress_any_port", "elbv2_internet_facing", "elbv2_is_in_multiple_az",
    "elbv2_listeners_underneath", "ecs_service_no_assign_public_ip", "ecs_task_definitions_logging_enabled",
    "ecs_task_definitions_host_networking_mode_users",
    "cloudwatch_log_group_retention_policy_specific_days_enabled",
)  # fmt: skip
"""The 24 checks nearest to the lab's steps."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a tool is run: the server's port, the account's region and load balancer."""

    port: int
    region: str
    balancer: str


@dataclass(frozen=True, slots=True)
class Tool:
    """One thing to measure. ``codes`` are the exit codes that mean that it did its work."""

    name: str
    title: str
    command: Callable[[Place], tuple[str, ...]]
    version: Callable[[], str]
    codes: tuple[int, ...] = (0,)
    environment: Mapping[str, str] | None = None


def grader_command(place: Place, *options: str) -> tuple[str, ...]:
    """``grader check`` with page and JSON written."""
    probe = ("--connect-to", f"{place.balancer}:80:127.0.0.1:{place.port}")
    written = ("--json", "result.json", "--html", "page.html")
    return (sys.executable, "-m", "grader", "check", *written, *probe, *options)


GRADER_ENVIRONMENT = {"PYTHONPATH": str(TOP), "XDG_CACHE_HOME": str(cache())}
"""The grader keeps cut service models in the user's cache folder, so that all but its first run find them."""

GRADER_CODES = (0, 1, 3)

GRADER = Tool(
    "grader",
    "this grader, `check`, page and JSON written",
    lambda place: grader_command(place, "--region", place.region),
    lambda: importlib.metadata.version("aws-lab-grader"),
    GRADER_CODES,
    GRADER_ENVIRONMENT,
)
SEQUENTIAL = Tool(
    "sequential",
    "plain sequential boto3 script, the same calls",
    lambda place: (sys.executable, str(SCRIPTS / "sequential.py"), str(calls_file()), str(place.port)),
    lambda: f"boto3 {importlib.metadata.version('boto3')}",
)
FLOOR = Tool(
    "floor",
    "the floor: botocore tuned, the same calls, nothing judged",
    lambda place: (
        sys.executable, str(SCRIPTS / "floor.py"), str(calls_file()), str(place.port), str(cache() / "floor-data"),
    ),
    lambda: f"botocore {importlib.metadata.version('botocore')}",
)  # fmt: skip


def _peer(name: str, *program: str) -> tuple[str, ...]:
    return (str(peers_folder() / name / "bin" / program[0]), *program[1:])


def _version(peer: str, package: str) -> Callable[[], str]:
    def asked() -> str:
        question = f"import importlib.metadata as m; print(m.version('{package}'), 'botocore', m.version('botocore'))"
        answer = subprocess.run([*_peer(peer, "python"), "-c", question], capture_output=True, text=True, check=True)
        return f"{package} {answer.stdout.strip()}"

    return asked


def _frost(place: Place) -> tuple[str, ...]:
    tests = " ".join(f"aws/{service}" for service in ("iam", "s3", "ec2", "elb"))
    program = " ".join(_peer("frost", "python"))
    inside = f"cd {os.environ[FROST_CHECKOUT]} && exec {program} -m pytest --cache-clear"
    return ("sh", "-c", f"{inside} --aws-regions {place.region} {tests}")


PROWLER = Tool(
    "prowler",
    "Prowler, the 24 nearest checks",
    lambda place: _peer(
        "prowler", "prowler", "aws", "--checks", *PROWLER_CHECKS, "--region", place.region,
        "--output-directory", "out", "--no-banner", "--ignore-exit-code-3",
    ),
    _version("prowler", "prowler"),
)  # fmt: skip
CUSTODIAN = Tool(
    "custodian",
    "Cloud Custodian, 24 policies",
    lambda place: _peer(
        "custodian", "custodian", "run", "--output-dir", "out", "--region", place.region,
        str(SCRIPTS / "custodian.yml"),
    ),
    _version("custodian", "c7n"),
)  # fmt: skip
SCOUTSUITE = Tool(
    "scoutsuite",
    "ScoutSuite, 6 services",
    lambda place: _peer(
        "scoutsuite", "scout", "aws", "--no-browser", "--report-dir", "out", "--regions", place.region,
        "--services", "iam", "s3", "ec2", "vpc", "elbv2", "cloudwatch",
    ),
    _version("scoutsuite", "ScoutSuite"),
    (0, 200),
)  # fmt: skip
FROST = Tool(
    "frost",
    "frost, 4 services (from its repository)",
    _frost,
    _version("frost", "frost"),
    (0, 1),
)

OURS = (GRADER, SEQUENTIAL, FLOOR)
PEERS = (PROWLER, CUSTODIAN, SCOUTSUITE, FROST)


def machine() -> str:
    """The machine in one line."""
    model = platform.processor() or platform.machine()
    information = Path("/proc/cpuinfo")
    if information.exists():
        lines = information.read_text(encoding="utf-8").splitlines()
        model = next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), model)
    return f"{os.cpu_count()} × {model}, {platform.system()} {platform.release()}, CPython {platform.python_version()}"
