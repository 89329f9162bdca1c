.DEFAULT_GOAL := help
SHELL := /bin/sh
PYTHON ?= $(shell for p in python3.13 python3.12 python3.11 python3; do \
	command -v $$p >/dev/null 2>&1 && $$p -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' 2>/dev/null && { echo $$p; break; }; done)
BIN := .venv/bin
READY := .venv/ready
unexport PYTHONDONTWRITEBYTECODE

$(READY): requirements.lock pyproject.toml
	@test -n "$(PYTHON)" || { echo "Python 3.11 to 3.13 is needed. Debian, Ubuntu: apt install python3 python3-venv"; exit 2; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || { echo "venv is missing. Debian, Ubuntu: apt install python3-venv"; exit 2; }
	@echo "Installing into .venv (about a minute, 900 MB) ..."
	@$(PYTHON) -m venv --clear .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes --only-binary :all: -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $(READY)

.PHONY: help
help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: demo
demo: $(READY) ## both sandboxes, a full sync, a report; CATALOG=file.csv CONNECTION=name
	@$(BIN)/tillsync demo $(if $(CATALOG),--catalog "$(CATALOG)") $(if $(CONNECTION),--connection "$(CONNECTION)")

.PHONY: ui
ui: $(READY) ## the demo's sandboxes, Dagster and the reports, until Ctrl-C
	@$(BIN)/tillsync ui

.PHONY: test
test: $(READY) ## all tests; says how many were skipped and why
	@$(BIN)/python -m pytest -rs -n $(or $(WORKERS),3) --dist worksteal

.PHONY: kill
kill: $(READY) ## kill runs at N=400 random moments, and at every call of told stories: nothing is lost
	@KILLS=$(or $(N),400) TILLSYNC_KILL_STEP=1 $(BIN)/python -m pytest -q -n auto --maxprocesses 4 tests/kill tests/flows

.PHONY: lint
lint: $(READY) ## style, types, borders
	@$(BIN)/ruff check . && $(BIN)/mypy && $(BIN)/lint-imports

.PHONY: flip
flip: $(READY) ## break each product rule on purpose and see its test fail; RULE=S000-13
	@$(BIN)/python tests/project/flip.py $(RULE)

.PHONY: sim
sim: $(READY) ## simulate shops with faults and crashes; SEEDS=20 FIRST=0 CONNECTION=name; figures in build/sim (a minute a seed and core)
	@$(if $(CONNECTION),TILLSYNC_SIM_CONNECTION="$(CONNECTION)") TILLSYNC_SIM_SEEDS=$(or $(SEEDS),20) TILLSYNC_SIM_FIRST=$(or $(FIRST),0) TILLSYNC_SIM_MUTANTS=all TILLSYNC_SIM_OVERSOLD=$(or $(SEEDS),20) \
		$(BIN)/python -m pytest tests/sim -n auto --maxprocesses 4 --dist worksteal

.PHONY: baskets
baskets: $(READY) ## real baskets as till sales and online orders: what is oversold; DAYS=4 (some minutes a day and core)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes --only-binary :all: -r tests/sim/requirements.txt
	@TILLSYNC_SIM_BASKETS=$(or $(DAYS),4) $(BIN)/python -m pytest tests/sim/test_baskets.py -n auto --maxprocesses 4

.PHONY: bench
bench: $(READY) ## measure: a small sync, plan of a million variants, extract, 10,000 products, calls, quotas, demo (about 21 minutes)
	@for one in small plan extract catalogue calls limits start; do $(BIN)/python -m benchmarks.$$one || exit 1; done

.PHONY: approve
approve: $(READY) ## rewrite the golden files
	@TILLSYNC_APPROVE=1 $(BIN)/python -m pytest -q tests/unit/language tests/assets

.PHONY: lock
lock: ## rewrite requirements.lock (needs uv)
	@uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --extra test --extra build pyproject.toml -o requirements.lock

.PHONY: clean
clean: ## remove the environment and all state
	@rm -rf .venv .tillsync
