# Everything this project does, in one place. `make help` lists it.
.DEFAULT_GOAL := help
SHELL := /bin/bash
PYTHON := .venv/bin/python
APPS := registry sponsorship autodebit opd_admin
PURE := $(wildcard $(addsuffix /rules,$(APPS)) $(addsuffix /formats,$(APPS)) $(addsuffix /rehearsal,$(APPS)))
TEMPLATES = $(shell find templates $(APPS) -name '*.html')
LOCK := .venv/bin/uv pip compile pyproject.toml --quiet --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-emit-find-links --no-annotate --no-header
random = $(shell head -c 32 /dev/urandom | base64 -w0)
# Throw-away values: what `check --deploy` looks at is the shape of a production, not its secrets.
PRODUCTION_SHAPE = APP_MODE=production SECRET_KEY=$(random)$(random) FIELD_KEYS=k1:$(random) INDEX_KEY=$(random) \
	MANDATE_KEY=$(random) ALLOWED_HOSTS=peduli.example BASE_URL=https://peduli.example \
	EMAIL_URL=smtp://user:password@mail.example:587 DATABASE_URL=postgres://user:password@127.0.0.1:1/peduli \
	REDIS_URL=redis://127.0.0.1:1/0

.PHONY: help run test check fmt demo bench screens lock bootstrap bootstrap-dev clean

help: ## this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-14s %s\n", $$1, $$2}'

run: bootstrap ## start the whole product (PORT=8000 BIND=127.0.0.1); Ctrl-C stops it
	@$(PYTHON) -m config.launcher

test: bootstrap-dev check ## linters and all tests, browser tests included
	$(PYTHON) -m pytest -n 2 --dist loadgroup

check: bootstrap-dev ## linters, types of the pure parts, architecture, migrations, deployment settings
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/lint-imports
	.venv/bin/djade --check --target-version 5.2 $(TEMPLATES)
	.venv/bin/mypy $(PURE)
	.venv/bin/check-jsonschema --builtin-schema vendor.compose-spec docker-compose.yml
	$(PYTHON) -W ignore::RuntimeWarning manage.py makemigrations --check --dry-run
	@echo "$(PYTHON) manage.py check --deploy"
	@$(PRODUCTION_SHAPE) $(PYTHON) manage.py check --deploy --fail-level WARNING

fmt: bootstrap-dev ## put code and templates in order
	.venv/bin/ruff check --fix .
	.venv/bin/ruff format .
	.venv/bin/djade --target-version 5.2 $(TEMPLATES) || true

demo: bootstrap ## play a full month over HTTP; leaves mandate, bank files, audit packs and report in var/demo
	@$(PYTHON) -m config.launcher --once -- $(PYTHON) manage.py demo

bench: bootstrap ## measure against floors and peers, in a database of its own; writes var/bench.json (BENCH_FULL=1: a whole province too)
	@$(PYTHON) -m config.embedded run --database peduli_bench -- \
		sh -c '$(PYTHON) manage.py migrate --no-input -v 0 && $(PYTHON) manage.py load_reference && $(PYTHON) manage.py bench $(if $(BENCH_FULL),,--city 0)'

screens: bootstrap-dev ## walk the donors' way, the main job and a month in a browser and photograph every page into docs/screens
	SCREENS_DIR=docs/screens $(PYTHON) -m pytest -n0 $(addprefix tests/journeys/,test_donor_journey.py test_main_job.py \
		test_month.py test_own_data.py test_own_money.py test_waiting_list.py) \
		-k "not without_javascript and not without-javascript and not full_month_over_http or signs_electronically"

lock: bootstrap-dev ## resolve both lock files again from pyproject.toml
	$(LOCK) --extra sign --output-file requirements.lock
	$(LOCK) --extra dev --output-file requirements-dev.lock

bootstrap:
	@config/bootstrap.sh

bootstrap-dev:
	@config/bootstrap.sh --dev

clean: ## remove caches and collected static files; the data in var stays
	rm -rf .pytest_cache .ruff_cache .mypy_cache .hypothesis .import_linter_cache var/static var/static-built var/run/prepared.json
	find . -name __pycache__ -not -path './.venv/*' -prune -exec rm -rf {} +
