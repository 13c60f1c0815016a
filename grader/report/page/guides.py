"""What to look at and to type for each check of the lab: console pages, and commands of AWS CLI version 2.

Words in braces are values of one account (console.py fills them in). Console addresses are those that the console
itself shows.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Guide:
    """For the checks whose id holds ``of``: the console page, a command that shows the thing, and those that fix it.

    Of ``fixes`` the first is offered whose values the account has, else the last.
    """

    of: str
    page: str
    show: str
    fixes: tuple[str, ...] = ()


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

# The first guide that fits is taken: what is said of one check comes before what is said of its class.
# fmt: off
GUIDES = (
    Guide("TestRootUser", _IAM + "/security_credentials",
          "aws iam get-account-summary --query SummaryMap.AccountMFAEnabled"),
    Guide("the_permissions_come_from_a_group", _IAM + "/groups",
          "aws iam list-attached-group-policies --group-name {group}",
          ("aws iam attach-group-policy --group-name {group} --policy-arn"
           " arn:aws:iam::aws:policy/AdministratorAccess",)),
    Guide("the_administrator_has_mfa", _IAM + "/users",
          "aws iam list-virtual-mfa-devices --assignment-status Assigned"),
    Guide("the_account_has_an_alias", _IAM + "/home", "aws iam list-account-aliases",
          ("aws iam create-account-alias --account-alias ALIAS",)),
    Guide("TestAdministrator", _IAM + "/users", "aws iam get-group --group-name {group}",
          ("aws iam add-user-to-group --group-name {group} --user-name USER",)),
    Guide("credentials_for_the_command_line", _IAM + "/users", "aws iam list-access-keys --user-name USER",
          ("aws iam create-access-key --user-name USER",)),
    Guide("TestCommandLine", _IAM + "/users", "aws sts get-caller-identity",
          ("aws iam list-users",)),
    Guide("TestBudget", "https://us-east-1.{console}/costmanagement/home#/budgets",
          "aws budgets describe-budgets --account-id {account}"),
    Guide("there_is_a_bucket", "https://{region}.{console}/s3/buckets?region={region}", "aws s3 ls",
          ("aws s3 mb s3://{bucket} --region {region}",)),
    Guide("the_bucket_is_private", "https://{region}.{console}/s3/buckets/{bucket}?tab=permissions",
          "aws s3api get-public-access-block --bucket {bucket}",
          ("aws s3api put-public-access-block --bucket {bucket} --public-access-block-configuration"
           " BlockPublicAcls=true,IgnorePublicAcls=true,BlockPublicPolicy=true,RestrictPublicBuckets=true",)),
    Guide("TestFiles", "https://{region}.{console}/s3/buckets/{bucket}?tab=objects",
          "aws s3 ls s3://{bucket} --recursive",
          ("aws s3 cp FILE s3://{bucket}/",)),
    Guide("check_2_s3", _ECS + "/task-definitions/{family}?region={region}",
          _TASK + " --query 'taskDefinition.containerDefinitions[].environment'"),
    Guide("uses_aes_256_encryption", "https://{region}.{console}/ecr/private-registry/repositories?region={region}",
          "aws ecr describe-repositories --region {region}",
          ("aws ecr create-repository --region {region} --repository-name NAME --encryption-configuration"
           " encryptionType=AES256",)),
    Guide("check_3_ecr.py::TestRepository",
          "https://{region}.{console}/ecr/private-registry/repositories?region={region}",
          "aws ecr describe-repositories --region {region}",
          ("aws ecr create-repository --region {region} --repository-name {repository} --encryption-configuration"
           " encryptionType=AES256",)),
    Guide("TestDockerLogin", "https://{region}.{console}/ecr/private-registry/repositories?region={region}",
          "aws ecr describe-images --region {region} --repository-name {repository}",
          ("aws ecr get-login-password --region {region} | docker login --username AWS --password-stdin"
           " {account}.dkr.ecr.{region}.amazonaws.com",)),
    Guide("the_image_has_a_tag",
          "https://{region}.{console}/ecr/repositories/private/{account}/{repository}?region={region}",
          "aws ecr describe-images --region {region} --repository-name {repository}",
          ("docker tag {app} {account}.dkr.ecr.{region}.amazonaws.com/{repository}:{image_tag}",)),
    Guide("check_3_ecr",
          "https://{region}.{console}/ecr/repositories/private/{account}/{repository}?region={region}",
          "aws ecr describe-images --region {region} --repository-name {repository}",
          ("docker push {account}.dkr.ecr.{region}.amazonaws.com/{repository}:{image_tag}",)),
    Guide("there_is_a_vpc_of_your_own", _VPC + "vpcs:", "aws ec2 describe-vpcs --region {region} --output table",
          ("aws ec2 create-vpc --region {region} --cidr-block {vpc_block} --tag-specifications"
           " 'ResourceType=vpc,Tags=[{Key=Name,Value={app}-vpc}]'",)),
    Guide("TestVpc", _VPC + "VpcDetails:VpcId={vpc}", "aws ec2 describe-vpcs --region {region} --vpc-ids {vpc}"),
    Guide("TestSubnets", _VPC + "subnets:VpcId={vpc}", _SUBNETS,
          ("aws ec2 create-subnet --region {region} --vpc-id {vpc} --availability-zone ZONE --cidr-block CIDR",)),
    Guide("TestInternetGateway", _VPC + "igws:", "aws ec2 describe-internet-gateways --region {region}",
          ("aws ec2 attach-internet-gateway --region {region} --vpc-id {vpc} --internet-gateway-id"
           " {internet_gateway}",
           "aws ec2 create-internet-gateway --region {region}")),
    Guide("public_subnets_route_to_the_internet_gateway", _VPC + "RouteTables:vpcId={vpc}", _TABLES,
          ("aws ec2 associate-route-table --region {region} --route-table-id {good_public_table} --subnet-id"
           " {stray_public_subnet}",
           "aws ec2 replace-route --region {region} --route-table-id {misrouted_public_table}"
           " --destination-cidr-block 0.0.0.0/0 --gateway-id {internet_gateway}",
           "aws ec2 create-route --region {region} --route-table-id {public_table} --destination-cidr-block"
           " 0.0.0.0/0 --gateway-id {internet_gateway}")),
    Guide("TestRouteTables", _VPC + "RouteTables:vpcId={vpc}", _TABLES,
          ("aws ec2 replace-route --region {region} --route-table-id {exposed_private_table}"
           " --destination-cidr-block 0.0.0.0/0 --nat-gateway-id {nat_gateway}",
           "aws ec2 associate-route-table --region {region} --route-table-id {private_table} --subnet-id"
           " {stray_private_subnet}")),
    Guide("a_public_nat_gateway_is_available", _VPC + "NatGateways:",
          "aws ec2 describe-nat-gateways --region {region} --filter Name=vpc-id,Values={vpc}",
          ("aws ec2 create-nat-gateway --region {region} --subnet-id {public_subnet} --allocation-id ALLOCATION",)),
    Guide("TestNatGateway", _VPC + "RouteTables:vpcId={vpc}", _TABLES,
          ("aws ec2 replace-route --region {region} --route-table-id {misrouted_private_table}"
           " --destination-cidr-block 0.0.0.0/0 --nat-gateway-id {nat_gateway}",
           "aws ec2 create-route --region {region} --route-table-id {private_table} --destination-cidr-block"
           " 0.0.0.0/0 --nat-gateway-id {nat_gateway}")),
    Guide("the_load_balancer_group_allows_the_front_port", _EC2 + "SecurityGroup:groupId={front_group}",
          "aws ec2 describe-security-groups --region {region} --group-ids {front_group}",
          ("aws ec2 authorize-security-group-ingress --region {region} --group-id {front_group} --protocol tcp"
           " --port {front_port} --cidr 0.0.0.0/0",)),
    Guide("from_the_load_balancer_group", _EC2 + "SecurityGroup:groupId={back_group}",
          "aws ec2 describe-security-groups --region {region} --group-ids {back_group}",
          ("aws ec2 authorize-security-group-ingress --region {region} --group-id {back_group} --protocol tcp"
           " --port {port} --source-group {front_group}",)),
    Guide("does_not_open_the_port_to_the_world", _EC2 + "SecurityGroup:groupId={back_group}",
          "aws ec2 describe-security-groups --region {region} --group-ids {back_group}",
          ("aws ec2 revoke-security-group-ingress --region {region} --group-id {back_group} --protocol tcp --port"
           " {port} --cidr 0.0.0.0/0",)),
    Guide("TestSecurityGroups", _EC2 + "SecurityGroups:vpc-id={vpc}", _GROUPS,
          ("aws ec2 authorize-security-group-egress --region {region} --group-id {back_group} --ip-permissions"
           " 'IpProtocol=-1,IpRanges=[{CidrIp=0.0.0.0/0}]'",)),
    Guide("checks_health_at_the_path", _EC2 + "TargetGroups:", "aws elbv2 describe-target-groups --region {region}",
          ("aws elbv2 modify-target-group --region {region} --target-group-arn {target_group_arn}"
           " --health-check-path {health_path}",)),
    Guide("TestTargetGroup", _EC2 + "TargetGroups:", "aws elbv2 describe-target-groups --region {region}",
          ("aws elbv2 create-target-group --region {region} --name NAME --vpc-id {vpc} --target-type {target_type}"
           " --protocol {protocol} --port {port} --health-check-path {health_path}",)),
    Guide("the_front_port_is_forwarded", _EC2 + "LoadBalancers:",
          "aws elbv2 describe-listeners --region {region} --load-balancer-arn {load_balancer_arn}",
          ("aws elbv2 modify-listener --region {region} --listener-arn {listener_arn} --default-actions"
           " Type=forward,TargetGroupArn={target_group_arn}",
           "aws elbv2 create-listener --region {region} --load-balancer-arn {load_balancer_arn} --protocol HTTP"
           " --port {front_port} --default-actions Type=forward,TargetGroupArn={target_group_arn}")),
    Guide("the_load_balancer_uses_its_security_group", _EC2 + "LoadBalancers:",
          "aws elbv2 describe-load-balancers --region {region}",
          ("aws elbv2 set-security-groups --region {region} --load-balancer-arn {load_balancer_arn}"
           " --security-groups {front_group}",)),
    Guide("is_in_public_subnets_of_two_zones", _EC2 + "LoadBalancers:",
          "aws elbv2 describe-load-balancers --region {region}",
          ("aws elbv2 set-subnets --region {region} --load-balancer-arn {load_balancer_arn} --subnets"
           " {public_subnets}",)),
    Guide("TestLoadBalancer", _EC2 + "LoadBalancers:", "aws elbv2 describe-load-balancers --region {region}",
          ("aws elbv2 create-load-balancer --region {region} --name {app}-alb --scheme internet-facing"
           " --subnets {public_subnets} --security-groups {front_group}",)),
    Guide("TestCluster", _ECS + "/clusters?region={region}", "aws ecs list-clusters --region {region}",
          ("aws ecs create-cluster --region {region} --cluster-name {app}-cluster",)),
    Guide("TestTaskDefinition", _ECS + "/task-definitions/{family}?region={region}", _TASK),
    Guide("the_service_has_a_desired_count_of_at_least_one",
          _ECS + "/clusters/{cluster}/services/{service}?region={region}", _SERVICE,
          (_UPDATE + " --desired-count 1",)),
    Guide("TestService", _ECS + "/clusters/{cluster}/services?region={region}", _SERVICE),
    Guide("a_target_is_healthy", _EC2 + "TargetGroups:", _TARGETS),
    Guide("TestRunning", _ECS + "/clusters/{cluster}/services/{service}/events?region={region}",
          _SERVICE + " --query 'services[].events[:5].message'"),
    Guide("TestAccess", _EC2 + "LoadBalancers:", _TARGETS,
          ("curl -i http://{address}{health_path}",)),
    Guide("TestOpening", _EC2 + "LoadBalancers:", "curl -i http://{address}/docs"),
    Guide("TestEndpoints", _CLOUDWATCH + "logsV2:log-groups", "curl -s http://{address}/openapi.json"),
    Guide("logs_reach_cloudwatch", _CLOUDWATCH + "logsV2:log-groups",
          "aws logs describe-log-streams --region {region} --log-group-name {log_group}"),
    Guide("TestMonitoring", _CLOUDWATCH + "metricsV2",
          "aws cloudwatch list-metrics --region {region} --namespace AWS/ECS"),
)
