"""The template is valid where it can be used, and makes what the handout asks for."""

import warnings
from pathlib import Path
from typing import Any

import boto3
import pytest
from cfnlint.api import lint
from cfnlint.decode import decode_str
from moto import mock_aws

TEMPLATE = Path(__file__).parents[2] / "reference_app" / "template.yaml"
ANYWHERE = "0.0.0.0/0"

# The regions that every account has on from the start, less the two below.
REGIONS = [
    "ap-northeast-1",
    "ap-northeast-2",
    "ap-south-1",
    "ap-southeast-1",
    "ap-southeast-2",
    "ca-central-1",
    "eu-central-1",
    "eu-west-1",
    "eu-west-2",
    "eu-west-3",
    "sa-east-1",
    "us-east-1",
    "us-east-2",
    "us-west-1",
    "us-west-2",
]
REGIONS_WITHOUT_BUDGETS = ["ap-northeast-3", "eu-north-1"]


@pytest.fixture(scope="module")
def template() -> dict[str, Any]:
    content, faults = decode_str(TEMPLATE.read_text(encoding="utf-8"))
    assert faults == []
    assert content is not None
    return dict(content)


def properties(template: dict[str, Any], name: str) -> dict[str, Any]:
    return dict(template["Resources"][name]["Properties"])


def of_type(template: dict[str, Any], kind: str) -> dict[str, dict[str, Any]]:
    return {
        name: dict(resource.get("Properties", {}))
        for name, resource in template["Resources"].items()
        if resource["Type"] == kind
    }


def default(template: dict[str, Any], parameter: str) -> str:
    return str(template["Parameters"][parameter]["Default"])


def name_tag(resource: dict[str, Any]) -> Any:
    return next(tag["Value"] for tag in resource["Tags"] if tag["Key"] == "Name")


class TestTheTemplateIsValid:
    def test_cfn_lint_finds_nothing_in_the_usual_regions(self) -> None:
        """No error, warning or hint in any region that has the resource types."""
        assert [str(found) for found in lint(TEMPLATE.read_text(encoding="utf-8"), regions=REGIONS)] == []

    def test_the_budget_is_all_that_the_other_regions_lack(self) -> None:
        """What the README says of two regions is true, and no more is wrong there."""
        found = lint(TEMPLATE.read_text(encoding="utf-8"), regions=REGIONS_WITHOUT_BUDGETS)
        assert {match.rule.id for match in found} == {"E3006"}
        assert all("AWS::Budgets::Budget" in match.message for match in found)
        assert all(any(region in match.message for match in found) for region in REGIONS_WITHOUT_BUDGETS)

    def test_the_lint_can_fail(self) -> None:
        """A wrong attribute is found, so a clean result means something."""
        broken = TEMPLATE.read_text(encoding="utf-8").replace(
            "NatAddress.AllocationId", "NatAddress.Nonsense"
        )
        assert lint(broken, regions=["eu-west-1"]) != []

    def test_every_parameter_is_explained_and_grouped(self, template: dict[str, Any]) -> None:
        """The console shows each parameter in a group, with a label and a description."""
        interface = template["Metadata"]["AWS::CloudFormation::Interface"]
        grouped = [name for group in interface["ParameterGroups"] for name in group["Parameters"]]
        assert sorted(grouped) == sorted(template["Parameters"])
        assert set(interface["ParameterLabels"]) == set(template["Parameters"])
        assert all(parameter["Description"] for parameter in template["Parameters"].values())


class TestTheDefaultsAreTheHandouts:
    @pytest.mark.parametrize(
        ("parameter", "value"),
        [
            ("AdminGroupName", "admin"),
            ("BudgetLimit", "5"),
            ("AppName", "sentiment-app"),
            ("ImageTag", "14.01.25"),
            ("VpcCidr", "10.0.0.0/16"),
            ("PublicSubnet1Cidr", "10.0.1.0/24"),
            ("PublicSubnet2Cidr", "10.0.2.0/24"),
            ("PrivateSubnet1Cidr", "10.0.3.0/24"),
            ("PrivateSubnet2Cidr", "10.0.4.0/24"),
            ("Memory", "3072"),
            ("DesiredCount", "1"),
        ],
    )
    def test_parameter(self, template: dict[str, Any], parameter: str, value: str) -> None:
        """A parameter that is left alone has the value printed in the handout."""
        assert default(template, parameter) == value

    @pytest.mark.parametrize(
        ("resource", "name"),
        [
            ("Vpc", {"Fn::Sub": "${AppName}-vpc"}),
            ("InternetGateway", {"Fn::Sub": "${AppName}-igw"}),
            ("PublicSubnet1", "public-subnet-1"),
            ("PublicSubnet2", "public-subnet-2"),
            ("PrivateSubnet1", "private-subnet-1"),
            ("PrivateSubnet2", "private-subnet-2"),
            ("PublicRouteTable", "public-route-table"),
            ("PrivateRouteTable", "private-route-table"),
        ],
    )
    def test_name(self, template: dict[str, Any], resource: str, name: object) -> None:
        """Names are those of the handout's examples."""
        assert name_tag(properties(template, resource)) == name


