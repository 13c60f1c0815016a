from grader.model.vpcs import Vpc


class TestBlock:
    def test_the_vpc_has_the_block_of_the_sheet(self, vpc: Vpc, cidr: str) -> None:
        """The VPC has the block of your sheet."""
        assert cidr in vpc.cidrs
