# `make demo` and `make test` do all the set-up they need.
SHELL := bash
.SHELLFLAGS := -o pipefail -ec
PYTHON ?= python3
CORES ?= 2
VENV := .venv
BIN := $(VENV)/bin
LOCK := envs/requirements.lock
DEV_LOCK := envs/requirements-dev.lock
SNAKEMAKE := $(BIN)/snakemake --cores $(CORES)
WATCHED := $(SNAKEMAKE) --quiet host
DEMO := --configfile config/demo.yaml
# Two fits at a time on half the cores each: they begin, compile and end on one.
HALF := --max-threads $(shell expr \( $(CORES) + 1 \) / 2)
WATCH := $(BIN)/python -m zeroshot_em.run.watching
REAL := ../shared/data
ENHANCE := $(BIN)/zeroshot-em enhance --output results/real/enhanced --effort low --resume
PIP := $(BIN)/python -m pip install --disable-pip-version-check --no-input --progress-bar off
LOCKING := --universal --python-version 3.11 --generate-hashes --no-annotate --no-header
PURELIB := 'import sysconfig; print(sysconfig.get_path("purelib"))'
COUNT := awk '/^ *Collecting / { printf "\rinstalling: %d packages found", ++n; fflush() } \
	/^Installing/ { printf ", now being written"; fflush() } END { if (n) print "" }'

.DEFAULT_GOAL := help
.PHONY: help demo benchmark report test real lint format manual lock clean faults fuzz bounds verify reference \
	napari docs

help: ## list the targets
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 10

demo: $(VENV)/.installed ## rebuild every figure from the embedded scene into results/demo
	@$(WATCH) demo $(WATCHED) $(HALF) $(DEMO) -- all

report: demo ## write results/demo/report.html
	@$(SNAKEMAKE) --quiet all $(DEMO) --report results/demo/report.html \
		--report-stylesheet workflow/report/report.css -- all
	@echo "Report:  results/demo/report.html"

verify: $(VENV)/.installed ## compare results/demo with the table of what the demo made before
	@$(SNAKEMAKE) --quiet all $(DEMO) -- verify

reference: $(VENV)/.installed ## write that table anew, and that of the tests' tiny run, after a change that is meant
	@$(SNAKEMAKE) --quiet all $(DEMO) -- reference
	@$(SNAKEMAKE) --quiet all --configfile tests/workflow/tiny.yaml -- reference

test: $(VENV)/.developing ## run the tests, those of each module in one of CORES processes
	$(BIN)/python -m pytest -n $(CORES) --dist loadscope

real: $(VENV)/.installed ## rebuild the figures from the real images in ../shared/data, and enhance parts of others
	@$(WATCH) real $(WATCHED) --configfile tests/workflow/real_images.yaml -- all
	@$(ENHANCE) $(REAL)/sem_noisy.tif --crop 128,128,256,256
	@$(ENHANCE) $(REAL)/membranes_sstem.png --crop 128,128,256,256
	@$(ENHANCE) $(REAL)/niaid_sarscov2_49597519106.jpg --crop 200,100,640,640

benchmark: $(VENV)/.installed ## compare methods on scenes of known truth; write the tables of docs/benchmark.md
	@$(WATCHED) $(DEMO) -- benchmark
	@$(BIN)/python -m zeroshot_em.run.benchmark_page results/demo/benchmark/tables.md docs/benchmark.md

faults: $(VENV)/.installed ## print the table of bad inputs and faults, with what came of each
	$(BIN)/python tests/faults

fuzz: $(VENV)/.installed ## read ten thousand damaged files within bounds of time and memory
	$(BIN)/python tests/faults/fuzz.py

bounds: $(VENV)/.installed ## run the tests of the kernels with their indices checked
	NUMBA_BOUNDSCHECK=1 NUMBA_CACHE_DIR=.numba_bounds $(BIN)/python -m pytest -q -m "not slow" tests/science tests/unit/test_patches.py

