# Numberdesk. Needs a POSIX shell, make and Python 3 with pip; fetches the rest.
# Each step leaves a stamp, so that the next run does only what has changed.

SHELL = /bin/sh
UV = .tools/bin/uv
BOT_PYTHON = bot/.venv/bin/python

# uv asks the package index that pip is set up with, if there is one.
PIP_INDEX = index=$$(python3 -m pip config list 2>/dev/null | sed -n "s/^[^=]*[.]index-url='\(.*\)'$$/\1/p" | head -n 1); \
	[ -z "$$index" ] || export UV_DEFAULT_INDEX="$${UV_DEFAULT_INDEX:-$$index}";

# Nothing leaves the machine unasked.
export RASA_TELEMETRY_ENABLED = false
export PIP_DISABLE_PIP_VERSION_CHECK = 1
export PIP_ROOT_USER_ACTION = ignore
export PYTHONUNBUFFERED = 1

.PHONY: help run test train evaluate bench chaos lint setup lock clean
.DEFAULT_GOAL := help

help: ## Show this list
	@echo 'make <target>, where target is one of'
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  \1|\2/p' Makefile | awk -F'|' '{ printf "%-10s %s\n", $$1, $$2 }'

run: setup train ## Start everything; Ctrl-C stops it all
	@.venv/bin/backend init
	@trap '' HUP; BACKEND_PORT="$$PORT" .venv/bin/honcho --env /dev/null start & honcho=$$!; \
	trap : INT; trap 'kill -TERM $$honcho' TERM; trap '$(STOP_PROGRAMS)' HUP; \
	while wait $$honcho; status=$$?; kill -0 $$honcho 2>/dev/null; do :; done; \
	case $$status in 130|143) echo 'Stopped.' ;; *) exit $$status ;; esac

# When the terminal is gone, honcho fails at printing "stopping" and would leave its programs
# (children of its children) behind: stop them ourselves.
STOP_PROGRAMS = kill -TERM $$(ps -A -o pid= -o ppid= | awk -v honcho=$$honcho \
	"{ parent[\$$1] = \$$2 } END { for (pid in parent) if (parent[parent[pid]] == honcho) print pid }")

test: setup train lint .tools/node.stamp ## Check and test everything
	@echo 'Testing the bot and its actions …'
	@$(BOT_PYTHON) -m pytest tests/actions
	@echo 'Testing the rest …'
	@.venv/bin/python -m pytest

train: .tools/bot.stamp ## Train the assistant if its inputs changed
	@$(BOT_PYTHON) -m bot.train

evaluate: .tools/bot.stamp ## Measure how well it understands (EXAM=, BANKING77=FOLDER; FLAGS=--help)
	@OMP_NUM_THREADS="$${OMP_NUM_THREADS:-1}" $(BOT_PYTHON) -m bot.evaluation \
	$(if $(EXAM),--exam '$(EXAM)') $(if $(BANKING77),--banking77 '$(BANKING77)') $(FLAGS)

# Turns with actions alone (FLAGS=--actions) need no stock Rasa; texts coming in (FLAGS=--webhooks)
# are measured from the backend's environment, which has PostgreSQL.
bench: setup train $(if $(findstring --actions,$(FLAGS)),,.tools/stock.stamp) ## Measure it beside stock Rasa (FLAGS=--actions, --webhooks or --help)
	@$(if $(findstring --webhooks,$(FLAGS)),.venv/bin/python -m tests.webhook_bench,$(BOT_PYTHON) -m bot.bench) $(FLAGS)

chaos: setup train ## Kill every program at random under 5,000 texts, and count (FLAGS=--help)
	@.venv/bin/python -m tests.chaos $(FLAGS)

lint: setup ## Check style, types and who imports whom
	@echo 'Checking style, types and imports …'
	@.venv/bin/ruff check --quiet .
	@.venv/bin/ruff format --check --quiet . || { echo 'Run: .venv/bin/ruff format .'; exit 1; }
	@.venv/bin/mypy --no-error-summary backend
	@.venv/bin/mypy --no-error-summary --python-executable $(BOT_PYTHON) bot actions
	@.venv/bin/lint-imports --no-logo

setup: .tools/backend.stamp .tools/bot.stamp ## Install both environments, nothing else
	@:

