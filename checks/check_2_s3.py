"""Section 2: Amazon S3 setup and file management."""

from grader.model.application import Application
from grader.model.storage import Bucket


class TestBucket:
    def test_there_is_a_bucket_of_your_own(self, bucket: Bucket) -> None:
        assert bucket

    def test_the_bucket_is_private(self, bucket: Bucket) -> None:
        assert bucket.blocks_public_access


class TestFiles:
    def test_the_bucket_holds_files(self, bucket: Bucket) -> None:
        assert bucket.holds_files


class TestWorkflow:
    def test_the_application_loads_its_files_from_s3(self, application: Application) -> None:
        assert application.loads_its_files_from_s3
