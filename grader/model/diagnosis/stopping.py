"""Causes for which a container starts and ends again: told by the stopped task and by the last lines of the log."""

from __future__ import annotations

import re
from collections.abc import Callable

from grader.model.diagnosis.cause import (
    STOPPED,
    Cause,
    Found,
    Kind,
    Repair,
    Said,
    Wordings,
    of_log,
    of_tasks,
    pattern,
    shown,
    value,
)
from grader.model.diagnosis.unhealthy import fails_health_checks, health_code
from grader.model.diagnosis.witnesses import StoppedContainer, Witnesses
from grader.model.findings import known

_ECS = "https://{region}.{console}/ecs/v2"
_TASK_DEFINITION = _ECS + "/task-definitions/{family}?region={region}"
_LOGS = "https://{region}.{console}/cloudwatch/home?region={region}#logsV2:log-groups"
_TAIL = "aws logs tail {log_group} --region {region} --since 3h"
_IMAGE = "{account}.dkr.ecr.{region}.amazonaws.com/{repository}:14.01.25"
_ECR = "https://{region}.{console}/ecr/repositories/private/{account}/{repository}?region={region}"

_EXEC_FORMAT = pattern(r"(?:exec (?:user process caused\S*)? ?\S{0,120}?:? ?)?exec format error")
_NO_ENTRY = pattern(
    r"exec:? \W?(?P<file>[\w./-]{1,80})\W?: (?:executable file not found in \$PATH|stat \S+: no such file or directory"
    r"|no such file or directory|permission denied)",
    r"exec (?P<path>/[\w./-]{1,80}): (?:no such file or directory|permission denied)",
    r"(?:/bin/)?(?:ba|da)?sh: (?:\d+: )?(?P<command>[\w./-]{1,80}): (?:command )?not found",
    r"can't open file \W?(?P<script>[\w./-]{1,120})\W?",
    r"No command specified",
    r"(?:OCI runtime create failed|unable to start container process)",
)
_NO_MODULE = pattern(
    r"(?:ModuleNotFoundError: )?No module named '?(?P<module>[\w.]{1,80})",
    r"Could not import module \W?(?P<main>[\w.]{1,80})",
    r"Error loading ASGI app\. Attribute \W?(?P<attribute>[\w.]{1,40})\W? not found in module \W?(?P<in>[\w.]{1,60})",
    r"ImportError: cannot import name \W?(?P<name>[\w.]{1,60})",
    r"Cannot find module \W?(?P<node>[\w./@-]{1,80})",
    r"(?P<library>lib[\w.+-]{1,60}\.so[\w.]*): cannot open shared object file",
)
_MEMORY = pattern(r"OutOfMemory(?:Error)?: Container killed due to memory usage", r"OutOfMemory\w*", r"OOM ?killed")
_MEMORY_LINE = pattern(r"\bMemoryError\b", r"Cannot allocate memory", r"std::bad_alloc", r"Out of memory: Killed"
                                                                                         r" process")
_S3_REFUSED = pattern(
    r"\((?P<code>AccessDenied|403|Forbidden|AllAccessDisabled|InvalidAccessKeyId|SignatureDoesNotMatch)\) when"
    r" calling the"
    r" (?P<operation>\w*(?:Object|Bucket|Part|Objects|ObjectsV2|ObjectVersions)\w*) operation",
    r"not authorized to perform: (?P<action>s3:\w+)",
)
_NO_CREDENTIALS = pattern(r"NoCredentialsError", r"Unable to locate credentials", r"PartialCredentialsError")
_S3_MISSING = pattern(
    r"\((?P<code>NoSuchKey|NoSuchBucket|404)\) when calling the"
    r" (?P<operation>\w*(?:Object|Bucket|Objects|ObjectsV2)\w*)"
    r" operation",
    r"(?P<other>NoSuchBucket|NoSuchKey)\b",
)
_NO_VARIABLE = pattern(
    r"KeyError: '(?P<key>[A-Z][A-Z0-9_]{1,60})'",
    r"(?:environment )?variable \W?(?P<named>[A-Z][A-Z0-9_]{1,60})\W? (?:is |was |must be )?(?:not"
    r" (?:set|defined|found)|missing"
    r"|required|set)",
    r"(?:missing|required)(?: required)? environment variables?:? \W?(?P<missing>[A-Z][A-Z0-9_]{1,60})",
    r"\b(?P<set>[A-Z][A-Z0-9_]{2,60}) (?:is not set|not set|must be set|is required|environment variable is (?:not"
    r" set|required))",
    r"Invalid bucket name \W?(?:None|)\W?:",
)
_PORT_TAKEN = pattern(r"address already in use")
_ERROR_CLASS = re.compile(r"^\s*(?:[\w.]{1,80}\.)?(?P<kind>[A-Z]\w{2,60}(?:Error|Exception))(?=[:\s]|$)")


