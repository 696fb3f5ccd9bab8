# Grantline: `make run` starts the whole system with sample data, `make test` proves it. Both start from nothing.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help

VENV := .venv
BIN := $(VENV)/bin
CODE := flows tasks models templates deployments tests
# In the order of the names: the few long tests, which start the whole system, are then not the last ones.
# One process more than there are cores: some tests wait for a server or a lock. Each costs half a minute of its own.
PYTEST_ARGS ?= -n $$(( $$(nproc) + 1 )) --dist loadgroup --no-loadscope-reorder
# Names that are tried for an interpreter, the version that everything is tried on first; PYTHON=... overrides them.
PYTHONS := $(or $(PYTHON),python3.11 python3.12 python3.13 python3)
# The interpreter that an environment is of; nothing where it does not run or is too old.
INTERPRETER := -c 'import os, sys; sys.version_info < (3, 11) or print(os.path.realpath(sys._base_executable))' 2>/dev/null
# Whether every user may read an interpreter: its own mode, and that of each folder above it.
IS_OPEN := -c 'import os, pathlib as p, sys; file = p.Path(os.path.realpath(sys._base_executable)); \
	sys.exit(not all(place.stat().st_mode & 1 for place in (file, *file.parents)))'
OTHER := # whatever a variable of that name says outside
# Where PYTHON=... names another one than the environment's, the environment is made again.
ifneq ($(PYTHON),)
ifneq ($(wildcard $(BIN)/python),)
ifneq ($(shell $(PYTHON) $(INTERPRETER)),$(shell $(BIN)/python $(INTERPRETER)))
OTHER := $(if $(shell $(PYTHON) $(INTERPRETER)),other-python,$(error no Python 3.11 or newer: PYTHON=$(PYTHON)))
endif
endif
endif
# Like pip, trust the authorities that this machine trusts: many an office puts its own in front of the network.
export UV_SYSTEM_CERTS := true
# Tests and their children compile each file once, also where a container's image says that nothing is kept.
export PYTHONDONTWRITEBYTECODE :=
# As a module, so that it finds what extracts the messages of code.
PYBABEL := mkdir -p build && $(BIN)/python -m babel.messages.frontend -q
LOCK := uv pip compile --no-config --universal --generate-hashes --no-emit-index-url --no-header --no-annotate \
	--python-version 3.11 --quiet

.PHONY: help run install test types pytest bench simulate test-machines test-office mutants words lock sbom dist pictures clean other-python

