.DEFAULT_GOAL := help
SHELL := /bin/bash
PYTHON ?= python3
BIN := .venv/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-input
PROGRAM := .venv/.program
CHECKS := .venv/.checks
BROKER := .venv/.broker
TESTS ?=

.PHONY: system help setup run test test-fast lint types imports unit integration browser bench bench-events bench-police chaos fuzz lock format schemas clean chromium

help: ## List the targets
	@awk 'BEGIN {FS = ":.*## "} /^[a-z-]+:.*## / {printf "  \033[36m%-12s\033[0m %s\n", $$1, $$2}' $(MAKEFILE_LIST)

# What `run` needs; the checks add theirs on top, so that a first look does not wait for them.
$(PROGRAM): requirements/local.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "LEAD needs Python 3.11 or newer: make PYTHON=/path/to/python3.11 $(MAKECMDGOALS)"; exit 1; }
	@echo "Setting up Python in .venv (once, a minute or two)"
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@$(PIP) --require-hashes -r requirements/local.txt
	@$(PIP) --no-deps --no-build-isolation --editable .
	@touch $@

$(CHECKS): $(PROGRAM) requirements/dev.txt
	@echo "Setting up the checks' tools (once)"
	@$(PIP) --require-hashes -r requirements/dev.txt
	@touch $@

$(BROKER): $(PROGRAM) deploy/local/broker_jars.txt
	@$(BIN)/python -m deploy.local.jars > /dev/null
	@touch $@

chromium: $(CHECKS) ## Find a Chromium for the browser tests, or install one
	@$(BIN)/python -m deploy.local.chromium

setup: $(CHECKS) $(BROKER) chromium ## Everything the others need first: Python, broker files, browser
	@echo "Ready. Next: make run"

run: $(BROKER) ## The whole system on this machine with a fictional county's data; Ctrl-C stops it
	@$(BIN)/lead up

test: setup lint types imports ## Lint, types, import rules and every test that needs no special machine
	@$(BIN)/python -m pytest tests/unit tests/contracts tests/architecture -n 2 $(TESTS)
	@$(BIN)/python -m pytest tests/integration -n 2 $(TESTS)
	@$(BIN)/python -m pytest tests/system tests/browser $(TESTS)
	@echo "All checks passed. Next: make run, or make chaos and make bench for the measured runs."

test-fast: $(CHECKS) ## The tests that need no server: under 30 seconds
	@$(BIN)/python -m pytest tests/unit tests/contracts -n 2 -m "not slow" --hypothesis-profile=quick $(TESTS)

lint: $(CHECKS) ## Style and common faults
	@$(BIN)/ruff check . && $(BIN)/ruff format --check .

types: $(CHECKS) ## Strict types
	@$(BIN)/mypy

imports: $(CHECKS) ## Who may import whom
	@$(BIN)/lint-imports

integration: setup ## The tests on the real broker and database
	@$(BIN)/python -m pytest tests/integration -n 2 $(TESTS)

system: setup ## A whole county driven by the lead command and a browser: police file, canaries, the thread
	@$(BIN)/python -m pytest tests/system $(TESTS)

browser: setup ## Every page in Chromium: the thread, axe, phone and desktop
	@$(BIN)/python -m pytest tests/browser $(TESTS)

bench: bench-events bench-police ## Everything that is measured: half an hour

bench-events: setup ## Measure the event path against naive, raw and SQL alone; writes .local/reports/bench.json
	@$(BIN)/python -m tests.bench $(ARGS)

bench-police: setup ## Measure the police end: rows, files, a large file, records by HTTP, linking, the simulator
	@$(BIN)/python -m tests.bench.feeding && $(BIN)/python -m tests.bench.linking && $(BIN)/python -m tests.bench.simulating

chaos: setup ## Kill, restart and rebalance under load, then count; writes .local/reports/chaos.json
	@$(BIN)/python -m tests.chaos $(ARGS)

fuzz: setup ## Long property tests of parsers and HTTP; writes .local/reports/fuzz.json
	@$(BIN)/python -m tests.fuzz $(ARGS)

lock: $(CHECKS) ## Compile requirements/*.in into hash-pinned *.txt
	@for set in runtime local dev train; do \
	  $(BIN)/uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-annotate \
	    --python-version 3.11 requirements/$$set.in --output-file requirements/$$set.txt || exit 1; done

format: $(CHECKS) ## Format and mend what can be mended by itself
	@$(BIN)/ruff check --fix --quiet . ; $(BIN)/ruff format .

schemas: $(CHECKS) ## Generate JSON Schemas, AsyncAPI and the table of topics
	@$(BIN)/python -m shared.contracts.generate

clean: ## Remove the environment, caches and the local run's data
	@if test -x $(BIN)/lead; then $(BIN)/lead down; $(BIN)/python -m deploy.local.places $${LEAD_HOME:-.local}; fi
	rm -rf .venv .local .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
