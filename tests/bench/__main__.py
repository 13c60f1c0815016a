"""``python -m tests.bench SCENARIO``: see README.md beside this file."""

from __future__ import annotations

import argparse
from pathlib import Path

from .places import authority_folder


def main() -> None:
    """Read the command line and run what it names."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description="Measure the grader beside its peers.")
    commands = parser.add_subparsers(dest="command", required=True)
    for name, text in (
        ("one-account", "one account, one region: the grader, the plain script and the floor"),
        ("regions", "one region, and all 17"),
        ("many-accounts", "check over several profiles"),
        ("class-run", "class over 2 to 200 accounts, and over 1,000 kept files"),
        ("regrade", "grade over kept evidence"),
        ("large-account", "grading and collecting a large account"),
        ("pages", "size of the page, and the time to render it"),
        ("start", "grader --help, and what importing costs"),
        ("all", "all of these, one after the other"),
    ):
        scenario = commands.add_parser(name, help=text)
        scenario.add_argument("--rounds", type=int, default=5, help="runs of each (default: 5)")
        scenario.add_argument("--peers", action="store_true", help="with Prowler, Custodian, ScoutSuite and frost")
        scenario.add_argument("--record", action="store_true", help="record the emulated account anew first")
    install = commands.add_parser("install-peers", help="make the peers' virtual environments")
    install.add_argument("names", nargs="*", help="which (default: all)")
    serve = commands.add_parser("serve", help="serve recordings until standard input ends")
    serve.add_argument("files", nargs="+", type=Path)
    record = commands.add_parser("record", help="serve the emulated account, and keep its answers")
    record.add_argument("file", type=Path)
    record.add_argument("faults", nargs="*", help="faults to make in it first")
    options = parser.parse_args()
    if options.command == "serve":
        from .replay import serve as serve_files

        serve_files(tuple(options.files), authority_folder())
    elif options.command == "record":
        from .recorder import record as record_file

        record_file(options.file, authority_folder(), tuple(options.faults))
    elif options.command == "install-peers":
        from .peers import PACKAGES
        from .peers import install as install_peer

        for name in options.names or PACKAGES:
            install_peer(name)
    else:
        from .scenarios import run

        run(options.command, rounds=options.rounds, peers=options.peers, anew=options.record)


if __name__ == "__main__":
    main()
