# `make` alone lists what there is. Every target brings what it needs and does nothing twice.
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
MAKEFLAGS += --no-print-directory
.DEFAULT_GOAL := help

BIN := .venv/bin
# A Node that was installed into .venv is found before the system's.
export PATH := $(CURDIR)/$(BIN):$(PATH)
export npm_config_audit := false
export npm_config_fund := false
export npm_config_update_notifier := false
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check

FRONT_ENDS := client widget h5 console widget_build
WEB_SOURCES := $(shell find $(FRONT_ENDS) \( -name node_modules -o -name dist -o -name test \) -prune \
	-o -type f ! -name '*.test.*' -print) $(wildcard tsconfig*.json) package.json package-lock.json
WEB := widget_build/dist/.stamp

CHECKS := check-web check-style check-types check-layers check-sizes check-house check-generated

.PHONY: help run test check dev gen build soak bench $(CHECKS)

help: ## this list
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1\t\2/p' Makefile | expand -t 16

run: .venv/.run $(WEB) ## the server with demo data and all pages, on this machine
	@$(BIN)/chatserver demo

test: .venv/.test $(WEB) node_modules/.complete ## every test that this machine can run
	@tools/bootstrap.sh system
	@$(BIN)/python -m tools.run_tests

check: .venv/.dev node_modules/.complete ## linters, types, layers, sizes, house rules, generated files
	@$(MAKE) -j2 --output-sync=target --keep-going $(CHECKS)
	@echo "check: everything holds"

check-web: # first, because it takes longest
	@npm run --silent check

check-style:
	@$(BIN)/ruff check --quiet --output-format=concise .

check-types:
	@$(BIN)/mypy

check-layers:
	@said=$$($(BIN)/lint-imports --no-logo 2>&1) || { echo "$$said"; exit 1; }; grep '^Contracts:' <<<"$$said"

check-sizes:
	@$(BIN)/python -m tools.check_sizes

check-house:
	@$(BIN)/python -m tools.check_house

check-generated:
	@$(BIN)/python -m tools.gen --check

dev: .venv/.run node_modules/.complete ## the server and the front ends' development server, with reload in the page
	@$(BIN)/chatserver demo & trap "kill $$!" EXIT; npm run --silent dev

gen: .venv/.test ## writes the generated files again
	@$(BIN)/python -m tools.gen

build: .venv/.build ## sdist and wheel with the front ends inside, into dist/
	@$(BIN)/python -m build --outdir dist

soak: .venv/.test ## the floor's promises on a walk twenty times as long
	@SOAK=1 $(BIN)/python -m pytest tests/properties/test_floor_property.py -q

bench: .venv/.test $(WEB) ## benchmarks; they print figures and assert nothing
	@$(BIN)/python -m bench

# ---- what the targets above need ----

.venv/bin/python:
	@tools/bootstrap.sh venv

.venv/.run: pyproject.toml hatch_build.py | .venv/bin/python
	@echo "Installing the server into .venv and building its pages ..."
	@$(PIP) --editable .
	@touch $@ && touch -c $(WEB)

.venv/.test: pyproject.toml hatch_build.py | .venv/bin/python
	@echo "Installing what the tests need into .venv ..."
	@$(PIP) --editable '.[test]'
	@touch $@ .venv/.run && touch -c $(WEB)

# The types of bench/ reach into tests/, so the checks need what the tests need.
.venv/.dev: pyproject.toml hatch_build.py | .venv/bin/python
	@echo "Installing what the checks and the tests need into .venv ..."
	@$(PIP) --editable '.[dev,test]'
	@touch $@ .venv/.run .venv/.test && touch -c $(WEB)

.venv/.build: | .venv/bin/python
	@$(PIP) 'build>=1.2'
	@touch $@

# An editable install runs hatch_build.py, which builds the pages when their sources changed.
$(WEB): $(WEB_SOURCES) | .venv/bin/python
	@echo "Building the pages ..."
	@$(PIP) --editable . --no-deps
	@touch $@

node_modules/.complete: package.json package-lock.json | .venv/bin/python
	@tools/bootstrap.sh node
	@echo "Installing the front ends' packages ..."
	@npm ci --ignore-scripts --silent
	@touch $@
