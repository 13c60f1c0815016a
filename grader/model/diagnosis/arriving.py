"""Causes for which the application is healthy and nobody reaches it: the first hop of the way in that is broken."""

from __future__ import annotations

from collections.abc import Callable

from grader.model.diagnosis.cause import Cause, Claim, Found, Kind, Repair
from grader.model.diagnosis.witnesses import Witnesses
from grader.model.findings import shorten

_VPC = "https://{region}.{console}/vpcconsole/home?region={region}#"
_EC2 = "https://{region}.{console}/ec2/home?region={region}#"
_ACCESS = frozenset({Claim.ACCESS})


def _at(cause: str) -> Callable[[Witnesses], Found | None]:
    def recognise(witnesses: Witnesses) -> Found | None:
        hop = witnesses.broken_way_in
        if hop is None or hop.cause != cause:
            return None
        return Found((("where", shorten(hop.said, 240)),), "", hop.name, hop.checks, hop)

    return recognise


# fmt: off
ARRIVING = (
    Cause("no-internet-gateway", Kind.WAY_IN, "The VPC has no internet gateway",
          "No internet gateway is attached to the VPC.",
          "No request reaches the load balancer: {where}.",
          (Repair("Attach an internet gateway to the VPC.", _VPC + "igws:",
                  "aws ec2 attach-internet-gateway --region {region} --vpc-id {vpc} --internet-gateway-id"
                  " {internet_gateway}"),),
          _at("no-internet-gateway"), _ACCESS),
    Cause("requests-blocked-by-vpc-setting", Kind.WAY_IN, "VPC Block Public Access blocks requests",
          "`InternetGatewayBlockMode` of the VPC or of the account is `block-ingress` or `block-bidirectional`.",
          "No request reaches the load balancer: {where}.",
          (Repair("Turn off VPC Block Public Access for the region, or exclude the VPC from it.",
                  _VPC + "Settings:", "aws ec2 describe-vpc-block-public-access-options --region {region}"),),
          _at("requests-blocked-by-vpc-setting"), _ACCESS),
    Cause("load-balancer-not-reachable", Kind.WAY_IN, "The load balancer is not reachable from the internet",
          "The load balancer is internal, has failed, or does not exist.",
          "No request reaches the load balancer: {where}.",
          (Repair("Create the load balancer again as internet-facing, in two public subnets.", _EC2 + "LoadBalancers:",
                  "aws elbv2 describe-load-balancers --region {region}"),),
          _at("load-balancer-not-reachable"), _ACCESS),
    Cause("load-balancer-without-route", Kind.WAY_IN, "The load balancer's subnets have no route to the internet",
          "The route table of a subnet of the load balancer has no default route to the internet gateway.",
          "No response from the load balancer reaches the internet: {where}.",
          (Repair("In the public route table, add a route for 0.0.0.0/0 to the internet gateway, or choose public"
                  " subnets.",
                  _VPC + "RouteTables:vpcId={vpc}",
                  "aws ec2 create-route --region {region} --route-table-id {public_table} --destination-cidr-block"
                  " 0.0.0.0/0 --gateway-id {internet_gateway}"),),
          _at("load-balancer-without-route"), _ACCESS),
    Cause("acl-in-the-way-in", Kind.WAY_IN, "A network ACL blocks requests",
          "The network ACL of a subnet of the load balancer does not allow TCP 80 in, or does not allow the responses"
          " out.",
          "No request reaches the load balancer: {where}.",
          (Repair("Allow inbound TCP {front_port} and outbound TCP 1024-65535, or associate the subnets with the"
                  " default network ACL.",
                  _VPC + "acls:vpc-id={vpc}",
                  "aws ec2 describe-network-acls --region {region} --filters Name=vpc-id,Values={vpc}"),),
          _at("acl-in-the-way-in"), _ACCESS),
    Cause("load-balancer-group-closed", Kind.WAY_IN, "The load balancer's security group allows no traffic",
          "No security group of the load balancer allows TCP 80 from 0.0.0.0/0.",
          "No request reaches the load balancer: {where}.",
          (Repair("Add an inbound rule (HTTP, TCP {front_port}, source 0.0.0.0/0) to the load balancer's security"
                  " group.",
                  _EC2 + "SecurityGroup:groupId={front_group}",
                  "aws ec2 authorize-security-group-ingress --region {region} --group-id {front_group} --protocol tcp"
                  " --port {front_port} --cidr 0.0.0.0/0"),),
          _at("load-balancer-group-closed"), _ACCESS),
    Cause("listener-leads-elsewhere", Kind.WAY_IN, "The listener does not forward to the service",
          "The listener HTTP:80 is missing, or forwards to another target group.",
          "Requests do not reach the service: {where}.",
          (Repair("Make the listener HTTP:{front_port} forward to the target group that the service registers its"
                  " tasks in.",
                  _EC2 + "LoadBalancers:",
                  "aws elbv2 modify-listener --region {region} --listener-arn {listener_arn} --default-actions"
                  " Type=forward,TargetGroupArn={target_group_arn}"),),
          _at("listener-leads-elsewhere"), _ACCESS),
)
"""The rows, in the order of the way in."""
