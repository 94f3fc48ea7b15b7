# Every verb of Panelbook. `make` alone prints the menu.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := menu
.DELETE_ON_ERROR:

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
UV_COMPILE := $(BIN)/uv pip compile --quiet --generate-hashes --universal --python-version 3.11 \
	--no-header --no-annotate --no-emit-index-url --no-emit-find-links

# What `make chaos` may be told: SEED=n repeats a plan, BROKERS=3 kills one broker of three at a time.
SEED ?=
BROKERS ?= 1
SECONDS_OF_CHAOS ?= 360

# Licences that would oblige whoever runs Panelbook to publish their own code, and packages that name none. zen-engine
# states its licence (MIT) only in a file beside its metadata; psycopg (LGPL) only stands beside us in the bench and is
# never part of what is shipped.
REFUSED_LICENCES := GPL;General Public License;UNKNOWN

.PHONY: menu demo test check generate bench storm chaos chaos-proof mutate lock clean

menu: ## this list
	@grep -hE '^[a-z.-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{ printf "  make %-12s %s\n", $$1, $$2 }'

$(STAMP): requirements-dev.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit("Panelbook needs Python 3.11 or newer; this is " + sys.version.split()[0] + ". Name another with: make PYTHON=python3.11") if sys.version_info < (3, 11) else None'
	@echo "Installing into $(VENV) ..."
	@$(PYTHON) -m venv $(VENV) || { echo "The venv module is missing; on Debian: apt-get install python3-venv" >&2; exit 1; }
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

.venv: $(STAMP) ## the virtual environment, from the locked dependencies

demo: $(STAMP) ## start everything, play a case end to end, leave the system running (DEMO=once: stop after the story)
	@$(BIN)/panelbook demo $(if $(filter once,$(DEMO)),--once)

test: $(STAMP) ## every test that this machine can run, those against real PostgreSQL and real Kafka included
	@$(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder

check: $(STAMP) ## lint, types, import contracts, contract files, what is generated, licences
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/basedpyright
	$(BIN)/lint-imports
	$(BIN)/python -m tests.generated
	$(BIN)/python -m contracts.check
	$(BIN)/python -m tests.lints.no_clock
	$(BIN)/python -m tests.lints.council_predicate
	$(BIN)/python -m tests.lints.one_meaning
	$(BIN)/python -m tests.lints.names
	$(BIN)/python -m tests.lints.log_lines
	$(BIN)/pip-licenses --format=plain-vertical --partial-match --fail-on='$(REFUSED_LICENCES)' \
		--ignore-packages panelbook zen-engine psycopg psycopg-binary psycopg-pool >/dev/null

generate: $(STAMP) ## write what is written from the code: tables of events, scenarios, contracts, golden histories
	@$(BIN)/python -m tests.generated --write

bench: $(STAMP) ## compare with named limits and peers: a table, and bench/results.json (SCALE=1: ten times the history)
	@$(BIN)/python -m bench

storm: $(STAMP) ## the country's cut-off: 153 councils hand in their week in the last ten minutes (needs most of an hour)
	@$(BIN)/python -m bench.storm

chaos: $(STAMP) ## kill everything while cases go on, and count what was lost (SEED=n, BROKERS=3)
	@$(BIN)/python -m chaos --brokers $(BROKERS) --seconds $(SECONDS_OF_CHAOS) $(if $(SEED),--seed $(SEED)) \
		--json .panelbook/chaos.json

chaos-proof: $(STAMP) ## take each protection away in turn: it must be noticed every time
	@$(BIN)/python -m chaos --proof $(if $(SEED),--seed $(SEED))

mutate: $(STAMP) ## break a sample of the rules, one at a time: their own tests must notice (SEED=n, SAMPLE=n)
	@$(BIN)/python -m tests.mutation --sample $(or $(SAMPLE),100) $(if $(SEED),--seed $(SEED))

lock: $(STAMP) ## solve the dependencies of pyproject.toml again and write both lock files
	$(UV_COMPILE) --output-file requirements.lock pyproject.toml
	$(UV_COMPILE) --all-extras --output-file requirements-dev.lock pyproject.toml

clean: ## remove the virtual environment, caches and the local runtime's data
	rm -rf $(VENV) .panelbook build dist *.egg-info .pytest_cache .ruff_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
