# Two commands do everything: `make up` brings the platform up here, `make test` shows that it works.
SHELL := /bin/bash
ENGINE ?= auto
ARGS ?=
PYTHON ?= python3
VENV := .venv
RUN := $(VENV)/bin/python
unexport PYTHONDONTWRITEBYTECODE # a program that is compiled at every start takes twice as long

.PHONY: help up preview down dataplane install test bench lint docs clean
.DEFAULT_GOAL := help

help: ## what there is to do
	@grep -hE '^[a-z]+:.*##' Makefile | sed -E 's/^([a-z]+):.*## /  make \1\t/' | expand -t 18

up: $(VENV)/installed ## bring the sandbox stack up: a Kubernetes API, stand-ins, the platform and its twins
	@$(RUN) -m sandbox up --engine $(ENGINE)

preview: $(VENV)/installed ## show what `make up` would change
	@$(RUN) -m sandbox preview --engine $(ENGINE)

down: $(VENV)/installed ## take the sandbox down: destroy the stack, stop what was started
	@$(RUN) -m sandbox down --engine $(ENGINE)

dataplane: $(VENV)/installed ## build Telegraf and InfluxDB, which the tests of the data path run
	@$(RUN) -m sandbox.dataplane

install: $(VENV)/installed ## make the virtual environment that `pulumi` uses too

test: $(VENV)/installed ## run the tests; ARGS=… goes to pytest
	@$(RUN) -m pytest $(ARGS)

lint: $(VENV)/installed ## style and types
	@$(VENV)/bin/ruff check . && $(VENV)/bin/ruff format --check . && $(VENV)/bin/mypy .

bench: $(VENV)/installed ## measure everything against what could be had; ARGS="creation --rows 10000" for a part
	@$(RUN) -m benchmarks $(ARGS)

docs: $(VENV)/installed ## write the generated parts of docs/ anew
	@$(RUN) -m docs.generate

clean: ## forget the virtual environment
	rm -rf $(VENV)

$(VENV)/installed: requirements.txt requirements-dev.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed; PYTHON=… names another one" >&2; exit 1; }
	@echo "installing the Python packages into $(VENV) (once, about a minute)"
	@$(PYTHON) -m venv $(VENV)
	@$(RUN) -m pip install --quiet --disable-pip-version-check -r requirements.txt -r requirements-dev.txt
	@touch $@
