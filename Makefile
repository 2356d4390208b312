# Every command of the README. `make help` lists them.
SHELL := /bin/bash
.DEFAULT_GOAL := help
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# Compiled files make every start faster; some machines switch them off.
unexport PYTHONDONTWRITEBYTECODE
# Two processes share the first tests; what starts a whole platform or a browser has the machine to itself (both at once
# were tried on two cores: slower than one after the other).
SIDE_BY_SIDE := -n 2 --dist loadfile --no-loadscope-reorder tests/parity tests/integration tests/security tests/unit tests/deploy tests/docs
DURATIONS ?= 15
WHOLE_PLATFORM := tests/browser tests/dags tests/load tests/observing tests/system
EXTRAS := data-service inference-service pipeline mlflow airflow ui ehr-gateway load-tests local

include $(wildcard make/*.mk)

.PHONY: help
help:  ## Show this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | awk -F':.*## ' '{printf "  make %-15s %s\n", $$1, $$2}'

.PHONY: setup
setup: $(VENV)/.local-installed  ## Make the environment (.venv) everything runs in

$(VENV)/.local-installed: requirements/local.txt requirements/build.txt pyproject.toml scripts/setup.sh
	@PYTHON="$(PYTHON)" bash scripts/setup.sh requirements/local.txt
	@touch $@

$(VENV)/.dev-installed: requirements/dev.txt requirements/build.txt pyproject.toml scripts/setup.sh
	@PYTHON="$(PYTHON)" bash scripts/setup.sh requirements/dev.txt
	@touch $@ $(VENV)/.local-installed

.PHONY: check
check: $(VENV)/.dev-installed  ## Format, lint, types, import rules, locks, secrets
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	PYTHONPATH=src:. $(BIN)/lint-imports
	$(BIN)/python scripts/check_repository.py

.PHONY: test
test: $(VENV)/.dev-installed  ## All tests in their bounded form (what CI runs)
	@status=0; \
	$(BIN)/python -m pytest -m "not long" --durations=$(DURATIONS) $(SIDE_BY_SIDE) || status=1; \
	$(BIN)/python -m pytest -m "not long" --durations=$(DURATIONS) $(WHOLE_PLATFORM) || status=1; \
	exit $$status

.PHONY: test-long
test-long: $(VENV)/.dev-installed  ## The full form of crash, fuzz, browser and soak tests
	$(BIN)/python -m pytest

# Branches, those of processes that tests start too. Not in CI: it costs half as much time again.
COVERAGE_TESTS ?= tests/unit tests/parity tests/integration tests/security
COVERAGE_FLOOR ?= 0
.PHONY: coverage
coverage: $(VENV)/.dev-installed  ## Measure which branches the tests take (COVERAGE_FLOOR=95 fails below it)
	$(BIN)/coverage erase
	$(BIN)/coverage run -m pytest -q -m "not long" $(COVERAGE_TESTS)
	$(BIN)/coverage combine -q
	$(BIN)/coverage report --fail-under=$(COVERAGE_FLOOR)

.PHONY: lock
lock:  ## Write the hashed locks again (needs uv)
	PYTHON="$(PYTHON)" bash scripts/lock.sh $(EXTRAS)
