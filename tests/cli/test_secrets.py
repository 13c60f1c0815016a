"""Secrets of an account: planted everywhere, and searched for in everything that a run writes and starts."""

from __future__ import annotations

import gzip
import json
import os
import stat
from itertools import count
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import pytest

from grader.cli.options import OutputOptions
from grader.cli.outputs import Outputs
from grader.collect import Access
from grader.collect.background import Reading
from grader.report.formats import FORMATS
from grader.rubric import open_rubric
from tests.cases import golden

from .conftest import Run

MARK = "CANARY"


def _planted() -> tuple[dict[str, Any], int]:
    """The correct deployment with a secret in every private position, and their number."""
    document = golden()
    numbers = count(1)

    def secret() -> str:
        return f"{MARK}{next(numbers):02d}"

    calls = document["calls"]
    for keys in calls["ecs.DescribeTaskDefinition"].values():
        for entry in keys.values():
            entry["response"]["tags"] = [{"key": "password", "value": secret()}]
            container = entry["response"]["taskDefinition"]["containerDefinitions"][0]
            container["environment"] += [
                {"name": name, "value": secret()} for name in ("DB_PASSWORD", "AUTH", "PASS", "HF_HUB", "GREETING")
            ]
            container["environment"].append({"name": "DATABASE_URL", "value": f"postgres://u:{secret()}@db/x"})
            container["command"] = ["serve", f"--password={secret()}"]
            container["entryPoint"] = [secret()]
            container["dockerLabels"] = {"api_key": secret()}
            container["secrets"] = [{"name": "X", "valueFrom": secret()}]
            container["repositoryCredentials"] = {"credentialsParameter": secret()}
            container["logConfiguration"]["options"]["splunk-token"] = secret()
    for regions in (calls["ec2.DescribeVpcs"], calls["ec2.DescribeSubnets"]):
        for keys in regions.values():
            for each in next(iter(keys.values()))["response"].get("Vpcs", []):
                each.setdefault("Tags", []).append({"Key": "owner", "Value": secret()})
    for keys in calls["ecs.DescribeServices"].values():
        for entry in keys.values():
            for service in entry["response"]["services"]:
                service["tags"] = [{"key": "secret", "value": secret()}]
                service["desiredCount"] = 0
                service["events"] = [{"id": "1", "message": f"(service x) failed: password={secret()}"}]
    for keys in calls["ecs.DescribeTasks"].values():
        for entry in keys.values():
            for task in entry["response"]["tasks"]:
                task["overrides"] = {"containerOverrides": [{"environment": [{"name": "X", "value": secret()}]}]}
    for keys in calls["logs.FilterLogEvents"].values():
        for entry in keys.values():
            for event in entry["response"]["events"]:
                event["message"] += f" token={secret()} AccessDenied"
    document["meta"]["http_probe"] = {
        "ok": False, "status": 500, "url": f"http://u:{secret()}@x.elb.amazonaws.com/health?token={secret()}",
        "load_balancer": "", "endpoints": [
            {"method": "GET", "path": "/health", "body": "none", "status": 500, "ok": False, "ms": 1, "cut": secret()}
        ],
    }  # fmt: skip
    return document, next(numbers) - 1


@pytest.fixture
def everything(tmp_path: Path) -> list[object]:
    """Options for every file that a run can write."""
    return [
        "--html", tmp_path / "out" / "page.html", "--pytest-html", tmp_path / "out" / "raw.html",
        *(part for form in FORMATS.values() for part in (form.option, tmp_path / "out" / form.name)),
    ]  # fmt: skip


