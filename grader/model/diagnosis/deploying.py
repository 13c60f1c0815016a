"""Causes that lie in the deployment itself: nothing wanted, stopped by the circuit breaker, rolled back."""

from __future__ import annotations

from grader.model.diagnosis.cause import STOPPED, Cause, Claim, Found, Kind, Repair, pattern, said, shown
from grader.model.diagnosis.witnesses import DeploymentWitness, Witnesses

_SERVICE = "https://{region}.{console}/ecs/v2/clusters/{cluster}/services/{service}/events?region={region}"
_EVENTS = (
    "aws ecs describe-services --region {region} --cluster {cluster} --services {service} --query"
    " 'services[].events[:10].message'"
)
_ROLLED_BACK = pattern(r"roll(?:ing|ed) back to[^.]{0,120}", r"rollback to[^.]{0,120}")
_BREAKER = pattern(r"circuit breaker[^.]{0,80}", r"deployment (?:ecs-svc/\d+ )?(?:deployment )?failed[^.]{0,80}")


def _nothing_wanted(witnesses: Witnesses) -> Found | None:
    service = witnesses.service
    if service.desired_count > 0 or service.running_count > 0:
        return None
    return Found((), "desired count 0", "the service", ("the_service_has_a_desired_count_of_at_least_one",))


def _newest(witnesses: Witnesses) -> DeploymentWitness | None:
    return next((one for one in witnesses.deployments if one.is_primary), None)


def _revision(arn: str) -> str:
    return shown(arn.rpartition("/")[2]) or "an older revision"


def _old_one_runs(witnesses: Witnesses) -> Found | None:
    newest = _newest(witnesses)
    older = next((one for one in witnesses.deployments if not one.is_primary and one.running), None)
    if newest is None or older is None or newest.running or not (newest.failed or newest.state == "FAILED"):
        return None
    values = (("new", _revision(newest.definition)), ("old", _revision(older.definition)))
    return Found(values, f"failed tasks: {newest.failed}", "the deployment")


def _rolled_back(witnesses: Witnesses) -> Found | None:
    words = said(witnesses, _ROLLED_BACK)
    newest = _newest(witnesses)
    if words is None or newest is None:
        return None
    return words.found(old=_revision(newest.definition))


def _breaker(witnesses: Witnesses) -> Found | None:
    newest = _newest(witnesses)
    if newest is None or newest.state != "FAILED":
        return None
    words = said(witnesses, _BREAKER)
    return words.found() if words is not None else Found((), "rollout state FAILED", "the deployment")


# fmt: off
DEPLOYING = (
    Cause("desired-count-0", Kind.DEPLOYMENT, "The service's desired count is 0",
          "The desired count of the service is 0.",
          "The service runs no tasks because its desired count is 0.",
          (Repair("Set the service's desired count to 1.", _SERVICE,
                  "aws ecs update-service --region {region} --cluster {cluster} --service {service} --desired-count"
                  " 1"),),
          _nothing_wanted, STOPPED),
    Cause("new-revision-fails", Kind.DEPLOYMENT, "The new revision fails while the old one runs",
          "The newest deployment has failed tasks and no running task, while an older deployment still runs.",
          "Tasks of the new revision {new} fail, so {old} keeps running.",
          (Repair("Look at the stopped tasks of the newest deployment, then update the service to a revision that"
                  " works.",
                  _SERVICE, _EVENTS),),
          _old_one_runs, frozenset({Claim.RUNNING})),
    Cause("rolled-back", Kind.DEPLOYMENT, "The deployment was rolled back",
          "`rolling back to deploymentId …`, `rolled back to …` in an event or in the rollout's reason.",
          "The newest deployment failed, and ECS rolled back to {old}.",
          (Repair("Look at the events and the stopped tasks of the failed deployment, fix the revision, and update the"
                  " service again.", _SERVICE, _EVENTS),),
          _rolled_back, STOPPED),
    Cause("circuit-breaker", Kind.DEPLOYMENT, "The circuit breaker stopped the deployment",
          "`ECS deployment circuit breaker: tasks failed to start`, rollout state `FAILED`.",
          "ECS stopped the deployment after several tasks failed and starts no more tasks.",
          (Repair("Fix what made the tasks fail, then start the deployment again.", _SERVICE,
                  "aws ecs update-service --region {region} --cluster {cluster} --service {service}"
                  " --force-new-deployment"),),
          _breaker, STOPPED),
)
"""The rows: what is known of a deployment where no task says why it failed."""
