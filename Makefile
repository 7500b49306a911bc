# Needs make and Python 3.11 or newer; everything else goes into $(VENV), once.

PYTHON  ?= python3
VENV    ?= .venv
RESULTS ?= results

# The demo is the paper's recipe with fewer epochs and test samples.
DEMO_EPOCHS  ?= 12
DEMO_SAMPLES ?= 1_000_000

BIN  := $(VENV)/bin
DEMO := $(RESULTS)/gauss_222_demo

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help demo test lint docs bench clean

help: ## list the targets
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1 \t\2/p' $(MAKEFILE_LIST)
	@echo "  VENV=$(VENV) PYTHON=$(PYTHON) RESULTS=$(RESULTS) can be set on the command line."

demo: $(VENV)/.installed-run ## simulate a shortened scenario: result, table and picture in results/
	@echo "Shortened: $(DEMO_EPOCHS) epochs and $(DEMO_SAMPLES) test samples."
	@echo "The full recipe: $(BIN)/wzsim run scenarios/gauss_222.toml"
	$(BIN)/wzsim run scenarios/gauss_222.toml -o $(RESULTS) --force \
	    --set 'name="gauss_222_demo"' \
	    --set training.epochs=$(DEMO_EPOCHS) --set evaluation.samples=$(DEMO_SAMPLES)
	$(BIN)/wzsim show $(DEMO).h5
	$(BIN)/wzsim plot $(DEMO).h5 -o $(DEMO).png
	@echo "Result:  $(DEMO).h5"
	@echo "Picture: $(DEMO).png"

test: lint ## lint, types, layers and tests
	$(BIN)/python -m pytest

lint: $(VENV)/.installed-test ## style, types and layers
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports

docs: $(VENV)/.installed-docs ## the documentation as HTML in docs/_build/html
	$(BIN)/sphinx-build -W --keep-going -b html docs docs/_build/html

bench: $(VENV)/.installed-test ## what is measured and never asserted
	$(BIN)/python -m benchmarks

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
