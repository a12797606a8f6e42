# The daily words, the same that CI runs. All that is needed beforehand is make and Python 3.11 or later.
#
#   make demo      a realistic partnership in a temporary folder, from nothing, in one command
#   make test      every test             (TESTS=tests/ledger for a part, VENV=.venv313 for another environment,
#                                          STORE=postgres to keep every store on PostgreSQL; docs/testing.md)
#   make quick     the tests but the slow ones, with few examples of each property
#   make torture   the long tests that kill processes and fill disks (tests/torture)
#   make fuzz      new inputs for everything that parses (MINUTES=10, FUZZ="terms line" for some targets)
#   make lint      ruff and mypy          make format    as ruff writes it
#   make docs      docs/commands.md from the commands' help
#   make bench     how fast it is, beside something real (minutes; FULL=1 for the long ones, PARTS="large" for some)
#   make bench-proofs  what proofs cost (a few minutes)
#   make bench-settling  ten years of settling under each deal of the gallery
#   make clean     everything that make has made

PYTHON ?= python3
VENV ?= .venv
TESTS ?= tests
TORTURE ?= tests/torture
MINUTES ?= 10
# Tests run on this many processes (`auto`: one per core, 0: in this one); who is done takes work from the others.
JOBS ?= auto
STORE ?=
PYTEST = $(BIN)/python -m pytest -n $(JOBS) --dist worksteal $(if $(STORE),--store=$(STORE))

BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
SOURCES := $(wildcard ledger projections fleet cli tests bench)

.DEFAULT_GOAL := help
.PHONY: help demo test quick torture fuzz lint format docs bench bench-proofs bench-settling clean

help:
	@sed -n 's/^#   //p' Makefile

demo: $(VENV)/.pactbook
	@folder=$$(mktemp -d "$${TMPDIR:-/tmp}/pactbook-demo.XXXXXX") && here=$$PWD && cd "$$folder" && \
	case "$(BIN)" in /*) bin="$(BIN)" ;; *) bin="$$here/$(BIN)" ;; esac && \
	echo "The demo is in $$folder" >&2 && "$$bin/pactbook" demo

test: $(VENV)/.test
	$(PYTEST) $(TESTS)

quick: $(VENV)/.test
	$(PYTEST) -m "not slow" --hypothesis-profile=quick $(TESTS)

torture: $(VENV)/.test
	$(PYTEST) -m torture $(TORTURE)

fuzz: $(VENV)/.test
	$(BIN)/python -m tests.fuzz.run --minutes $(MINUTES) $(FUZZ)

lint: $(VENV)/.lint $(VENV)/.test
	$(BIN)/ruff check $(SOURCES)
	$(BIN)/ruff format --check $(SOURCES)
	$(BIN)/mypy --strict

format: $(VENV)/.lint
	$(BIN)/ruff check --fix-only $(SOURCES)
	$(BIN)/ruff format $(SOURCES)

docs: $(VENV)/.test
	$(BIN)/python -m tests.command_reference > docs/commands.md.new && mv docs/commands.md.new docs/commands.md

bench: $(VENV)/.test
	$(BIN)/python -m bench $(if $(FULL),--full) $(PARTS)

bench-proofs: $(VENV)/.pactbook
	$(BIN)/python -m bench.proofs

bench-settling: $(VENV)/.pactbook
	$(BIN)/python -m bench.settling

clean:
	rm -rf .venv .venv3* build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# --- setting up: each stamp says that an environment has what it needs, until the lists of packages change ---

$(VENV)/.python:
	@"$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "pactbook needs Python 3.11 or later; '$(PYTHON)' is $$("$(PYTHON)" --version 2>&1)." >&2; \
	  echo "hint: name another one, such as: make PYTHON=python3.13 $(MAKECMDGOALS)" >&2; exit 1; }
	@test -x $(BIN)/python || "$(PYTHON)" -m venv $(VENV) || { \
	  echo "hint: this Python cannot make environments; on Debian and Ubuntu: apt install python3-venv" >&2; exit 1; }
	@touch $@

# The build backend is installed like everything else, so that it has the version of constraints.txt too.
$(VENV)/.pactbook: pyproject.toml constraints.txt | $(VENV)/.python
	$(PIP) install -c constraints.txt hatchling
	$(PIP) install -c constraints.txt --no-build-isolation -e .
	@touch $@

$(VENV)/.test: $(VENV)/.pactbook
	$(PIP) install -c constraints.txt --no-build-isolation -e '.[test,postgres]'
	@touch $@

$(VENV)/.lint: $(VENV)/.pactbook
	$(PIP) install -c constraints.txt --no-build-isolation -e '.[lint]'
	@touch $@
