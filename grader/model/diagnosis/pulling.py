"""Causes for which the image of a task cannot be pulled."""

from __future__ import annotations

import re
from collections.abc import Callable

from grader.model.diagnosis.cause import (
    NEVER_STARTED,
    Cause,
    Found,
    Kind,
    Repair,
    Said,
    by_words,
    groups_of_match,
    pattern,
    said,
    shown,
)
from grader.model.diagnosis.hops import Hop, first_broken
from grader.model.diagnosis.way_out import way_out
from grader.model.diagnosis.witnesses import Witnesses
from grader.model.findings import shorten
from grader.model.task_definitions import EcrImage, ecr_image
from grader.model.topology.parts import State

_VPC = "https://{region}.{console}/vpcconsole/home?region={region}#"
_ECS = "https://{region}.{console}/ecs/v2"
_ECR = "https://{region}.{console}/ecr/repositories/private/{account}/{repository}?region={region}"
_IAM_ROLE = "https://us-east-1.{console}/iam/home#/roles/details/{role}"
_TASK_DEFINITION = _ECS + "/task-definitions/{family}?region={region}"
_AGAIN = "aws ecs update-service --region {region} --cluster {cluster} --service {service} --force-new-deployment"

# Names of AWS's endpoints in an address tell what was not reached.
_HOSTS = (
    ("ecr.dkr", re.compile(r"\.dkr[.-]ecr\b")),
    ("ecr.api", re.compile(r"\b(?:api\.)?ecr(?:-fips)?\.[a-z0-9-]+\.(?:amazonaws|on\.aws|api\.aws)|registry auth|ecr"
                           r" registry")),
    ("s3", re.compile(r"\bs3[.-]|starport")),
    ("secretsmanager", re.compile(r"secretsmanager|\basm\b")),
    ("ssm", re.compile(r"\bssm[.\b]|\bssm\b")),
)
_PULL = (
    r"(?:CannotPull\w*|unable to pull|pull (?:image|command|secrets)|registry auth|failed to resolve ref|ref pull"
    r"|image manifest|retrieve ecr)"
)
_UNREACHED = pattern(
    rf"{_PULL}.*?(?P<q>(?:dial tcp \S{{0,60}} )?i/o timeout|context deadline exceeded|deadline exceeded|request"
    rf" canceled|request cancelled"
    r"|RequestCanceled|Client\.Timeout|connection timed out|connect: connection refused|network is unreachable"
    r"|no route to host|TLS handshake timeout|context canceled|check your task network configuration"
    r"|connection issue between the task and)",
    rf"{_PULL}.*?(?:send request failed caused by|RequestError)",
)
_NO_HOST = pattern(r"lookup (?P<host>\S+?\.dkr[.-]ecr\S*?)(?: on \S+)?: no such host")
_ACTION = pattern(r"not authorized to perform: (?P<action>ecr(?:-public)?:\w+)")
_REFUSED = pattern(
    rf"{_PULL}.*?(?P<q>403 Forbidden|status code:? 403|AccessDeniedException|denied: |no basic auth credentials)"
)
_OF_OTHERS = pattern(
    r"not authorized to perform: (?:secretsmanager|ssm|kms|logs|s3):|retriev\w+ (?:the )?secrets?\b|fetch\w* secret"
)
_NO_REPOSITORY = pattern(
    r"repository with name '(?P<name>[^']{1,256})' does not exist(?: in the registry with id '(?P<registry>\d{12})')?",
    r"name unknown|RepositoryNotFoundException|repository name not known",
)
_NO_TAG = pattern(
    r"manifest for (?P<image>\S+) not found",
    r"manifest unknown|Requested image not found|ImageNotFoundException",
    r"failed to resolve ref(?:erence)? \S+:? (?P<q>\S+: not found)",
)
_NOT_FOUND = pattern(rf"{_PULL}.*?(?P<q>\S*: not found)")
_NO_PLATFORM = pattern(
    r"does not contain descriptor matching platform '?(?P<one>[\w/]+)",
    r"no match(?:ing manifest)? for (?:platform )?(?:in manifest|'?(?P<two>(?:linux|windows)/\w+))",
    r"failed to find a descriptor for platform \W*(?P<three>[\w/]+)?",
    r"image operating system \W*\w+\W* cannot be used on this platform",
    r"no suitable image|no match for platform",
)
_RATE = pattern(r"toomanyrequests|pull rate limit|429 Too Many Requests|rate exceeded.{0,40}pull")
_HUB = pattern(
    r"pull access denied for (?P<name>\S+?),? repository does not exist",
    r"pull access denied(?:, repository does not exist)?",
    r"insufficient_scope: authorization failed|requested access to the resource is denied",
)
_DISK = pattern(r"no space left on device")


