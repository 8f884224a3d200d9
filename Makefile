# Everything here needs Python >= 3.11 and make, and fetches the rest into .venv once. `make help` lists it.

PYTHON ?=
BIN := .venv/bin
PIP := $(BIN)/python -m pip -qq --disable-pip-version-check --no-input

# What Python compiles, it keeps: the checks start many processes, and each loads the same modules.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help serve demo test check bench format lint types floors dockerfile contract drills fuzz clients examples browser picture openapi release-contract lock clean
ifndef SIDE_BY_SIDE
.NOTPARALLEL:   # two installations at once would spoil .venv
endif

help:              ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' Makefile | awk -F '\t' '{ printf "  make %-18s %s\n", $$1, $$2 }'

serve: .venv/serve   ## start the service, with a PostgreSQL of its own unless SERATUS_DATABASE_URL is set
	@exec $(BIN)/seratus serve

demo: .venv/serve    ## rehearse a cohort on real data, through the public API
	@$(BIN)/seratus demo

test: .venv/develop  ## all tests, on a PostgreSQL of their own
	@$(BIN)/python -m pytest -n auto --maxprocesses 4

# What uses one processor goes two at a time; the trial of the contract and the suite use two by themselves.
check: .venv/develop contract/node_modules/installed   ## all that must hold before a change lands
	@$(MAKE) --no-print-directory SIDE_BY_SIDE=1 --jobs=2 --output-sync=target types lint floors dockerfile browser clients
	@$(MAKE) --no-print-directory contract
	@$(MAKE) --no-print-directory test

bench: .venv/develop ## compare the service with a plain and with a bare handler
	@$(BIN)/python -m benchmarks

format: .venv/develop ## write the code in the one format
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

lint: .venv/develop
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .

types: .venv/develop
	@$(BIN)/mypy

floors: .venv/develop
	@$(BIN)/lint-imports --no-logo

dockerfile: .venv/develop
	@$(BIN)/hadolint Dockerfile

# The document is up to date, breaks no client of the released one, and is true of the running service.
contract: .venv/develop contract/node_modules/installed
	@$(BIN)/seratus openapi | diff -u openapi.json - || { echo "openapi.json is not what the service says: make openapi"; exit 1; }
	@contract/breaking.sh contract/released.json openapi.json
	@$(BIN)/python -m pytest contract --ignore=contract/clients --ignore=contract/test_pages.py --ignore=contract/test_drills.py --numprocesses=2

# One after the other, because they share a service. No part of `make check`, which is to end within ten minutes.
drills: .venv/develop ## take database, connections, processes and disk from a service under load, and count what clients are told
	@$(BIN)/python -m pytest contract/test_drills.py --numprocesses=0 --capture=no

fuzz: .venv/develop ## hostile requests to every operation for FUZZ_SECONDS (600), drawn by FUZZ_SEED (1), and their counts
	@FUZZ_SECONDS=$${FUZZ_SECONDS:-600} $(BIN)/python -m pytest -q -s contract/test_fuzz.py

# The pages, looked at with Debian's Chromium (apt install chromium): what they ask for, what they say to its console, how they are laid out.
browser: .venv/develop contract/node_modules/installed
	@$(BIN)/python -m pytest contract/test_pages.py

picture: .venv/develop contract/node_modules/installed ## take the README's picture of the page at /
	@$(BIN)/python -m contract.picture docs/programme.png

clients: .venv/develop contract/node_modules/installed ## generate clients from the contract and run them on a service
	@$(BIN)/python -m pytest contract/clients --numprocesses=2

examples: .venv/develop ## record the examples that the contract shows, from the requests of tests/access
	@$(BIN)/python -m pytest -q tests/test_examples.py --record -k service_says

openapi: .venv/serve ## write openapi.json
	@$(BIN)/seratus openapi > openapi.json.new && mv openapi.json.new openapi.json

release-contract: openapi contract/node_modules/installed ## promise openapi.json to clients: from then on the gate holds it
	@[ ! -e contract/released.json ] || contract/breaking.sh contract/released.json openapi.json --fail-on=none --check-version
	@cp openapi.json contract/released.json

# Stamps tell which installation is done; a newer lock file makes one out of date. An environment whose Python is gone,
# or that was made under another path, cannot work and is made again.
$(shell { [ "$$(cat .venv/made)" = "$$(pwd -P)" ] && $(BIN)/python -c ''; } 2>/dev/null || rm -f .venv/made .venv/serve .venv/develop)

.venv/made:
	@for python in "$(PYTHON)" python3 python3.13 python3.12 python3.11 python3.14; do \
	    if "$$python" -c 'import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then \
	        echo "Making .venv with $$("$$python" --version)"; \
	        "$$python" -m venv --clear .venv && pwd -P > $@ && exit; \
	    fi; \
	done; \
	echo "Seratus needs Python 3.11 or newer with its venv module (Debian, Ubuntu: apt install python3-venv)." >&2; \
	echo "If it is installed under another name: make PYTHON=/path/to/python" >&2; exit 1

# Not compiled now: Python compiles what it comes to load, which is a third of what is installed.
.venv/serve: requirements.lock pyproject.toml | .venv/made
	@echo "Installing what the service needs"
	@$(PIP) install --no-compile --require-hashes -r requirements.lock
	@$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

.venv/develop: requirements-dev.lock requirements.lock pyproject.toml | .venv/made
	@echo "Installing what the service and the checks need"
	@$(PIP) install --no-compile --require-hashes -r requirements-dev.lock
	@$(PIP) install --no-deps --no-build-isolation --editable .
	@touch .venv/serve $@

contract/node_modules/installed: contract/package.json contract/package-lock.json | .venv/develop
	@cd contract && ../$(BIN)/npm ci --loglevel=error
	@touch $@

lock: .venv/made   ## choose newer versions within the bounds of pyproject.toml
	@$(PIP) install uv
	@set -- --quiet --upgrade --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header \
	    --extra embedded --extra build pyproject.toml; \
	$(BIN)/uv pip compile "$$@" -o requirements.lock && \
	$(BIN)/uv pip compile "$$@" --extra dev -c requirements.lock -o requirements-dev.lock
	@cd contract && ../$(BIN)/npm update --package-lock-only

clean:             ## remove what the above made, but no data
	@rm -rf .venv .cache .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis contract/node_modules
