"""What AWS shows of a task that does not start, does not stay or is not healthy, by the name of the fault.

A fault with a trouble makes a real change of the account where there is one to make (`fault_injection`); the words of
AWS are those that its documentation and public reports have for it. Importing this costs nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

_INIT = "ResourceInitializationError: unable to pull secrets or registry auth: execution resource retrieval failed: "
_DENIED = (
    "AccessDeniedException: User: arn:aws:sts::123456789012:assumed-role/ecsTaskExecutionRole/0f1e2d3c is not"
    " authorized"
    " to perform: {0} on resource: * because no identity-based policy allows the {0} action status code: 400"
)
_LOGGER = "ResourceInitializationError: failed to validate logger args: create stream has been retried 1 times: "
_TIMEOUT = (
    _INIT + "unable to retrieve ecr registry auth: service call has been retried 3 time(s): RequestError: send request"
    ' failed caused by: Post "https://api.ecr.eu-west-1.amazonaws.com/": dial tcp 52.95.121.10:443: i/o timeout. Please'
    " check your task network configuration."
)
_PULL = "CannotPullContainerError: pull image manifest has been retried 7 time(s): "
_ENDED = "Essential container in task exited"
_PLACE = "was unable to place a task. Reason: "


@dataclass(frozen=True, slots=True)
class Trouble:
    """What is shown: the stopped task (``reason``, ``exit_code``), an ``event`` of the service, ``lines`` of the log,
    or the ``health`` of a target (state, reason, description). ``cause`` is what a grader should name it.

    ``answer`` is the error that the load balancer gives to requests, where none arrives at the application.
    """

    cause: str
    title: str
    reason: str = ""
    exit_code: int | None = None
    container_reason: str = ""
    event: str = ""
    lines: tuple[str, ...] = ()
    health: tuple[str, str, str] | None = None
    answer: int | None = None

    @property
    def stops(self) -> bool:
        """Whether no task runs."""
        return self.health is None


def _ends(cause: str, title: str, code: int, *lines: str, why: str = "") -> Trouble:
    return Trouble(cause, title, _ENDED, code, why, lines=lines)


def _unhealthy(
    cause: str,
    title: str,
    reason: str,
    description: str,
    *lines: str,
    state: str = "unhealthy",
    answer: int | None = None,
) -> Trouble:
    return Trouble(cause, title, lines=lines, health=(state, reason, description), answer=answer)


_MISMATCH = "Target.ResponseCodeMismatch"
_CODES = "Health checks failed with these codes: "
_SLOW = ("Target.Timeout", "Request timed out")
_REFUSED = ("Target.FailedHealthChecks", "Health checks failed")
_S3 = "botocore.exceptions.ClientError: An error occurred "

TROUBLES: Mapping[str, Trouble] = MappingProxyType(
    {
        "task-without-route": Trouble("no-route-to-registry", "The tasks start after their route is gone", _TIMEOUT),
        "endpoint-closed": Trouble("endpoint-in-the-way", "An endpoint for ECR allows no traffic", _TIMEOUT),
        "execution-role-empty": Trouble(
            "no-permission-to-pull", "The execution role has no policy",
            _INIT + "unable to retrieve ecr registry auth: " + _DENIED.format("ecr:GetAuthorizationToken"),
        ),
        "image-for-arm": Trouble(
            "manifest-without-platform", "The image was pushed for arm64 only",
            _PULL + "image Manifest does not contain descriptor matching platform 'linux/amd64'",
        ),
        "pull-rate-limit": Trouble(
            "pull-rate-limit", "A public registry limits pulls",
            _PULL + "toomanyrequests: You have reached your pull rate limit.",
        ),
        "image-built-on-mac": _ends(
            "exec-format-error", "The image was built on a Mac", 1, "exec /usr/local/bin/uvicorn: exec format error"
        ),
        "command-missing": _ends(
            "entry-point-missing", "The command is not in the image", 127, "/bin/sh: 1: uvicorn: not found"
        ),
        "module-missing": _ends(
            "module-missing", "A module is not in the image", 1, "ModuleNotFoundError: No module named 'joblib'"
        ),
        "out-of-memory": _ends(
            "out-of-memory", "The model does not fit into the memory", 137,
            why="OutOfMemoryError: Container killed due to memory usage",
        ),
        "bucket-refused": _ends(
            "s3-refused", "The task role may not read the bucket", 1,
            f"{_S3}(AccessDenied) when calling the GetObject operation: Access Denied",
        ),
        "model-missing": _ends(
            "s3-object-missing", "The model is not in the bucket", 1,
            f"{_S3}(404) when calling the HeadObject operation: Not Found",
        ),
        "variable-missing": _ends("variable-missing", "The bucket's name is not set", 1, "KeyError: 'BUCKET_NAME'"),
        "exits-with-1": _ends("exit-1", "The application ends with an error", 1, "RuntimeError: the model is odd"),
        "killed": _ends("exit-137", "The container was killed", 137),
        "crashes": _ends("exit-139", "The container crashes", 139),
        "role-not-trusted": Trouble(
            "role-not-assumed", "The task role trusts another service",
            event="failed to launch a task with (error ECS was unable to assume the role"
            " 'arn:aws:iam::123456789012:role/sentimentTaskRole' that was provided for this task. Please verify that"
            " the"
            " role being passed has the proper trust relationship and permissions and that your IAM user has"
            " permissions to"
            " pass this role.).",
        ),
        "log-refused": Trouble(
            "log-refused", "The execution role may not write the log", _LOGGER + _DENIED.format("logs:CreateLogStream")
        ),
        "log-group-missing": Trouble(
            "log-group-missing", "The log group is not there when the tasks start",
            _LOGGER + "failed to create Cloudwatch log stream: ResourceNotFoundException: The specified log group"
                      " does not"
            " exist.",
        ),
        "secret-refused": Trouble(
            "secret-refused", "The execution role may not read a secret",
            _INIT + "unable to retrieve secret from asm: " + _DENIED.format("secretsmanager:GetSecretValue"),
        ),
        "no-free-address": Trouble(
            "no-free-address", "The subnet has no free address",
            "Unexpected EC2 error while attempting to Create Network Interface in subnet:"
            " InsufficientFreeAddressesInSubnet",
        ),
        "no-capacity": Trouble(
            "no-capacity", "Fargate has no capacity",
            event=_PLACE + "Capacity is unavailable at this time. Please try again later or in a different availability"
            " zone.",
        ),
        "quota-reached": Trouble(
            "quota", "The quota of Fargate is reached",
            event=_PLACE + "You've reached the limit on the number of vCPUs you can run concurrently.",
        ),
        "platform-version": Trouble(
            "platform-version", "The platform version does not fit",
            event="failed to launch a task with (error PlatformTaskDefinitionIncompatibilityException).",
        ),
        "health-redirected": _unhealthy("health-check-3xx", "The check is redirected", _MISMATCH, f"{_CODES}[307]"),
        "health-not-found": _unhealthy("health-check-4xx", "There is no /health", _MISMATCH, f"{_CODES}[404]"),
        "health-error": _unhealthy("health-check-5xx", "The application fails at /health", _MISMATCH, f"{_CODES}[500]"),
        "tasks-closed": _unhealthy("health-check-blocked-by-group", "The tasks' group allows no traffic", *_SLOW),
        "acl-closed": _unhealthy("health-check-blocked-by-acl", "A network ACL allows nothing", *_SLOW, answer=504),
        "application-on-loopback": _unhealthy(
            "bound-to-loopback", "The application listens on 127.0.0.1", *_REFUSED,
            "INFO:     Uvicorn running on http://127.0.0.1:8000 (Press CTRL+C to quit)", answer=502,
        ),
        "application-on-port-80": _unhealthy(
            "wrong-port", "The application listens on port 80", *_REFUSED,
            "INFO:     Uvicorn running on http://0.0.0.0:80 (Press CTRL+C to quit)", answer=502,
        ),
        "health-check-port": _unhealthy("wrong-health-check-port", "The health check asks port 8080", *_REFUSED),
        "application-slow": _unhealthy("health-check-timeout", "The application answers too slowly", *_SLOW),
        "zone-not-enabled": _unhealthy(
            "zone-not-enabled", "The task is in a zone that the load balancer does not serve", "Target.NotInUse",
            "Target is in an Availability Zone that is not enabled for the load balancer", state="unused", answer=503,
        ),
        "no-grace-period": Trouble(
            "no-grace-period", "The service stops tasks that are still loading the model",
            "Task failed ELB health checks in (target-group sentiment-app-tg)", lines=("INFO: Loading the model",),
        ),
        "rolled-back": Trouble("rolled-back", "The deployment was rolled back", event="rolling back to deployment"
                                                                                      " ecs-svc/1."),
    }
)  # fmt: skip
"""By the name of the fault."""
