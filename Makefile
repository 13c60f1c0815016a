# What a fresh clone needs is Python 3.11 or later and make; everything else is set up in .venv on first use.
# Windows, and machines without make: docs/students.md, "Without make".

SHELL := /bin/sh
VENV := .venv
BIN := $(VENV)/bin
ARGS ?=
FILES ?=

# The first Python here that is new enough. Another one: make test PYTHON=/path/to/python3
PYTHON ?= $(shell for name in python3 python3.14 python3.13 python3.12 python3.11; do \
	"$$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 && { echo "$$name"; break; }; done)

PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
# A lock file is complete, so pip has nothing to resolve: what it would make of extras and new releases differs with its age.
LOCKED := $(PIP) install --no-deps --require-hashes --requirement
PROJECT := $(PIP) install --no-deps --no-build-isolation --editable .

.PHONY: help demo test test-slow fuzz mutants lint installs permissions audit release lock wheel bench bench-peers agreement docs written causes picture clean
.DEFAULT_GOAL := help

help:  ## what can be made
	@sed -n 's/^\([a-z-]*\):.*## */make \1            @/; s/^\(make .\{14\}\) *@/\1 /p' $(MAKEFILE_LIST)

demo: $(VENV)/.demo  ## grade an emulated account on this machine, and say where the page is
	$(BIN)/grader demo $(ARGS)

# The tests must not reach anybody's account, whatever the shell that started them can reach.
NO_ACCOUNT := env -u AWS_PROFILE -u AWS_DEFAULT_PROFILE -u AWS_ACCESS_KEY_ID -u AWS_SECRET_ACCESS_KEY -u AWS_SESSION_TOKEN \
	-u AWS_ENDPOINT_URL AWS_CONFIG_FILE=/dev/null AWS_SHARED_CREDENTIALS_FILE=/dev/null AWS_EC2_METADATA_DISABLED=true
PYTEST := $(NO_ACCOUNT) $(BIN)/python -m pytest --numprocesses auto --dist worksteal
test: $(VENV)/.dev  ## run the tests, on all cores
	$(PYTEST) -m "not exhaustive" --cov --cov-report=term:skip-covered $(ARGS)

test-slow: $(VENV)/.dev .venv-ministack/.made  ## run the exhaustive tests, which make test leaves out
	$(PYTEST) -m exhaustive $(ARGS)

FUZZ_SECONDS := 600
fuzz: $(VENV)/.fuzz  ## try odd evidence, rubrics and OpenAPI documents, ten minutes each (make fuzz FUZZ_SECONDS=60 ARGS=rubric)
	$(NO_ACCOUNT) $(BIN)/python -m tests.fuzz --seconds $(FUZZ_SECONDS) $(ARGS)

mutants: $(VENV)/.dev  ## change the rules, and list what no test notices (make mutants FILES="grader/model/roles.py ...")
	$(NO_ACCOUNT) $(BIN)/python -m tests.mutants $(FILES)

lint: $(VENV)/.dev  ## ruff, mypy and the prose linter
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/python -m tests.docs.prose

installs:  ## install the lock files and the grader on every Python here, with old and new pip
	@test -n "$(PYTHON)" || { echo "$(NO_PYTHON)" >&2; exit 2; }
	$(PYTHON) .ci/installs.py $(ARGS)

# Tools that stay out of .venv: each has an environment and a lock file of its own.
permissions: $(VENV)/.dev .venv-ministack/.made  ## test the policy with IAM that is enforced (ministack, AUTH=true)
	$(PYTEST) tests/permissions $(ARGS)

audit: .venv-release/.made  ## known advisories against what is locked, and zizmor over the Action
	.venv-release/bin/python .ci/audit.py

release: .venv-release/.made  ## dist/: wheel and source distribution, built twice and compared, SBOM, digests
	.venv-release/bin/python .ci/release.py

# Each lock file is for every system and every Python from 3.11 on. The smaller ones take what the largest took.
COMPILE_ANY := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url
COMPILE := $(COMPILE_ANY) pyproject.toml
UPGRADE := --upgrade
lock: $(VENV)/.dev  ## take the newest releases that pyproject.toml allows (make lock UPGRADE= keeps what is locked)
	$(COMPILE) $(UPGRADE) --extra demo --extra cluster --extra test --extra dev --extra build --output-file requirements-dev.lock
	$(COMPILE) --extra demo --extra build --constraint requirements-dev.lock --output-file requirements-demo.lock
	$(COMPILE) --extra build --constraint requirements-dev.lock --output-file requirements.lock
	$(COMPILE_ANY) reference_app/requirements.in --constraint requirements-dev.lock --output-file reference_app/requirements.txt
	$(COMPILE_ANY) $(UPGRADE) requirements-ministack.in --output-file requirements-ministack.lock
	$(COMPILE_ANY) $(UPGRADE) requirements-release.in --output-file requirements-release.lock
	$(COMPILE_ANY) $(UPGRADE) requirements-fuzz.in --output-file requirements-fuzz.lock
	$(COMPILE_ANY) $(UPGRADE) requirements-docs.in --output-file requirements-docs.lock

wheel: $(VENV)/.demo  ## dist/: the wheel and the source distribution
	$(BIN)/hatchling build --directory dist

bench: $(VENV)/.dev  ## measure this grader (make bench ARGS=regrade for one scenario)
	$(BIN)/python -m tests.bench $(or $(ARGS),all)

bench-peers: $(VENV)/.dev  ## measure it beside its peers, which get environments of their own (2.3 GB for one of them)
	$(BIN)/python -m tests.bench install-peers
	$(BIN)/python -m tests.bench $(or $(ARGS),all) --peers

agreement: $(VENV)/.dev  ## docs/agreement.md: Prowler beside the grader, over the demo's faults (2.3 GB, a quarter of an hour)
	$(NO_ACCOUNT) $(BIN)/python -m tests.agreement

docs: .venv-docs/.made  ## build the documentation site in site/; a link that leads nowhere is an error
	.venv-docs/bin/python .ci/docs.py $(ARGS)

written: $(VENV)/.dev  ## what the program writes of README.md and docs/: help texts, the policy, tables
	$(BIN)/python -m tests.docs.written

causes: $(VENV)/.dev  ## docs/causes/, a page for each row of the table of causes
	$(BIN)/python -m tests.docs.causes

picture: $(VENV)/.dev  ## docs/report.png, from reports/example.html
	$(BIN)/python -m tests.docs.picture

clean:  ## remove whatever make made; reports stay
	rm -rf $(VENV) .venv-ministack .venv-release .venv-docs build dist site htmlcov .coverage .coverage.* .pytest_cache .mypy_cache .ruff_cache .hypothesis mutants

NO_PYTHON := This needs Python 3.11 or later and found none: install one, or name it with PYTHON=/path/to/python3.
$(VENV)/.made:
	@test -n "$(PYTHON)" || { echo "$(NO_PYTHON)" >&2; exit 2; }
	@echo "Setting up $(VENV) with $(PYTHON) (once; it takes a minute or two) ..."
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); echo "$(PYTHON) cannot make virtual environments: on Debian and Ubuntu, apt install python3-venv." >&2; exit 2; }
	@touch $@

.venv-ministack/.made .venv-release/.made .venv-docs/.made: .venv-%/.made: requirements-%.lock
	@test -n "$(PYTHON)" || { echo "$(NO_PYTHON)" >&2; exit 2; }
	@$(PYTHON) -m venv $(@D)
	@$(@D)/bin/python -m pip --disable-pip-version-check --quiet install --no-deps --require-hashes --requirement $<
	@touch $@

$(VENV)/.demo: $(VENV)/.made requirements-demo.lock pyproject.toml
	@$(LOCKED) requirements-demo.lock
	@$(PROJECT)
	@touch $@

# Wheels only: where atheris has none, it would have to be built with Clang, and hypothesis does without it.
$(VENV)/.fuzz: $(VENV)/.dev requirements-fuzz.lock
	@$(PIP) install --no-deps --only-binary :all: --require-hashes --requirement requirements-fuzz.lock || true
	@touch $@

$(VENV)/.dev: $(VENV)/.made requirements-dev.lock pyproject.toml
	@$(LOCKED) requirements-dev.lock
	@$(PROJECT)
	@touch $@
