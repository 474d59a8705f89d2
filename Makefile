# Each target does its own set-up: a virtual environment in .venv, filled from requirements.lock.
# Nothing but Python 3.11 or later, make and the package index is needed.

PORT ?= 8000
HOST ?= 127.0.0.1
BIN := .venv/bin

.PHONY: serve test test-all soak faults conformance bench fmt lock clean
.DELETE_ON_ERROR:

serve: .venv/ready
	$(BIN)/jalon serve --host $(HOST) --port $(PORT)

test: .venv/ready
	@BIN=$(BIN) sh tools/checks.sh

# What needs a browser, too, the W3C suites, and the clients of docs/clients; without them, that
# says so and is skipped.
# SCREENS keeps the pictures.
SCREENS ?= $(CURDIR)/.jalon/browser

test-all: test
	@mkdir -p $(SCREENS)
	$(BIN)/python -m pytest -q -rs tests/browser --basetemp=$(SCREENS)/latest
	@echo "pictures of the pages: $(SCREENS)/latest/screens0"
	$(BIN)/python -m pytest -q -rs tests/conformance
	@$(MAKE) --no-print-directory --keep-going .venv-peers/ready || \
		echo "what could not be installed is skipped below, with the reason"
	$(BIN)/python -m pytest -q -rs -n 0 -s tests/contract tests/nodes
	@$(MAKE) --no-print-directory --keep-going .venv-clients/ready .node-clients/ready || \
		echo "what could not be installed is skipped below, with the reason"
	$(BIN)/python -m pytest -q -rs tests/clients

# The long runs of tests whose short ones are in `make test`: generated cases by the thousand. NUMBER
# is how many each tries, SEED repeats a run.
NUMBER ?=
SEED ?=

soak: .venv/ready
	$(BIN)/python -m pytest tests/soak -n 0 -s -rs $(if $(NUMBER),--number $(NUMBER)) $(if $(SEED),--seed $(SEED))

# Every fault in full, at real processes: over an hour. FAULTS names some (kills power …), and
# FAULTS_SEED repeats a run. A smaller number of each is in the tests.
faults: .venv/ready
	PYTHONPATH=tests $(BIN)/python -m faults $(FAULTS)

# The W3C suites (../shared/w3c), on the service and on oxigraph serve, as a table. CONFORMANCE
# names some, by words of their IRIs or suites.
conformance: .venv/ready .venv-peers/ready
	PYTHONPATH=tests $(BIN)/python -m conformance $(CONFORMANCE)

# Speed beside other servers, about 20 minutes; docs/bench.md says how to read it. SIZES (10k 100k
# 1M 5M) and LINES name some (engines: from 1M on), SECONDS is how long each load lasts, OUT where
# the report goes.
SIZES ?= 10k 100k
LINES ?=
SECONDS ?= 1
PAIRS ?= 5
OUT ?= .jalon/bench

bench: .venv/ready .venv-peers/ready
	PYTHONPATH=tests $(BIN)/python -m bench --sizes "$(SIZES)" --lines "$(LINES)" \
		--seconds $(SECONDS) --pairs $(PAIRS) --out "$(OUT)"

fmt: .venv/ready
	$(BIN)/jalon fmt
	$(BIN)/ruff check --quiet --fix-only api tests
	$(BIN)/ruff format --quiet api tests

# Pins every dependency, for every platform, with its hashes; needs the package uv.
lock:
	uv pip compile --universal --generate-hashes --python-version 3.11 --no-header \
		--no-emit-index-url --extra dev --upgrade --quiet pyproject.toml --output-file requirements.lock
	uv pip compile --universal --generate-hashes --python-version 3.11 --no-header \
		--no-emit-index-url --extra peers --upgrade --quiet pyproject.toml --output-file requirements-peers.lock
	uv pip compile --universal --generate-hashes --python-version 3.11 --no-header \
		--no-emit-index-url --extra clients --upgrade --quiet pyproject.toml --output-file requirements-clients.lock

clean:
	rm -rf .venv .venv-peers .venv-clients .node-clients .jalon .mypy_cache .pytest_cache .ruff_cache .import_linter_cache

.venv/ready: requirements.lock pyproject.toml tools/setup.sh
	@sh tools/setup.sh

# The servers that ours is compared with, in an environment of their own.
.venv-peers/ready: requirements-peers.lock | .venv/ready
	rm -rf .venv-peers
	$(BIN)/python -m venv .venv-peers
	.venv-peers/bin/python -m pip install --disable-pip-version-check --quiet --require-hashes \
		--requirement requirements-peers.lock
	@touch .venv-peers/ready

# The clients of docs/clients: those of Python, and Comunica, which needs Node.js 20 or later.
.venv-clients/ready: requirements-clients.lock | .venv/ready
	rm -rf .venv-clients
	$(BIN)/python -m venv .venv-clients
	.venv-clients/bin/python -m pip install --disable-pip-version-check --quiet --require-hashes \
		--requirement requirements-clients.lock
	@touch .venv-clients/ready

.node-clients/ready: tests/clients/package.json tests/clients/package-lock.json
	rm -rf .node-clients
	mkdir .node-clients
	cp tests/clients/package.json tests/clients/package-lock.json .node-clients
	npm ci --prefix .node-clients --ignore-scripts --no-audit --no-fund --loglevel=error
	@touch .node-clients/ready
