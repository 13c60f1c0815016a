"""S3: what every new bucket has since April 2023, and each bucket's region."""

from __future__ import annotations

from typing import Any

from moto.s3 import models
from moto.s3.models import s3_backends

from ..gateway import Answer, Call
from .patches import Patches

# Of the canonical user that owns all buckets of an account; any 64 digits.
OWNER = "75aa57f09aa0c8caeab4f8c24e99d10f8e7faeebf76c078efc7c6caea54ba06a"


def apply(patches: Patches) -> None:
    # Moto's new buckets are open and unencrypted.
    patches.wrap(models.FakeBucket, "__init__", _private_from_the_start)


def _private_from_the_start(original: Any) -> Any:
    def initialize(bucket: Any, *args: Any, **kwargs: Any) -> None:  # it replaces one
        original(bucket, *args, **kwargs)
        bucket.public_access_block = models.PublicAccessBlock(True, True, True, True)
        bucket.encryption = {
            "Rule": {
                "ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"},
                "BucketKeyEnabled": "true",
            }
        }
        bucket.ownership_rule = "BucketOwnerEnforced"

    return initialize


def _buckets(call: Call) -> dict[str, Any]:
    """Moto never names a bucket's region; AWS does where any parameter was sent."""
    asked = call.parameters()
    prefix = asked.get("Prefix") or ""
    buckets = sorted(s3_backends[call.account]["aws"].buckets.values(), key=lambda bucket: str(bucket.name))
    wanted = asked.get("BucketRegion")
    found = [
        bucket
        for bucket in buckets
        if bucket.name.startswith(prefix) and (wanted is None or bucket.region_name == wanted)
    ]
    start = int(asked.get("ContinuationToken") or 0)
    page = found[start : start + int(asked.get("MaxBuckets") or len(found) or 1)]
    end = start + len(page)
    named = any(asked.get(name) is not None for name in ("MaxBuckets", "Prefix", "BucketRegion", "ContinuationToken"))
    return {
        "Buckets": [
            {
                "Name": bucket.name,
                "CreationDate": bucket.creation_date,
                **({"BucketRegion": bucket.region_name} if named else {}),
            }
            for bucket in page
        ],
        "Owner": {"ID": OWNER},
        **({"ContinuationToken": str(end)} if end < len(found) else {}),
    }


ANSWERS: dict[tuple[str, str], Answer] = {("s3", "ListBuckets"): _buckets}
