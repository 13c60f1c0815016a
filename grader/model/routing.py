"""Routes, route tables and the gateways that they lead to."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from grader.errors import EvidenceError
from grader.evidence.fields import Fields
from grader.model.addresses import Block, covers_everywhere, ip_block
from grader.model.findings import label, shorten
from grader.model.waiting import is_recent, moment


@dataclass(frozen=True, slots=True)
class Route:
    """One route of a table. ``target`` is an id (``igw-…``, ``nat-…``, ``local`` …); ``state`` as AWS says it."""

    destination: str
    target: str
    state: str

    @property
    def is_default(self) -> bool:
        """Whether it is the IPv4 default route."""
        return self.destination == "0.0.0.0/0"

    @property
    def block(self) -> Block | None:
        """The addresses that it is for; None for a prefix list."""
        try:
            return ip_block(self.destination, "")
        except EvidenceError:
            return None

    def __repr__(self) -> str:
        note = "" if self.state == "active" else f" ({self.state})"
        return f"{self.destination} → {self.target}{note}"


@dataclass(frozen=True, slots=True)
class RouteTable:
    """A route table: ``subnet_ids`` are explicit associations; ``is_main`` makes it the VPC's default."""

    id: str
    name: str
    vpc_id: str
    is_main: bool
    subnet_ids: tuple[str, ...]
    routes: tuple[Route, ...]
    default_route: Route | None
    """The IPv4 default route, an active one first; routes of smaller blocks outrank it, as in AWS."""

    def __repr__(self) -> str:
        return f"route table {label(self.name, self.id)}"


@dataclass(frozen=True, slots=True)
class InternetGateway:
    """An internet gateway and the VPCs it is attached to (State ``available`` or ``attached``)."""

    id: str
    name: str
    attached_to: tuple[str, ...]

    def __repr__(self) -> str:
        return f"internet gateway {label(self.name, self.id)}"


@dataclass(frozen=True, slots=True)
class NatGateway:
    """A NAT gateway. ``subnet_id`` is empty for a regional one."""

    id: str
    name: str
    vpc_id: str
    subnet_id: str
    state: str
    is_public: bool
    is_regional: bool
    has_elastic_ip: bool
    created: datetime | None = None
    reason: str = ""
    """Why it failed, in brackets after a space; empty where AWS gives no reason."""

    def is_pending(self, now: datetime) -> bool:
        """Whether it is still being created and worth waiting for."""
        return self.state == "pending" and is_recent(self.created, now)

    @property
    def is_live(self) -> bool:
        """Whether it carries traffic or is about to."""
        return self.state in ("available", "pending")

    def __repr__(self) -> str:
        return f"NAT gateway {label(self.name, self.id)}"


def route_table(each: Fields) -> RouteTable:
    """A table from an entry of ``DescribeRouteTables``."""
    associations = [
        one
        for one in each.each("Associations")
        if one.within("AssociationState").text("State", "associated") == "associated"
    ]
    routes = tuple(_route(one) for one in each.each("Routes"))
    return RouteTable(
        id=each.text("RouteTableId"),
        name=each.tag("Name"),
        vpc_id=each.text("VpcId"),
        is_main=any(one.flag("Main") for one in associations),
        subnet_ids=tuple(one.text("SubnetId") for one in associations if one.text("SubnetId", "")),
        routes=routes,
        default_route=_in_parts(routes) or _default(routes),
    )


def _default(routes: tuple[Route, ...]) -> Route | None:
    return min((route for route in routes if route.is_default), key=lambda one: one.state != "active", default=None)


def _in_parts(routes: tuple[Route, ...]) -> Route | None:
    """Routes to one target that together cover all of IPv4 (0.0.0.0/1 and 128.0.0.0/1), as one."""
    parts: dict[tuple[str, str], list[tuple[str, Block]]] = {}
    for route in routes:
        block = route.block
        if block is not None and not route.is_default:
            parts.setdefault((route.target, route.state), []).append((route.destination, block))
    for (target, state), found in parts.items():
        if covers_everywhere(block for _, block in found):
            return Route(" and ".join(destination for destination, _ in found), target, state)
    return None


def internet_gateway(each: Fields) -> InternetGateway:
    """A gateway from an entry of ``DescribeInternetGateways``.

    AWS says ``available`` where its own model says ``attached``.
    """
    return InternetGateway(
        id=each.text("InternetGatewayId"),
        name=each.tag("Name"),
        attached_to=tuple(
            one.text("VpcId")
            for one in each.each("Attachments")
            if one.text("State", "").lower() in ("available", "attached")
        ),
    )


def nat_gateway(each: Fields) -> NatGateway:
    """A NAT gateway from an entry of ``DescribeNatGateways``."""
    addresses = each.each("NatGatewayAddresses")
    return NatGateway(
        id=each.text("NatGatewayId"),
        name=each.tag("Name"),
        vpc_id=each.text("VpcId", ""),
        subnet_id=each.text("SubnetId", ""),
        # One that has a failure code will not become available.
        state="failed" if each.text("FailureCode", "") else each.text("State", ""),
        created=moment(each.text("CreateTime", "")),
        reason=f" ({why})" if (why := shorten(each.text("FailureMessage", each.text("FailureCode", "")))) else "",
        is_public=each.text("ConnectivityType", "public") == "public",
        is_regional=each.text("AvailabilityMode", "zonal") == "regional",
        has_elastic_ip=any(one.text("AllocationId", "") or one.text("PublicIp", "") for one in addresses),
    )


def _route(each: Fields) -> Route:
    destination = next(
        (
            each.text(name, "")
            for name in ("DestinationCidrBlock", "DestinationIpv6CidrBlock", "DestinationPrefixListId")
            if each.text(name, "")
        ),
        "",
    )
    names = (
        "NatGatewayId", "GatewayId", "TransitGatewayId", "VpcPeeringConnectionId", "NetworkInterfaceId", "InstanceId",
        "EgressOnlyInternetGatewayId", "LocalGatewayId", "CarrierGatewayId", "CoreNetworkArn",
    )  # fmt: skip
    target = next((each.text(name, "") for name in names if each.text(name, "")), "")
    return Route(destination, target, each.text("State", "active"))
