"""``python -m tests.agreement.one FAULT... --denied=ACTION``: what both said of one state, as JSON."""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict

from .run import verdicts

parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("faults", nargs="*")
parser.add_argument("--denied", action="append", default=[])
options = parser.parse_args()
print(json.dumps(asdict(verdicts(options.faults, options.denied))))
