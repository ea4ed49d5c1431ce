# Debian 12 with python3-venv and make is enough. `make run` and `make test` are the two commands to know.

PYTHON ?= python3
PORT ?= 8000
VENV := .venv
BIN := $(VENV)/bin
# Patroni for `make test-ha`.
HA := .venv-ha
HA_MARK := $(HA)/.installed
# Small faults put into the code.
MUTANTS := .venv-mutants
MUTANTS_MARK := $(MUTANTS)/.installed
# A new lock file means a new mark, so that the environment follows it.
MARK := $(VENV)/.installed-$(shell cat requirements-dev.txt | cksum | cut -d' ' -f1)
PIP := $(BIN)/python -m pip --disable-pip-version-check
COMPILE := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate

.PHONY: help setup run reset check test bench test-bad-days test-ha looks fuzz mutants audit fmt lock catalogues browser api
.DEFAULT_GOAL := help

help:
	@sed -n 's/^## //p' Makefile

## make run [PORT=8000]   the demo: database, web server and worker; Ctrl-C stops it, the data is kept
run: setup
	@$(BIN)/polku run --port $(PORT)

## make reset             throw the demo's data away
reset: setup
	@$(BIN)/polku reset

## make setup             the environment only: .venv/bin/polku, pytest, lint-imports then work
setup: $(MARK) catalogues

$(MARK):
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Polku needs Python 3.11 or newer." or 0)'
	@$(PYTHON) -c 'import ensurepip, venv' || { echo "Install the package python3-venv first."; exit 1; }
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(PIP) install --quiet --require-hashes -r requirements-dev.txt
	$(PIP) install --quiet --no-deps --no-build-isolation -e .
	@rm -f $(VENV)/.installed-*
	@touch $(MARK)

# Compiled catalogues are not kept in the repository.
catalogues: $(MARK)
	@$(BIN)/python -m polku.site.translations compile

## make check             contracts, format, types, translations, rules, actions: at most 3 minutes
check: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check --quiet .
	$(BIN)/lint-imports
	$(BIN)/mypy
	$(BIN)/djlint --quiet --lint polku
	$(BIN)/pytest -q -n 2 -m "not browser and not slow and not alone"

## make test              everything, in a real browser too: at most 15 minutes
test: check browser
	$(BIN)/pytest -q -n 2 --dist worksteal --durations=10 -m "(browser or slow) and not alone"
	$(BIN)/pytest -q -m alone

# Chromium for the tests in a browser: from Debian, where we may.
browser:
	@command -v chromium >/dev/null || [ -n "$$POLKU_CHROMIUM" ] || { \
	    [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null && \
	    { apt-get install -y -qq --no-install-recommends chromium >/dev/null 2>&1 || \
	      { apt-get update -qq && apt-get install -y -qq --no-install-recommends chromium >/dev/null; }; } || { \
	    echo "The browser tests need Chromium: install the package chromium, or set POLKU_CHROMIUM to its path."; \
	    exit 1; }; }

## make api               the API against its own description: 3,000 made-up requests and every edge
api: setup
	API_EXAMPLES=3000 $(BIN)/pytest -q tests/site/test_api_schemathesis.py

## make test-bad-days     what breaks around Polku: database, disk, gateways, clock, two versions, 200 sessions; needs root
test-bad-days: setup
	$(BIN)/pytest -q -s -m bad_day tests/bad_days

## make looks [LANGUAGES=fi,sv,en] [ONLY=words]   every page as each role, in three languages, at every width, by keyboard; pictures in var/looks
looks: setup browser
	@rm -rf var/looks
	$(if $(LANGUAGES),LOOKS_LANGUAGES=$(LANGUAGES)) $(BIN)/pytest -q -m looks $(if $(ONLY),-k "$(ONLY)") tests/looks

## make bench [SIZES=10000,100000] [JSON=file]   ours beside bare SQL at 10,000, 100,000 and 1,000,000 contacts (docs/performance.md)
bench: setup
	@$(BIN)/python -m bench $(if $(SIZES),--sizes $(SIZES)) $(if $(JSON),--json $(JSON))

## make test-ha            three databases under Patroni, two web servers behind HAProxy, the leader killed three times
test-ha: setup $(HA_MARK)
	$(BIN)/pytest -q -s -m ha tests/ha

# Patroni has an environment of its own; HAProxy and etcd come from Debian, where we may.
$(HA_MARK): requirements-ha.txt
	test -x $(HA)/bin/python || $(PYTHON) -m venv $(HA)
	$(HA)/bin/python -m pip --disable-pip-version-check install --quiet --require-hashes -r requirements-ha.txt
	@[ "$$(id -u)" != 0 ] || { command -v haproxy && command -v etcd; } >/dev/null || \
	    apt-get install -y -qq --no-install-recommends haproxy etcd-server >/dev/null || \
	    { apt-get update -qq && apt-get install -y -qq --no-install-recommends haproxy etcd-server >/dev/null; }
	@touch $(HA_MARK)

## make mutants [SAMPLE=100] [SEED=1]   small faults in rules and actions, one at a time: prints those that no test notices
mutants: setup $(MUTANTS_MARK)
	$(MUTANTS)/bin/python -m tests.mutants --sample $(or $(SAMPLE),100) --seed $(or $(SEED),1)

$(MUTANTS_MARK): requirements-dev.txt requirements-mutants.txt
	test -x $(MUTANTS)/bin/python || $(PYTHON) -m venv $(MUTANTS)
	$(MUTANTS)/bin/python -m pip --disable-pip-version-check install --quiet --require-hashes \
	    -r requirements-dev.txt -r requirements-mutants.txt
	$(MUTANTS)/bin/python -m pip --disable-pip-version-check install --quiet --no-deps --no-build-isolation -e .
	@touch $(MUTANTS_MARK)

## make fuzz [EXAMPLES=1000] [SECONDS=0]   what nobody should send, to every parser of outside input; prints how many
fuzz: setup
	FUZZ_EXAMPLES=$(if $(SECONDS),,$(or $(EXAMPLES),1000)) FUZZ_SECONDS=$(SECONDS) \
	    $(BIN)/pytest -q -s tests/security/test_fuzz.py

## make audit             published vulnerabilities of the pinned packages; needs the network, and says when it has none
audit:
	@PYTHON=$(PYTHON) .ci/audit

## make fmt               format Python
fmt: setup
	$(BIN)/ruff check --quiet --fix .
	$(BIN)/ruff format --quiet .

## make lock              write the lock files anew from pyproject.toml
lock: $(MARK)
	$(COMPILE) --extra build --extra dev pyproject.toml --output-file requirements-dev.txt
	$(COMPILE) --extra build --constraint requirements-dev.txt pyproject.toml --output-file requirements.txt
	$(COMPILE) requirements-ha.in --output-file requirements-ha.txt
	$(COMPILE) requirements-audit.in --output-file requirements-audit.txt
	$(COMPILE) requirements-mutants.in --constraint requirements-dev.txt --output-file requirements-mutants.txt
