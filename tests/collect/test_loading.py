"""Service models: cut to the table, kept for the next time, and never a reason to fail."""

from __future__ import annotations

from pathlib import Path

import pytest

from grader.collect import loading
from grader.collect.loading import Loader
from grader.collect.table import OPERATIONS


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


def test_a_folder_that_cannot_be_written_costs_only_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Installed where nothing can be kept, models are cut each time."""
    (tmp_path / "file").write_text("", encoding="utf-8")
    monkeypatch.setattr(loading, "_KEPT", tmp_path / "file" / "kept")
    assert "ec2.DescribeVpcs" in operations(Loader())
