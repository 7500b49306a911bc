# Needs make and Python 3.11 or newer; everything else goes into $(VENV), once.

PYTHON  ?= python3
VENV    ?= .venv
RESULTS ?= results

# Options of `wzsim run`, to shorten the demo.
DEMO_SET ?=

BIN  := $(VENV)/bin
DEMO := $(RESULTS)/gauss_222

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help demo test lint docs plugins bench bench-long clean

help: ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1 \t\2/p' $(MAKEFILE_LIST)
	@echo "  VENV=$(VENV) PYTHON=$(PYTHON) RESULTS=$(RESULTS) can be set on the command line."

demo: $(VENV)/.installed-run ## train and measure a layered code: result, table and picture in results/
	$(BIN)/wzsim run scenarios/gauss_222.toml -o $(RESULTS) --force $(DEMO_SET)
	$(BIN)/wzsim show $(DEMO).h5
	$(BIN)/wzsim plot $(DEMO).h5 -o $(DEMO).png
	@echo "Result:  $(DEMO).h5"
	@echo "Picture: $(DEMO).png"

test: lint ## lint, types, layers and tests, a process a core
	OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 $(BIN)/python -m pytest \
	    --numprocesses logical --maxprocesses 8 --dist worksteal

lint: $(VENV)/.installed-test ## style, types and layers
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports

docs: $(VENV)/.installed-docs ## the documentation as HTML in docs/_build/html
	$(BIN)/sphinx-build -W --keep-going -b html docs docs/_build/html

plugins: $(VENV)/.installed-test ## the tests of each package in plugins/, installed alone and then all together
	@set -e; for package in plugins/*/; do \
	    echo "== $$package alone"; \
	    rm -rf $(VENV)/alone; \
	    $(BIN)/python -m pip install -q --no-deps --no-build-isolation --target $(VENV)/alone ./$$package; \
	    PYTHONPATH=$(VENV)/alone $(BIN)/python -m pytest -q $$package; \
	done
	@echo "== all together"
	rm -rf $(VENV)/alone
	$(BIN)/python -m pip install -q --no-deps --no-build-isolation --target $(VENV)/alone ./plugins/*/
	PYTHONPATH=$(VENV)/alone $(BIN)/wzsim plugins
	@set -e; for package in plugins/*/; do \
	    PYTHONPATH=$(VENV)/alone $(BIN)/python -m pytest -q $$package; \
	done

bench: $(VENV)/.installed-test ## what is measured and never asserted
	$(BIN)/python -m benchmarks

bench-long: $(VENV)/.installed-test ## the long ones: variants, random cases, the paper's recipe
	$(BIN)/python -m benchmarks references variants random_cases recipe

clean: ## remove the environment and everything that was built
	rm -rf $(VENV) .mypy_cache .pytest_cache .ruff_cache .import_linter_cache docs/_build

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and \
	    "wzsim needs Python 3.11 or newer: make ... PYTHON=/path/to/it")'
	$(PYTHON) -m venv $(VENV)

# A stamp is newer than what decides the environment, so nothing is installed twice.
$(VENV)/.installed-run: EXTRA =
$(VENV)/.installed-test: EXTRA = [test]
$(VENV)/.installed-docs: EXTRA = [docs]
$(VENV)/.installed-%: pyproject.toml constraints.txt | $(BIN)/python
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable '.$(EXTRA)'
	@touch $@
