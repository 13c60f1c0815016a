"""Both tools on one emulated account: real commands, over real sockets."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from reference_app.emulator import EmulatedAccount, emulated_account
from tests.bench.places import peers_folder
from tests.bench.tools import GRADER_CODES

from .questions import QUESTIONS, Question

PROGRAM = peers_folder() / "prowler" / "bin" / "prowler"


@dataclass(frozen=True, slots=True)
class Verdicts:
    """What both said of one state, by the words of the question: ``passed``, ``failed``, ``open`` or ``nothing``."""

    ours: Mapping[str, str]
    prowler: Mapping[str, str]


def verdicts(faults: Sequence[str], denied: Sequence[str]) -> Verdicts:
    """Ask both about an account with these faults, in which these actions are refused."""
    with emulated_account(*faults, denied=denied) as account, TemporaryDirectory() as folder:
        ours = _ask_grader(account, Path(folder))
        findings = _ask_prowler(account, Path(folder))
    return Verdicts(
        {one.words: _of_grader(one, ours) for one in QUESTIONS},
        {one.words: _of_prowler(one, findings) for one in QUESTIONS},
    )


def _environment(account: EmulatedAccount) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    return kept | {
        "AWS_ACCESS_KEY_ID": account.access_key_id,
        "AWS_SECRET_ACCESS_KEY": account.secret_access_key,
        "AWS_ENDPOINT_URL": account.endpoint_url,
        "AWS_DEFAULT_REGION": account.region,
        "AWS_MAX_ATTEMPTS": "1",
    }


def _ask_grader(account: EmulatedAccount, folder: Path) -> Mapping[str, str]:
    """The outcome of each check, by the name of its function."""
    result = folder / "result.json"
    options = ("--region", account.region, "--connect-to", account.connect_to, "--no-html", "--json", str(result))
    command = (sys.executable, "-m", "grader", "check", *options)
    done = subprocess.run(command, env=_environment(account), capture_output=True, text=True, check=False)
    if done.returncode not in GRADER_CODES:
        raise SystemExit(f"the grader ended with {done.returncode}: {done.stderr}")
    document = json.loads(result.read_text("utf-8"))
    return {
        check["id"].rpartition("::")[2].partition("[")[0]: check["outcome"]
        for item in document["items"]
        for check in item["checks"]
    }


def _ask_prowler(account: EmulatedAccount, folder: Path) -> list[dict[str, Any]]:
    """Its findings, as OCSF."""
    command = (
        str(PROGRAM), "aws", "--checks", *dict.fromkeys(one.prowler for one in QUESTIONS), "--region", account.region,
        "--output-directory", str(folder), "--output-filename", "prowler", "--output-formats", "json-ocsf",
        "--no-banner", "--ignore-exit-code-3",
    )  # fmt: skip
    done = subprocess.run(command, env=_environment(account), capture_output=True, text=True, check=False)
    written = folder / "prowler.ocsf.json"
    if not written.exists():
        if done.returncode == 0:
            return []
        raise SystemExit(f"Prowler ended with {done.returncode}: {done.stdout[-2000:]}{done.stderr[-2000:]}")
    findings: list[dict[str, Any]] = json.loads(written.read_text("utf-8"))
    return findings


def _of_grader(question: Question, outcomes: Mapping[str, str]) -> str:
    said = {outcomes[name] for name in question.ours}
    if "failed" in said:
        return "failed"
    return "passed" if said == {"passed"} else "open"


def _of_prowler(question: Question, findings: Sequence[Mapping[str, Any]]) -> str:
    said = {
        str(finding["status_code"])
        for finding in findings
        if finding["metadata"]["event_code"] == question.prowler
        and (question.about in finding["status_detail"] or question.about in finding["resources"][0]["uid"])
    }
    if not said:
        return "nothing"
    return "failed" if "FAIL" in said else "passed" if said == {"PASS"} else "open"