def _destination(words: Said) -> str:
    """What was not reached, by the name of its endpoint; empty for a registry elsewhere."""
    text = words.match.string
    address = re.search(r"https?://[^\s\"\\]+", text)
    looked = address[0] if address else text
    return next((name for name, host in _HOSTS if host.search(looked)), "")


def _broken(witnesses: Witnesses) -> tuple[Said, Hop | None] | None:
    """The words that the registry was not reached, and the first hop of the way to it that is broken."""
    words, hops = _tried(witnesses)
    return None if words is None else (words, first_broken(hops))


def _tried(witnesses: Witnesses) -> tuple[Said | None, tuple[Hop, ...]]:
    """The words that the registry was not reached, and the way to it."""
    words = said(witnesses, _UNREACHED)
    if words is None or of_permission(words):
        return None, ()
    wanted = _destination(words)
    services = ("ecr.api", "ecr.dkr", "s3") if wanted.startswith("ecr") else (wanted or "internet",)
    return words, way_out(witnesses.lab, *dict.fromkeys((wanted or "internet", *services)))


def of_permission(words: Said) -> bool:
    """Whether words that look like a lost connection tell of a refusal in fact."""
    return re.search(r"AccessDenied|not authorized|status code: 40[03]|403 Forbidden", words.match.string) is not None


def _by_hop(cause: str) -> Callable[[Witnesses], Found | None]:
    def recognise(witnesses: Witnesses) -> Found | None:
        words, hop = _broken(witnesses) or (None, None)
        if words is None or hop is None or hop.cause != cause:
            return None
        return words.stopped_at(hop)

    return recognise


def _unreached(witnesses: Witnesses) -> Found | None:
    words, hops = _tried(witnesses)
    if words is None:
        return None
    unclear = next((hop for hop in hops if hop.state is not State.FINE), None)
    if unclear is None:
        where = "every hop that was read on the way is open now"
    elif unclear.state is State.PENDING:
        where = unclear.said
    else:
        where = f"the state of the {unclear.name} is not known ({unclear.said})"
    return words.found(where=shorten(where, 240))


def _image(witnesses: Witnesses) -> tuple[str, EcrImage | None]:
    image = witnesses.image
    return image, ecr_image(image)


def _not_found(witnesses: Witnesses) -> Said | None:
    return said(witnesses, _NO_TAG) or said(witnesses, _NOT_FOUND)


def _refusal(witnesses: Witnesses) -> Said | None:
    return said(witnesses, _ACTION) or said(witnesses, _REFUSED)


def _refused(witnesses: Witnesses) -> Found | None:
    words = _refusal(witnesses)
    if words is None or _OF_OTHERS.search(words.match.string):
        return None
    action = words.group("action")
    image, place = _image(witnesses)
    if not action and image and place is None:
        return None
    role = witnesses.execution_role
    told = witnesses.role(role) if role else None
    values: dict[str, str] = {"role": shown(role) or "EXECUTION_ROLE", "action": action or "the pull"}
    if told is not None and told.policies is not None:
        attached = shown(", ".join(told.policies[:4]))
        values["policies"] = f"the role has {attached}" if attached else "the role has no policies"
    else:
        values["policies"] = "check which policies the role has"
    return words.found(**values)


def _wrong_account(witnesses: Witnesses) -> Found | None:
    image, place = _image(witnesses)
    words = _refusal(witnesses) or said(witnesses, _NO_REPOSITORY) or _not_found(witnesses)
    other, own = image[:12], witnesses.evidence.account
    if words is None or place is None or own in (other, "unknown"):
        return None
    return words.found("uses_an_image_from_ecr", image=shown(image), other=other, own=shown(own))