def has_ended(witnesses: Witnesses) -> bool:
    """Whether a container of the service ran and ended; also where no stopped task is known and none runs."""
    if witnesses.stopped:
        return any(task.ended_by_itself for task in witnesses.stopped)
    return witnesses.service.running_count < max(witnesses.service.desired_count, 1)


def _words(witnesses: Witnesses, wording: Wordings) -> Said | None:
    """The words of a stopped task; those of the log only where a container ran and ended."""
    words = of_tasks(witnesses, wording)
    if words is None and (has_ended(witnesses) or _is_unwell(witnesses)):
        words = of_log(witnesses, wording)
    return words


def _is_unwell(witnesses: Witnesses) -> bool:
    """Whether health checks fail for a reason that the log may tell: not where the answer itself is the reason."""
    return fails_health_checks(witnesses) and not health_code(witnesses).startswith(("3", "4"))


def _ended(witnesses: Witnesses, *codes: int) -> StoppedContainer | None:
    """The container of the newest stopped task that ended with one of these exit codes."""
    ended = (one for task in witnesses.stopped if task.ended_by_itself for one in task.exited)
    return next((one for one in ended if one.exit_code in codes), None)


def _exec_format(witnesses: Witnesses) -> Found | None:
    words = _words(witnesses, _EXEC_FORMAT)
    if words is None:
        return None
    definition = witnesses.task_definition
    arm = definition is not None and definition.architecture.upper() == "ARM64"
    checks = ("the_task_definition_is_for_the_platform",) if arm else ()
    return words.found(*checks, platform="linux/arm64" if arm else "linux/amd64")


def _no_entry(witnesses: Witnesses) -> Found | None:
    words = _words(witnesses, _NO_ENTRY)
    if words is None:
        return None
    name = next((text for text in words.match.groupdict().values() if text), "")
    return words.found(what=value(name) or "the command of the container")


def _no_module(witnesses: Witnesses) -> Found | None:
    words = _words(witnesses, _NO_MODULE)
    if words is None:
        return None
    name = next((text for text in words.match.groupdict().values() if text), "")
    return words.found(module=value(name).rstrip("."))


def _memory(witnesses: Witnesses) -> Found | None:
    words = of_tasks(witnesses, _MEMORY) or (of_log(witnesses, _MEMORY_LINE) if has_ended(witnesses) else None)
    if words is None:
        return None
    definition = witnesses.task_definition
    size = definition.memory if definition is not None else ""
    return words.found("the_task_has_the_size", memory=f"{shown(size)} MiB" if size else "the task's memory")


def _s3_refused(witnesses: Witnesses) -> Found | None:
    words = _words(witnesses, _S3_REFUSED) or _words(witnesses, _NO_CREDENTIALS)
    if words is None:
        return None
    parts = words.match.groupdict()
    what = parts.get("action") or parts.get("operation") or "there are no credentials"
    role = witnesses.task_role
    if not role:
        checks, who = ("the_task_definition_has_both_roles",), "The task has no task role"
        return words.found(*checks, what=value(what), who=who, role="ROLE")
    return words.found(
        what=value(what), who=f"The task role {shown(role)} is not allowed to read the bucket", role=shown(role)
    )


def _s3_missing(witnesses: Witnesses) -> Found | None:
    words = _words(witnesses, _S3_MISSING)
    if words is None:
        return None
    code = words.group("code") or words.group("other") or ""
    what = "bucket" if "Bucket" in code else "object"
    return words.found("TestFiles", "there_is_a_bucket_of_your_own", what=what)


