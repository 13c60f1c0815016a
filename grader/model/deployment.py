"""What the application is made of: the parts of one candidate set, as far as its logs and answers need them."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

from grader.errors import Missing, Pending
from grader.evidence import Evidence
from grader.model.account import Account
from grader.model.findings import Finding
from grader.model.load_balancing import LoadBalancer, TargetGroup
from grader.model.services import Service
from grader.model.task_definitions import TaskDefinition

if TYPE_CHECKING:
    from grader.model.candidates import CandidateSet


class Deployment(Protocol):
    """The deployed parts. Each may raise ``Missing`` or ``Unverified`` where it is read."""

    evidence: Evidence
    account: Account
    chosen: CandidateSet

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


def unless_waited_for(deployment: Deployment, claim: Callable[[], Finding]) -> Finding:
    """What a claim about the running application says; where it fails, ``Pending`` while a deployment is waited for.

    Raises ``Unverified`` where it fails and AWS did not answer whether there is one.
    """
    absent: Missing | None = None
    try:
        found = claim()
    except Missing as error:
        absent, found = error, Finding(False, str(error))
    if not found and (waiting := _waiting(deployment)):
        raise Pending(waiting)
    if absent is not None:
        raise absent
    return found


def _waiting(deployment: Deployment) -> str:
    try:
        return deployment.service.waiting
    except Missing:
        return ""
