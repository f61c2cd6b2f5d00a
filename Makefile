# Run it, test it, translate it. `make` alone lists what there is.

PORT ?= 8000
HOST ?= 127.0.0.1
PYTHON ?= python3
VENV ?= .venv
CORES ?= $(shell nproc 2>/dev/null || getconf _NPROCESSORS_ONLN)
LANGUAGES = nl pl fi fr

export PORT HOST
export PIP_DISABLE_PIP_VERSION_CHECK = 1
# Else each of the many processes of a test run would compile everything anew.
unexport PYTHONDONTWRITEBYTECODE

BIN = $(VENV)/bin
PIP_INSTALL = $(BIN)/python -m pip install -qq --require-hashes --no-deps
# One process more than there are cores: those that kill and stall programs mostly wait.
PYTEST_WORDS = -m pytest --quiet --numprocesses=$(shell expr $(CORES) + 1)
PYTEST = $(BIN)/python $(PYTEST_WORDS)
# A browser has processes of its own. Tests that share an installation stay together; the longest is begun first.
PYTEST_BROWSER = $(BIN)/python -m pytest --quiet --numprocesses=$(CORES) --dist=loadgroup --no-loadscope-reorder tests/browser
UV_COMPILE = uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	--no-header --annotation-style line --excludes requirements-excluded.in $(if $(UPGRADE),--upgrade)
BABEL_WORDS = --keywords=_l --keywords=lazy_gettext --keywords=lazy_ngettext:1,2

