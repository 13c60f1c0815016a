"""Causes for which a task cannot start, other than its image."""

from __future__ import annotations

from grader.model.diagnosis.cause import NEVER_STARTED, Cause, Found, Kind, Repair, by_words, pattern, said, shown
from grader.model.diagnosis.hops import first_broken
from grader.model.diagnosis.way_out import way_out
from grader.model.diagnosis.witnesses import RoleWitness, Witnesses

_ECS = "https://{region}.{console}/ecs/v2"
_TASK_DEFINITION = _ECS + "/task-definitions/{family}?region={region}"
_SERVICE = _ECS + "/clusters/{cluster}/services/{service}/events?region={region}"
_IAM_ROLE = "https://us-east-1.{console}/iam/home#/roles/details/{role}"
_TASKS = "ecs-tasks.amazonaws.com"

_LINKED_ROLE = pattern(r"unable to assume the service[- ]linked role")
_ASSUME = pattern(
    r"unable to assume (?:the |this )?(?:IAM )?role\W*(?P<role>arn:[\w:/+=,.@-]+|[\w+=,.@-]+)?",
    r"(?:failed|unable|cannot) to assume (?:the )?role\W*(?P<later>arn:[\w:/+=,.@-]+)?",
    r"not authorized to perform: (?:sts:AssumeRole|iam:PassRole)(?: on resource: (?P<passed>arn:[\w:/+=,.@-]+))?",
)
_LOG_REFUSED = pattern(r"not authorized to perform: (?P<action>logs:\w+)")
_NO_LOG_GROUP = pattern(
    r"(?:log stream|logger args|logging driver|CreateLogStream).*?(?:ResourceNotFoundException|log group does not"
    r" exist)",
    r"The specified log group does not exist",
    r"cannot find the (?:Amazon )?CloudWatch log group",
)
_LOGS_UNREACHED = pattern(
    r"(?:logger args|logging driver|log stream).*?(?:signal: killed|deadline exceeded|i/o timeout|RequestCanceled"
    r"|send request failed|timed out)",
    r"(?P<perhaps>connection issue between the task and (?:Amazon )?CloudWatch)",
)
_SECRET = pattern(
    r"not authorized to perform: (?P<action>(?:secretsmanager|ssm|kms):\w+)",
    r"(?:retriev\w+|fetch\w*|get\w*) (?:the )?(?:secrets?|parameters?)\b.*?(?P<why>AccessDenied\w*"
    r"|ResourceNotFoundException|can't find the specified secret|ParameterNotFound|did not contain json key)",
    r"invalid ssm parameters",
)
_NO_ADDRESS = pattern(
    r"InsufficientFreeAddressesInSubnet",
    r"(?:not|n't) have enough (?:free|available) (?:IP )?addresses",
    r"insufficient (?:free )?(?:IP )?addresses",
    r"no free (?:IP )?addresses",
)
_NO_CAPACITY = pattern(
    r"Capacity is unavailable at this time",
    r"(?:Fargate|Spot) capacity is (?:currently )?(?:un|not )available",
    r"unable to place a task because the capacity could not be obtained",
    r"Your Spot Task was interrupted",
)
_NO_INSTANCE = pattern(r"no container instance(?:s)? met all of its requirements", r"No Container Instances were found")
_QUOTA = pattern(
    r"reached the limit on the number of (?P<of>vCPUs|tasks)",
    r"(?:vCPU|task) (?:limit|quota) (?:exceeded|reached)",
    r"LimitExceeded\w*.{0,80}(?:task|vCPU)",
)
_PLATFORM = pattern(
    r"platform version .{0,60}(?:is invalid|is not supported|does not exist|not available|isn't supported)",
    r"PlatformUnknownException", r"PlatformTaskDefinitionIncompatibilityException",
    r"(?:requires|only supported (?:on|in)) platform version \S+",
)  # fmt: skip
_GONE = pattern(
    r"(?:security groups?|subnets?) \W*(?P<what>(?:sg|subnet)-\w+)\W* (?:do(?:es)? not|doesn't|don't) exist",
    r"(?:InvalidSubnetID\.NotFound|InvalidSecurityGroupID\.NotFound|InvalidGroup\.NotFound)"
    r"(?:.{0,80}?(?P<other>(?:sg|subnet)-\w+))?",
)
_INTERFACE = pattern(
    r"Timeout waiting for network interface provisioning",
    r"Unexpected EC2 error while attempting to \S+ (?:Create|Attach) Network Interface",
    r"Network interface provision(?:ing)? complete timeout",
)
_BLOCKED = pattern(r"account is (?:currently )?(?:blocked|not recognized|suspended)")
_NO_ROLE = pattern(r"requires? (?:the )?task definition to have (?:an )?execution role")
_INACTIVE = pattern(r"TaskDefinition is inactive", r"task definition .{0,80}is inactive")


