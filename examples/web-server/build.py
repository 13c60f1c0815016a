"""Builds the lab of the web server in an emulated account: build.py URL right|wrong"""

import sys

import boto3

USER_DATA = """#!/bin/bash
dnf install -y httpd wget php mariadb105-server
chkconfig httpd on
service httpd start
"""


def main(url: str, mode: str) -> None:
    """Build it rightly, or with the faults of expected.yaml."""
    wrong = mode == "wrong"
    ec2 = boto3.client("ec2", endpoint_url=url, region_name="us-east-1")

    def named(resource: str, text: str) -> str:
        ec2.create_tags(Resources=[resource], Tags=[{"Key": "Name", "Value": text}])
        return resource

    vpc = named(ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"], "lab-vpc")
    ec2.modify_vpc_attribute(VpcId=vpc, EnableDnsHostnames={"Value": not wrong})

    def subnet(text: str, zone: str, block: str) -> str:
        made = ec2.create_subnet(VpcId=vpc, CidrBlock=block, AvailabilityZone=zone)["Subnet"]["SubnetId"]
        return named(made, text)

    public1 = subnet("lab-subnet-public1-us-east-1a", "us-east-1a", "10.0.0.0/24")
    private1 = subnet("lab-subnet-private1-us-east-1a", "us-east-1a", "10.0.1.0/24")
    public2 = subnet("lab-subnet-public2", "us-east-1a" if wrong else "us-east-1b", "10.0.2.0/24")
    private2 = subnet("lab-subnet-private2", "us-east-1b", "10.0.3.0/24")
    gateway = named(ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"], "lab-igw")
    ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc)
    address = ec2.allocate_address(Domain="vpc")["AllocationId"]
    nat = ec2.create_nat_gateway(SubnetId=private1 if wrong else public1, AllocationId=address)["NatGateway"]
    named(nat["NatGatewayId"], "lab-nat-public1-us-east-1a")

    def table(text: str, subnets: list[str], **route: str) -> None:
        made = named(ec2.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"], text)
        ec2.create_route(RouteTableId=made, DestinationCidrBlock="0.0.0.0/0", **route)
        for each in subnets:
            ec2.associate_route_table(RouteTableId=made, SubnetId=each)

    table("lab-rtb-public", [public1] if wrong else [public1, public2], GatewayId=gateway)
    table("lab-rtb-private1-us-east-1a", [private1, private2], NatGatewayId=nat["NatGatewayId"])
    group = ec2.create_security_group(GroupName="Web Security Group", Description="Enable HTTP access", VpcId=vpc)[
        "GroupId"
    ]
    ports = [80, 22] if wrong else [80]
    anywhere = [{"CidrIp": "0.0.0.0/0"}]
    ec2.authorize_security_group_ingress(
        GroupId=group,
        IpPermissions=[{"IpProtocol": "tcp", "FromPort": port, "ToPort": port, "IpRanges": anywhere} for port in ports],
    )
    ec2.run_instances(
        ImageId=ec2.describe_images(Owners=["amazon"])["Images"][0]["ImageId"],
        MinCount=1,
        MaxCount=1,
        InstanceType="t2.medium" if wrong else "t2.micro",
        UserData="" if wrong else USER_DATA,
        KeyName="vockey",
        NetworkInterfaces=[
            {
                "DeviceIndex": 0,
                "SubnetId": private2 if wrong else public2,
                "Groups": [group],
                "AssociatePublicIpAddress": True,
            }
        ],
        TagSpecifications=[{"ResourceType": "instance", "Tags": [{"Key": "Name", "Value": "Web Server 1"}]}],
    )


if __name__ == "__main__":
    main(*sys.argv[1:3])