napari: $(VENV)-napari/.installed ## run the tests of the napari plugin, in a window if there is Xvfb
	$$(ldconfig -p | grep libxcb-cursor > /dev/null && command -v xvfb-run && echo -a) $(VENV)-napari/bin/python -m pytest -W ignore -m napari tests/plugin

s3: $(VENV)-s3/.installed ## run the workflow with its files in a local S3
	$(VENV)-s3/bin/python -m pytest tests/s3

docs: $(VENV)-docs/.installed ## build the documentation into results/site
	NO_MKDOCS_2_WARNING=1 $(VENV)-docs/bin/mkdocs --quiet build --strict
	@echo "Documentation: results/site/index.html"

lint: $(VENV)/.developing ## check the style, the types and the workflow
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/snakefmt --check workflow
	$(BIN)/snakemake --lint

format: $(VENV)/.developing ## format the code and the rules
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	$(BIN)/snakefmt workflow

manual: $(VENV)/.developing ## write the tables of the manual that follow from schema and figures
	$(BIN)/python -m zeroshot_em.run.manual

lock: ## resolve the dependencies again (needs uv)
	uv pip compile $(LOCKING) --extra bm3d --extra checkout --extra dev --extra microscopy \
		--extra slurm --extra workflow pyproject.toml -o $(DEV_LOCK)
	uv pip compile $(LOCKING) --extra bm3d --extra checkout --extra microscopy --extra workflow \
		--constraint $(DEV_LOCK) pyproject.toml -o $(LOCK)
	uv pip compile $(LOCKING) --extra microscopy --extra napari --group napari pyproject.toml \
		--constraint $(DEV_LOCK) -o envs/napari.lock
	uv pip compile $(LOCKING) --extra bm3d --extra checkout --extra s3 --extra workflow --group s3 \
		pyproject.toml -o envs/s3.lock
	uv pip compile $(LOCKING) --group docs --constraint $(DEV_LOCK) -o envs/docs.lock

clean: ## remove the environment and what the demo made
	rm -rf $(VENV) $(VENV)-napari $(VENV)-docs results/demo results/site

$(VENV)/.installed: $(LOCK) pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit("make: Python 3.11 or newer is needed; name one with PYTHON=..." if sys.version_info < (3, 11) else 0)'
	@$(PYTHON) -m venv $(VENV)
	@echo "setting up $(VENV) once: about 0.9 GB"
	@$(PIP) --require-hashes -r $(LOCK) | $(COUNT)
	@$(PIP) --quiet --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/.developing: $(DEV_LOCK) $(VENV)/.installed
	@$(PIP) --require-hashes -r $(DEV_LOCK) | $(COUNT)
	@touch $@

# What .venv has is not installed again: its folder is looked in as well.
$(VENV)-napari/.installed: envs/napari.lock $(VENV)/.developing
	@$(BIN)/python -m venv $(VENV)-napari
	@echo 'import site; site.addsitedir("'$$($(BIN)/python -c $(PURELIB))'")' \
		> $$($(VENV)-napari/bin/python -c $(PURELIB))/beside.pth
	@$(subst $(BIN),$(VENV)-napari/bin,$(PIP)) --require-hashes -r envs/napari.lock | $(COUNT)
	@touch $@

$(VENV)-s3/.installed: envs/s3.lock pyproject.toml
	@$(PYTHON) -m venv $(VENV)-s3
	@$(subst $(BIN),$(VENV)-s3/bin,$(PIP)) --require-hashes -r envs/s3.lock | $(COUNT)
	@$(subst $(BIN),$(VENV)-s3/bin,$(PIP)) --quiet --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)-docs/.installed: envs/docs.lock
	@$(PYTHON) -m venv $(VENV)-docs
	@$(subst $(BIN),$(VENV)-docs/bin,$(PIP)) --require-hashes -r envs/docs.lock | $(COUNT)
	@touch $@