def _wrong_region(witnesses: Witnesses) -> Found | None:
    image, place = _image(witnesses)
    lost = said(witnesses, _NO_HOST)
    if lost is not None:
        named = shown(image or lost.group("host"))
        return lost.found(image=named, asked="a region that does not exist", held=witnesses.service.region)
    words = said(witnesses, _NO_REPOSITORY) or _not_found(witnesses)
    if words is None or place is None or witnesses.repository(place.region, place.repository) is not None:
        return None
    regions = [one.region for one in witnesses.lab.account.repositories if one.name == place.repository]
    if not regions:
        return None
    return words.found(image=shown(image), asked=place.region, held=", ".join(regions[:3]))


def _no_repository(witnesses: Witnesses) -> Found | None:
    _, place = _image(witnesses)
    words = said(witnesses, _NO_REPOSITORY)
    if words is None:
        words = _not_found(witnesses)
        everything = witnesses.lab.account.repositories
        if words is None or place is None or everything.within(place.region).gaps:
            return None
        if witnesses.repository(place.region, place.repository) is not None:
            return None
    name = place.repository if place else groups_of_match(words.match).get("name", "")
    own = [one.name for one in witnesses.lab.account.repositories if place is None or one.region == place.region]
    holds = f"it has {shown(', '.join(own[:3]))}" if own else "it has none in that region"
    return words.found("TestRepository", missing=shown(name) or "the repository", own=holds)


def _no_tag(witnesses: Witnesses) -> Found | None:
    words = _not_found(witnesses)
    if words is None:
        return None
    image, place = _image(witnesses)
    repository = witnesses.repository(place.region, place.repository) if place else None
    tags = witnesses.tags(repository) if repository else None
    asked = place.tag or image.partition("@")[2] or "latest" if place else image
    if tags is None:
        holds = "check which tags the repository has"
    elif not tags:
        holds = "the repository has no tagged image"
    elif asked in tags:
        holds = f"the repository has {asked} now, so start the tasks again"
    else:
        holds = f"the repository has {shown(', '.join(tags[-5:]))}"
    use = tags[-1] if tags and asked not in tags else asked
    checks = ("TestImage", "TestPush") if tags == () else ()
    name = shown(place.repository if place else image) or "IMAGE"
    return words.found(*checks, tag=shown(asked), holds=holds, use=shown(use), name=name)


def _no_platform(witnesses: Witnesses) -> Found | None:
    words = said(witnesses, _NO_PLATFORM)
    if words is None:
        return None
    definition = witnesses.task_definition
    arm = definition is not None and definition.architecture.upper() == "ARM64"
    named = next(iter(groups_of_match(words.match).values()), "")
    platform = named or ("linux/arm64" if arm else "linux/amd64")
    checks = ("the_task_definition_is_for_the_platform",) if arm else ()
    return words.found(*checks, platform=platform)


def _not_on_hub(witnesses: Witnesses) -> Found | None:
    words = said(witnesses, _HUB)
    image, place = _image(witnesses)
    if words is None or place is not None or not image:
        return None
    return words.found("uses_an_image_from_ecr", image=shown(image))


_REFUSED_ADVICE = Repair(
    "Attach the AWS managed policy AmazonECSTaskExecutionRolePolicy to the execution role, then start the tasks again.",
    _IAM_ROLE,
    "aws iam attach-role-policy --role-name {role} --policy-arn"
    " arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy",
    in_learner_lab="Create a revision with LabRole as the task execution role, and update the service to it.",
)
_BUILD = Repair(
    "Build the image for the task's platform, push it, and start the tasks again.",
    _ECR,
    "docker build --platform {platform} -t {account}.dkr.ecr.{region}.amazonaws.com/{repository}:14.01.25 .",
    "FROM --platform={platform} python:3.12-slim",
)