class TestSection1:
    def test_the_group_has_administrator_access(self, template: dict[str, Any]) -> None:
        """Step 1.2: rights come from the group, by the policy that AWS owns."""
        (policy,) = properties(template, "AdminGroup")["ManagedPolicyArns"]
        assert policy == {"Fn::Sub": "arn:${AWS::Partition}:iam::aws:policy/AdministratorAccess"}
        assert properties(template, "AdminUser")["Groups"] == [{"Ref": "AdminGroup"}]

    def test_the_budget_alerts_on_actual_costs_by_email(self, template: dict[str, Any]) -> None:
        """Step 1.4: monthly, of costs, unfiltered, with an address behind each alert."""
        budget = properties(template, "MonthlyBudget")
        assert (budget["Budget"]["BudgetType"], budget["Budget"]["TimeUnit"]) == ("COST", "MONTHLY")
        assert budget["Budget"]["BudgetLimit"] == {"Amount": {"Ref": "BudgetLimit"}, "Unit": "USD"}
        for row in budget["NotificationsWithSubscribers"]:
            assert row["Notification"]["NotificationType"] == "ACTUAL"
            assert row["Subscribers"] == [{"SubscriptionType": "EMAIL", "Address": {"Ref": "AlertEmail"}}]

    @pytest.mark.parametrize(
        "resource", ["AdminGroup", "AdminUser", "MonthlyBudget", "ExecutionRole", "TaskRole"]
    )
    def test_a_learner_lab_is_spared_what_it_forbids(self, template: dict[str, Any], resource: str) -> None:
        """Nothing of IAM or billing is made in an Academy account."""
        assert "IsOwnAccount" in conditions_behind(template, template["Resources"][resource]["Condition"])


def conditions_behind(template: dict[str, Any], name: str) -> set[str]:
    """Return a condition's name and those of all that it is a conjunction of."""
    parts = template["Conditions"][name].get("Fn::And", [])
    named = [part["Condition"] for part in parts if "Condition" in part]
    return {name}.union(*(conditions_behind(template, part) for part in named))


class TestSections2And3:
    def test_all_public_access_is_blocked(self, template: dict[str, Any]) -> None:
        """Step 2.1: all four switches."""
        switches = properties(template, "ModelBucket")["PublicAccessBlockConfiguration"]
        assert switches == {
            "BlockPublicAcls": True,
            "BlockPublicPolicy": True,
            "IgnorePublicAcls": True,
            "RestrictPublicBuckets": True,
        }

    def test_the_repository_uses_aes256(self, template: dict[str, Any]) -> None:
        """Step 3.1."""
        assert properties(template, "Repository")["EncryptionConfiguration"] == {"EncryptionType": "AES256"}


def source(ingress: dict[str, Any]) -> str:
    """Return the CIDR that a rule allows, or the logical name of the security group."""
    return str(ingress.get("CidrIp") or ingress["SourceSecurityGroupId"]["Fn::GetAtt"][0])


