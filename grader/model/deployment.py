"""What the application is made of: the parts of one candidate set, as far as its logs and answers need them."""

from __future__ import annotations

from typing import Protocol

from grader.evidence import Evidence
from grader.model.account import Account
from grader.model.load_balancing import LoadBalancer, TargetGroup
from grader.model.services import Service
from grader.model.task_definitions import TaskDefinition


class Deployment(Protocol):
    """The deployed parts. Each may raise ``Missing`` or ``Unverified`` where it is read."""

    evidence: Evidence
    account: Account

    @property
    def service(self) -> Service:
        """The service."""

    @property
    def task_definition(self) -> TaskDefinition:
        """What it runs."""

    @property
    def target_group(self) -> TargetGroup:
        """Where its tasks register."""

    @property
    def load_balancer(self) -> LoadBalancer:
        """What leads to it."""

    @property
    def own_bucket_names(self) -> tuple[str, ...]:
        """The buckets that may be the lab's."""
