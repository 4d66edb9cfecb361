# Everything is done in .venv, which the first command makes. `make` alone explains itself.
.DEFAULT_GOAL := help
.PHONY: help lab test test-newest lint notebooks assignments book slides bench lock clean

BIN := .venv/bin
READY := .venv/.ready
WORKERS ?= 2
# What JAX has compiled once is kept, so that the solved notebook, the book and a restarted kernel do not wait for it again.
export JAX_COMPILATION_CACHE_DIR := $(CURDIR)/_build/jax-cache
export JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS := 0
# JupyterLab must be told that root is meant, in a container for instance.
AS_ROOT := $(if $(filter 0,$(shell id -u)),--allow-root)

help: ## say what can be made
	@echo "One character at a time: a course on how a machine learns to write text."
	@echo
	@sed -n 's/^\([a-z-]*\):[^#]*## \(.*\)/  make \1|\2/p' $(MAKEFILE_LIST) | awk -F'|' '{printf "%-18s %s\n", $$1, $$2}'

$(READY): requirements.txt pyproject.toml tools/make_environment.sh
	@sh tools/make_environment.sh

lab: $(READY) ## open the lessons in JupyterLab
	$(BIN)/jupyter lab --ServerApp.root_dir=. --LabApp.default_url=/lab/tree/notebooks $(AS_ROOT) $(LAB_FLAGS)

# A test run keeps no record among a learner's own.
test book slides: export CHARGEN_PROGRESS = $(CURDIR)/_build/progress.json
test: $(READY) ## test the library, the exercises, and every notebook
	@mkdir -p _build
	$(BIN)/pytest -n $(WORKERS) --dist loadgroup tests
	$(BIN)/pytest -n $(WORKERS) --dist loadfile --nbval-lax --nbval-current-env --nbval-cell-timeout=120 notebooks solutions

# The other end of pyproject's ranges, in an environment of its own: make test-newest PYTHON=python3.13
test-newest: export CHARGEN_PROGRESS = $(CURDIR)/_build/progress.json
test-newest:
	@mkdir -p _build
	$(or $(PYTHON),python3) -m venv --clear _build/newest
	_build/newest/bin/pip install --disable-pip-version-check --quiet --editable ".[dev]"
	_build/newest/bin/python -c "import jax, flax, sys; print('Python', sys.version.split()[0], 'jax', jax.__version__, 'flax', flax.__version__)"
	_build/newest/bin/pytest -n $(WORKERS) -m "not slow" -k "not every_seed and not named_as_itself and not book and not pages and not slides" tests
	_build/newest/bin/pytest -n $(WORKERS) --dist loadfile --nbval-lax --nbval-current-env --nbval-cell-timeout=120 solutions

lint: $(READY) ## check style and types
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

notebooks: $(READY) ## make the notebooks, and the page of exercises, from solutions/*.py
	$(BIN)/python tools/build_notebooks.py

assignments: $(READY) ## lay out a course for nbgrader in grading/, or in COURSE=folder
	$(BIN)/python tools/make_assignments.py $(if $(COURSE),"$(COURSE)")

# The book keeps what a notebook printed while the notebook stays the same; when the library changes, it must forget.
_build/library.stamp: requirements.txt $(shell find chargen_lib -type f -not -name '*.pyc')
	@mkdir -p _build && rm -rf _build/.jupyter_cache && touch $@

book: $(READY) _build/library.stamp ## build the book and check its pages; it opens from _build/html/index.html
	$(BIN)/jupyter-book build . --toc book/_toc.yml -W -n --keep-going
	$(BIN)/pytest -q tests/book/test_book.py
	@echo "The book: _build/html/book/index.html"

slides: $(READY) _build/library.stamp ## make slides of every lesson, to show without a network, in _build/slides
	$(BIN)/python tools/build_slides.py

bench: $(READY) ## measure the speed goals, as ratios, into book/benchmarks.md
	$(BIN)/python tools/benchmarks.py

lock: $(READY) ## pin requirements.txt anew from the ranges in pyproject.toml
	$(BIN)/pip install --quiet uv
	$(BIN)/uv pip compile --universal --no-emit-index-url --fork-strategy fewest --python-version 3.11 --extra dev \
		--upgrade --custom-compile-command "make lock" --output-file requirements.txt pyproject.toml

clean: ## remove what was built; .venv and your own work stay
	rm -rf _build
