"""The wheel, built once, and environments that it is installed in."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
import venv
from dataclasses import dataclass
from pathlib import Path

import pytest

TOP = Path(__file__).resolve().parents[2]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What takes long runs last, so that a mistake is told early."""
    items.sort(key=lambda item: item.get_closest_marker("slow") is not None)


def build(tree: Path, target: str, into: Path) -> Path:
    """Build ``wheel`` or ``sdist`` of a source tree, without a network; the file."""
    command = [sys.executable, "-m", "hatchling", "build", "--target", target, "--directory", str(into)]
    subprocess.run(command, cwd=tree, check=True, capture_output=True)
    (built,) = into.glob("*.whl" if target == "wheel" else "*.tar.gz")
    return built


@dataclass(frozen=True, slots=True)
class Installation:
    """An environment with the wheel in it."""

    folder: Path

    @property
    def programs(self) -> Path:
        """Where its programs are."""
        return self.folder / ("Scripts" if os.name == "nt" else "bin")

    def install(self, *arguments: str) -> None:
        """Install into it, with the pip of this environment."""
        pip = [sys.executable, "-m", "pip", "--python", str(self.programs / "python"), "--disable-pip-version-check"]
        subprocess.run([*pip, "install", "--quiet", *arguments], check=True, capture_output=True, text=True)

    def grader(self, *arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
        """Run its ``grader`` without anybody's credentials or settings."""
        kept = {name: os.environ[name] for name in ("LANG", "SYSTEMROOT", "TMPDIR", "TEMP") if name in os.environ}
        home = {"HOME": str(cwd), "USERPROFILE": str(cwd), "PATH": str(self.programs)}
        command = [str(self.programs / "grader"), *arguments]
        surroundings = kept | home | {"AWS_EC2_METADATA_DISABLED": "true"}
        return subprocess.run(
            command, cwd=cwd, env=surroundings, capture_output=True, encoding="utf-8", timeout=300, check=False
        )


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(TOP, "wheel", tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="session")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Installation:
    """The wheel with what it depends on, as the lock file has it, in an environment of its own."""
    installation = Installation(tmp_path_factory.mktemp("installed") / "environment")
    venv.create(installation.folder, with_pip=False)
    installation.install("--no-deps", "--require-hashes", "--requirement", str(TOP / "requirements.lock"))
    installation.install("--no-deps", str(wheel))
    return installation


@pytest.fixture(scope="session")
def installed_with_demo(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Installation:
    """The wheel with the packages of this environment in reach, the demo's too, but not this source tree."""
    installation = Installation(tmp_path_factory.mktemp("with-demo") / "environment")
    venv.create(installation.folder, with_pip=False)
    installation.install("--no-deps", str(wheel))
    (theirs,) = installation.folder.glob("lib/python*/site-packages" if os.name != "nt" else "Lib/site-packages")
    # A folder named in a .pth file is searched, but its own .pth files, by which this tree is installed, are not read.
    (theirs / "packages_of_the_tests.pth").write_text(sysconfig.get_path("purelib") + "\n", "utf-8")
    return installation