class TestSection4:
    def test_the_vpc_has_default_tenancy(self, template: dict[str, Any]) -> None:
        """Step 4.1."""
        assert properties(template, "Vpc")["InstanceTenancy"] == "default"

    @pytest.mark.parametrize("role", ["Public", "Private"])
    def test_each_pair_of_subnets_spans_two_zones(self, template: dict[str, Any], role: str) -> None:
        """Step 4.2."""
        zones = [properties(template, f"{role}Subnet{number}")["AvailabilityZone"] for number in (1, 2)]
        assert zones == [{"Fn::Select": [number, {"Fn::GetAZs": ""}]} for number in (0, 1)]

    @pytest.mark.parametrize("role", ["Public", "Private"])
    def test_each_subnet_follows_the_table_of_its_role(self, template: dict[str, Any], role: str) -> None:
        """Step 4.4: associations are explicit."""
        followed = {
            row["SubnetId"]["Ref"]: row["RouteTableId"]["Ref"]
            for row in of_type(template, "AWS::EC2::SubnetRouteTableAssociation").values()
        }
        assert [followed[f"{role}Subnet{number}"] for number in (1, 2)] == [f"{role}RouteTable"] * 2

    def test_default_routes_lead_to_the_gateways(self, template: dict[str, Any]) -> None:
        """Steps 4.4 and 4.5: public to the internet gateway, private to the NAT gateway; no other."""
        routes = {
            (row["RouteTableId"]["Ref"], row["DestinationCidrBlock"]): row.get("GatewayId")
            or row["NatGatewayId"]
            for row in of_type(template, "AWS::EC2::Route").values()
        }
        assert routes == {
            ("PublicRouteTable", ANYWHERE): {"Ref": "InternetGateway"},
            ("PrivateRouteTable", ANYWHERE): {"Ref": "NatGateway"},
        }

    def test_the_nat_gateway_stands_in_a_public_subnet(self, template: dict[str, Any]) -> None:
        """Step 4.5: with an Elastic IP address."""
        nat_gateway = properties(template, "NatGateway")
        assert nat_gateway["SubnetId"] == {"Ref": "PublicSubnet1"}
        assert nat_gateway["AllocationId"] == {"Fn::GetAtt": ["NatAddress", "AllocationId"]}

    def test_security_groups_let_in_what_they_should(self, template: dict[str, Any]) -> None:
        """Step 4.6: 80 from anywhere, 8000 from the load balancer's group; outbound untouched."""
        allowed = {
            name: [
                (rule["IpProtocol"], rule["FromPort"], rule["ToPort"], source(rule))
                for rule in group["SecurityGroupIngress"]
            ]
            for name, group in of_type(template, "AWS::EC2::SecurityGroup").items()
            if "SecurityGroupEgress" not in group
        }
        assert allowed == {
            "LoadBalancerSecurityGroup": [("tcp", 80, 80, ANYWHERE)],
            "ResourceSecurityGroup": [("tcp", 8000, 8000, "LoadBalancerSecurityGroup")],
        }

    def test_the_load_balancer_forwards_http_to_healthy_addresses(self, template: dict[str, Any]) -> None:
        """Step 4.7."""
        target_group = properties(template, "TargetGroup")
        load_balancer = properties(template, "LoadBalancer")
        listener = properties(template, "HttpListener")
        assert [target_group[key] for key in ("TargetType", "Protocol", "Port")] == ["ip", "HTTP", 8000]
        assert target_group["HealthCheckPath"] == "/health"
        assert (load_balancer["Type"], load_balancer["Scheme"]) == ("application", "internet-facing")
        assert load_balancer["Subnets"] == [{"Ref": "PublicSubnet1"}, {"Ref": "PublicSubnet2"}]
        assert load_balancer["SecurityGroups"] == [{"Fn::GetAtt": ["LoadBalancerSecurityGroup", "GroupId"]}]
        assert (listener["Protocol"], listener["Port"]) == ("HTTP", 80)
        assert listener["DefaultActions"] == [{"Type": "forward", "TargetGroupArn": {"Ref": "TargetGroup"}}]


