"""``make mutants``: which change of a rule does no test notice?

mutmut changes the modules that hold rules, one place at a time, and runs the tests that reach the place. It works on
a copy of the tree, in ``mutants/``. ``mutant_rules.py`` says what is changed; CONTRIBUTING.md explains the mutants
that no test can kill.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from tests.mutant_rules import prepared

ROOT = Path(__file__).parent.parent
TREE = ROOT / "mutants"
RULES = (
    *(
        f"grader/model/{name}.py"
        for name in (
            "access_lines", "account", "addresses", "application", "asked", "best", "budgets", "candidates",
            "choosing", "cloudwatch", "deployment", "doubt", "endpoints", "findings", "gathering", "identity", "lab",
            "lab_things", "listeners", "network_acls", "parameters",
            "load_balancing", "network", "registry", "repairs", "roles", "rollouts", "routing", "security_groups",
            "services", "storage", "subnets", "task_definitions", "traffic_rules", "trail", "vpcs", "waiting",
        )
    ),
    "grader/grading/causes.py",
    "grader/grading/score.py",
    "grader/evidence/refusals.py",
    "grader/evidence/regions.py",
)  # fmt: skip
"""The modules that decide what an account earns."""
NEEDED = ("grader", "tests", "checks", "reference_app", "rubric.yaml", "pyproject.toml")
FLOOR = 90
"""How many of a hundred mutants the tests have to kill."""
KILLED = ("killed", "timeout", "suspicious", "segfault")


def prepare(modules: Sequence[str]) -> None:
    """Copy the tree, with these modules as mutmut can change them."""
    shutil.rmtree(TREE, ignore_errors=True)
    TREE.mkdir()
    for name in NEEDED:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, TREE / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, TREE / name)
    for name in modules:
        (TREE / name).write_text(prepared((ROOT / name).read_text(encoding="utf-8")), encoding="utf-8")
    settings = (TREE / "pyproject.toml").read_text(encoding="utf-8")
    table = "[tool.mutmut]\n"
    only = f"only_mutate = [{', '.join(repr(name) for name in modules)}]\n"
    (TREE / "pyproject.toml").write_text(settings.replace(table, table + only), encoding="utf-8")


def mutmut(*arguments: str, is_shown: bool = False) -> str:
    """Run mutmut in the copy; what it prints, where it is not shown. Ends the program where mutmut fails."""
    clean = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    command = [sys.executable, str(ROOT / "tests" / "mutant_rules.py"), *arguments]
    done = subprocess.run(command, cwd=TREE, env=clean, text=True, stdout=None if is_shown else subprocess.PIPE)
    if done.returncode:
        # Its progress is lines that end with a carriage return; what went wrong is in the last ones.
        print("\n".join((done.stdout or "").splitlines()[-40:]), file=sys.stderr)
        sys.exit(f"mutmut {arguments[0]} ended with {done.returncode}.")
    return done.stdout or ""


def results() -> dict[str, str]:
    """What became of each mutant, by its name."""
    lines = mutmut("results", "--all", "true").splitlines()
    return {name: state for name, state in (line.strip().split(": ", 1) for line in lines if ": " in line)}


def module_of(mutant: str) -> str:
    """The module that a mutant changes."""
    return mutant.rpartition(".")[0].replace(".", "/") + ".py"


def changes(mutants: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Each mutant with what it changes, as the lines of its diff."""
    from mutmut.mutation.diff_apply import get_diff_for_mutant

    with contextlib.chdir(TREE):
        for mutant in mutants:
            lines = get_diff_for_mutant(mutant, path=module_of(mutant)).splitlines()[2:]
            yield mutant, "\n".join(f"    {line}" for line in lines if re.match(r"[-+]", line))


def report(states: dict[str, str], modules: Sequence[str]) -> bool:
    """Print survivors and counts; whether enough were killed."""
    alive = {name for name, state in states.items() if state not in KILLED}
    for mutant, change in changes(name for name in states if name in alive):
        print(f"{module_of(mutant)}: {mutant.rpartition('.')[2]} ({states[mutant]})\n{change}\n")
    print(f"{'module':40} {'killed':>7} {'survived':>9} {'share':>7}")
    for module in (*modules, "all"):
        own = {name for name in states if module in ("all", module_of(name))}
        survived = len(own & alive)
        share = 100 * (len(own) - survived) / len(own) if own else 100
        print(f"{module:40} {len(own) - survived:7} {survived:9} {share:6.1f}%")
    return bool(states) and (len(states) - len(alive)) * 100 >= FLOOR * len(states)


def main() -> int:
    """Read the command line, change the modules and say what no test noticed."""
    parser = argparse.ArgumentParser(prog="python -m tests.mutants", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("files", nargs="*", metavar="FILE", help="modules to change (default: all that hold rules)")
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1, help="how many at a time (all cores)")
    options = parser.parse_args()
    modules = [Path(one).resolve().relative_to(ROOT).as_posix() for one in options.files] or list(RULES)
    missing = [one for one in modules if not (ROOT / one).is_file()]
    if missing:
        parser.error(f"There is no {', '.join(missing)}.")
    began = time.monotonic()
    prepare(modules)
    mutmut("run", "--max-children", str(options.processes), is_shown=sys.stdout.isatty())
    enough = report(results(), modules)
    print(f"{(time.monotonic() - began) / 60:.0f} minutes, {options.processes} at a time")
    if not enough:
        print(f"Fewer than {FLOOR} % were killed.")
    return 0 if enough else 1


if __name__ == "__main__":
    sys.exit(main())