RUN_READY = $(VENV)/requirements.txt
TEST_READY = $(VENV)/requirements-dev.txt
CATALOGUES = $(patsubst %.po,%.mo,$(wildcard translations/*/LC_MESSAGES/messages.po))

.DEFAULT_GOAL = help
.DELETE_ON_ERROR:
.PHONY: help run test checks lint types contracts dependencies prepared test-sqlite test-postgres test-browser sweep scale-test bench coverage \
	fmt pictures drawings translate compile-translations lock clean

help:
	@echo "Gangway. What you can make:"
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-22s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

# ------------------------------------------------------------------------------------------------------------------ run

run: $(RUN_READY) compile-translations  ## Serve http://127.0.0.1:8000, with demo data at first (PORT=8001 for another port)
	@$(BIN)/python -m flask --app wsgi db upgrade
	@$(BIN)/python -m flask --app wsgi playbooks import --shipped
	@if [ "$${GANGWAY_MODE:-demo}" = demo ]; then $(BIN)/python -m flask --app wsgi demo load --if-empty; fi
	@exec $(BIN)/python -P app/supervisor.py

# ----------------------------------------------------------------------------------------------------------------- test

STAGES = checks test-sqlite test-postgres test-browser

test: $(TEST_READY) compile-translations  ## Everything that must hold: lint, types, contracts, tests on both databases, Chromium
	@begun=$$(date +%s); \
	export GANGWAY_TEST_SHARED=$$(mktemp -d); trap 'rm -rf "$$GANGWAY_TEST_SHARED"' EXIT; \
	for stage in $(STAGES); do \
		echo "== $$stage"; \
		$(MAKE) --no-print-directory $$stage || { echo "== make test stopped at: $$stage (alone: make $$stage)"; exit 1; }; \
	done; \
	echo "== all passed in $$(( $$(date +%s) - begun )) s"

checks: $(TEST_READY)  ## Lint, types, contracts and dependencies, side by side: each needs one core
	@$(MAKE) --no-print-directory --jobs=$(CORES) --output-sync types lint contracts dependencies \
		$(if $(GANGWAY_TEST_SHARED),prepared)

# Collects all tests, which compiles them, and runs one that plays the demo: on the core that types leave idle.
prepared: $(TEST_READY) compile-translations
	@said=$$(GANGWAY_TEST_DB=sqlite $(BIN)/python -m pytest --quiet --ignore=tests/browser \
		-k 'test_switched_on_again_all_is_back and billing' 2>&1) || { echo "$$said"; exit 1; }

lint: $(TEST_READY)  ## Style and likely mistakes in Python and in the templates
	@$(BIN)/ruff check --quiet .
	@$(BIN)/ruff format --quiet --check . || { $(BIN)/ruff format --check .; echo "make fmt does it."; exit 1; }
	@$(BIN)/djlint templates --lint --quiet --profile=jinja --extension=html --ignore=$(DJLINT_IGNORED)

# H006: sizes of images stand in the stylesheet. H015: where a line breaks is the author's choice. H020: an icon is an
# empty tag. H030, H031: descriptions and keywords belong to public pages alone. J004, J018: addresses of files carry
# their hash and do not come from url_for().
DJLINT_IGNORED = H006,H015,H020,H030,H031,J004,J018

types: $(TEST_READY)  ## Types, strictly
	@$(BIN)/mypy --no-error-summary

contracts: $(TEST_READY)  ## Who may import whom
	@said=$$($(BIN)/lint-imports --no-logo --cache-dir .mypy_cache/imports 2>&1) || { echo "$$said"; exit 1; }

dependencies: $(TEST_READY)  ## Each part that is imported is listed, each that is listed is used
	@said=$$($(BIN)/deptry . --no-ansi --extend-exclude='migrations/versions' \
		--requirements-files=requirements.in --requirements-files-dev=requirements-dev.in \
		--per-rule-ignores='DEP002=$(SERVED_NOT_IMPORTED)' 2>&1) || { echo "$$said"; exit 1; }

# Run, served or loaded by name instead of imported.
SERVED_NOT_IMPORTED = alembic|bootstrap-flask|django-htmx|gunicorn|psycopg|redis|tzdata

test-sqlite: $(TEST_READY) compile-translations  ## All tests but those in the browser, on SQLite
	@GANGWAY_TEST_DB=sqlite $(PYTEST) --ignore=tests/browser

test-postgres: $(TEST_READY) compile-translations  ## The same on a real PostgreSQL, which comes as a wheel
	@GANGWAY_TEST_DB=postgres $(PYTEST) --ignore=tests/browser

test-browser: $(TEST_READY) compile-translations  ## Every page once in Chromium, and whole jobs by mouse, by keyboard and without JavaScript
	@$(PYTEST_BROWSER)

sweep: $(TEST_READY) compile-translations  ## 2,000 made-up requests to the API; every page in every language, theme and error state, each door on PostgreSQL; over an hour (GANGWAY_SHOTS=folder keeps pictures)
	@GANGWAY_API_EXAMPLES=2000 $(PYTEST) tests/api/test_schemathesis.py
	@for database in sqlite postgres; do GANGWAY_TEST_DB=$$database $(PYTEST) -m sweep --ignore=tests/browser || exit 1; done
	@$(PYTEST_BROWSER) -m sweep

scale-test: $(TEST_READY) compile-translations  ## Two web servers, two workers and PostgreSQL, all replaced once: nothing lost, done twice or refused
	@GANGWAY_TEST_DB=postgres $(BIN)/python -m pytest --quiet -m scale tests/scale

bench: $(TEST_READY) compile-translations  ## Measure requests against a bare program that does the same
	@$(BIN)/python -m tests.bench

coverage: $(TEST_READY) compile-translations  ## Which lines and branches no test runs but those in the browser; below 95 % it fails
	@$(BIN)/coverage erase
	@for database in sqlite postgres; do \
		GANGWAY_TEST_DB=$$database $(BIN)/coverage run $(PYTEST_WORDS) --ignore=tests/browser || exit 1; \
	done
	@$(BIN)/coverage combine --quiet
	@$(BIN)/coverage report

fmt: $(TEST_READY)  ## Format the Python code
	@$(BIN)/ruff check --quiet --fix-only .
	@$(BIN)/ruff format --quiet .

pictures: $(TEST_READY) compile-translations  ## Make docs/images anew: the drawings, and pages of a fresh demo in Chromium
	@$(BIN)/python -m tests.pictures

drawings: $(TEST_READY)  ## Make the drawings of docs/images anew
	@$(BIN)/python -m tests.pictures --drawings

# ---------------------------------------------------------------------------------------------------------------- words

translate: $(RUN_READY)  ## Collect people's words from code and templates into the catalogues
	@$(BIN)/pybabel --quiet extract --mapping=translations/babel.cfg $(BABEL_WORDS) --add-location=file --sort-by-file \
		--project=Gangway --copyright-holder=Gangway --output=translations/messages.pot .
	@for language in $(LANGUAGES); do \
		verb=update; more="--ignore-obsolete --no-fuzzy-matching --ignore-pot-creation-date"; \
		[ -f translations/$$language/LC_MESSAGES/messages.po ] || { verb=init; more=; }; \
		$(BIN)/pybabel --quiet $$verb $$more --no-wrap --locale=$$language --output-dir=translations \
			--input-file=translations/messages.pot || exit 1; \
	done

compile-translations: $(CATALOGUES)  ## Make the catalogues that the application reads (run and test do it by themselves)

translations/%/LC_MESSAGES/messages.mo: translations/%/LC_MESSAGES/messages.po | $(RUN_READY)
	@$(BIN)/pybabel --quiet compile --locale=$* --input-file=$< --output-file=$@

# ---------------------------------------------------------------------------------------------------------------- parts

lock:  ## Resolve requirements.in and requirements-dev.in anew (UPGRADE=1 for newer versions); needs uv
	@command -v uv >/dev/null || { echo "make lock needs uv on the PATH."; exit 1; }
	@$(UV_COMPILE) requirements.in --output-file=requirements.txt
	@$(UV_COMPILE) requirements.in requirements-dev.in --constraints=requirements.txt --output-file=requirements-dev.txt

clean:  ## Remove what was made here: environment, caches, compiled catalogues; data/ stays
	@rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .coverage .coverage.* htmlcov build dist *.egg-info
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
	@find translations -name '*.mo' -delete

# The copies of the locks in the environment say what is installed there: a newer lock is installed again.
$(VENV)/requirements.txt: requirements.txt | $(BIN)/python
	@echo "Installing what Gangway needs ..."
	@$(PIP_INSTALL) --requirement requirements.txt
	@cp requirements.txt $@

$(VENV)/requirements-dev.txt: requirements-dev.txt | $(BIN)/python
	@echo "Installing what Gangway and its tests need ..."
	@$(PIP_INSTALL) --requirement requirements-dev.txt
	@cp requirements.txt requirements-dev.txt $(VENV)/

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "Gangway needs Python 3.11 or newer (make PYTHON=/path/to/python3 ...)."; exit 1; }
	@$(PYTHON) -m venv $(VENV) \
		|| { rm -rf $(VENV); echo "On Debian and Ubuntu: apt-get install python3-venv"; exit 1; }
