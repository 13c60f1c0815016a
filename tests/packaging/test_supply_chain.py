"""What comes in and what goes out: pinned, audited where that is possible, and built the same twice."""

from __future__ import annotations

import importlib.util
import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import yaml

from tests.packaging.conftest import TOP

WORKFLOWS = [
    TOP / "action.yml",
    *sorted((TOP / "integrations" / "github").glob("*.yml")),
    *sorted((TOP / ".github" / "workflows").glob("*.yml")),
]
_PLACEHOLDER = "OWNER/REPOSITORY"
"""Whoever copies the example names the release of this action; there is none to pin."""


def _script(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, TOP / ".ci" / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = sys.modules[name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.slow
def test_two_builds_are_the_same_to_the_byte(tmp_path: Path) -> None:
    """From two copies of the tree, at two times: whoever builds a release again gets what was released."""
    release = _script("release")
    digests = release.same(release.built(tmp_path / "first"), release.built(tmp_path / "second"))
    assert sorted(name.rpartition(".")[2] for name in digests) == ["gz", "whl"]


def test_builds_that_differ_are_told_of(tmp_path: Path) -> None:
    """One byte is enough, and the file is named."""
    release = _script("release")
    files = [tmp_path / number / "x.whl" for number in ("1", "2")]
    for number, file in enumerate(files):
        file.parent.mkdir()
        file.write_bytes(bytes([number]))
    with pytest.raises(release.NotTheSame, match=r"x\.whl"):
        release.same(files[:1], files[1:])


SAID: dict[str, Any] = {
    "dependencies": [
        {"name": "jinja2", "version": "3.1.0", "vulns": [{"id": "PYSEC-1", "fix_versions": ["3.1.6"]}]},
        {"name": "six", "version": "1.17.0", "vulns": []},
        {"name": "odd", "skip_reason": "Dependency not found"},
    ]
}


def test_an_advisory_is_told_with_what_fixes_it() -> None:
    """And what could not be looked up is said as loudly."""
    audit = _script("audit")
    assert list(audit.told([audit.read("a.lock", json.dumps(SAID))])) == [
        "FOUND    a.lock: jinja2 3.1.0: PYSEC-1, fixed in 3.1.6",
        "SKIPPED  a.lock: NOT AUDITED: odd",
        "audited  a.lock: 2 packages, 1 advisories",
    ]


@pytest.mark.parametrize("packages", [[], SAID["dependencies"][2:]])
def test_nothing_that_was_not_looked_up_counts_as_audited(packages: list[Any]) -> None:
    """Without a network the audit says that it did not happen."""
    audit = _script("audit")
    (line,) = audit.told([audit.read("a.lock", json.dumps({"dependencies": packages}))])
    assert line == "SKIPPED  a.lock: NOT AUDITED, no advisory can be reached from here"


def test_every_lock_file_is_audited() -> None:
    """Those of the tools and of the image too."""
    assert {path.name for path in TOP.glob("requirements*.lock")} < set(_script("audit").locks())


@pytest.mark.parametrize(
    "lock", ["requirements-ministack.lock", "requirements-release.lock", "reference_app/requirements.txt"]
)
def test_everything_else_that_is_locked_has_a_hash(lock: str) -> None:
    """The tools and the image take no file but the one that was locked."""
    text = (TOP / lock).read_text("utf-8")
    assert "://" not in text
    entries = re.findall(r"^[a-z0-9][\w.-]*(?:\[[\w,-]+\])?==(?:[^\n]*\\\n)*[^\n]*", text, re.MULTILINE)
    assert len(entries) > 8
    assert [entry for entry in entries if "--hash=sha256:" not in entry] == []


def test_the_image_installs_what_is_locked() -> None:
    """A package that was replaced on its index does not come into the image."""
    text = (TOP / "reference_app" / "Dockerfile").read_text("utf-8")
    (line,) = [line for line in text.splitlines() if "pip install" in line]
    assert {"--no-deps", "--require-hashes"} <= set(line.split())


def _uses(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        yield from (inner for name, inner in value.items() if name == "uses" and isinstance(inner, str))
    for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from _uses(inner)


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_actions_are_pinned_by_commit(path: Path) -> None:
    """A tag can be moved, a commit cannot; the release stands beside it."""
    text = path.read_text("utf-8")
    found = list(_uses(yaml.safe_load(text)))
    assert found
    for each in found:
        assert re.fullmatch(r"[\w/-]+@[0-9a-f]{40}", each)
        assert each.startswith(_PLACEHOLDER) or re.search(rf"{each} # v\d+\.\d+\.\d+$", text, re.MULTILINE)


class _Template(yaml.SafeLoader):
    """CloudFormation's tags, of which only their values matter here."""


_Template.add_multi_constructor("!", lambda loader, suffix, node: f"!{suffix} {getattr(node, 'value', '')}")


def test_roles_are_assumed_for_this_account_alone() -> None:
    """A service that acts for somebody else's account does not get these roles (the confused deputy)."""
    template = yaml.load((TOP / "reference_app" / "template.yaml").read_text("utf-8"), _Template)
    roles = {name: one for name, one in template["Resources"].items() if one["Type"] == "AWS::IAM::Role"}
    assert len(roles) >= 2
    for role in roles.values():
        for statement in role["Properties"]["AssumeRolePolicyDocument"]["Statement"]:
            assert statement["Condition"]["StringEquals"]["aws:SourceAccount"] == "!Ref AWS::AccountId"
