# `make demo` and `make test` do all the set-up they need.
PYTHON ?= python3
CORES ?= 2
VENV := .venv
BIN := $(VENV)/bin
LOCK := envs/requirements.lock
SNAKEMAKE := $(BIN)/snakemake --cores $(CORES)
DEMO := --configfile config/demo.yaml

.DEFAULT_GOAL := help
.PHONY: help demo report test real lint format manual lock clean

help: ## list the targets
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 10

demo: $(VENV)/.installed ## rebuild every figure from the embedded scene into results/demo
	$(SNAKEMAKE) $(DEMO) -- all

report: demo ## write results/demo/report.html
	$(SNAKEMAKE) $(DEMO) --report results/demo/report.html -- all

test: $(VENV)/.installed ## run the tests
	$(BIN)/python -m pytest

real: $(VENV)/.installed ## rebuild the figures from the real images in ../shared/data
	$(SNAKEMAKE) --configfile tests/workflow/real_images.yaml -- all

lint: $(VENV)/.installed ## check the style, the types and the workflow
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/snakefmt --check workflow
	$(BIN)/snakemake --lint

format: $(VENV)/.installed ## format the code and the rules
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	$(BIN)/snakefmt workflow

manual: $(VENV)/.installed ## write the tables of the manual that follow from schema and figures
	$(BIN)/python -m zeroshot_em.run.manual

lock: ## resolve the dependencies again (needs uv)
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-annotate --no-header --all-extras \
		pyproject.toml -o $(LOCK)

clean: ## remove the environment and what the demo made
	rm -rf $(VENV) results/demo

$(VENV)/.installed: $(LOCK) pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit("make: Python 3.11 or newer is needed; name one with PYTHON=..." if sys.version_info < (3, 11) else 0)'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $(LOCK)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@
