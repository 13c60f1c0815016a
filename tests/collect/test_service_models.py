"""Service models: cut to the table, kept for the next time, and never a reason to fail."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import botocore.loaders
import pytest
from botocore.regions import EndpointResolver

from grader.calls.table import CALLS, OPERATIONS
from grader.collect import model_cache
from grader.collect import service_models as loading
from grader.collect.model_cache import AT_MOST, cache_folder, keep
from grader.collect.service_models import Loader


@pytest.fixture
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of this test's own for what is kept."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "kept"))
    folder = cache_folder()
    assert folder is not None
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
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file" / "kept"))
    assert "ec2.DescribeVpcs" in operations(Loader())


@pytest.mark.parametrize("damage", ["cut short", "one byte", "other JSON", "nothing", "not text", "a folder"])
def test_a_damaged_file_is_cut_anew(kept: Path, damage: str) -> None:
    """What is not as it was written is not taken, even where it can be read, and is written again where it can be."""
    whole = operations(Loader())
    (file,) = kept.iterdir()
    content = file.read_bytes()
    if damage == "a folder":
        file.unlink()
        file.mkdir()
    else:
        file.write_bytes(
            {
                "cut short": content[:-100],
                "one byte": content.replace(b"DescribeVpcs", b"DescribeVpcz"),
                "other JSON": content.partition(b"\n")[0] + b"\n{}",
                "nothing": b"",
                "not text": b"\xff\xfe\x00",
            }[damage]
        )
    assert operations(Loader()) == whole
    assert damage == "a folder" or file.read_bytes() == content


def test_files_of_another_botocore_are_removed(kept: Path) -> None:
    """Whoever updates botocore does not keep the models of all versions that there were."""
    for version in ("1.40.0", "1.41.2"):
        old = kept.parent / version
        old.mkdir(parents=True)
        (old / "ec2-0123456789abcdef.json").write_text("{}", encoding="utf-8")
    operations(Loader())
    assert [folder.name for folder in kept.parent.iterdir()] == [kept.name]


def test_what_is_kept_is_bounded(kept: Path) -> None:
    """However many tables or installations there were, a few files of each service stay: the newest."""
    for number in range(AT_MOST + 4):
        for name in ("ec2", "s3", "s3control"):
            keep(name, f"table {number}", {})
            for file in kept.glob(f"{name}-*"):
                os.utime(file, ns=(file.stat().st_atime_ns, file.stat().st_mtime_ns - 10**9))
    newest = [f"table {number}" for number in range(4, AT_MOST + 4)]
    assert [model_cache.kept("ec2", each) for each in newest] == [{}] * AT_MOST
    assert len(list(kept.iterdir())) == AT_MOST * 3


def test_what_an_interrupted_run_left_is_removed(kept: Path) -> None:
    """A file that was never finished does not stay for ever."""
    kept.mkdir(parents=True)
    for process in range(9):
        left = kept / f"ec2-0123456789abcdef.{process}"
        left.write_text("{", encoding="utf-8")
        os.utime(left, (1, 1))
    operations(Loader())
    assert len(list(kept.iterdir())) <= AT_MOST


@pytest.mark.parametrize(
    ("platform", "environment", "expected"),
    [
        ("linux", {"XDG_CACHE_HOME": "{tmp}/x"}, "x"),
        ("linux", {}, "home/.cache"),
        ("linux", {"XDG_CACHE_HOME": "beside/me"}, "home/.cache"),
        ("darwin", {}, "home/Library/Caches"),
        ("win32", {"LOCALAPPDATA": "{tmp}/local"}, "local"),
        ("win32", {}, "home/AppData/Local"),
    ],
)
def test_the_cache_is_where_the_system_has_caches(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    platform: str,
    environment: dict[str, str],
    expected: str,
) -> None:
    """Each system's own place for what can be made again; a relative XDG_CACHE_HOME is ignored, as it should be."""
    for name in ("XDG_CACHE_HOME", "LOCALAPPDATA"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("USERPROFILE", str(tmp_path / "home"))
    monkeypatch.setattr(sys, "platform", platform)
    for name, value in environment.items():
        monkeypatch.setenv(name, value.format(tmp=tmp_path))
    folder = cache_folder()
    assert folder is not None
    assert folder.is_relative_to(tmp_path / expected / "aws-lab-grader" / "service-models")


def test_a_user_without_a_home_has_no_cache(monkeypatch: pytest.MonkeyPatch) -> None:
    """In a container whose user is known nowhere models are cut each time."""
    pwd = pytest.importorskip("pwd")

    def unknown(number: int) -> None:
        raise KeyError(number)

    for name in ("XDG_CACHE_HOME", "HOME", "LOCALAPPDATA", "USERPROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(pwd, "getpwuid", unknown)
    assert cache_folder() is None
    assert "ec2.DescribeVpcs" in operations(Loader())


def test_boto3_adds_no_folder_to_those_that_are_searched(kept: Path) -> None:
    """However many sessions share a loader, it searches botocore's folders alone."""
    loader = Loader()
    before = list(loader.search_paths)
    loader.search_paths.append("of boto3")
    assert loader.search_paths == before
