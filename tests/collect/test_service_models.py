"""Service models: cut to the table, kept for the next time, and never a reason to fail."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import botocore.loaders
import pytest
from botocore.regions import EndpointResolver

from grader.calls.table import CALLS, OPERATIONS
from grader.collect import service_models as loading
from grader.collect.service_models import Loader


@pytest.fixture
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of this test's own for what is kept."""
    folder = tmp_path / "kept"
    monkeypatch.setattr(loading, "_KEPT", folder)
    return folder


def operations(loader: Loader) -> set[str]:
    """What a client of EC2 could do."""
    return {f"ec2.{name}" for name in loader.load_service_model("ec2", "service-2")["operations"]}


def test_a_model_holds_the_tables_operations_alone(kept: Path) -> None:
    """Nothing that is no row exists on a client, the first time and from what was kept."""
    wanted = {name for name in OPERATIONS if name.startswith("ec2.")}
    assert operations(Loader()) == wanted
    assert len(list(kept.iterdir())) == 1
    assert operations(Loader()) == wanted


def test_another_table_is_cut_anew(kept: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was kept for another table or another botocore is not taken."""
    operations(Loader())
    monkeypatch.setattr(loading, "OPERATIONS", frozenset({"ec2.DescribeVpcs"}))
    assert operations(Loader()) == {"ec2.DescribeVpcs"}
    assert len(list(kept.iterdir())) == 2


def test_nothing_that_decides_is_cut_away(kept: Path) -> None:
    """Shapes, their members and traits are botocore's own; only words of documentation are missing."""
    whole = botocore.loaders.Loader()
    for service in sorted({call.service for call in CALLS}):
        cut, model = (one.load_service_model(service, "service-2") for one in (Loader(), whole))
        for kind in ("operations", "shapes"):
            assert {name: _without_words(model[kind][name]) for name in cut[kind]} == _without_words(cut[kind])


def test_endpoints_of_the_tables_services_are_kept(kept: Path) -> None:
    """A client of ours resolves to where it would with botocore's whole file, in every region."""
    loaders = (botocore.loaders.Loader(), Loader())
    resolvers = [EndpointResolver(one.load_data("endpoints")) for one in loaders]
    models = [Loader().load_service_model(service, "service-2") for service in {call.service for call in CALLS}]
    prefixes = {model["metadata"]["endpointPrefix"] for model in models}
    for prefix in (*prefixes, "portal.sso", "oidc"):
        for region in ("us-east-1", "eu-west-1", "cn-north-1", "us-gov-west-1", "ap-southeast-7", "aws-global"):
            expected, found = (one.construct_endpoint(prefix, region) for one in resolvers)
            assert found == expected


def _without_words(part: Any) -> Any:
    if isinstance(part, dict):
        words = isinstance(part.get("documentation"), str)
        return {name: _without_words(one) for name, one in part.items() if not (words and name == "documentation")}
    return [_without_words(one) for one in part] if isinstance(part, list) else part


def test_a_folder_that_cannot_be_written_costs_only_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Installed where nothing can be kept, models are cut each time."""
    (tmp_path / "file").write_text("", encoding="utf-8")
    monkeypatch.setattr(loading, "_KEPT", tmp_path / "file" / "kept")
    assert "ec2.DescribeVpcs" in operations(Loader())
