# What each target does: `make help`.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PORT ?= 8000
PIP := $(BIN)/pip --disable-pip-version-check --quiet

.DEFAULT_GOAL := help
.PHONY: help setup demo demo-check run test faults fuzz lint types arch check browser clean

help:  ## Show this help
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1\t/' | expand -t 14

# torch first and pinned: what depends on torch would else pick a build of several gigabytes.
$(VENV)/torch: pyproject.toml
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV) || \
	  { echo "Python 3.11 or newer with its venv module is needed (Debian: apt install python3-venv)"; exit 1; }
	@echo "Installing PyTorch (the largest download, once) …"
	@$(PIP) install "$$(grep -o 'torch==[0-9.]*' pyproject.toml | head -1)"
	@touch $@

$(VENV)/runtime: $(VENV)/torch
	@echo "Installing the product …"
	@$(PIP) install --editable .
	@touch $@

$(VENV)/dev: $(VENV)/runtime
	@echo "Installing the tools for tests and checks …"
	@$(PIP) install --editable '.[dev]'
	@touch $@

setup: $(VENV)/runtime  ## Make .venv and install the product

demo: $(VENV)/runtime  ## Simulated shop, trained and served until Ctrl-C
	@$(BIN)/python manage.py demo --port $(PORT)

demo-check: $(VENV)/runtime  ## The same afresh, checked over REST, stopped; exit 0 or 1
	@$(BIN)/python manage.py demo --check

run: $(VENV)/runtime  ## Your own shop: Redis, web, workers and beat until Ctrl-C
	@$(BIN)/python manage.py migrate --verbosity 0
	@$(BIN)/python manage.py runstack --port $(PORT)

test: $(VENV)/dev  ## The whole test suite on real servers
	@$(BIN)/python -m pytest -n 2 --dist loadgroup

faults: $(VENV)/dev  ## Break every part under traffic, one after the other
	@RECSYS_FAULTS=1 $(BIN)/python -m pytest -n 0 -o log_cli=true --log-cli-level=INFO tests/faults

fuzz: $(VENV)/dev  ## Thousands of calls made up from the API's description
	@RECSYS_FUZZ_CASES=60 $(BIN)/python -m pytest -n 0 -q -s tests/recsys/test_generated_calls.py 2>/dev/null

lint: $(VENV)/dev  ## Format and lint
	@$(BIN)/ruff format --check . && $(BIN)/ruff check .

types: $(VENV)/dev  ## mypy --strict
	@$(BIN)/mypy .

arch: $(VENV)/dev  ## Who may import whom
	@$(BIN)/lint-imports

check: lint types arch test  ## What CI runs

clean:  ## Remove the demo's data and all caches
	rm -rf var/demo var/demo-check .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
