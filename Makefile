# Everything runs in .venv, which the targets make and keep up to date themselves.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PACKAGES := $(wildcard contract rules adapters webhooks consumers console diptych sandbox)
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet

.DEFAULT_GOAL := help
.PHONY: help demo test lint types bench mutants lock clean
.DELETE_ON_ERROR:

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: $(VENV)/runtime ## A scripted day on stand-in CRMs; HEADLESS=1 ends with one line of JSON
	@$(BIN)/diptych demo $(if $(HEADLESS),--headless)

test: $(VENV)/dev ## The whole suite on real RabbitMQ, Redis, PostgreSQL; ARGS="-k name" for a part
	@$(BIN)/python -m tests.services.install
	@$(BIN)/python -m pytest --numprocesses 2 --dist loadfile $(ARGS)

lint: $(VENV)/dev ## ruff: rules and formatting
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .

types: $(VENV)/dev ## mypy --strict, tests included
	@$(BIN)/mypy $(PACKAGES) tests $(if $(wildcard bench/*.py),bench)

bench: $(VENV)/dev ## The figures of the README
	@$(BIN)/python -m bench $(ARGS)

mutants: $(VENV)/dev ## Change rules/ in small ways and see that its tests notice; ARGS="rules.places*" for a part
	@nice -n 19 $(BIN)/python -m tests.mutants $(ARGS)

lock: $(VENV)/dev ## Write requirements.lock and requirements-dev.lock anew from pyproject.toml
	@$(PIP) install uv
	@$(BIN)/uv pip compile $(LOCK) --extra dev pyproject.toml -o requirements-dev.lock
	@$(BIN)/uv pip compile $(LOCK) --extra build -c requirements-dev.lock pyproject.toml -o requirements.lock

clean: ## Remove what the targets made
	rm -rf $(VENV) build ./*.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis mutants

LOCK := --quiet --upgrade --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-emit-find-links --no-header

# One stamp per lock file: as long as it is newer than what it was made from, nothing is installed.

$(VENV)/runtime: requirements.lock pyproject.toml | $(BIN)/python
$(VENV)/dev: requirements-dev.lock pyproject.toml | $(BIN)/python
$(VENV)/runtime $(VENV)/dev:
	@echo "installing $< into $(VENV)"
	@$(PIP) install --require-hashes -r $<
	@$(PIP) install --no-deps --no-build-isolation -e .
	@touch $@

$(BIN)/python:
	@PYTHON="$(PYTHON)" bash .ci/make-venv $(VENV)
