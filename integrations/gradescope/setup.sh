#!/usr/bin/env bash
# Gradescope runs this once, when it builds the image: Python 3.11 or later, and the grader from the wheel beside it.
set -euo pipefail

root="${AUTOGRADER_ROOT:-/autograder}"
cd "$root/source"

find_python() {
  local name
  for name in python3 python3.14 python3.13 python3.12 python3.11; do
    if "$name" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
      echo "$name"
      return
    fi
  done
  return 1
}

if ! python="$(find_python)"; then
  apt-get update
  apt-get install --yes --no-install-recommends python3.11 python3.11-venv ||
    apt-get install --yes --no-install-recommends python3 python3-venv
  python="$(find_python)"
fi

"$python" -m venv "$root/venv"
"$root/venv/bin/python" -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes --requirement requirements.lock
"$root/venv/bin/python" -m pip install --quiet --disable-pip-version-check --no-deps ./*.whl
