# Debian 12 with python3-venv and make is enough. `make run` and `make test` are the two commands to know.

PYTHON ?= python3
PORT ?= 8000
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed-$(shell cat requirements-dev.txt pyproject.toml 2>/dev/null | cksum | cut -d' ' -f1)

# The lock files hold every hash; settings of the machine's own pip (extra places to look) stay out of it.
PIP := $(BIN)/python -m pip --disable-pip-version-check

.PHONY: setup run reset check test fmt lock catalogues

## setup: the environment only (.venv/bin/polku, pytest, lint-imports then work)
setup: $(STAMP) catalogues

$(STAMP): requirements-dev.txt pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Polku needs Python 3.11 or newer.")'
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(PIP) install --quiet --require-hashes -r requirements-dev.txt
	$(PIP) install --quiet --no-deps --no-build-isolation -e .
	rm -f $(VENV)/.installed-*
	touch $(STAMP)

catalogues: $(STAMP)
	$(BIN)/python -m polku.site.translations compile

## lock: write the lock files anew from pyproject.toml
lock:
	test -x $(BIN)/uv || $(PIP) install --quiet --require-hashes -r requirements-dev.txt
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate \
	    --extra build --extra dev pyproject.toml --output-file requirements-dev.txt
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate \
	    --extra build --constraint requirements-dev.txt pyproject.toml --output-file requirements.txt