def _assume(witnesses: Witnesses) -> Found | None:
    words = said(witnesses, _ASSUME)
    if words is None or _LINKED_ROLE.search(words.match.string):
        return None
    named = next((text for text in words.match.groupdict().values() if text), "")
    role = named.rpartition("/")[2] or witnesses.execution_role or witnesses.task_role
    return words.found(role=shown(role) or "ROLE", lacks=_lacks(witnesses.role(role)) if role else "")


def _lacks(role: RoleWitness) -> str:
    """What is known to be wrong with a role that cannot be assumed."""
    if not role.exists:
        return ", because no role with that name exists (any longer)"
    if role.trusts is None:
        return ""
    if _TASKS in role.trusts:
        return ", although it now trusts the service ecs-tasks.amazonaws.com: start the tasks again"
    trusted = shown(", ".join(role.trusts[:3])) or "no service"
    return f", because its trust policy allows {trusted} and not ecs-tasks.amazonaws.com"


def _log_refused(witnesses: Witnesses) -> Found | None:
    words = said(witnesses, _LOG_REFUSED)
    if words is None:
        return None
    return words.found(action=shown(words.group("action")), role=shown(witnesses.execution_role) or "ROLE")


def _no_log_group(witnesses: Witnesses) -> Found | None:
    words = said(witnesses, _NO_LOG_GROUP)
    if words is None:
        return None
    definition = witnesses.task_definition
    groups = definition.log_groups if definition is not None else ()
    return words.found(group=shown(groups[0][1]) if groups else "of the task definition")


def _logs_unreached(witnesses: Witnesses) -> Found | None:
    words = said(witnesses, _LOGS_UNREACHED)
    if words is None:
        return None
    hop = first_broken(way_out(witnesses.lab, "logs"))
    if hop is None and words.group("perhaps"):
        return None  # AWS says so of a group that does not exist as well
    if hop is None:
        return words.found(where="no hop on the way is known to be broken")
    return words.stopped_at(hop)


def _secret(witnesses: Witnesses) -> Found | None:
    words = said(witnesses, _SECRET)
    if words is None:
        return None
    action = words.group("action")
    what = f"AWS denied {action}" if action else "the secret does not exist, or the role is not allowed to read it"
    return words.found(role=shown(witnesses.execution_role) or "ROLE", what=shown(what))


def _no_address(witnesses: Witnesses) -> Found | None:
    words = said(witnesses, _NO_ADDRESS)
    subnets = shown(", ".join(witnesses.service.subnet_ids[:4])) or "of the service"
    return words.found(subnets=subnets) if words is not None else None


