"""EC2: regions, gateways, addresses, network interfaces, dead routes."""

from __future__ import annotations

import ipaddress
from typing import Any

from moto import settings
from moto.core.utils import utcnow
from moto.ec2.models import (
    elastic_ip_addresses,
    elastic_network_interfaces,
    nat_gateways,
    route_tables,
    security_groups,
    subnets,
    vpcs,
)
from moto.ec2.utils import random_public_ip

from ..gateway import Answer, Call
from .patches import Patches

ANYWHERE = "0.0.0.0/0"
_ATTACHED_AS = {"nat_gateway": "ela"}
"""The prefix of an attachment's id, by the kind of interface; `eni` for all others."""
# Enabled in every account from its first day; all others want an opt-in.
DEFAULT_REGIONS = (
    "ap-northeast-1",
    "ap-northeast-2",
    "ap-northeast-3",
    "ap-south-1",
    "ap-southeast-1",
    "ap-southeast-2",
    "ca-central-1",
    "eu-central-1",
    "eu-north-1",
    "eu-west-1",
    "eu-west-2",
    "eu-west-3",
    "sa-east-1",
    "us-east-1",
    "us-east-2",
    "us-west-1",
    "us-west-2",
)
OPT_IN_REGIONS = (
    "af-south-1",
    "ap-east-1",
    "ap-south-2",
    "ap-southeast-3",
    "ap-southeast-4",
    "ap-southeast-5",
    "ca-west-1",
    "eu-central-2",
    "eu-south-1",
    "eu-south-2",
    "il-central-1",
    "me-central-1",
    "me-south-1",
    "mx-central-1",
)


def apply(patches: Patches) -> None:
    # Moto loads a catalogue of machine images for each account and region: seconds and megabytes that no
    # lab needs.
    patches.replace(settings, "ec2_load_default_amis", lambda: False)
    # Moto gives a NAT gateway an address anywhere in 10/8, and leaves its interface looking like anyone's.
    patches.wrap(nat_gateways.NatGatewayBackend, "create_nat_gateway", _as_aws_creates_it)
    patches.wrap(nat_gateways.NatGatewayBackend, "delete_nat_gateway", _as_aws_deletes_it)
    patches.replace(nat_gateways.NatGateway, "availability_mode", "zonal")
    # Moto's Elastic IPs are 127.x.x.x, this very machine.
    patches.replace(elastic_ip_addresses, "random_ip", random_public_ip)
    patches.replace(elastic_ip_addresses.ElasticAddress, "public_ipv4_pool", "amazon")
    patches.replace(
        elastic_ip_addresses.ElasticAddress,
        "network_border_group",
        property(lambda address: address.ec2_backend.region_name),
    )
    # Moto knows attachments to instances only.
    patches.wrap(elastic_network_interfaces.NetworkInterface, "attachment", _attachment_of)
    # Moto has no private name where a VPC gives no host names, and then fails to start a task there.
    patches.replace(elastic_network_interfaces.NetworkInterface, "private_dns_name", None)
    # Moto's routes are active whatever became of their target.
    patches.replace(route_tables.Route, "state", property(_state_of_route))
    # Moto's default VPC has no internet gateway, so that nothing in it would reach the internet.
    patches.wrap(vpcs.VPCBackend, "create_default_vpc", _with_gateway)
    # Moto's default security group allows nothing, AWS's allows its own members.
    patches.wrap(vpcs.VPCBackend, "create_vpc", _allowing_its_members)
    patches.replace(
        security_groups.SecurityGroupRule,
        "group_owner_id",
        property(lambda rule: rule.ec2_backend.account_id),
    )
    # Moto does not know VPC Block Public Access, and names no set of DHCP options, and puts no tag list
    # anywhere empty.
    off = {"InternetGatewayBlockMode": "off"}
    patches.replace(vpcs.VPC, "block_public_access_states", off)
    patches.replace(subnets.Subnet, "block_public_access_states", off)
    patches.replace(subnets.Subnet, "enable_dns64", False)
    patches.replace(subnets.Subnet, "map_customer_owned_ip_on_launch", False)


def _with_gateway(original: Any) -> Any:
    def create_default_vpc(backend: Any) -> Any:
        vpc = original(backend)
        gateway = backend.create_internet_gateway()
        backend.attach_internet_gateway(gateway.id, vpc.id)
        main = next(table for table in backend.route_tables.values() if table.vpc_id == vpc.id)
        backend.create_route(main.id, ANYWHERE, gateway_id=gateway.id)
        return vpc

    return create_default_vpc


def _allowing_its_members(original: Any) -> Any:
    def create_vpc(backend: Any, *args: Any, **kwargs: Any) -> Any:
        vpc = original(backend, *args, **kwargs)
        group = backend.get_security_group_from_name("default", vpc_id=vpc.id)
        if not group.ingress_rules:
            group.ingress_rules.append(
                security_groups.SecurityGroupRule(
                    backend,
                    "-1",
                    group.id,
                    None,
                    None,
                    None,
                    source_group={"GroupId": group.id, "UserId": backend.account_id},
                    is_egress=False,
                )
            )
        return vpc

    return create_vpc