def _no_variable(witnesses: Witnesses) -> Found | None:
    words = _words(witnesses, _NO_VARIABLE)
    if words is None:
        return None
    name = next((text for text in words.match.groupdict().values() if text), "")
    definition = witnesses.task_definition
    given = known(lambda: definition.app.environment, ()) if definition is not None else ()
    if name and any(one == name and text != "" for one, text in given):
        return None  # it is set; the error is about something else of that name
    return words.found(variable=value(name) or "for the bucket's name")


def _by_log(wording: Wordings) -> Callable[[Witnesses], Found | None]:
    def recognise(witnesses: Witnesses) -> Found | None:
        words = _words(witnesses, wording)
        return words.found() if words is not None else None

    return recognise


def _by_code(*codes: int) -> Callable[[Witnesses], Found | None]:
    def recognise(witnesses: Witnesses) -> Found | None:
        container = _ended(witnesses, *codes)
        if container is None:
            return None
        code = str(container.exit_code)
        return Found((("container", shown(container.name)), ("code", code)), f"exit code {code}", "the stopped task")

    return recognise


def _failed(witnesses: Witnesses) -> Found | None:
    """A container ended with another code; the class of the last exception is all that is said of the log."""
    ended = (one for task in witnesses.stopped if task.ended_by_itself for one in task.exited)
    container = next((one for one in ended if one.exit_code), None)
    if container is None:
        return None
    last = next((found["kind"] for line in witnesses.lines if (found := _ERROR_CLASS.search(line.text))), "")
    values = (
        ("container", shown(container.name)),
        ("code", str(container.exit_code)),
        ("last", f"; the log ends with {last}" if last else ""),
    )
    return Found(values, f"exit code {container.exit_code}", "the stopped task")


