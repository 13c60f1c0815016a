"""Builds the lab of the private database in an emulated account: build.py URL right|wrong"""

import sys

import boto3


def main(url: str, mode: str) -> None:
    """Build it rightly, or with the faults of expected.yaml."""
    wrong = mode == "wrong"

    def client(service: str):  # type: ignore[no-untyped-def]
        return boto3.client(service, endpoint_url=url, region_name="us-east-1")

    ec2, rds, secrets = client("ec2"), client("rds"), client("secretsmanager")

    def name(resource: str, text: str) -> str:
        ec2.create_tags(Resources=[resource], Tags=[{"Key": "Name", "Value": text}])
        return resource

    vpc = name(ec2.create_vpc(CidrBlock="10.1.0.0/16")["Vpc"]["VpcId"], "shop")
    subnets = [
        name(ec2.create_subnet(VpcId=vpc, CidrBlock=block, AvailabilityZone=zone)["Subnet"]["SubnetId"], text)
        for text, block, zone in (("data-1", "10.1.1.0/24", "us-east-1a"), ("data-2", "10.1.2.0/24", "us-east-1b"))
    ]
    gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc)
    table = ec2.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"]
    for subnet in subnets:
        ec2.associate_route_table(RouteTableId=table, SubnetId=subnet)
    if wrong:
        ec2.create_route(RouteTableId=table, DestinationCidrBlock="0.0.0.0/0", GatewayId=gateway)

    def group(text: str) -> str:
        return str(ec2.create_security_group(GroupName=text, Description=text, VpcId=vpc)["GroupId"])

    app, data = group("app"), group("data")
    source = {"IpRanges": [{"CidrIp": "0.0.0.0/0"}]} if wrong else {"UserIdGroupPairs": [{"GroupId": app}]}
    ec2.authorize_security_group_ingress(
        GroupId=data, IpPermissions=[{"IpProtocol": "tcp", "FromPort": 3306, "ToPort": 3306, **source}]
    )
    rds.create_db_subnet_group(
        DBSubnetGroupName="data", DBSubnetGroupDescription="data", SubnetIds=subnets[:1] if wrong else subnets
    )
    rds.create_db_instance(
        DBInstanceIdentifier="shop",
        Engine="mysql",
        DBInstanceClass="db.t3.micro",
        AllocatedStorage=20,
        MasterUsername="admin",
        ManageMasterUserPassword=True,
        DBSubnetGroupName="data",
        VpcSecurityGroupIds=[data],
        PubliclyAccessible=wrong,
        MultiAZ=not wrong,
        BackupRetentionPeriod=7,
        StorageEncrypted=not wrong,
    )
    about = {} if wrong else {"Description": "password of the database shop"}
    secrets.create_secret(Name="shop/database", SecretString="not-a-password", **about)


if __name__ == "__main__":
    main(*sys.argv[1:3])
