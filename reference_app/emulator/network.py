"""Section 4 of the lab, call by call: VPC, subnets, gateways, tables, security groups, load balancer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from .clients import MakeClient

ANYWHERE = "0.0.0.0/0"
PORT = 8000


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


def build_network(admin: MakeClient, region: str) -> Network:
    """Steps 4.1 to 4.6, with the handout's names and ranges."""
    ec2 = admin("ec2")
    vpc = ec2.create_vpc(
        CidrBlock="10.0.0.0/16", InstanceTenancy="default", TagSpecifications=named("vpc", "sentiment-app-vpc")
    )["Vpc"]["VpcId"]

    def subnet(name: str, cidr: str, zone: str) -> str:
        created = ec2.create_subnet(
            VpcId=vpc, CidrBlock=cidr, AvailabilityZone=zone, TagSpecifications=named("subnet", name)
        )
        return str(created["Subnet"]["SubnetId"])

    zones = (f"{region}a", f"{region}b")
    public = (
        subnet("public-subnet-1", "10.0.1.0/24", zones[0]),
        subnet("public-subnet-2", "10.0.2.0/24", zones[1]),
    )
    private = (
        subnet("private-subnet-1", "10.0.3.0/24", zones[0]),
        subnet("private-subnet-2", "10.0.4.0/24", zones[1]),
    )

    igw = ec2.create_internet_gateway(TagSpecifications=named("internet-gateway", "sentiment-app-igw"))
    igw_id = igw["InternetGateway"]["InternetGatewayId"]
    ec2.attach_internet_gateway(InternetGatewayId=igw_id, VpcId=vpc)

    def table(name: str, subnets: tuple[str, str]) -> str:
        created = ec2.create_route_table(VpcId=vpc, TagSpecifications=named("route-table", name))
        table_id = str(created["RouteTable"]["RouteTableId"])
        for subnet_id in subnets:
            ec2.associate_route_table(RouteTableId=table_id, SubnetId=subnet_id)
        return table_id

    public_table = table("public-route-table", public)
    ec2.create_route(RouteTableId=public_table, DestinationCidrBlock=ANYWHERE, GatewayId=igw_id)
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
    return Network(
        vpc, public, private, igw_id, public_table, private_table, nat, balancer_group, resource_group
    )


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