class TestSection5:
    def test_the_task_is_what_the_handout_asks_for(self, template: dict[str, Any]) -> None:
        """Step 5.2: Fargate, Linux/X86_64, 1 vCPU, awsvpc, image from ECR, port 8000, log collection."""
        task = properties(template, "TaskDefinition")
        (container,) = task["ContainerDefinitions"]
        assert (task["RequiresCompatibilities"], task["NetworkMode"]) == (["FARGATE"], "awsvpc")
        assert (task["Cpu"], task["Memory"]) == ("1024", {"Ref": "Memory"})
        assert task["RuntimePlatform"] == {"OperatingSystemFamily": "LINUX", "CpuArchitecture": "X86_64"}
        assert container["Image"] == {"Fn::Sub": "${Repository.RepositoryUri}:${ImageTag}"}
        assert [port["ContainerPort"] for port in container["PortMappings"]] == [8000]
        assert container["LogConfiguration"]["LogDriver"] == "awslogs"
        assert container["LogConfiguration"]["Options"]["awslogs-group"] == {"Ref": "LogGroup"}

    def test_the_task_may_read_its_bucket_and_nothing_else(self, template: dict[str, Any]) -> None:
        """Step 2.3, and the handout's least privilege."""
        (policy,) = properties(template, "TaskRole")["Policies"]
        allowed = {row["Action"]: row["Resource"] for row in policy["PolicyDocument"]["Statement"]}
        assert "ManagedPolicyArns" not in properties(template, "TaskRole")
        assert allowed == {
            "s3:ListBucket": {"Fn::GetAtt": ["ModelBucket", "Arn"]},
            "s3:GetObject": {"Fn::Sub": "${ModelBucket.Arn}/*"},
        }

    @pytest.mark.parametrize("role", ["TaskRoleArn", "ExecutionRoleArn"])
    def test_a_learner_lab_uses_lab_role(self, template: dict[str, Any], role: str) -> None:
        """Step 5.2: both roles are LabRole where no role can be made."""
        condition, there, here = properties(template, "TaskDefinition")[role]["Fn::If"]
        assert (condition, here) == ("IsAcademy", {"Fn::GetAtt": [role.removesuffix("Arn"), "Arn"]})
        assert there == {"Fn::Sub": "arn:${AWS::Partition}:iam::${AWS::AccountId}:role/LabRole"}

    def test_the_service_runs_in_private_subnets_behind_the_load_balancer(
        self, template: dict[str, Any]
    ) -> None:
        """Step 5.3."""
        service = properties(template, "Service")
        network = service["NetworkConfiguration"]["AwsvpcConfiguration"]
        (target,) = service["LoadBalancers"]
        assert (service["LaunchType"], service["DesiredCount"]) == ("FARGATE", {"Ref": "DesiredCount"})
        assert network["Subnets"] == [{"Ref": "PrivateSubnet1"}, {"Ref": "PrivateSubnet2"}]
        assert network["SecurityGroups"] == [{"Fn::GetAtt": ["ResourceSecurityGroup", "GroupId"]}]
        assert (target["TargetGroupArn"], target["ContainerPort"]) == ({"Ref": "TargetGroup"}, 8000)

    def test_the_service_waits_for_its_way_out_and_its_listener(self, template: dict[str, Any]) -> None:
        """A task that starts too early pulls no image, and ECS refuses a target group without a listener."""
        waited_for = set(template["Resources"]["Service"]["DependsOn"])
        assert waited_for >= {"HttpListener", "PrivateDefaultRoute", "PrivateSubnet1Association"}


@pytest.mark.parametrize("kind", ["own-account", "academy"])
def test_outputs_name_what_was_made(kind: str) -> None:
    """Each output resolves, for both kinds of account, to a command or a name without a placeholder.

    moto makes the stack. It knows no groups and budgets, says so with a warning, and proves nothing of AWS.
    """
    with mock_aws(), warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        client = boto3.client("cloudformation", region_name="eu-west-1")
        client.create_stack(
            StackName="lab",
            TemplateBody=TEMPLATE.read_text(encoding="utf-8"),
            Capabilities=["CAPABILITY_NAMED_IAM"],
            Parameters=[
                {"ParameterKey": "AccountKind", "ParameterValue": kind},
                {"ParameterKey": "BucketName", "ParameterValue": "the-bucket"},
                {"ParameterKey": "AlertEmail", "ParameterValue": "student@example.edu"},
            ],
        )
        (stack,) = client.describe_stacks(StackName="lab")["Stacks"]
    outputs = {row["OutputKey"]: row["OutputValue"] for row in stack["Outputs"]}
    repository = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/sentiment-app"
    assert stack["StackStatus"] == "CREATE_COMPLETE"
    assert not [value for value in outputs.values() if not value or "${" in value]
    assert outputs["DocsUrl"] == outputs["ApplicationUrl"] + "docs"
    assert outputs["RepositoryUri"] == repository
    assert f"docker push {repository}:14.01.25" in outputs["PushCommands"]
    assert outputs["UploadModelCommand"].endswith("--upload s3://the-bucket/classifier.joblib")
    assert outputs["LogGroupName"] == "/ecs/sentiment-app-task"
    assert outputs["GraderCommand"] == "grader check --region eu-west-1"
