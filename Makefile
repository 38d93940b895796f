# The book's commands. `make` alone lists them.
PYTHON ?= python3
BIN := .venv/bin
ARGS ?=
EDITIONS := $(patsubst hvlib/locale/%/edition.toml,%,$(wildcard hvlib/locale/*/edition.toml))
LOCK := $(BIN)/python -m uv pip compile --quiet --universal --generate-hashes --no-emit-index-url \
	--python-version 3.11 --upgrade

# Else, where a machine says so, each kernel compiles all modules anew: half of its start.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help hub ready ready-tests lab edit labs charts ledger test test-fast test-notebooks test-browser lint format bench notebooks site lite wheel machine guest lock clean translation language

help: ## list the commands
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/make \1\t\2/' | expand -t 22

# What is there and right is left alone, so each command may ask.
ready: ; @$(PYTHON) prepare.py $(if $(EDITION),--edition $(EDITION))
ready-tests: ; @$(PYTHON) prepare.py --tests

lab: ready ## open your copy of the book (in Korean: make lab EDITION=ko; more: make lab ARGS="--no-browser --port 9999")
	$(BIN)/python -m hvlib lab --folder my-book $(if $(EDITION),--edition $(EDITION)) $(ARGS)

edit: ready-tests ## open the notebooks themselves, to change the book
	$(BIN)/python -m hvlib lab --folder . $(ARGS)

# The code's tests alone: some hold a thing to its time. Of the rest one waits while another computes.
# The site is built by the first that needs it, for all. What could not be tested is said last.
test: export HVLIB_UNTESTED := $(CURDIR)/.untested
test: export HVLIB_BUILT := $(CURDIR)/.built
test: ready-tests ## check everything: code, models, notebooks, browser
	@rm -rf $(HVLIB_BUILT) && mkdir $(HVLIB_BUILT) && : > $(HVLIB_UNTESTED)
	@$(MAKE) --no-print-directory -j 2 lint test-browser test-notebooks
	@$(MAKE) --no-print-directory test-code
	@cat $(HVLIB_UNTESTED) && rm -r $(HVLIB_UNTESTED) $(HVLIB_BUILT)

test-fast: ready-tests ## the quick tests of the code, in under a minute
	$(BIN)/python -m pytest -n 2 --dist loadscope --no-loadscope-reorder -m "not browser and not slow and not long" -q tests

test-code: ready-tests ## all tests of the code, real machine included, without a browser
	$(BIN)/python -m pytest -n 2 --dist loadscope --no-loadscope-reorder -m "not browser and not long" -q tests

test-notebooks: ready-tests ## run every notebook and compare it with what is stored
	$(BIN)/python -m pytest -n 2 --dist loadfile -q -p no:cacheprovider --timeout 600 \
	  --nbval --nbval-sanitize-with tests/nbval.cfg notebooks

test-browser: ready-tests ## read the book in a real Chromium (pictures of each page: make test-browser ARGS=--photos)
	@$(BIN)/python tests/browser/chromium.py
	$(BIN)/python -m pytest -m "browser and not long" -n 2 --dist loadgroup -q --timeout 600 tests/browser tests/site $(ARGS)

lint: ready-tests ## style, types and the direction of imports
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: ready-tests ## let ruff lay out the code
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: ready-tests ## measure speed; prints a table and writes bench/*.json
	$(BIN)/python -m tests.bench

notebooks: ready-tests ## run the notebooks anew and store their outputs
	$(BIN)/python tests/notebooks.py $(ARGS)
	$(BIN)/python -m hvlib.labs.generate
	set -e; for one in $(EDITIONS); do if [ -d notebooks/$$one/labs ]; then \
	  HVLIB_LANGUAGE=$$one $(BIN)/python -m hvlib.labs.generate notebooks/$$one/labs; fi; done

labs: ready-tests ## make the readers' labs anew from their solutions
	$(BIN)/python -m hvlib.labs.generate

translation: ready-tests ## bring a translation up to date: make translation EDITION=ko (ARGS="--build 01")
	$(BIN)/python -m hvlib.translation.editions $(EDITION) $(ARGS)
	$(if $(wildcard notebooks/$(EDITION)/labs),HVLIB_LANGUAGE=$(EDITION) $(BIN)/python -m hvlib.labs.generate notebooks/$(EDITION)/labs)

language: ready-tests ## begin a translation: make language EDITION=ja
	$(BIN)/python -m hvlib.translation.editions $(EDITION) --new

charts: ready-tests ## write anew how each chart looks, after a change to how it is built
	$(BIN)/python -m hvlib.views.export $(ARGS)

ledger: ready-tests ## write anew what each picture shows; read the diff before you commit
	$(BIN)/python -m tests.ledger

site: ready-tests ## the book as plain files, in site/ (from a USB stick: make site ARGS=--file)
	$(BIN)/python -m hvlib.site $(ARGS)

lite: ready-tests ## the notebooks in a JupyterLab that runs in the browser, in site/lite/
	$(BIN)/python -m hvlib.site.lite $(ARGS)

machine: ready-tests ## the computer in the page: fetch its parts, boot it once, keep its state
	$(BIN)/python -m hvlib.real.image $(ARGS)

wheel: site ## hvlib with its notebooks and the built site, in dist/
	set -e; for one in $(EDITIONS); do HVLIB_LANGUAGE=$$one $(BIN)/python -m hvlib.views.export >/dev/null; done
	HVLIB_SITE=$(CURDIR)/site $(BIN)/python -m hatchling build -t wheel

guest: ## install a small Linux kernel, busybox and QEMU for the real-machine sections (Debian, Ubuntu)
	apt-get update -qq
	apt-get install -y -qq --no-install-recommends qemu-system-x86 busybox-static \
	  $$(apt-cache show linux-image-cloud-amd64 >/dev/null 2>&1 && echo linux-image-cloud-amd64 || echo linux-image-kvm)
	chmod a+r /boot/vmlinuz-*  # Ubuntu lets only root read a kernel

hub: ready-tests ## try a class of twenty on a hub of this machine (root, Linux)
	$(BIN)/python -m pytest -q tests/hub
	$(BIN)/python -m tests.bench hub

lock: ready-tests ## resolve the versions anew
	$(LOCK) --extra checkout pyproject.toml -o requirements.lock
	$(LOCK) --extra checkout --extra hub --extra test -c requirements.lock pyproject.toml -o requirements-test.lock
	$(LOCK) --extra checkout --extra hub -c requirements-test.lock pyproject.toml -o jupyter_config/hub/requirements.lock
	$(BIN)/python tests/locks.py

clean: ## remove what the commands made
	rm -rf .venv .built bench test-artefacts build dist site .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
