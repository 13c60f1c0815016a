"""The evidence of the lab as it should be, renewed by ``python -m tests.permissions.reference``."""

from __future__ import annotations

import gzip
import json
import os
from pathlib import Path
from typing import Any

from grader.collect import Access, Collector
from grader.evidence.scrubbing import scrubbed
from grader.grading.keeping import kept_by
from grader.rubric import open_rubric
from grader.rubric.needs import operations_for
from reference_app.emulator import EmulatedAccount, emulated_account

REFERENCE = Path(__file__).parents[2] / "reference_app" / "evidence.json.gz"


def credentials(account: EmulatedAccount) -> dict[str, str]:
    """The account's key as the environment holds it."""
    return {
        "AWS_ACCESS_KEY_ID": account.access_key_id,
        "AWS_SECRET_ACCESS_KEY": account.secret_access_key,
        "AWS_DEFAULT_REGION": account.region,
        "AWS_EC2_METADATA_DISABLED": "true",
    }


def collected(url: str, connect_to: tuple[str, ...], **more: Any) -> dict[str, Any]:
    """What the lab's rubric needs of an account, as ``grader check`` keeps it."""
    rubric = open_rubric()
    with Collector(operations_for(rubric.items)) as collector:
        document = collector.collect(Access(endpoint_url=url, connect_to=connect_to, **more))
    return scrubbed(document, kept_by(rubric, document))


if __name__ == "__main__":
    with emulated_account() as emulated:
        os.environ.update(credentials(emulated))
        found = collected(emulated.endpoint_url, (emulated.connect_to,))
    REFERENCE.write_bytes(gzip.compress(json.dumps(found, separators=(",", ":")).encode(), mtime=0))