# fmt: off
STOPPING = (
    Cause("exec-format-error", Kind.STOP, "The image was built for another processor",
          "`exec format error` in the log or in the stopped reason.",
          "The container cannot run: exec format error. The image was built for a processor other than {platform} (an"
          " Apple silicon Mac builds for arm64).",
          (Repair("Build the image again with --platform {platform}, push it, and start the tasks again.", _ECR,
                  f"docker build --platform {{platform}} -t {_IMAGE} .", "FROM --platform={platform}"
                                                                         " python:3.12-slim"),),
          _exec_format, STOPPED),
    Cause("out-of-memory", Kind.STOP, "The container used more memory than the task has",
          "`OutOfMemoryError: Container killed due to memory usage`, `MemoryError`.",
          "The container was killed because it used more memory than {memory}.",
          (Repair("Create a revision with {memory} MiB of task memory and no smaller limit for the container, and"
                  " update the service to it.", _TASK_DEFINITION,
                  "aws ecs describe-task-definition --region {region} --task-definition {task_definition} --query"
                  " 'taskDefinition.[memory,containerDefinitions[].memory]'", '"memory": "{memory}"'),),
          _memory, STOPPED),
    Cause("entry-point-missing", Kind.STOP, "The container's command does not exist in the image",
          "`exec: \"…\": executable file not found in $PATH`, `no such file or directory`, `can't open file`.",
          "The container cannot run {what}: it is not in the image, or it is not executable.",
          (Repair("Fix the last line of the Dockerfile (or the command in the task definition), then build and push"
                  " the image again.",
                  _TASK_DEFINITION, f"docker run --rm {_IMAGE}",
                  'CMD ["uvicorn", "main:app", "--host", "0.0.0.0", "--port", "{port}"]'),),
          _no_entry, STOPPED),
    Cause("module-missing", Kind.STOP, "A module is missing from the image",
          "`ModuleNotFoundError: No module named '…'`, `Could not import module`, `cannot open shared object file`.",
          "The application exits at once because {module} is not in the image.",
          (Repair("Add it to the requirements, or copy the file into the image. Then build and push the image again.",
                  _LOGS,
                  f"docker run --rm {_IMAGE}", "RUN pip install --no-cache-dir -r requirements.txt"),),
          _no_module, STOPPED),
    Cause("s3-refused", Kind.STOP, "The task is not allowed to read the bucket",
          "`An error occurred (AccessDenied) when calling the GetObject operation`, `(403) when calling the HeadObject"
          " operation`, `Unable to locate credentials`.",
          "{who}, so the application cannot load its files ({what}).",
          (Repair("Attach the AWS managed policy AmazonS3ReadOnlyAccess to the task role (not the execution role).",
                  "https://us-east-1.{console}/iam/home#/roles/details/{role}",
                  "aws iam attach-role-policy --role-name {role} --policy-arn"
                  " arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess",
                  in_learner_lab="Create a revision with LabRole as the task role, and update the service to it."),),
          _s3_refused, STOPPED),
    Cause("s3-object-missing", Kind.STOP, "A file is missing from the bucket",
          "`(NoSuchKey)`, `(NoSuchBucket)` or `(404) when calling the HeadObject operation`.",
          "The application asks S3 for a {what} that does not exist.",
          (Repair("Upload the lab's files under the names that the application asks for, and check the bucket name in"
                  " the container's environment variables.",
                  "https://{region}.{console}/s3/buckets/{bucket}?tab=objects",
                  "aws s3 ls s3://{bucket} --recursive"),),
          _s3_missing, STOPPED),
    Cause("variable-missing", Kind.STOP, "An environment variable is missing",
          "`KeyError: 'S3_BUCKET'`, `environment variable … is not set`.",
          "The application exits at once because the environment variable {variable} is not set.",
          (Repair("Create a revision that sets the variable for the container, and update the service to it.",
                  _TASK_DEFINITION,
                  "aws ecs describe-task-definition --region {region} --task-definition {task_definition} --query"
                  " 'taskDefinition.containerDefinitions[].environment'",
                  '"environment": [{"name": "{variable}", "value": "…"}]'),),
          _no_variable, STOPPED),
    Cause("port-taken", Kind.STOP, "Two processes in the task use the same port",
          "`address already in use`.",
          "The application exits at once because another process in the same task already uses its port.",
          (Repair("Start only one server, on port {port}.", _LOGS, _TAIL,
                  'CMD ["uvicorn", "main:app", "--host", "0.0.0.0", "--port", "{port}"]'),),
          _by_log(_PORT_TAKEN), STOPPED),
    Cause("exit-137", Kind.STOP, "The container was killed",
          "Exit code 137 (SIGKILL).",
          "The container {container} was killed (exit code 137): it used too much memory, or did not exit within the"
          " stop timeout.",
          (Repair("Check the task's memory in CloudWatch. The lab uses {memory} MiB.", _LOGS,
                  "aws ecs describe-task-definition --region {region} --task-definition {task_definition} --query"
                  " 'taskDefinition.[memory,containerDefinitions[].memory]'"),),
          _by_code(137), STOPPED),
    Cause("exit-139", Kind.STOP, "The container crashed",
          "Exit code 139 (SIGSEGV).",
          "The container {container} crashed (exit code 139): a compiled library does not match the image or its"
          " processor.",
          (Repair("Build the image for linux/amd64 with wheels for that platform, then push it.", _ECR,
                  f"docker build --platform linux/amd64 -t {_IMAGE} ."),),
          _by_code(139), STOPPED),
    Cause("exit-0", Kind.STOP, "The application exits by itself",
          "Exit code 0 of an essential container.",
          "The container {container} exited without an error (exit code 0): its command does not keep running as a"
          " server does.",
          (Repair("Start the server in the foreground in the last line of the Dockerfile.", _TASK_DEFINITION,
                  f"docker run --rm {_IMAGE}",
                  'CMD ["uvicorn", "main:app", "--host", "0.0.0.0", "--port", "{port}"]'),),
          _by_code(0), STOPPED),
    Cause("exit-1", Kind.STOP, "The application exits with an error",
          "Exit code 1 or another non-zero code, and nothing in the log that matches another cause.",
          "The container {container} exited with an error (exit code {code}){last}.",
          (Repair("Read the last lines of the log. They say what went wrong in the application.", _LOGS, _TAIL),
           Repair("Or run the same image on your own machine.", "", "docker run --rm -p {port}:{port} " + _IMAGE)),
          _failed, STOPPED),
)
"""The rows, the most specific first."""
