# `make demo` shows what corewise does, `make test` shows that it does it. Both set up all they need
# in this folder: a virtual environment in .venv and Rust's target folder.

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help demo test test-rust test-python test-long lint format bench bench-governor bench-random docs clean

# The first CPython >= 3.10 that runs and can make a virtual environment.
PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11 python3.10 python3.14; do \
	$$p -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 10))' 2>/dev/null \
	&& echo $$p && break; done)
CARGO ?= cargo
VENV := .venv
BIN := $(CURDIR)/$(VENV)/bin

# Nothing of the caller's own settings: pools in tests are sized by the tests.
unexport VIRTUAL_ENV PYTHONPATH PYTHONHOME OMP_NUM_THREADS OPENBLAS_NUM_THREADS
export PIP_DISABLE_PIP_VERSION_CHECK := 1
export COREWISE_TEST_PYTHON := $(BIN)/python

RUST := Cargo.toml Cargo.lock pyproject.toml $(shell find crates -name '*.rs' -o -name Cargo.toml \
	-o -path '*/assets/*' -type f) $(wildcard python/corewise/* python/corewise.data/*/*)

help:
	@echo 'make demo    a real scikit-learn program, as is and under corewise, with both reports'
	@echo 'make test    every test'
	@echo 'make test-long   every test, and other packages'"'"' test suites under the governor (hours)'
	@echo 'make lint    formatting, clippy, ruff, mypy, pyright'
	@echo 'make bench   what recording costs, beside py-spy; what limiting costs, beside threadpoolctl'
	@echo 'make bench-governor   the governor beside every static setting (hours)'
	@echo 'make bench-random     random numbers beside NumPy, other packages and memset (an hour)'
	@echo 'make docs    the documentation, in docs/_build/html'

$(VENV)/.requirements: tests/requirements.txt
	@test -n '$(PYTHON)' || { echo 'error: no CPython 3.10 or later with venv was found' >&2; \
	  echo 'hint: install it (Debian: python3-venv), or name it: make PYTHON=/path/to/python' >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --requirement tests/requirements.txt
	@touch $@

# The wheel as a user gets it, installed in .venv.
$(VENV)/.corewise: $(VENV)/.requirements $(RUST)
	$(BIN)/pip install --quiet 'maturin>=1.9,<2'
	PATH='$(BIN)':"$$PATH" VIRTUAL_ENV='$(CURDIR)/$(VENV)' $(BIN)/maturin develop --release --quiet
	@touch $@

demo: $(VENV)/.corewise
	@$(BIN)/python examples/demo/demo.py --corewise $(BIN)/corewise --output demo-out

test: test-rust test-python

test-rust: $(VENV)/.requirements
	$(CARGO) test --workspace --quiet
	RUSTFLAGS='--cfg loom' $(CARGO) test -p corewise-arbiter --test loom --release --quiet --target-dir target/loom

test-python: $(VENV)/.corewise
	@sh tests/chromium.sh
	$(BIN)/python -m pytest --quiet

# Hours: other packages' whole test suites, a longer chaos test, runtimes that are large downloads.
test-long: test
	COREWISE_TEST_LONG=1 COREWISE_CHAOS_SECONDS=600 $(BIN)/python -m pytest --quiet \
	  tests/test_governor_mkl.py tests/test_governor_numba.py \
	  tests/test_governor_openblas_openmp.py tests/test_governor_blis.py \
	  tests/test_governor_ray.py tests/test_governor_chaos.py tests/test_joblib.py \
	  tests/test_random_bits.py tests/test_random_aarch64.py
	$(BIN)/python tests/random_suite.py --threads 3
	$(BIN)/python tests/suites.py

lint: $(VENV)/.corewise
	$(CARGO) fmt --check
	$(CARGO) clippy --workspace --all-targets --quiet -- --deny warnings
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/python -m mypy.stubtest corewise._native --ignore-missing-stub
	PATH='$(BIN)':"$$PATH" VIRTUAL_ENV='$(CURDIR)/$(VENV)' $(BIN)/pyright --verifytypes corewise \
	  --ignoreexternal

format: $(VENV)/.requirements
	$(CARGO) fmt
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

bench: $(VENV)/.corewise
	$(BIN)/python benches/overhead.py
	$(BIN)/python benches/control.py

bench-governor: $(VENV)/.corewise
	$(BIN)/python benches/governor/run.py

bench-random: $(VENV)/.corewise
	$(BIN)/python benches/random/run.py

$(VENV)/.docs: docs/requirements.txt $(VENV)/.requirements
	$(BIN)/pip install --quiet --requirement docs/requirements.txt
	@touch $@

docs: $(VENV)/.docs $(VENV)/.corewise
	$(BIN)/sphinx-build -W --keep-going -q docs docs/_build/html
	RUSTDOCFLAGS='--deny warnings' $(CARGO) doc --workspace --no-deps --quiet

clean:
	rm -rf $(VENV) target demo-out docs/_build tests/programs/build
