# Everything a person does with this checkout. `make help` lists the targets.

PORT ?= 8000
HOST ?= 127.0.0.1
# One more than there are cores: many tests wait for a browser, a server or a death.
TEST_PROCESSES ?= 3
PYTHON ?= $(shell for name in python3 python3.14 python3.13 python3.12 python3.11 python; do \
	if $$name -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; \
	then echo $$name; break; fi; done)
VENV := .venv/bin
# Runs a command with a database: DATABASE_URL where it is set, else the embedded one.
DATABASE := $(VENV)/python -m portal.postgres

# Production settings with secrets that open nothing.
RANDOM = $$($(VENV)/python -c "import secrets; print(secrets.token_urlsafe(50))")
PRODUCTION = DJANGO_SETTINGS_MODULE=portal.settings.production SECRET_KEY=$(RANDOM) \
	ENCRYPTION_KEYS=$$($(VENV)/python -c "import base64, os; \
		print(*(f'{n}:{base64.b64encode(os.urandom(32)).decode()}' for n in ('check', 'index')), sep=',')") \
	DATABASE_URL=postgres://nobody@127.0.0.1/nothing ALLOWED_HOSTS=clinic.example.com \
	SITE_URL=https://clinic.example.com CMS_URL=https://cms.clinic.example.com
PRODUCTION_CMS = $(PRODUCTION) PROGRAM=cms CMS_SECRET_KEY=$(RANDOM) \
	CMS_DATABASE_URL=postgres://nobody@127.0.0.1/nothing

export PORT HOST

.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help python ready setup setup-tests run test check checks template format permissions bench sbom \
	licences advisories accounts \
	code screenshots lock \
	assets clean database-shell

help: ## List the targets
	@echo "MedConsult: make TARGET"
	@echo
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  %-16s %s\n", $$1, $$2}' $(MAKEFILE_LIST)
	@echo
	@echo "  PORT=8000 and HOST=127.0.0.1 choose the address of make run."
	@echo "  DATABASE_URL uses your PostgreSQL instead of the embedded one."

python:
ifeq ($(PYTHON),)
	@echo "MedConsult needs Python 3.11 or newer on the PATH, and found none." >&2; exit 1
endif

setup: python ## Prepare this checkout: Python packages, assets, system libraries
	@$(PYTHON) bootstrap.py packages assets pango

ready:
	@test -x $(VENV)/python || { echo "Start with: make run" >&2; exit 1; }

setup-tests: python
	@$(PYTHON) bootstrap.py packages assets pango browser nginx

run: setup ## Start the demo clinic; Ctrl-C stops it
	@$(VENV)/python manage.py dev

# Migrating and checking take a minute each, on one processor.
test: setup-tests ## Run the checks and all tests
	@$(MAKE) --no-print-directory template & template=$$!; \
		$(MAKE) --no-print-directory checks; checked=$$?; \
		wait $$template && exit $$checked
	@$(DATABASE) --tests run $(VENV)/python -m pytest -n $(TEST_PROCESSES) \
		--dist worksteal $(ARGS)

check: setup checks ## Lint, types, templates, house rules, migrations, production settings

template: ready
	@$(DATABASE) --tests run $(VENV)/python -m tests.template_database

checks:
	@$(VENV)/ruff check .
	@$(VENV)/ruff format --check .
	@$(VENV)/mypy .
	@mkdir -p var/log && $(VENV)/bandit --quiet --configfile pyproject.toml --recursive . \
		2>var/log/bandit.log || { tail -5 var/log/bandit.log; exit 1; }
	@$(VENV)/djlint --quiet --lint templates
	@$(VENV)/lint-imports
	@$(DATABASE) --tests run $(VENV)/python manage.py makemigrations --check --dry-run
	@$(PRODUCTION) $(VENV)/python manage.py check --deploy --fail-level WARNING
	@$(PRODUCTION_CMS) $(VENV)/python manage.py check --deploy --fail-level WARNING

format: setup ## Put Python into the house's format
	@$(VENV)/ruff check --fix .
	@$(VENV)/ruff format .

permissions: setup-tests ## Write docs/permissions.md anew from the rules
	@WRITE_PERMISSIONS=1 $(DATABASE) --tests run $(VENV)/python -m pytest -q \
		tests/house/test_matrix.py tests/house/test_retention_doc.py -k written

sbom: ready ## Write what a release is made of, as CycloneDX: var/sbom.cdx.json
	@$(VENV)/python -m delivery.sbom

licences: ready ## Write docs/licences.md anew from the lock files
	@$(VENV)/python -m delivery.licences

advisories: ready ## Ask whether anybody warns of a locked package (network)
	@$(VENV)/python -m delivery.advisories

bench: setup-tests ## Measure section by section; table here, figures in bench/results.json
	@$(DATABASE) run $(VENV)/python -m bench

accounts: ready ## Print the demo accounts; JSON=1 for programs
	@$(DATABASE) run $(VENV)/python manage.py accounts $(if $(JSON),--json)

code: ready ## Print the code of a demo account's app: make code ACCOUNT=E-MAIL
	@$(DATABASE) run $(VENV)/python manage.py code $(ACCOUNT)

screenshots: setup-tests ## Take the README's pictures of the running product
	@$(DATABASE) run $(VENV)/python -m tests.screenshots

database-shell: ready ## Open psql on the demo's database
	@$(DATABASE) psql

lock: setup ## Compile the requirement files anew, with hashes
	@for name in requirements requirements-dev requirements-node; do \
		$(VENV)/uv pip compile --quiet --upgrade --universal --generate-hashes \
			--python-version 3.11 $$name.in -o $$name.txt || exit 1; done
	@npm install --package-lock-only --no-fund --no-audit

assets: python ## Build styles and scripts into static/dist
	@$(PYTHON) bootstrap.py packages assets

clean: ## Remove everything that can be made again, and the demo's data
	@if [ -x $(VENV)/python ]; then $(DATABASE) destroy; fi
	rm -rf .venv node_modules static/dist staticfiles var .pytest_cache .mypy_cache \
		.ruff_cache .import_linter_cache .hypothesis