def free_address(subnet: Any) -> str:
    """An address of the subnet that nothing has; AWS keeps the first four and the last."""
    taken = {
        address["PrivateIpAddress"]
        for interface in subnet.ec2_backend.enis.values()
        for address in interface.private_ip_addresses
    }
    hosts = list(ipaddress.ip_network(subnet.cidr_block).hosts())[3:]
    return next(str(host) for host in hosts[7:] + hosts[:7] if str(host) not in taken)


def interface_in(subnet: Any, *, description: str, groups: list[str], requester: str, kind: str = "interface") -> Any:
    """A network interface that a service of AWS put into a subnet, as moto's model of one."""
    backend = subnet.ec2_backend
    interface = backend.create_network_interface(
        subnet, free_address(subnet), group_ids=groups, description=description
    )
    claim(interface, requester=requester, kind=kind)
    return interface


class _Attachment:
    """What moto writes of an attachment: this one to something that AWS runs, and no instance of the account."""

    def __init__(self, interface: Any) -> None:
        self.attach_time = interface.attach_time
        self.attachment_id = interface.attachment_id
        self.delete_on_termination = False
        self.device_index = 1
        self.network_card_index = 0
        self.instance_id = None
        self.instance_owner_id = interface.requester_id
        self.status = "attached"


def _attachment_of(original: Any) -> Any:
    def attachment(interface: Any) -> Any:
        if interface.attachment_id and interface.instance is None:
            return _Attachment(interface)
        return original.fget(interface)

    return property(attachment)


def claim(interface: Any, *, requester: str, kind: str) -> None:
    """Make an interface look as if a service of AWS had made it: in use, attached, and managed."""
    interface.attachment_id = interface.id.replace("eni-", f"{_ATTACHED_AS.get(kind, 'eni')}-attach-")
    interface.attach_time = utcnow()
    interface.status = "in-use"
    interface.requester_managed = True
    interface.requester_id = requester
    interface.interface_type = kind


def _as_aws_creates_it(original: Any) -> Any:
    def create_nat_gateway(
        backend: Any,
        subnet_id: str,
        allocation_id: str,
        tags: dict[str, str] | None = None,
        connectivity_type: str | None = None,
    ) -> Any:
        gateway = original(backend, subnet_id, allocation_id, tags, connectivity_type or "public")
        interface = gateway._eni
        address = free_address(interface.subnet)
        interface.private_ip_address = address
        interface.private_ip_addresses = [{"Primary": True, "PrivateIpAddress": address}]
        interface.description = f"Interface for NAT Gateway {gateway.id}"
        interface.source_dest_check = False
        interface._group_set = []
        claim(interface, requester="amazon-aws", kind="nat_gateway")
        gateway.private_ip = address
        gateway.address_set[0].update(privateIp=address, isPrimary=True, status="succeeded")
        return gateway

    return create_nat_gateway


def _as_aws_deletes_it(original: Any) -> Any:
    def delete_nat_gateway(backend: Any, nat_gateway_id: str) -> Any:
        # AWS lists a deleted gateway for about an hour, takes its interface, and leaves the Elastic IP to
        # be paid for.
        gateway = original(backend, nat_gateway_id)
        for address in backend.addresses:
            if address.eni is gateway._eni:
                address.eni, address.association_id = None, None
        backend.enis.pop(gateway._eni.id, None)
        return gateway

    return delete_nat_gateway


def _state_of_route(route: Any) -> str:
    gateway, nat = route.gateway, route.nat_gateway
    detached = (
        gateway is not None
        and hasattr(gateway, "vpc")
        and (gateway.vpc is None or gateway.vpc.id != route.route_table.vpc_id)
    )
    dead = nat is not None and nat.state in ("deleting", "deleted", "failed")
    return "blackhole" if detached or dead else "active"


def _regions(call: Call) -> dict[str, Any]:
    """Moto lists those of the Chinese and the government partitions too, with wrong opt-in states."""
    asked = call.parameters()
    states = {name: "opt-in-not-required" for name in DEFAULT_REGIONS}
    if asked.get("AllRegions"):
        states |= {name: "not-opted-in" for name in OPT_IN_REGIONS}
    for condition in asked.get("Filters") or ():
        if condition["Name"] == "opt-in-status":
            states = {name: state for name, state in states.items() if state in condition["Values"]}
        elif condition["Name"] == "region-name":
            states = {name: state for name, state in states.items() if name in condition["Values"]}
    names = asked.get("RegionNames") or tuple(states)
    return {
        "Regions": [
            {"RegionName": name, "Endpoint": f"ec2.{name}.amazonaws.com", "OptInStatus": states[name]}
            for name in sorted(states)
            if name in names
        ]
    }


def _block_public_access(call: Call) -> dict[str, Any]:
    return {
        "VpcBlockPublicAccessOptions": {
            "AwsAccountId": call.account,
            "AwsRegion": call.region,
            "State": "default-state",
            "InternetGatewayBlockMode": "off",
            "ManagedBy": "account",
            "ExclusionsAllowed": "allowed",
        }
    }


ANSWERS: dict[tuple[str, str], Answer] = {
    ("ec2", "DescribeRegions"): _regions,
    # Moto has not this one.
    ("ec2", "DescribeVpcBlockPublicAccessOptions"): _block_public_access,
}
