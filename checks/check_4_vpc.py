"""Section 4: Virtual Private Cloud configuration."""

from grader.model.load_balancing import LoadBalancer, TargetGroup
from grader.model.security_groups import LabSecurityGroups
from grader.model.vpcs import Vpc


class TestVpc:
    def test_there_is_a_vpc_of_your_own(self, vpc: Vpc) -> None:
        assert vpc.is_your_own

    def test_the_vpc_has_default_tenancy(self, vpc: Vpc) -> None:
        assert vpc.has_default_tenancy

    def test_the_vpc_has_a_private_address_range(self, vpc: Vpc) -> None:
        assert vpc.has_private_cidr


class TestSubnets:
    def test_public_subnets_stand_in_two_zones(self, vpc: Vpc) -> None:
        assert vpc.public_subnets_span_two_zones

    def test_private_subnets_stand_in_two_zones(self, vpc: Vpc) -> None:
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
    def test_the_load_balancer_group_admits_port_80_from_anywhere(self, security_groups: LabSecurityGroups) -> None:
        assert security_groups.admit_the_world_on_port_80

    def test_the_resource_group_admits_port_8000_from_the_load_balancer_group(
        self, security_groups: LabSecurityGroups
    ) -> None:
        assert security_groups.admit_the_load_balancer_on_port_8000

    def test_the_resource_group_keeps_port_8000_from_the_world(self, security_groups: LabSecurityGroups) -> None:
        assert security_groups.keep_port_8000_from_the_world

    def test_both_groups_let_traffic_out(self, security_groups: LabSecurityGroups) -> None:
        assert security_groups.let_traffic_out


class TestTargetGroup:
    def test_the_target_group_takes_ip_targets_over_http_8000(self, target_group: TargetGroup) -> None:
        assert target_group.takes_ip_targets_over_http_8000

    def test_the_target_group_checks_health_at_health(self, target_group: TargetGroup) -> None:
        assert target_group.checks_health_at_health


class TestLoadBalancer:
    def test_the_load_balancer_is_active(self, load_balancer: LoadBalancer) -> None:
        assert load_balancer.is_active

    def test_the_load_balancer_is_internet_facing(self, load_balancer: LoadBalancer) -> None:
        assert load_balancer.is_internet_facing

    def test_the_load_balancer_stands_in_public_subnets_of_two_zones(
        self, load_balancer: LoadBalancer, vpc: Vpc
    ) -> None:
        assert vpc.has_two_public_zones_among(load_balancer.subnet_ids)

    def test_the_load_balancer_uses_its_security_group(
        self, load_balancer: LoadBalancer, security_groups: LabSecurityGroups
    ) -> None:
        assert load_balancer.uses(security_groups.of_load_balancer)

    def test_http_80_is_forwarded_to_the_target_group(
        self, load_balancer: LoadBalancer, target_group: TargetGroup
    ) -> None:
        assert load_balancer.forwards_http_80_to(target_group)
