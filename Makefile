# make demo    set up .venv, run the main job on the built-in example
# make test    set up .venv, run every test, docstring and documentation example
# make check   all that must hold before a change goes in: style, types, layers, tests
# make bench   measure speed, print tables
# make sweep   simulate and fit 1,000 times: whether intervals hold the truth as often as they say
# make docs    write into docs/ and README.md what their commands print today
# make clean   remove what these made

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
JOBS ?= 2
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check

# dbt and mypy need other versions of the same library; later ones of dbt are no longer on PyPI alone.
DBT := 'dbt-core>=1.9,<1.11' 'dbt-duckdb<1.11'

MAKEFLAGS += --no-print-directory
.PHONY: demo test check bench sweep docs format clean
.DEFAULT_GOAL := check

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo 'Python 3.11 or later is needed: make PYTHON=python3.12 ...' >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)

# The library alone is set up in seconds; its tools follow where they are needed.
$(VENV)/.library: pyproject.toml | $(BIN)/python
	$(PIP) -e .
	@touch $@

$(VENV)/.tools: pyproject.toml tests/plugin/pyproject.toml | $(BIN)/python
	$(PIP) -e '.[dev]'
	$(PIP) -e tests/plugin
	@$(PYTHON) -m venv $(VENV)/dbt && $(VENV)/dbt/bin/python -m pip install --quiet --disable-pip-version-check $(DBT) \
	  || { rm -rf $(VENV)/dbt; echo 'dbt could not be installed: its test will be skipped' >&2; }
	@touch $(VENV)/.library $@

demo: $(VENV)/.library
	@$(BIN)/outcomegap demo

test: $(VENV)/.tools
	@$(BIN)/python -m pytest -n $(JOBS) --dist loadfile

check: $(VENV)/.tools
	@$(BIN)/ruff check
	@$(BIN)/ruff format --check
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/python -m pytest -n $(JOBS) --dist loadfile

bench: $(VENV)/.tools
	@$(BIN)/python -m benchmarks

sweep: $(VENV)/.tools
	@$(BIN)/python -m benchmarks.sweep_fit

docs: $(VENV)/.tools
	@$(BIN)/python -m tests.docs.house
	@$(BIN)/python -m tests.docs.pages

format: $(VENV)/.tools
	@$(BIN)/ruff check --fix
	@$(BIN)/ruff format

clean:
	rm -rf $(VENV) build dist .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis .benchmarks