def test_no_planted_secret_is_readable_in_anything_that_a_run_writes(
    run: Run, tmp_path: Path, everything: list[object]
) -> None:
    """The page, the raw run, every feed, the terminal and the comparison: none of the secrets, by position."""
    document, planted = _planted()
    assert planted > 25
    Path("planted.json").write_text(json.dumps(document), encoding="utf-8")
    Path("golden.json").write_text(json.dumps(golden()), encoding="utf-8")
    ran = run("grade", "planted.json", *everything)
    assert ran.code in (1, 3), ran.errors
    compared = run("diff", "golden.json", "planted.json", "--html", tmp_path / "out" / "diff.html")
    assert compared.code == 0
    written = {path.name: path.read_text(encoding="utf-8") for path in (tmp_path / "out").iterdir()}
    assert len(written) == 3 + len(FORMATS)
    written |= {"terminal": ran.output + ran.errors, "diff": compared.output + compared.errors}
    assert {name: text.count(MARK) for name, text in written.items() if MARK in text} == {}


def test_what_is_collected_is_written_without_secrets_and_for_its_owner_alone(tmp_path: Path) -> None:
    """Files are 0600, new folders 0700; what is left of the secrets are log lines, which checks read."""
    document, _ = _planted()
    outputs = Outputs(OutputOptions({}, evidence=str(tmp_path / "new" / "folder" / "{account}.json.gz")), several=False)
    kept = outputs.kept_evidence(document, open_rubric())
    path = Path(kept.source)
    written = json.loads(gzip.decompress(path.read_bytes()))
    for operation, regions in written["calls"].items():
        text = json.dumps(regions)
        assert MARK not in text or operation in ("logs.FilterLogEvents", "ecs.DescribeServices")
    assert f":{MARK}" not in json.dumps(written["meta"])
    assert written["meta"]["scrubbed"] == {"kept": ["buckets", "names"]}
    if os.name == "posix":
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert {stat.S_IMODE(one.stat().st_mode) for one in (path.parent, path.parent.parent)} == {0o700}


def test_every_file_of_a_run_is_for_its_owner_alone(run: Run, tmp_path: Path, everything: list[object]) -> None:
    """Whatever the umask allows, also where the same name was readable by everybody before."""
    Path("golden.json").write_text(json.dumps(golden()), encoding="utf-8")
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "page.html").write_text("old", encoding="utf-8")
    (tmp_path / "out" / "page.html").chmod(0o644)
    assert run("grade", "golden.json", *everything).code == 0
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "out").iterdir()}
    assert modes == dict.fromkeys(modes, 0o600)


def test_keep_all_keeps_everything(tmp_path: Path) -> None:
    """Who asks for it gets the answers as AWS gave them."""
    document, _ = _planted()
    before = json.dumps(document)
    target = str(tmp_path / "all.json")
    Outputs(OutputOptions({}, evidence=target, keep_all=True), several=False).kept_evidence(document, open_rubric())
    assert json.loads(Path(target).read_text("utf-8")) == json.loads(before)


def test_redacted_results_name_neither_account_nor_people(run: Run, tmp_path: Path, everything: list[object]) -> None:
    """A result that is shown around grades as it did, and nobody is found by it."""
    document = golden()
    Path("golden.json").write_text(json.dumps(document), encoding="utf-8")
    assert run("grade", "golden.json", "--redact", *everything).code == 0
    for path in (tmp_path / "out").iterdir():
        text = path.read_text(encoding="utf-8")
        assert document["meta"]["account"] not in text, path.name
        assert "AKIAIOSFODNN7EXAMPLE" not in text, path.name


@pytest.mark.skipif(not Path("/proc/self/cmdline").exists(), reason="needs /proc")
def test_the_command_line_of_the_process_that_reads_holds_no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    """Others on the machine see command lines: keys and external ids go another way."""
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", f"{MARK}-key")
    access = Access(role_arn="arn:aws:iam::123456789012:role/x", external_id=f"{MARK}-external")
    with Reading((access,)) as reading:
        line, end = b"", monotonic() + 10
        while not line and monotonic() < end:  # it is empty until the program has been started
            line = Path(f"/proc/{reading._process.pid}/cmdline").read_bytes()
            sleep(0.01)
    assert b"grader.collect.worker" in line
    assert MARK.encode() not in line
