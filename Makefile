# Everything a fresh machine needs is set up here: Python 3.11 to 3.13 and make are enough.
PYTHON ?= $(shell for v in python3.13 python3.12 python3.11 python3 python; do \
	if command -v $$v >/dev/null 2>&1 && $$v -c 'import sys; raise SystemExit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' 2>/dev/null; \
	then echo $$v; break; fi; done)
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed

.PHONY: help sync demo test check lint types sql unit parse serve clean

help:
	@echo "make demo    the whole way on a simulated network, checked to the lamport"
	@echo "make test    lint, types, SQL lint and every test, on a real Postgres"
	@echo "make check   the quick inner loop: lint, types, unit tests"
	@echo "make sync    the virtual environment alone; make serve opens the Dagster UI"

sync: $(STAMP)

$(STAMP): requirements.lock pyproject.toml
	@test -n "$(PYTHON)" || { echo "Aurora needs Python 3.11, 3.12 or 3.13; none is on PATH. Install one, or name it: make PYTHON=/path/to/python3.12" >&2; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV) || { echo "$(PYTHON) cannot make virtual environments: install its venv package (on Debian: apt-get install python3-venv)" >&2; exit 1; }
	@echo "installing the locked packages into $(VENV) with $(PYTHON)"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $(STAMP)

demo: sync
	@$(BIN)/aurora demo

serve: sync
	@$(BIN)/aurora dagster

# What looks at the text goes side by side: half a minute each, on a core each.
test: sync
	@$(MAKE) --no-print-directory -j 2 lint types sql
	$(BIN)/python -m pytest -n 2 --dist loadgroup --no-loadscope-reorder

check: sync lint types unit

lint: sync
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: sync
	$(BIN)/mypy

sql: sync
	$(BIN)/sqlfluff lint dbt_project/models dbt_project/tests/agreements --disable-progress-bar --processes 2

unit: sync
	$(BIN)/python -m pytest -n 2 --dist loadgroup --no-loadscope-reorder -m "not slow" -x -q

parse: sync
	$(BIN)/python -m pytest -q tests/architecture

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache dbt_project/target dbt_project/logs
