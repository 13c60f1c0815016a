"""Section 4 of the lab, call by call: VPC, subnets, gateways, tables, security groups, load balancer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from .clients import MakeClient

ANYWHERE = "0.0.0.0/0"
PORT = 8000


@dataclass(frozen=True, slots=True)
class Plan:
    """Where the network is built."""

    default_vpc: bool = False
    """in the VPC that AWS made, instead of a new one"""
    prefix: str = "10.0"
    """the first two numbers of its addresses"""


@dataclass(frozen=True, slots=True)
class Network:
    vpc: str
    public_subnets: tuple[str, str]
    private_subnets: tuple[str, str]
    internet_gateway: str
    public_table: str
    private_table: str
    nat_gateway: str
    balancer_group: str
    resource_group: str


@dataclass(frozen=True, slots=True)
class Balancer:
    arn: str
    dns: str
    target_group: str
    listener: str


def named(resource: str, name: str) -> list[dict[str, Any]]:
    """The TagSpecifications that give a new EC2 resource its Name."""
    return [{"ResourceType": resource, "Tags": [{"Key": "Name", "Value": name}]}]


def build_network(admin: MakeClient, region: str, plan: Plan = Plan()) -> Network:  # it is frozen
    """Steps 4.1 to 4.6, with the handout's names and ranges unless `plan` says otherwise."""
    ec2 = admin("ec2")
    if plan.default_vpc:
        vpc, igw, ranges = _default_vpc(admin)
    else:
        vpc, igw = _new_vpc(admin, plan.prefix)
        ranges = tuple(f"{plan.prefix}.{third}.0/24" for third in (1, 2, 3, 4))

    def subnet(name: str, cidr: str, zone: str) -> str:
        created = ec2.create_subnet(
            VpcId=vpc, CidrBlock=cidr, AvailabilityZone=zone, TagSpecifications=named("subnet", name)
        )
        return str(created["Subnet"]["SubnetId"])

    zones = (f"{region}a", f"{region}b")
    public = (subnet("public-subnet-1", ranges[0], zones[0]), subnet("public-subnet-2", ranges[1], zones[1]))
    private = (
        subnet("private-subnet-1", ranges[2], zones[0]),
        subnet("private-subnet-2", ranges[3], zones[1]),
    )

    def table(name: str, subnets: tuple[str, str]) -> str:
        created = ec2.create_route_table(VpcId=vpc, TagSpecifications=named("route-table", name))
        table_id = str(created["RouteTable"]["RouteTableId"])
        for subnet_id in subnets:
            ec2.associate_route_table(RouteTableId=table_id, SubnetId=subnet_id)
        return table_id

    public_table = table("public-route-table", public)
    ec2.create_route(RouteTableId=public_table, DestinationCidrBlock=ANYWHERE, GatewayId=igw)
    private_table = table("private-route-table", private)
    nat = create_nat_gateway(admin, public[0])
    ec2.create_route(RouteTableId=private_table, DestinationCidrBlock=ANYWHERE, NatGatewayId=nat)

    balancer_group = security_group(admin, vpc, "alb-sg", "Load balancer: HTTP from anywhere")
    ec2.authorize_security_group_ingress(
        GroupId=balancer_group,
        IpPermissions=[{"IpProtocol": "tcp", "FromPort": 80, "ToPort": 80, "IpRanges": [{"CidrIp": ANYWHERE}]}],
    )
    resource_group = security_group(admin, vpc, "resource-sg", "Application: port 8000 from the load balancer")
    ec2.authorize_security_group_ingress(
        GroupId=resource_group,
        IpPermissions=[
            {
                "IpProtocol": "tcp",
                "FromPort": PORT,
                "ToPort": PORT,
                "UserIdGroupPairs": [{"GroupId": balancer_group}],
            }
        ],
    )
    return Network(vpc, public, private, igw, public_table, private_table, nat, balancer_group, resource_group)


def _new_vpc(admin: MakeClient, prefix: str) -> tuple[str, str]:
    """A VPC with an internet gateway: both ids."""
    ec2 = admin("ec2")
    vpc = ec2.create_vpc(
        CidrBlock=f"{prefix}.0.0/16",
        InstanceTenancy="default",
        TagSpecifications=named("vpc", "sentiment-app-vpc"),
    )["Vpc"]["VpcId"]
    created = ec2.create_internet_gateway(TagSpecifications=named("internet-gateway", "sentiment-app-igw"))
    igw = created["InternetGateway"]["InternetGatewayId"]
    ec2.attach_internet_gateway(InternetGatewayId=igw, VpcId=vpc)
    return str(vpc), str(igw)


def _default_vpc(admin: MakeClient) -> tuple[str, str, tuple[str, ...]]:
    """The default VPC, its internet gateway, and four ranges that its own subnets leave free."""
    ec2 = admin("ec2")
    vpc = ec2.describe_vpcs(Filters=[{"Name": "is-default", "Values": ["true"]}])["Vpcs"][0]["VpcId"]
    gateways = ec2.describe_internet_gateways(Filters=[{"Name": "attachment.vpc-id", "Values": [vpc]}])
    igw = gateways["InternetGateways"][0]["InternetGatewayId"]
    return str(vpc), str(igw), tuple(f"172.31.{third}.0/24" for third in (201, 202, 203, 204))


def create_nat_gateway(admin: MakeClient, subnet: str, name: str = "sentiment-app-nat") -> str:
    """A public NAT gateway with an Elastic IP of its own."""
    ec2 = admin("ec2")
    address = ec2.allocate_address(Domain="vpc")["AllocationId"]
    created = ec2.create_nat_gateway(
        SubnetId=subnet,
        AllocationId=address,
        ConnectivityType="public",
        TagSpecifications=named("natgateway", name),
    )
    return str(created["NatGateway"]["NatGatewayId"])


def security_group(admin: MakeClient, vpc: str, name: str, description: str) -> str:
    return str(admin("ec2").create_security_group(GroupName=name, Description=description, VpcId=vpc)["GroupId"])


def build_balancer(admin: MakeClient, network: Network) -> Balancer:
    """Step 4.7."""
    elbv2 = admin("elbv2")
    group = create_target_group(admin, network.vpc, "sentiment-app-tg", PORT)
    balancer = elbv2.create_load_balancer(
        Name="sentiment-app-alb",
        Type="application",
        Scheme="internet-facing",
        Subnets=list(network.public_subnets),
        SecurityGroups=[network.balancer_group],
    )["LoadBalancers"][0]
    listener = create_listener(admin, balancer["LoadBalancerArn"], group)
    return Balancer(balancer["LoadBalancerArn"], balancer["DNSName"], group, listener)


def create_target_group(admin: MakeClient, vpc: str, name: str, port: int, path: str = "/health") -> str:
    created = admin("elbv2").create_target_group(
        Name=name, TargetType="ip", Protocol="HTTP", Port=port, VpcId=vpc, HealthCheckPath=path
    )
    return str(created["TargetGroups"][0]["TargetGroupArn"])


def create_listener(admin: MakeClient, balancer: str, target_group: str) -> str:
    created = admin("elbv2").create_listener(
        LoadBalancerArn=balancer,
        Protocol="HTTP",
        Port=80,
        DefaultActions=[{"Type": "forward", "TargetGroupArn": target_group}],
    )
    return str(created["Listeners"][0]["ListenerArn"])
