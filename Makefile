# Every chore of this repository; `make` alone lists them.
# It needs Python 3.11 or newer and make, nothing else.

.DEFAULT_GOAL := help
SHELL := /bin/sh
.SUFFIXES:

# The first interpreter that is new enough; `make setup PYTHON=/path/to/python3` takes another.
PYTHON ?= $(shell for python in python3 python3.15 python3.14 python3.13 python3.12 python3.11 python; do \
	"$$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo "$$python"; break; }; done)
VENV := .venv
BIN := $(VENV)/bin
RUNTIME := $(VENV)/.runtime
DEV := $(VENV)/.dev
CODE := src tests dev bench

# Compiled modules are kept for the next run, though many images of containers say otherwise.
unexport PYTHONDONTWRITEBYTECODE

# HOST and PORT count only when they are said on the command line: many shells have variables of these names.
listen = $(if $(filter command,$(origin HOST)),--host $(HOST)) $(if $(filter command,$(origin PORT)),--port $(PORT))

# A checkout keeps its data beside its code, unless DOORWARD_DATA_DIR says otherwise.
doorward = DOORWARD_DATA_DIR="$${DOORWARD_DATA_DIR:-$(CURDIR)/data}" $(BIN)/doorward

# The tests that start other processes run one after the other, all others on both cores.
starting = tests/cli tests/interop/unmodified $(wildcard tests/*/*_processes.py) \
	$(foreach name,mcp_sdk_client edge gateway graceful_stop metrics two_origins,tests/flows/test_$(name).py)
within = --numprocesses 2 --dist loadfile $(foreach path,tests/browser $(starting),--ignore=$(path))

##@ Run it

.PHONY: serve
serve: $(RUNTIME) ## Serve on http://localhost:8000; HOST=, PORT= and ARGS= are handed on
	@exec env $(doorward) serve $(listen) $(ARGS)

.PHONY: doorward
doorward: $(RUNTIME) ## Run a command on the same data: make doorward ARGS="users list"
	@exec env $(doorward) $(ARGS)

##@ Work on it

.PHONY: setup
setup: $(DEV) ## Make .venv from the locked requirements (PYTHON=… chooses the interpreter)

# Two at a time, each with its output together where make can (GNU make 4), and all of them though one fails.
static = check-types check-unused check-reference check-format check-lint check-imports check-dependencies check-size
beside = --no-print-directory --keep-going --jobs 2 $(if $(filter output-sync,$(.FEATURES)),--output-sync=target)

.PHONY: check
check: $(DEV) ## Everything that is quick to know: style, types, layers, documents, fast tests
	@$(MAKE) $(beside) $(static)
	@$(MAKE) --no-print-directory test-fast

.PHONY: test
test: $(DEV) ## Every test, on both databases and in a browser; T=path runs some
ifdef T
	@$(if $(findstring browser,$(T)),dev/with-chromium) $(BIN)/pytest $(T)
else
	@failed=0; \
	$(BIN)/pytest $(within) || failed=1; \
	$(BIN)/pytest $(starting) || failed=1; \
	dev/with-chromium $(BIN)/pytest tests/browser || failed=1; \
	exit $$failed
endif

.PHONY: format
format: $(DEV) ## Rewrite the code in the one style
	@$(BIN)/ruff check --fix-only --quiet $(CODE)
	@$(BIN)/ruff format $(CODE)

.PHONY: reference
reference: $(DEV) ## Rewrite docs/reference from the code
	@$(BIN)/python -m dev.reference

##@ The parts of make check

.PHONY: check-format
check-format: $(DEV) ## One style
	@$(BIN)/ruff format --check $(CODE)

.PHONY: check-lint
check-lint: $(DEV) ## Habits (ruff)
	@$(BIN)/ruff check $(CODE)

.PHONY: check-types
check-types: $(DEV) ## Types (basedpyright)
	@$(BIN)/basedpyright

.PHONY: check-imports
check-imports: $(DEV) ## Layers (import-linter)
	@$(BIN)/lint-imports

.PHONY: check-unused
check-unused: $(DEV) ## Code nobody uses (vulture)
	@$(BIN)/python dev/unused.py

.PHONY: check-dependencies
check-dependencies: $(DEV) ## Declared and used packages are the same (deptry)
	@$(BIN)/deptry .

.PHONY: check-size
check-size: $(DEV) ## No module with a second subject
	@$(BIN)/python dev/module_size.py

.PHONY: check-reference
check-reference: $(DEV) ## docs/reference says what the code says
	@$(BIN)/python -m dev.reference --check

.PHONY: test-fast
test-fast: $(DEV) ## The tests on SQLite that start no browser and no server
	@$(BIN)/pytest --quiet $(within) -k "not postgres"

##@ Now and then

.PHONY: bench
bench: $(DEV) ## Measure, and write docs/performance.md; ROUNDS=, SECONDS= and ONLY=exchange,refresh,... bound it
	@exec env PYTHONPATH=src $(BIN)/python -m bench $(if $(ROUNDS),--rounds $(ROUNDS)) \
		$(if $(SECONDS),--seconds $(SECONDS)) $(if $(ONLY),--only $(ONLY))

.PHONY: lock
lock: $(DEV) ## Choose the newest allowed versions again and write requirements/
	@for group in dev runtime build; do $(MAKE) --no-print-directory "lock-$$group" || exit 1; done

.PHONY: changelog
changelog: $(DEV) ## Show what the next release would say
	@$(BIN)/towncrier build --draft --version next

.PHONY: clean
clean: ## Remove what tools leave behind; keeps .venv and data
	@rm -rf build dist .pytest_cache .ruff_cache .hypothesis .import_linter_cache .coverage src/*.egg-info
	@find $(CODE) -name __pycache__ -type d -prune -exec rm -rf {} +

.PHONY: help
help:
	@awk 'BEGIN { FS = ":.*## "; print "Doorward: make TARGET" } \
		/^##@ / { printf "\n%s\n", substr($$0, 5) } \
		/^[a-z-]+:.*## / { printf "  %-20s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

# The virtual environment: two stamps, so that serving needs no tool of the developers'.

compile = $(BIN)/uv pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes --no-header --no-annotate \
	--no-emit-index-url --no-emit-find-links

.PHONY: lock-dev lock-runtime lock-build
lock-dev:
	@$(compile) --output-file requirements/dev.txt --group dev pyproject.toml
lock-runtime:
	@$(compile) --output-file requirements/runtime.txt --constraints requirements/dev.txt pyproject.toml
lock-build:
	@$(compile) --output-file requirements/build.txt --constraints requirements/dev.txt --group build

install = $(BIN)/python -m pip install --quiet --no-input --disable-pip-version-check
# pip speaks only when it fails.
quietly = > $(VENV)/install.log 2>&1 || { cat $(VENV)/install.log; echo "The installation failed; its last words are above."; exit 1; }

$(BIN)/python:
	@test -n "$(PYTHON)" || { echo "Doorward needs Python 3.11 or newer, and none was found:"; \
		echo "install one, or name it: make $(or $(MAKECMDGOALS),setup) PYTHON=/path/to/python3.12"; exit 1; }
	@"$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo "Doorward needs Python 3.11 or newer, and $(PYTHON) is older or does not run:"; \
		echo "name another: make $(or $(MAKECMDGOALS),setup) PYTHON=/path/to/python3.12"; exit 1; }
	@"$(PYTHON)" -m venv --clear $(VENV) || { \
		echo "Python could not make a virtual environment; on Debian and Ubuntu: apt install python3-venv"; exit 1; }

$(RUNTIME): requirements/runtime.txt requirements/build.txt pyproject.toml | $(BIN)/python
	@echo "Installing Doorward into $(VENV) ..."
	@{ $(install) --require-hashes -r requirements/runtime.txt -r requirements/build.txt && \
		$(install) --no-build-isolation --no-deps --editable .; } $(quietly)
	@touch $@

$(DEV): requirements/dev.txt $(RUNTIME)
	@echo "Installing the tools of developers into $(VENV) ..."
	@$(install) --require-hashes -r requirements/dev.txt $(quietly)
	@touch $@
