"""Where to look and what to type: console pages and AWS CLI commands for each check, filled with the account's own ids.

Ids and names come from the account, so each is quoted: for a shell in a command, for a URL in a link. Where there is
no such resource a word in capitals stands for it, as in the handout. Console addresses are those that the console
itself shows; commands are of AWS CLI version 2.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import quote

from grader.evidence import GLOBAL, Question
from grader.grading import Graded
from grader.model.findings import known, shorten
from grader.model.lab import Lab
from grader.results import CheckResult, Result

_PLACE = re.compile(r"\{(\w+)\}")
_DOMAINS = (("cn-", "console.amazonaws.cn"), ("us-gov-", "console.amazonaws-us-gov.com"))
_CLI_SERVICES = {"elbv2": "elbv2", "s3": "s3api"}


@dataclass(frozen=True, slots=True)
class Guide:
    """For the checks whose id holds ``of``: the console page, a command that shows the thing, one that mends it."""

    of: str
    page: str
    show: str
    fix: str = ""


@dataclass(frozen=True, slots=True)
class Help:
    """A guide filled in for one account; what a guide does not have is empty."""

    page: str
    show: str
    fix: str


_IAM = "https://us-east-1.{console}/iam/home#"
_VPC = "https://{region}.{console}/vpcconsole/home?region={region}#"
_EC2 = "https://{region}.{console}/ec2/home?region={region}#"
_ECS = "https://{region}.{console}/ecs/v2"
_CLOUDWATCH = "https://{region}.{console}/cloudwatch/home?region={region}#"
_SUBNETS = "aws ec2 describe-subnets --region {region} --filters Name=vpc-id,Values={vpc} --output table"
_TABLES = "aws ec2 describe-route-tables --region {region} --filters Name=vpc-id,Values={vpc}"
_GROUPS = "aws ec2 describe-security-groups --region {region} --filters Name=vpc-id,Values={vpc}"
_SERVICE = "aws ecs describe-services --region {region} --cluster {cluster} --services {service}"
_UPDATE = "aws ecs update-service --region {region} --cluster {cluster} --service {service}"
_TASK = "aws ecs describe-task-definition --region {region} --task-definition {task_definition}"
_TARGETS = "aws elbv2 describe-target-health --region {region} --target-group-arn {target_group_arn}"

# The first guide that fits is taken: what is said of one check stands before what is said of its class.
GUIDES = (
    Guide("TestRootUser", _IAM + "/security_credentials",
          "aws iam get-account-summary --query SummaryMap.AccountMFAEnabled"),
    Guide("the_rights_come_from_a_group", _IAM + "/groups", "aws iam list-attached-group-policies --group-name admin",
          "aws iam attach-group-policy --group-name admin --policy-arn arn:aws:iam::aws:policy/AdministratorAccess"),
    Guide("the_administrator_has_mfa", _IAM + "/users",
          "aws iam list-virtual-mfa-devices --assignment-status Assigned"),
    Guide("the_account_has_an_alias", _IAM + "/home", "aws iam list-account-aliases",
          "aws iam create-account-alias --account-alias ALIAS"),
    Guide("TestAdministrator", _IAM + "/users", "aws iam get-group --group-name admin",
          "aws iam add-user-to-group --group-name admin --user-name USER"),
    Guide("credentials_for_the_command_line", _IAM + "/users", "aws iam list-access-keys --user-name USER",
          "aws iam create-access-key --user-name USER"),
    Guide("TestCommandLine", _IAM + "/users", "aws sts get-caller-identity", "aws iam list-users"),
    Guide("TestBudget", "https://us-east-1.{console}/costmanagement/home#/budgets",
          "aws budgets describe-budgets --account-id {account}"),
    Guide("there_is_a_bucket", "https://{region}.{console}/s3/buckets?region={region}", "aws s3 ls",
          "aws s3 mb s3://{bucket} --region {region}"),
    Guide("the_bucket_is_private", "https://{region}.{console}/s3/buckets/{bucket}?tab=permissions",
          "aws s3api get-public-access-block --bucket {bucket}",
          "aws s3api put-public-access-block --bucket {bucket} --public-access-block-configuration"
          " BlockPublicAcls=true,IgnorePublicAcls=true,BlockPublicPolicy=true,RestrictPublicBuckets=true"),
    Guide("TestFiles", "https://{region}.{console}/s3/buckets/{bucket}?tab=objects",
          "aws s3 ls s3://{bucket} --recursive",
          "aws s3 cp FILE s3://{bucket}/"),
    Guide("check_2_s3", _ECS + "/task-definitions/{family}?region={region}",
          _TASK + " --query 'taskDefinition.containerDefinitions[].environment'"),
    Guide("check_3_ecr.py::TestRepository", "https://{region}.{console}/ecr/private-registry/repositories?region={region}",
          "aws ecr describe-repositories --region {region}",
          "aws ecr create-repository --region {region} --repository-name {repository}"
          " --encryption-configuration encryptionType=AES256"),
    Guide("TestDockerLogin", "https://{region}.{console}/ecr/private-registry/repositories?region={region}",
          "aws ecr describe-images --region {region} --repository-name {repository}",
          "aws ecr get-login-password --region {region} | docker login --username AWS --password-stdin"
          " {account}.dkr.ecr.{region}.amazonaws.com"),
    Guide("the_image_has_a_tag", "https://{region}.{console}/ecr/repositories/private/{account}/{repository}?region={region}",
          "aws ecr describe-images --region {region} --repository-name {repository}",
          "docker tag sentiment-app {account}.dkr.ecr.{region}.amazonaws.com/{repository}:14.01.25"),
    Guide("check_3_ecr", "https://{region}.{console}/ecr/repositories/private/{account}/{repository}?region={region}",
          "aws ecr describe-images --region {region} --repository-name {repository}",
          "docker push {account}.dkr.ecr.{region}.amazonaws.com/{repository}:14.01.25"),
    Guide("there_is_a_vpc_of_your_own", _VPC + "vpcs:", "aws ec2 describe-vpcs --region {region} --output table",
          "aws ec2 create-vpc --region {region} --cidr-block 10.0.0.0/16"
          " --tag-specifications 'ResourceType=vpc,Tags=[{Key=Name,Value=sentiment-app-vpc}]'"),
    Guide("TestVpc", _VPC + "VpcDetails:VpcId={vpc}", "aws ec2 describe-vpcs --region {region} --vpc-ids {vpc}"),
    Guide("TestSubnets", _VPC + "subnets:VpcId={vpc}", _SUBNETS,
          "aws ec2 create-subnet --region {region} --vpc-id {vpc} --availability-zone ZONE --cidr-block CIDR"),
    Guide("TestInternetGateway", _VPC + "igws:", "aws ec2 describe-internet-gateways --region {region}",
          "aws ec2 attach-internet-gateway --region {region} --vpc-id {vpc} --internet-gateway-id {internet_gateway}"),
    Guide("public_subnets_route_to_the_internet_gateway", _VPC + "RouteTables:vpcId={vpc}", _TABLES,
          "aws ec2 create-route --region {region} --route-table-id {public_table}"
          " --destination-cidr-block 0.0.0.0/0 --gateway-id {internet_gateway}"),
    Guide("TestRouteTables", _VPC + "RouteTables:vpcId={vpc}", _TABLES,
          "aws ec2 associate-route-table --region {region} --route-table-id {private_table}"
          " --subnet-id {private_subnet}"),
    Guide("a_public_nat_gateway_is_available", _VPC + "NatGateways:",
          "aws ec2 describe-nat-gateways --region {region} --filter Name=vpc-id,Values={vpc}",
          "aws ec2 create-nat-gateway --region {region} --subnet-id {public_subnet} --allocation-id ALLOCATION"),
    Guide("TestNatGateway", _VPC + "RouteTables:vpcId={vpc}", _TABLES,
          "aws ec2 create-route --region {region} --route-table-id {private_table}"
          " --destination-cidr-block 0.0.0.0/0 --nat-gateway-id {nat_gateway}"),
    Guide("the_load_balancer_group_admits_port_80", _EC2 + "SecurityGroup:groupId={front_group}",
          "aws ec2 describe-security-groups --region {region} --group-ids {front_group}",
          "aws ec2 authorize-security-group-ingress --region {region} --group-id {front_group}"
          " --protocol tcp --port 80 --cidr 0.0.0.0/0"),
    Guide("from_the_load_balancer_group", _EC2 + "SecurityGroup:groupId={back_group}",
          "aws ec2 describe-security-groups --region {region} --group-ids {back_group}",
          "aws ec2 authorize-security-group-ingress --region {region} --group-id {back_group}"
          " --protocol tcp --port 8000 --source-group {front_group}"),
    Guide("keeps_port_8000_from_the_world", _EC2 + "SecurityGroup:groupId={back_group}",
          "aws ec2 describe-security-groups --region {region} --group-ids {back_group}",
          "aws ec2 revoke-security-group-ingress --region {region} --group-id {back_group}"
          " --protocol tcp --port 8000 --cidr 0.0.0.0/0"),
    Guide("TestSecurityGroups", _EC2 + "SecurityGroups:vpc-id={vpc}", _GROUPS,
          "aws ec2 authorize-security-group-egress --region {region} --group-id {back_group}"
          " --ip-permissions 'IpProtocol=-1,IpRanges=[{CidrIp=0.0.0.0/0}]'"),
    Guide("checks_health_at_health", _EC2 + "TargetGroups:", "aws elbv2 describe-target-groups --region {region}",
          "aws elbv2 modify-target-group --region {region} --target-group-arn {target_group_arn}"
          " --health-check-path /health"),
    Guide("TestTargetGroup", _EC2 + "TargetGroups:", "aws elbv2 describe-target-groups --region {region}",
          "aws elbv2 create-target-group --region {region} --name NAME --vpc-id {vpc} --target-type ip"
          " --protocol HTTP --port 8000 --health-check-path /health"),
    Guide("http_80_is_forwarded", _EC2 + "LoadBalancers:",
          "aws elbv2 describe-listeners --region {region} --load-balancer-arn {load_balancer_arn}",
          "aws elbv2 create-listener --region {region} --load-balancer-arn {load_balancer_arn}"
          " --protocol HTTP --port 80 --default-actions Type=forward,TargetGroupArn={target_group_arn}"),
    Guide("the_load_balancer_uses_its_security_group", _EC2 + "LoadBalancers:",
          "aws elbv2 describe-load-balancers --region {region}",
          "aws elbv2 set-security-groups --region {region} --load-balancer-arn {load_balancer_arn}"
          " --security-groups {front_group}"),
    Guide("TestLoadBalancer", _EC2 + "LoadBalancers:", "aws elbv2 describe-load-balancers --region {region}",
          "aws elbv2 create-load-balancer --region {region} --name sentiment-app-alb --scheme internet-facing"
          " --subnets {public_subnets} --security-groups {front_group}"),
    Guide("TestCluster", _ECS + "/clusters?region={region}", "aws ecs list-clusters --region {region}",
          "aws ecs create-cluster --region {region} --cluster-name sentiment-app-cluster"),
    Guide("TestTaskDefinition", _ECS + "/task-definitions/{family}?region={region}", _TASK),
    Guide("the_service_wants_at_least_one_task", _ECS + "/clusters/{cluster}/services/{service}?region={region}",
          _SERVICE, _UPDATE + " --desired-count 1"),
    Guide("TestService", _ECS + "/clusters/{cluster}/services?region={region}", _SERVICE),
    Guide("a_target_is_healthy", _EC2 + "TargetGroups:", _TARGETS),
    Guide("TestRunning", _ECS + "/clusters/{cluster}/services/{service}/events?region={region}",
          _SERVICE + " --query 'services[].events[:5].message'"),
    Guide("TestAccess", _EC2 + "LoadBalancers:", _TARGETS, "curl -i http://{dns_name}/health"),
    Guide("TestOpening", _EC2 + "LoadBalancers:", "curl -i http://{dns_name}/docs"),
    Guide("TestEndpoints", _CLOUDWATCH + "logsV2:log-groups", "curl -s http://{dns_name}/openapi.json"),
    Guide("logs_reach_cloudwatch", _CLOUDWATCH + "logsV2:log-groups",
          "aws logs describe-log-streams --region {region} --log-group-name {log_group}"),
    Guide("TestMonitoring", _CLOUDWATCH + "metricsV2",
          "aws cloudwatch list-metrics --region {region} --namespace AWS/ECS"),
)  # fmt: skip


class Console:
    """Guides filled with what one account holds; each value is looked up when a guide first asks for it."""

    def __init__(self, graded: Graded) -> None:
        self._lab, self._result = graded.lab, graded.result
        self._values: dict[str, str] = {}

    def help(self, check: CheckResult) -> Help:
        """The console page and the commands for a check."""
        guide = next((one for one in GUIDES if one.of in check.id), None)
        if guide is None:
            # A check of a course's own: the last of its questions, asked again.
            return Help("", command_for(check.evidence[-1]) if check.evidence else "", "")
        return Help(
            self._filled(guide.page, _for_address),
            self._filled(guide.show, _for_shell),
            self._filled(guide.fix, _for_shell),
        )

    def _filled(self, text: str, quoted: Callable[[str], str]) -> str:
        return _PLACE.sub(lambda match: self._value(match[1], quoted), text)

    def _value(self, name: str, quoted: Callable[[str], str]) -> str:
        if name == "console":
            region = self._value("region", str)
            return next((domain for start, domain in _DOMAINS if region.startswith(start)), "console.aws.amazon.com")
        if name not in self._values:
            self._values[name] = _FINDERS[name](self._lab, self._result)
        value = self._values[name]
        if name == "public_subnets":
            return " ".join(map(quoted, value.split())) or "SUBNET SUBNET"
        return quoted(value) if value else name.upper()


def _for_shell(value: str) -> str:
    return shlex.quote(shorten(value, 300))


def _for_address(value: str) -> str:
    return quote(shorten(value, 300).encode("utf-8", "replace"), safe="")


def command_for(question: Question) -> str:
    """The AWS CLI command that asks a question again: ``aws ec2 describe-vpcs --region eu-west-1``."""
    service, _, operation = question.operation.partition(".")
    words = ["aws", _CLI_SERVICES.get(service, service), _dashed(operation)]
    if question.region != GLOBAL:
        words += ["--region", question.region]
    for parameter in question.key.split(";") if question.key else ():
        name, _, value = parameter.partition("=")
        words += [f"--{_dashed(name)}", value]
    return " ".join(_for_shell(word) for word in words)


def _dashed(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "-", name).lower()


def _region(lab: Lab, result: Result) -> str:
    for noun in ("service", "vpc", "load_balancer", "cluster", "repository", "bucket"):
        if noun in result.bindings:
            return result.bindings[noun].region
    return lab.evidence.meta.text("home_region", "") or (result.regions[0] if result.regions else "us-east-1")


def _of(noun: str) -> Callable[[Lab, Result], str]:
    def find(lab: Lab, result: Result) -> str:
        return result.bindings[noun].id if noun in result.bindings else ""

    return find


def _last(noun: str) -> Callable[[Lab, Result], str]:
    def find(lab: Lab, result: Result) -> str:
        return result.bindings[noun].id.rpartition("/")[2] if noun in result.bindings else ""

    return find


def _in_lab(read: Callable[[Lab], str]) -> Callable[[Lab, Result], str]:
    return lambda lab, _: known(lambda: read(lab), "")


def _public_table(lab: Lab) -> str:
    tables = [s.route_table.id for s in lab.vpc.public_subnets if not s.routes_out_through_internet_gateway]
    return tables[0] if tables else ""


_FINDERS: Mapping[str, Callable[[Lab, Result], str]] = {
    "account": lambda lab, result: result.account,
    "region": _region,
    "bucket": _of("bucket"),
    "repository": lambda lab, result: _of("repository")(lab, result) or "sentiment-app",
    "vpc": _of("vpc"),
    "load_balancer_arn": _of("load_balancer"),
    "target_group_arn": _of("target_group"),
    "cluster": _last("cluster"),
    "service": _last("service"),
    "task_definition": _last("task_definition"),
    "family": lambda lab, result: _last("task_definition")(lab, result).partition(":")[0],
    "internet_gateway": _in_lab(lambda lab: lab.vpc.internet_gateway.id),
    "nat_gateway": _in_lab(lambda lab: next((one.id for one in lab.vpc.nat_gateways if one.is_live), "")),
    "public_table": _in_lab(_public_table),
    "private_table": _in_lab(lambda lab: next((one.id for one in lab.vpc.private_route_tables), "")),
    "public_subnet": _in_lab(lambda lab: next((one.id for one in lab.vpc.public_subnets), "")),
    "public_subnets": _in_lab(lambda lab: " ".join(one.id for one in lab.vpc.public_subnets[:3])),
    "private_subnet": _in_lab(lambda lab: next((one.id for one in lab.vpc.private_subnets), "")),
    "front_group": _in_lab(lambda lab: lab.security_groups.of_load_balancer.id),
    "back_group": _in_lab(lambda lab: lab.security_groups.of_resources.id),
    "dns_name": _in_lab(lambda lab: lab.load_balancer.dns_name),
    "log_group": _in_lab(lambda lab: lab.task_definition.log_groups[0][1] if lab.task_definition.log_groups else ""),
}
