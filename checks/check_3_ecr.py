"""Section 3: Elastic Container Registry and Docker management."""

from grader.model.registry import DockerLogin, Repository


class TestRepository:
    def test_there_is_a_private_repository(self, repository: Repository) -> None:
        assert repository

    def test_the_repository_uses_aes_256_encryption(self, repository: Repository) -> None:
        assert repository.uses_aes_256


class TestDockerLogin:
    def test_docker_was_logged_in_to_the_registry(self, docker_login: DockerLogin) -> None:
        assert docker_login.left_a_trace


class TestImage:
    def test_an_image_was_built(self, repository: Repository) -> None:
        assert repository.holds_an_image

    def test_the_image_has_a_tag(self, repository: Repository) -> None:
        assert repository.holds_a_tagged_image


class TestPush:
    def test_an_image_was_pushed(self, repository: Repository) -> None:
        assert repository.holds_an_image