lock: .tools/uv.stamp ## Resolve the dependencies anew (FLAGS=--upgrade for newer versions)
	@$(PIP_INDEX) compile='pip compile --quiet --generate-hashes --no-header --no-emit-index-url --no-emit-find-links'; \
	$(UV) $$compile --no-annotate $(FLAGS) -o requirements/uv.txt requirements/uv.in && \
	$(UV) $$compile --no-annotate --python-version 3.10 $(FLAGS) -o requirements/stock.txt requirements/stock.in && \
	$(UV) $$compile --python-version 3.12 --group dev $(FLAGS) -o requirements/backend.txt pyproject.toml && \
	cd bot && ../$(UV) $$compile --python-version 3.10 --group dev $(FLAGS) -o ../requirements/bot.txt pyproject.toml
	@echo 'requirements/ is up to date; make setup installs it.'

clean: ## Remove the environments, trained models and caches; keeps var/ and .env
	rm -rf .tools .venv bot/.venv bot/.stock-venv models/*.tar.gz .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .rasa
	rm -rf tests/contract/node_modules

# --- the steps -------------------------------------------------------------------------

# uv installs by hash, and finds or fetches the two Pythons.
.tools/uv.stamp: requirements/uv.txt
	@for python in python3 /usr/bin/python3 none; do \
	  $$python -m pip --version >/dev/null 2>&1 && break; done; \
	[ $$python != none ] || { \
	  echo 'Please install Python 3 with pip (on Debian and Ubuntu: apt-get install python3-pip), then run make again.' >&2; exit 1; }; \
	echo 'Fetching uv, the installer …'; \
	rm -rf .tools && \
	$$python -m pip install --quiet --no-deps --require-hashes --target .tools -r requirements/uv.txt && \
	touch $@

# $(call environment,DIRECTORY,PYTHON,LIST): a fresh or still working environment, brought to the list.
define environment
	@$(1)/bin/python -c '' 2>/dev/null || \
	PATH="$$PATH$$(printf ':%s' "$${PYENV_ROOT:-$$HOME/.pyenv}"/versions/$(2)*/bin)" \
	$(UV) venv --quiet --clear --python $(2) $(1) 2>.tools/python.log || { \
	  echo 'Python $(2) was neither found nor could be fetched: install it (for instance with "pyenv install $(2)"), then run make again. (What went wrong: .tools/python.log)' >&2; exit 1; }
	@if [ -t 2 ]; then quiet=; else quiet=--quiet; fi; \
	$(PIP_INDEX) $(UV) pip sync $$quiet --require-hashes --python $(1)/bin/python $(3)
endef

.tools/backend.stamp: .tools/uv.stamp requirements/backend.txt pyproject.toml
	@echo "Installing the backend's environment (0.5 GB) …"
	$(call environment,.venv,3.12,requirements/backend.txt)
	@$(UV) pip install --quiet --python .venv/bin/python --no-deps --no-build-isolation --editable .
	@touch $@

# The .pth file makes this Python run bot/without_tensorflow.py whenever it starts.
.tools/bot.stamp: .tools/uv.stamp requirements/bot.txt
	@echo "Installing Rasa's environment (1 GB, half a minute or more) …"
	$(call environment,bot/.venv,3.10,requirements/bot.txt)
	@printf 'import importlib.util as util; spec = util.spec_from_file_location("without_tensorflow", "%s"); spec.loader.exec_module(util.module_from_spec(spec))\n' '$(CURDIR)/bot/without_tensorflow.py' \
	  > "$$(bot/.venv/bin/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')/numberdesk.pth"
	@touch $@

# Stock Rasa with its TensorFlow: for `make bench` only.
.tools/stock.stamp: .tools/uv.stamp requirements/stock.txt
	@echo "Installing stock Rasa's environment, to measure beside it (2.5 GB) …"
	$(call environment,bot/.stock-venv,3.10,requirements/stock.txt)
	@touch $@

# The contract tests hold Twilio's own API description against our adapter; their server is a Node program.
.tools/node.stamp: .tools/uv.stamp tests/contract/package-lock.json
	@if ! command -v npm >/dev/null 2>&1; then \
	  echo 'Node is not installed: the contract tests will be skipped (install Node 20 or newer to run them).'; \
	else \
	  echo 'Installing the contract tests'"'"' server …'; \
	  npm ci --silent --prefix tests/contract && touch $@; \
	fi