# fmt: off
STARTING = (
    Cause("secret-refused", Kind.START, "A secret of the task cannot be read",
          "`unable to retrieve secret from asm`, `unable to retrieve secrets from ssm` with `AccessDeniedException` or"
          " `ResourceNotFoundException`.",
          "The task definition names a secret that the execution role {role} cannot read: {what}.",
          (Repair("Allow the execution role to read the secret, or remove it from the container's secrets. The lab"
                  " needs none.",
                  _IAM_ROLE, "aws ecs describe-task-definition --region {region} --task-definition {task_definition}"
                             " --query"
                  " 'taskDefinition.containerDefinitions[].secrets'",
                  in_learner_lab="Create a revision without secrets in the container. The lab needs none."),),
          _secret, NEVER_STARTED),
    Cause("log-refused", Kind.START, "The execution role is not allowed to write logs",
          "`failed to validate logger args … not authorized to perform: logs:CreateLogStream` (or"
          " `logs:CreateLogGroup`).",
          "The task stops before it starts because its execution role {role} is not allowed to write logs: AWS denied"
          " {action}.",
          (Repair("Attach the AWS managed policy AmazonECSTaskExecutionRolePolicy to the execution role. It does not"
                  " include logs:CreateLogGroup, so create the log group yourself.", _IAM_ROLE,
                  "aws logs create-log-group --region {region} --log-group-name {log_group}",
                  in_learner_lab="Create a revision with LabRole as the task execution role, and update the service to"
                                 " it."),),
          _log_refused, NEVER_STARTED),
    Cause("logs-not-reached", Kind.START, "The task cannot reach CloudWatch Logs",
          "`failed to validate logger args: … signal: killed`, `context deadline exceeded`.",
          "The task stops before it starts because it cannot reach CloudWatch Logs: {where}.",
          (Repair("Give the private subnets a default route (0.0.0.0/0) to an available NAT gateway, or fix the"
                  " endpoint for CloudWatch Logs.",
                  "https://{region}.{console}/vpcconsole/home?region={region}#RouteTables:vpcId={vpc}",
                  "aws ec2 describe-route-tables --region {region} --filters Name=vpc-id,Values={vpc}"),),
          _logs_unreached, NEVER_STARTED),
    Cause("log-group-missing", Kind.START, "The log group does not exist",
          "`failed to create Cloudwatch log stream: ResourceNotFoundException: The specified log group does not"
          " exist`.",
          "The task stops before it starts because the log group {group} does not exist and the task is not allowed to"
          " create it.",
          (Repair("Create the log group, then start the tasks again.",
                  "https://{region}.{console}/cloudwatch/home?region={region}#logsV2:log-groups",
                  "aws logs create-log-group --region {region} --log-group-name {log_group}",
                  '"awslogs-create-group": "true"'),),
          _no_log_group, NEVER_STARTED),
    Cause("service-linked-role-missing", Kind.START, "ECS has no service-linked role in this account",
          "`Unable to assume the service linked role. Please verify that the ECS service linked role exists`.",
          "ECS cannot act in this account because its service-linked role AWSServiceRoleForECS is missing or was only"
          " just created.",
          (Repair("Create it once, wait a minute, and start the tasks again.",
                  "https://us-east-1.{console}/iam/home#/roles",
                  "aws iam create-service-linked-role --aws-service-name ecs.amazonaws.com"),),
          by_words(_LINKED_ROLE), NEVER_STARTED),
    Cause("role-not-assumed", Kind.START, "ECS cannot assume a role of the task",
          "`ECS was unable to assume the role '…' that was provided for this task`.",
          "ECS cannot assume the role {role}{lacks}. A task's role must trust the service ecs-tasks.amazonaws.com.",
          (Repair("Edit the role's trust relationship: choose the use case Elastic Container Service Task.", _IAM_ROLE,
                  "aws iam get-role --role-name {role} --query Role.AssumeRolePolicyDocument",
                  '{"Effect": "Allow", "Principal": {"Service": "ecs-tasks.amazonaws.com"}, "Action":'
                  ' "sts:AssumeRole"}',
                  in_learner_lab="Create a revision with LabRole as the task role and the task execution role, and"
                                 " update the service to it. LabRole trusts"
                                 " ecs-tasks.amazonaws.com."),),
          _assume, NEVER_STARTED),
    Cause("execution-role-missing", Kind.START, "The task definition has no execution role",
          "`Fargate requires task definition to have execution role ARN to support ECR images`.",
          "The task definition has no execution role. Without it, Fargate cannot pull from ECR or write logs.",
          (Repair("Create a revision with a task execution role (ecsTaskExecutionRole; LabRole in the Learner Lab), and"
                  " update the service to it.", _TASK_DEFINITION,
                  "aws ecs describe-task-definition --region {region} --task-definition {task_definition} --query"
                  " taskDefinition.executionRoleArn",
                  '"executionRoleArn": "arn:aws:iam::{account}:role/ecsTaskExecutionRole"'),),
          by_words(_NO_ROLE, "the_task_definition_has_both_roles"), NEVER_STARTED),
    Cause("no-free-address", Kind.START, "The subnet has no free IP address",
          "`InsufficientFreeAddressesInSubnet`.",
          "A subnet of the service ({subnets}) has no free IP address for another task.",
          (Repair("Delete unused network interfaces, or use larger subnets for the service (a /24 has 251 addresses).",
                  "https://{region}.{console}/vpcconsole/home?region={region}#subnets:VpcId={vpc}",
                  "aws ec2 describe-subnets --region {region} --filters Name=vpc-id,Values={vpc} --query"
                  " 'Subnets[].[SubnetId,AvailableIpAddressCount]'"),),
          _no_address, NEVER_STARTED),
    Cause("no-container-instance", Kind.START, "The service waits for EC2 instances",
          "`unable to place a task because no container instance met all of its requirements`.",
          "The service uses the EC2 launch type, and the cluster has no instance for its tasks. The lab asks for"
          " Fargate.",
          (Repair("Create the service with the Fargate launch type (or capacity provider).", _SERVICE,
                  "aws ecs describe-services --region {region} --cluster {cluster} --services {service} --query"
                  " 'services[].[launchType,capacityProviderStrategy]'"),),
          by_words(_NO_INSTANCE, "the_service_runs_on_fargate"), NEVER_STARTED),
    Cause("quota", Kind.START, "The account has reached a quota",
          "`You've reached the limit on the number of vCPUs you can run concurrently` (or of tasks).",
          "The account cannot run another task because it has reached its Fargate quota. New accounts start with a"
          " small quota.",
          (Repair("Stop tasks that you do not need, or request a quota increase (AWS Fargate, on-demand vCPU).",
                  "https://{region}.{console}/servicequotas/home/services/fargate/quotas?region={region}",
                  "aws ecs list-tasks --region {region} --cluster {cluster}"),),
          by_words(_QUOTA), NEVER_STARTED),
    Cause("no-capacity", Kind.START, "Fargate has no capacity at the moment",
          "`Capacity is unavailable at this time. Please try again later or in a different availability zone`.",
          "AWS has no Fargate capacity in this availability zone at the moment. Nothing is wrong with your setup.",
          (Repair("Try again later, use FARGATE instead of FARGATE_SPOT, or use private subnets in two zones for the"
                  " service.", _SERVICE,
                  "aws ecs update-service --region {region} --cluster {cluster} --service {service}"
                  " --force-new-deployment"),),
          by_words(_NO_CAPACITY), NEVER_STARTED),
    Cause("platform-version", Kind.START, "The platform version is not valid for the task",
          "`PlatformTaskDefinitionIncompatibilityException`, `The specified platform version is invalid`.",
          "The service's platform version does not exist or is not compatible with the task definition.",
          (Repair("Update the service to platform version LATEST.", _SERVICE,
                  "aws ecs update-service --region {region} --cluster {cluster} --service {service} --platform-version"
                  " LATEST --force-new-deployment"),),
          by_words(_PLATFORM), NEVER_STARTED),
    Cause("network-setting-gone", Kind.START, "A subnet or security group of the service was deleted",
          "`The security group 'sg-…' does not exist`, `InvalidSubnetID.NotFound`.",
          "The service uses a subnet or security group that no longer exists, so no task gets a network interface.",
          (Repair("Update the service's network settings: choose the private subnets and the resources' security group"
                  " of your VPC.",
                  _SERVICE, "aws ecs describe-services --region {region} --cluster {cluster} --services {service}"
                            " --query"
                  " 'services[].networkConfiguration'"),),
          by_words(_GONE, "the_service_is_in_private_subnets", "the_service_uses_the_resource_security_group"),
          NEVER_STARTED),
    Cause("account-blocked", Kind.START, "AWS has blocked the account",
          "`Your account is currently blocked and not recognized as a valid account`.",
          "AWS does not allow this account to start tasks. New accounts are sometimes blocked until AWS has verified"
          " them.",
          (Repair("Open a case with AWS Support (Account and billing; it is free).",
                  "https://support.console.aws.amazon.com/support/home", "aws ecs list-clusters --region {region}"),),
          by_words(_BLOCKED), NEVER_STARTED),
    Cause("task-definition-inactive", Kind.START, "The task definition was deregistered",
          "`TaskDefinition is inactive`.",
          "The revision that the service uses was deregistered, so no new task can start from it.",
          (Repair("Create a new revision and update the service to it.", _TASK_DEFINITION,
                  "aws ecs list-task-definitions --region {region} --family-prefix {family}"),),
          by_words(_INACTIVE), NEVER_STARTED),
    Cause("network-interface", Kind.START, "The task got no network interface",
          "`Timeout waiting for network interface provisioning to complete`.",
          "AWS did not give the task its network interface in time.",
          (Repair("Start the tasks again. If the error returns, check that the subnets have free addresses and that"
                  " the service-linked role AWSServiceRoleForECS exists.", _SERVICE,
                  "aws ecs update-service --region {region} --cluster {cluster} --service {service}"
                  " --force-new-deployment"),),
          by_words(_INTERFACE), NEVER_STARTED),
)
"""The rows, the most specific first."""