# fmt: off
PULLING = (
    Cause("wrong-account", Kind.PULL, "The image is in another account",
          "The image URI begins with the ID of another account, and ECR reports that access is denied or that the"
          " image was not found.",
          "The task asks for the image {image}, which is in the registry of account {other}. Your account is {own}.",
          (Repair("Create a revision that uses the URI of your own image, as shown in the ECR console, and update the"
                  " service to it.",
                  _TASK_DEFINITION, "aws ecr describe-repositories --region {region} --query"
                  " 'repositories[].repositoryUri'",
                  '"image": "{own}.dkr.ecr.{region}.amazonaws.com/{repository}:14.01.25"'),),
          _wrong_account, NEVER_STARTED),
    Cause("wrong-region", Kind.PULL, "The image is in another region",
          "The image URI names a region where this account has no such repository (another region has it), or a region"
          " that does not exist.",
          "The task asks for the image {image} in {asked}; your repository is in {held}.",
          (Repair("Create a revision that uses the URI of your image, as shown in the ECR console, and update the"
                  " service to it.",
                  _TASK_DEFINITION, "aws ecr describe-repositories --region {held} --query"
                  " 'repositories[].repositoryUri'"),),
          _wrong_region, NEVER_STARTED),
    Cause("no-permission-to-pull", Kind.PULL, "The execution role is not allowed to pull the image",
          "`AccessDeniedException … is not authorized to perform: ecr:GetAuthorizationToken` (or another action of"
          " ECR),"
          " or `403 Forbidden`.",
          "The execution role {role} is not allowed to pull the image: AWS denied {action} ({policies}). It needs the"
          " AWS managed policy AmazonECSTaskExecutionRolePolicy.",
          (_REFUSED_ADVICE,), _refused, NEVER_STARTED),
    Cause("repository-missing", Kind.PULL, "The repository does not exist",
          "`The repository with name '…' does not exist in the registry`, `name unknown`; or `not found` when ECR"
          " lists no repository with that name.",
          "The task asks for an image in the repository {missing}, which does not exist in your registry: {own}.",
          (Repair("Create a revision with your image's URI from the ECR console, or create the repository and push the"
                  " image.",
                  _TASK_DEFINITION, "aws ecr describe-repositories --region {region} --query"
                  " 'repositories[].repositoryUri'"),),
          _no_repository, NEVER_STARTED),
    Cause("manifest-without-platform", Kind.PULL, "The image is not for this platform",
          "`image Manifest does not contain descriptor matching platform 'linux/amd64'`, `no matching manifest for"
          " linux/amd64`, `failed to find a descriptor for platform`.",
          "The image in ECR has no variant for {platform}: it was built on a machine with a different processor (an"
          " Apple silicon Mac builds for arm64).",
          (_BUILD,), _no_platform, NEVER_STARTED),
    Cause("not-in-ecr", Kind.PULL, "The image name points to Docker Hub",
          "`pull access denied for …, repository does not exist or may require 'docker login'`, when the image name is"
          " not an ECR URI.",
          "The image name {image} is not an ECR URI, so ECS looked for it on Docker Hub and did not find it.",
          (Repair("Create a revision that uses the URI of your image in ECR, and update the service to it.",
                  _TASK_DEFINITION, "aws ecr describe-repositories --region {region} --query"
                  " 'repositories[].repositoryUri'",
                  '"image": "{account}.dkr.ecr.{region}.amazonaws.com/{repository}:14.01.25"'),),
          _not_on_hub, NEVER_STARTED),
    Cause("tag-missing", Kind.PULL, "The tag does not exist",
          "`…:latest: not found`, `manifest for … not found`, `manifest unknown`, `Requested image not found`.",
          "The task asks for the tag {tag} of {name}, which does not exist: {holds}.",
          (Repair("Create a revision that uses an existing tag and update the service to it, or push the image with"
                  " this tag.",
                  _TASK_DEFINITION, "aws ecr describe-images --region {region} --repository-name {repository} --query"
                  " 'imageDetails[].imageTags'",
                  '"image": "{account}.dkr.ecr.{region}.amazonaws.com/{repository}:{use}"'),
           Repair("If the tag exists now, start the tasks again.", "", _AGAIN)),
          _no_tag, NEVER_STARTED),
    Cause("pull-rate-limit", Kind.PULL, "The public registry's pull rate limit was reached",
          "`toomanyrequests: You have reached your pull rate limit`, `429 Too Many Requests`.",
          "The public registry refused the pull because there were too many pulls from this IP address: the image, or"
          " its base image, does not come from your ECR repository.",
          (Repair("Push the image to your ECR repository and use that image in the task, or wait an hour.",
                  _TASK_DEFINITION, "aws ecr describe-repositories --region {region} --query"
                  " 'repositories[].repositoryUri'"),),
          by_words(_RATE, "uses_an_image_from_ecr"), NEVER_STARTED),
    Cause("disk-full", Kind.PULL, "The image is larger than the task's disk",
          "`no space left on device` while the image is unpacked.",
          "The image does not fit on the task's disk, which has 20 GiB unless the task definition asks for more.",
          (Repair("Make the image smaller (CPU-only PyTorch wheels, a slim base image), or ask for more ephemeral"
                  " storage.",
                  _TASK_DEFINITION, "", '"ephemeralStorage": {"sizeInGiB": 40}'),),
          by_words(_DISK), NEVER_STARTED),
    Cause("no-route-to-registry", Kind.PULL, "The task has no route to the registry",
          "`ResourceInitializationError … i/o timeout`, `request canceled while waiting for connection`, `context"
          " deadline exceeded`, and a route on the way out is missing or leads nowhere.",
          "The task cannot reach the registry, so its request timed out: {where}.",
          (Repair("Give the private subnets a default route (0.0.0.0/0) to an available NAT gateway in a public"
                  " subnet.",
                  _VPC + "RouteTables:vpcId={vpc}",
                  "aws ec2 create-route --region {region} --route-table-id {private_table} --destination-cidr-block"
                  " 0.0.0.0/0 --nat-gateway-id {nat_gateway}"),),
          _by_hop("no-route-to-registry"), NEVER_STARTED),
    Cause("endpoint-in-the-way", Kind.PULL, "A VPC endpoint blocks the task",
          "A timeout while pulling, and an interface endpoint for ECR, S3 or CloudWatch Logs whose security group does"
          " not allow TCP 443 from the tasks, or whose policy allows nothing.",
          "The task cannot reach the registry: {where}. With private DNS, all requests go through the endpoint.",
          (Repair("Allow TCP 443 from the VPC in the endpoint's security group, or delete the endpoint: the NAT"
                  " gateway is enough.", _VPC + "Endpoints:vpcId={vpc}",
                  "aws ec2 describe-vpc-endpoints --region {region} --filters Name=vpc-id,Values={vpc}"),),
          _by_hop("endpoint-in-the-way"), NEVER_STARTED),
    Cause("no-way-out-by-group", Kind.PULL, "The security group blocks outbound traffic",
          "A timeout while pulling, and the tasks' security group has no outbound rule for TCP 443.",
          "The task cannot reach the registry: {where}.",
          (Repair("Restore the outbound rule in the tasks' security group that allows all traffic.",
                  _VPC + "SecurityGroup:groupId={back_group}",
                  "aws ec2 authorize-security-group-egress --region {region} --group-id {back_group} --ip-permissions"
                  " 'IpProtocol=-1,IpRanges=[{CidrIp=0.0.0.0/0}]'"),),
          _by_hop("no-way-out-by-group"), NEVER_STARTED),
    Cause("acl-in-the-way-out", Kind.PULL, "A network ACL blocks the task",
          "A timeout while pulling, and a network ACL that does not allow TCP 443 out or the responses in.",
          "The task cannot reach the registry: {where}.",
          (Repair("Allow outbound TCP 443 and the responses (inbound TCP 1024-65535), or associate the subnet with the"
                  " default network ACL.", _VPC + "acls:vpc-id={vpc}",
                  "aws ec2 describe-network-acls --region {region} --filters Name=vpc-id,Values={vpc}"),),
          _by_hop("acl-in-the-way-out"), NEVER_STARTED),
    Cause("vpc-block-public-access", Kind.PULL, "VPC Block Public Access is on",
          "`InternetGatewayBlockMode` of the VPC or of the account is `block-bidirectional`.",
          "The task cannot reach the registry: {where}.",
          (Repair("Turn off VPC Block Public Access for the region, or exclude the VPC from it.",
                  _VPC + "Settings:", "aws ec2 describe-vpc-block-public-access-options --region {region}"),),
          _by_hop("vpc-block-public-access"), NEVER_STARTED),
    Cause("registry-not-reached", Kind.PULL, "The registry was not reached, although the way looks open",
          "A timeout while pulling, and no hop on the way out is known to be broken.",
          "The task could not reach the registry when it tried: {where}.",
          (Repair("Start the tasks again. If they time out again, check the VPC's network ACLs, endpoints and DNS"
                  " settings.", _VPC + "VpcDetails:VpcId={vpc}", _AGAIN),),
          _unreached, NEVER_STARTED),
)
"""The rows, the most specific first."""
