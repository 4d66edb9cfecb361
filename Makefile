# Everything is done in .venv, which the first command makes. `make` alone explains itself.
.DEFAULT_GOAL := help
.PHONY: help moved lab test test-browser test-grading test-thorough newest test-newest lint notebooks assignments book slides bench house-models ledger lock clean

BIN := .venv/bin
PY := $(BIN)/python
READY := .venv/.ready
READY_DEV := .venv/.ready-dev
# The folder was renamed, moved or copied since .venv was made in it, or the Python under .venv has gone.
MOVED := $(shell [ ! -e .venv/.folder ] || { [ "$$(cat .venv/.folder)" = "$$(pwd -P)" ] && [ -x $(PY) ]; } || echo moved)
WORKERS ?= 2
# What JAX has compiled once is kept, so that the solved notebook, the book and a restarted kernel do not wait for it again.
export JAX_COMPILATION_CACHE_DIR := $(CURDIR)/_build/jax-cache
export JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS := 0
# .venv has all that the course needs: nothing from elsewhere comes before it, and what was imported once stays compiled.
unexport PYTHONPATH PYTHONHOME PYTHONDONTWRITEBYTECODE

help: ## say what can be made
	@echo "One character at a time: a course on how a machine learns to write text."
	@echo
	@sed -n 's/^\([a-z-]*\):[^#]*## \(.*\)/  make \1|\2/p' $(MAKEFILE_LIST) | awk -F'|' '{printf "%-18s %s\n", $$1, $$2}'

# What the lessons need; and, when first asked for, what tests, book and grading need besides.
SETS_UP := pyproject.toml tools/make_environment.sh $(shell find tools/jupyter -type f)
$(READY): requirements.txt $(SETS_UP) | $(MOVED)
	@sh tools/make_environment.sh
$(READY_DEV): requirements-dev.txt $(SETS_UP) | $(MOVED)
	@sh tools/make_environment.sh dev

moved:
	@sh tools/make_environment.sh moved

lab: $(READY) ## open the lessons in JupyterLab
	$(PY) -m chargen_lib.command lab -- $(LAB_FLAGS)

# A test run keeps no record among a learner's own.
test test-browser test-grading test-thorough book slides: export CHARGEN_PROGRESS = $(CURDIR)/_build/progress.json
# What needs no browser and no built book.
OURS := tests --ignore=tests/browser --ignore=tests/book
# LESSON=06: only what belongs to that lesson.
# Tests compile much and compute little: what is compiled need not be fast.
HASTY := --xla_backend_optimization_level=0 --xla_llvm_disable_expensive_passes=true
QUICK := XLA_FLAGS="$(HASTY) --xla_cpu_use_fusion_emitters=false"
PYTEST = $(PY) -m pytest -n $(WORKERS)
NBVAL := -p tests.kernels --dist loadfile --nbval-lax --nbval-current-env --nbval-cell-timeout=120
test: $(READY_DEV) ## test the library, the exercises, and every notebook; LESSON=06 tests one lesson
	@mkdir -p _build
	$(QUICK) $(PYTEST) --dist loadgroup $(OURS) -m "not slow" $(if $(LESSON),--lesson $(LESSON))
	$(PYTEST) $(NBVAL) $(if $(LESSON),notebooks/$(LESSON)_*.ipynb solutions/$(LESSON)_*.ipynb,notebooks solutions)

# In a browser something waits for the clock of a busy machine: what fails is tried once more, and the summary counts it as a rerun.
test-browser: $(READY_DEV) ## test the figures, the pages of the built book, and JupyterLab, in a real browser
	$(QUICK) $(PYTEST) --dist loadgroup --reruns 1 tests/book tests/browser

test-grading: $(READY_DEV) ## grade real submissions with nbgrader
	$(QUICK) $(PYTEST) --dist loadgroup -m slow tests/instructor

# What `test` tries on some seeds, on all of them; and the two above.
test-thorough: export CHARGEN_THOROUGH = 1
test-thorough: $(READY_DEV) ## all of these, with every seed
	@mkdir -p _build
	$(PYTEST) --dist loadgroup tests
	$(PYTEST) $(NBVAL) notebooks solutions

