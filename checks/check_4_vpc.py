"""Section 4: Virtual Private Cloud configuration."""

from grader.model.load_balancing import LoadBalancer, TargetGroup
from grader.model.security_groups import LabSecurityGroups
from grader.model.vpcs import Vpc


class TestVpc:
    def test_there_is_a_vpc_of_your_own(self, vpc: Vpc) -> None:
        assert vpc.is_your_own

    def test_the_vpc_has_default_tenancy(self, vpc: Vpc) -> None:
        assert vpc.has_default_tenancy

    def test_the_vpc_has_a_private_address_range(
        self, vpc: Vpc, private_ranges: tuple[str, ...], vpc_block: str
    ) -> None:
        assert vpc.has_private_cidr(private_ranges, vpc_block)


class TestSubnets:
    def test_public_subnets_are_in_two_zones(self, vpc: Vpc) -> None:
        assert vpc.public_subnets_span_two_zones

    def test_private_subnets_are_in_two_zones(self, vpc: Vpc) -> None:
        assert vpc.private_subnets_span_two_zones


class TestInternetGateway:
    def test_there_is_an_internet_gateway(self, vpc: Vpc) -> None:
        assert vpc.internet_gateway

    def test_the_internet_gateway_is_attached_to_the_vpc(self, vpc: Vpc) -> None:
        assert vpc.has_attached_internet_gateway


class TestRouteTables:
    def test_public_subnets_route_to_the_internet_gateway(self, vpc: Vpc) -> None:
        assert vpc.public_subnets_route_to_internet_gateway

    def test_private_subnets_have_a_private_route_table(self, vpc: Vpc) -> None:
        assert vpc.private_subnets_have_private_route_table


class TestNatGateway:
    def test_a_public_nat_gateway_is_available_in_a_public_subnet(self, vpc: Vpc) -> None:
        assert vpc.has_public_nat_gateway

    def test_the_private_route_table_leads_to_the_nat_gateway(self, vpc: Vpc) -> None:
        assert vpc.private_route_table_leads_to_nat_gateway


class TestSecurityGroups:
    def test_the_load_balancer_group_allows_the_front_port_from_anywhere(
        self, security_groups: LabSecurityGroups, front_port: int
    ) -> None:
        """The load balancer group allows port {front_port} from anywhere."""
        assert security_groups.allow_the_world_on(front_port)

    def test_the_resource_group_allows_the_port_from_the_load_balancer_group(
        self, security_groups: LabSecurityGroups, port: int
    ) -> None:
        """The resource group allows port {port} from the load balancer group."""
        assert security_groups.allow_the_load_balancer_on(port)

    def test_the_resource_group_does_not_open_the_port_to_the_world(
        self, security_groups: LabSecurityGroups, port: int
    ) -> None:
        """The resource group does not open port {port} to the world."""
        assert security_groups.do_not_open_to_the_world(port)

    def test_both_groups_allow_outbound_traffic(self, security_groups: LabSecurityGroups, port: int) -> None:
        assert security_groups.allow_outbound_traffic(port)


class TestTargetGroup:
    def test_the_target_group_takes_targets_on_the_port(
        self, target_group: TargetGroup, target_type: str, protocol: str, port: int
    ) -> None:
        """The target group takes {target_type} targets over {protocol}:{port}."""
        assert target_group.takes_targets(target_type, protocol, port)

    def test_the_target_group_checks_health_at_the_path(self, target_group: TargetGroup, health_path: str) -> None:
        """The target group checks health at {health_path}."""
        assert target_group.checks_health_at(health_path)


class TestLoadBalancer:
    def test_the_load_balancer_is_active(self, load_balancer: LoadBalancer) -> None:
        assert load_balancer.is_active

    def test_the_load_balancer_is_internet_facing(self, load_balancer: LoadBalancer) -> None:
        assert load_balancer.is_internet_facing

    def test_the_load_balancer_is_in_public_subnets_of_two_zones(
        self, load_balancer: LoadBalancer, vpc: Vpc
    ) -> None:
        assert vpc.has_two_public_zones_among(load_balancer.subnet_ids)

    def test_the_load_balancer_uses_its_security_group(
        self, load_balancer: LoadBalancer, security_groups: LabSecurityGroups
    ) -> None:
        assert load_balancer.uses(security_groups.of_load_balancer)

    def test_the_front_port_is_forwarded_to_the_target_group(
        self, load_balancer: LoadBalancer, target_group: TargetGroup, front_port: int
    ) -> None:
        """HTTP:{front_port} is forwarded to the target group."""
        assert load_balancer.forwards_http_to(target_group, front_port)
