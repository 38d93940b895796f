# The book's commands. `make` alone lists them.
PYTHON ?= python3
BIN := .venv/bin
ARGS ?=
READY := .venv/.ready
# The book's own settings and a layout of its own; the reader's Jupyter stays as it is.
JUPYTER := JUPYTER_CONFIG_PATH=jupyter_config JUPYTERLAB_WORKSPACES_DIR=.venv/workspaces

.DEFAULT_GOAL := help
.PHONY: help lab labs test test-fast test-notebooks test-browser lint format bench notebooks guest lock clean

help: ## list the commands
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/make \1\t\2/' | expand -t 22

# uv installs in seconds; where it can't be had, pip does the same from the same lock.
$(READY): requirements.lock pyproject.toml
	$(PYTHON) -c 'import sys; assert sys.version_info >= (3, 11), "Python 3.11 or newer is needed"'
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check uv || true
	if $(BIN)/python -m uv --version >/dev/null 2>&1; then \
	  $(BIN)/python -m uv pip install --quiet --python $(BIN)/python --require-hashes -r requirements.lock && \
	  $(BIN)/python -m uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation -e .; \
	else \
	  $(BIN)/python -m pip install --quiet --require-hashes -r requirements.lock && \
	  $(BIN)/python -m pip install --quiet --no-deps --no-build-isolation -e .; \
	fi
	touch $@

lab: $(READY) ## open the book (more options: make lab ARGS="--no-browser --port 9999")
	$(JUPYTER) $(BIN)/jupyter lab $(ARGS)

test: lint test-code test-notebooks test-browser ## check everything: code, models, notebooks, browser

test-fast: $(READY) ## the quick tests of the code, in under a minute
	$(BIN)/python -m pytest -n 2 --dist loadscope -m "not browser and not slow" -q tests

test-code: $(READY) ## all tests of the code, real machine included, without a browser
	$(BIN)/python -m pytest -n 2 --dist loadscope -m "not browser" -q tests

test-notebooks: $(READY) ## run every notebook and compare it with what is stored
	$(BIN)/python -m pytest -n 2 --dist loadfile -q -p no:cacheprovider --timeout 600 \
	  --nbval --nbval-sanitize-with tests/nbval.cfg notebooks

test-browser: $(READY) ## read the book in a real Chromium
	$(BIN)/python -m pytest -m browser -n 2 --dist worksteal -q --timeout 600 tests/browser

lint: $(READY) ## style, types and the direction of imports
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(READY) ## let ruff lay out the code
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: $(READY) ## measure speed; prints a table and writes bench/*.json
	$(BIN)/python -m tests.bench

notebooks: $(READY) ## run the notebooks anew and store their outputs
	$(BIN)/python tests/notebooks.py $(ARGS)
	$(BIN)/python -m hvlib.labs.generate

labs: $(READY) ## make the readers' labs anew from their solutions
	$(BIN)/python -m hvlib.labs.generate

guest: ## install a small Linux kernel, busybox and QEMU for the real-machine sections (Debian, Ubuntu)
	apt-get update -qq
	apt-get install -y -qq --no-install-recommends qemu-system-x86 busybox-static \
	  $$(apt-cache show linux-image-cloud-amd64 >/dev/null 2>&1 && echo linux-image-cloud-amd64 || echo linux-image-kvm)
	chmod a+r /boot/vmlinuz-*  # Ubuntu lets only root read a kernel

lock: $(READY) ## resolve the versions anew
	$(BIN)/python -m uv pip compile --quiet --universal --generate-hashes --no-emit-index-url \
	  --python-version 3.11 --extra test pyproject.toml -o requirements.lock

clean: ## remove what the commands made
	rm -rf .venv bench test-artefacts build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