# The other end of pyproject's ranges, in an environment of its own: make test-newest PYTHON=python3.13.  The library's tests, without
# every wrong answer to every exercise; WHOLE=1: all but the built book, and every solved lesson; MADE=1: in the environment that
# `make newest PYTHON=python3.13`, with the same WHOLE, has just made.
LIBRARY := $(OURS) $(foreach room,tools instructor command,--ignore=tests/$(room)) --ignore=tests/exercises/test_exercises.py --ignore-glob='*/test_traps*'
newest:
	@mkdir -p _build
	"$(or $(PYTHON),python3)" -m venv --clear _build/newest
	_build/newest/bin/python -m pip install --disable-pip-version-check --no-compile --quiet $(if $(WHOLE),--editable ".[dev]",--editable . hypothesis nbformat "pytest<9.2" pytest-xdist)
test-newest: export CHARGEN_PROGRESS = $(CURDIR)/_build/progress.json
test-newest: $(if $(MADE),,newest)
	_build/newest/bin/python -c "import jax, flax, sys; print('Python', sys.version.split()[0], 'jax', jax.__version__, 'flax', flax.__version__)"
	XLA_FLAGS="$(HASTY)" _build/newest/bin/python -m pytest -n $(WORKERS) --dist loadgroup $(if $(WHOLE),$(OURS),$(LIBRARY) -m "not slow")
	$(if $(WHOLE),_build/newest/bin/python -m pytest -n $(WORKERS) $(NBVAL) solutions)

lint: $(READY_DEV) ## check style and types
	$(PY) -m ruff format --check .
	$(PY) -m ruff check .
	$(PY) -m mypy

notebooks: $(READY_DEV) ## make the notebooks, and the page of exercises, from solutions/*.py
	$(PY) tools/build_notebooks.py

assignments: $(READY_DEV) ## lay out a course for nbgrader in grading/, or in COURSE=folder
	$(PY) tools/make_assignments.py $(if $(COURSE),"$(COURSE)")

# The book keeps what a notebook printed while the notebook stays the same; when the library changes, it must forget.
_build/library.stamp: requirements-dev.txt $(shell find chargen_lib -type f -not -name '*.pyc')
	@mkdir -p _build && rm -rf _build/.jupyter_cache _build/.doctrees && touch $@

# Sphinx takes a page with a failed notebook for built, and would not look again: after a book that failed, every page is made anew.
book: $(READY_DEV) _build/library.stamp ## build the book and check its pages; it opens from _build/html/index.html
	@[ -e _build/book.stamp ] || rm -rf _build/.doctrees
	@rm -f _build/book.stamp
	$(PY) tools/run_lessons.py
	$(BIN)/jupyter-book build . --toc book/_toc.yml -W -n --keep-going
	$(PY) -m pytest -q tests/book/test_book.py
	@touch _build/book.stamp
	@echo "The book: _build/html/book/index.html"

slides: $(READY_DEV) _build/library.stamp ## make slides of every lesson, to show without a network, in _build/slides
	$(PY) tools/build_slides.py

bench: $(READY_DEV) ## measure the speed goals, as ratios, into book/benchmarks.md (GROUPS="training search": these alone)
	$(PY) tools/benchmarks.py $(GROUPS)

house-models: $(READY) ## train the models that come with the course, 5 minutes; ARGS="--check 2" tries the recipe on two more seeds
	$(PY) tools/house_models.py $(ARGS)

ledger: $(READY_DEV) ## train on tiny Shakespeare for one and three minutes, and write what came out into book/ladder.md
	$(PY) tools/ledger.py

lock: PIN = $(PY) -m uv pip compile --quiet --universal --no-emit-index-url --fork-strategy fewest --python-version 3.11 --custom-compile-command "make lock"
lock newest: export PIP_USER = 0
lock: $(READY) ## pin requirements.txt and requirements-dev.txt anew from the ranges in pyproject.toml
	$(PY) -m pip install --quiet uv
	$(PIN) --extra dev --upgrade --output-file requirements-dev.txt pyproject.toml
	cp requirements-dev.txt requirements.txt # so that each takes the versions of the other
	$(PIN) --output-file requirements.txt pyproject.toml

clean: ## remove what was built; .venv and your own work stay
	rm -rf _build