help: ## Say what there is
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: $(VENV)/run.stamp ## Start everything with sample data, at PORT (8480), Prefect at the next; Ctrl-C stops it
	@exec env -u GRANTS_SETTINGS $(if $(PORT),GRANTS_PORTAL_URL=http://127.0.0.1:$(PORT)) $(BIN)/grants up --sample

# The service has a user of its own, who must read the interpreter: none below a home folder that is closed.
install: FOR_A_SERVICE := yes
install: $(VENV)/run.stamp ## Install what a server needs, and start nothing
	@$(BIN)/python $(IS_OPEN) || { echo "make: the service's user may not read the Python of $(VENV):" \
		"$$(readlink -f $(BIN)/python). Remove $(VENV), and say another by PYTHON=path." >&2; exit 2; }
	@$(BIN)/python -m compileall -q -j 0 $(filter-out templates tests,$(CODE))

test: $(VENV)/dev.stamp ## Format, lint, types, import contracts and tests
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	@$(MAKE) --no-print-directory --jobs=2 types pytest

# At the same time: mypy has work for one processor, and the tests often wait.
types: $(VENV)/dev.stamp
	$(BIN)/mypy $(CODE)
	$(BIN)/lint-imports

pytest: $(VENV)/dev.stamp
	$(BIN)/python -m pytest $(PYTEST_ARGS)

bench: $(VENV)/dev.stamp ## Measure the daily round against its floors
	$(BIN)/python -m tests.bench

# A night: make simulate MINUTES=480. Every run goes on from another seed.
simulate: $(VENV)/dev.stamp ## Live through faults, real kills among them, for MINUTES (10)
	$(BIN)/python -m tests.simulation $(or $(SEED),$(shell date +%s)) 1000000 --minutes $(or $(MINUTES),10) --kill \
		--database $(or $(DATABASE),sqlite)

# A quarter of an hour, as root; it needs apt-get install redis-server postgresql, and is no part of make test.
test-machines: $(VENV)/dev.stamp ## Bring up several machines' processes, and kill some of them in a round
	$(BIN)/python -m pip install --quiet --no-deps --require-hashes --requirement deployments/containers/redis.lock
	$(BIN)/python -m pytest -x -q tests/machines/several_machines.py

# What takes too long for `make test`.
LONG_TESTS := tests/bench/smoke.py tests/simulation/lives.py tests/simulation/more_lives.py tests/tasks/outbox/more_kills.py \
	tests/flows/changed_settings.py tests/deployments/replay/on_postgresql.py \
	$(addprefix tests/deployments/portal/portal_,journey.py keyboard.py offers.py scanner.py times.py workers.py) \
	$(addprefix tests/deployments/up/,killed_start.py prefect_pages.py wheel.py whole_day.py)

# Some minutes, as root, on a machine of its own within this one; it needs npm, and is no part of make test.
test-office: $(VENV)/dev.stamp ## Follow the README as an office, with real servers, and let Prefect run the day
	$(BIN)/python -m pytest -x -q $(LONG_TESTS)
	$(BIN)/python -m tests.office

# After a change of what a letter, a grant's page or Prefect shows; they are looked at before they are committed.
pictures: $(VENV)/dev.stamp ## Take the pictures of README from the sample, into .github
	$(BIN)/python -m tests.pictures

mutants: $(VENV)/dev.stamp ## Break the core in one place at a time, and see that a test notices
	$(BIN)/python -m tests.simulation.mutants

words: $(VENV)/dev.stamp ## Bring the translations up to date with what templates and code say
	$(PYBABEL) extract -F pyproject.toml --no-location --omit-header --sort-output -w 0 -o build/words.pot .
	@for po in templates/translations/*.po; do \
		$(PYBABEL) update -i build/words.pot -o "$$po" -l "$$(basename "$$po" .po)" -N -w 0 --omit-header --ignore-obsolete; \
	done

# An extra of jsonschema, which the SBOM's validator asks for, costs each Python process with Prefect two seconds.
lock: ## Remake both locks from pyproject.toml (needs uv; UPGRADE=--upgrade takes newer versions)
	$(LOCK) $(UPGRADE) pyproject.toml --group build --output-file requirements.lock
	$(LOCK) $(UPGRADE) pyproject.toml --group dev --constraint requirements.lock --output-file tests/requirements.lock \
		--no-emit-package rfc3987-syntax

# From the commit, so that nothing of a working folder comes along. A constraint with a hash is refused by pip.
dist: $(VENV)/dev.stamp ## Build the wheel, the source archive and the pins that go with them, in build/dist
	@rm -rf build/dist build/source && mkdir -p build/dist build/source
	@git -c safe.directory='*' archive HEAD | tar --extract --directory build/source
	@cd build/source && $(abspath $(BIN))/python -W ignore -c 'from setuptools import build_meta as backend; \
		backend.build_sdist("../dist"); backend.build_wheel("../dist")' >/dev/null
	@sed -n 's/^\([a-z0-9].*[^ ]\) \\$$/\1/p' requirements.lock > build/dist/constraints.txt
	@rm -rf build/source && ls build/dist

sbom: $(VENV)/dev.stamp ## List what the program is made of (CycloneDX), in build/grantline.cdx.json
	@mkdir -p build
	@$(BIN)/python -W ignore -m cyclonedx_py requirements requirements.lock --pyproject pyproject.toml \
		--output-reproducible --validate --output-file build/grantline.cdx.json

clean: ## Remove what make and the tools made
	rm -rf $(VENV) build *.egg-info .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache
	find . -name __pycache__ -type d -not -path './.git/*' -prune -exec rm -rf {} +

# A stamp is older than a changed lock or pyproject.toml, so either installs again; otherwise make does nothing.
$(VENV)/run.stamp: requirements.lock pyproject.toml $(OTHER)
	$(call install,requirements.lock)

$(VENV)/dev.stamp: tests/requirements.lock pyproject.toml $(OTHER)
	$(call install,tests/requirements.lock)

other-python:
	@echo "$(VENV) is of another Python than $(PYTHON): it is made again."
	@rm -rf $(VENV)

# Install the pins of lock $(1), then the project itself, which takes nothing from the network.
# All of it is compiled now: a service that may not write here, or is told not to, would compile it at every start.
# An interpreter must run, be new enough and (without uv) bring pip: a name on the path promises none of that.
define install
	@echo "Installing Grantline and all that it needs into $(VENV), pinned and checked: this takes a minute or two ..."
	@if command -v uv >/dev/null; then needs=sys; else needs="sys, venv, ensurepip"; fi; \
	python=; for name in $$(type -aP $(PYTHONS)); do \
		"$$name" -c "import $$needs; sys.exit(sys.version_info < (3, 11))" 2>/dev/null || continue; \
		if [ -n "$(FOR_A_SERVICE)" ] && ! "$$name" $(IS_OPEN); then \
			echo "make: passed over $$name, which the service's user may not read" >&2; continue; \
		fi; \
		python=$$name; break; \
	done; \
	if [ -z "$$python" ]; then \
		echo "make: no Python 3.11 or newer with venv and pip among: $(PYTHONS). Install one, or say PYTHON=path." >&2; exit 2; \
	fi; \
	if command -v uv >/dev/null; then \
		[ -x $(BIN)/python ] || uv venv --quiet --clear --python "$$python" $(VENV); \
		uv pip install --quiet --compile-bytecode --python $(BIN)/python --no-deps --require-hashes -r $(1); \
		uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation -e .; \
	else \
		[ -x $(BIN)/pip ] || "$$python" -m venv --clear $(VENV); \
		$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r $(1); \
		$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .; \
	fi
	@$(BIN)/python -m compileall -q -j 0 $(filter-out templates tests,$(CODE))
	@touch $@
endef
