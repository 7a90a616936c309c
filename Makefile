# msapemu: set-up, checks and the main job. `make demo` is the place to start.

VENV := .venv
BIN := $(VENV)/bin
PY := $(BIN)/python
PIP_INSTALL := -m pip --disable-pip-version-check install --quiet
PIP := PYTHONWARNINGS=ignore $(PY) $(PIP_INSTALL)
PYTEST := $(PY) -m pytest

SOURCES := $(shell find msapemu -name '*.pyx' -o -name '*.pxd' -o -name '*.pxi' -o -name '*.h' -o -name '*.c')
BUILD_TOOLS := 'setuptools>=77' 'cython>=3.0'
DEMO_TOOLS := ip=iproute2 ping=iputils-ping iperf3=iperf3
TEST_TOOLS := $(DEMO_TOOLS) aarch64-linux-gnu-gcc=gcc-aarch64-linux-gnu aarch64-linux-gnu-gcc=libc6-dev-arm64-cross \
	qemu-aarch64=qemu-user tshark=tshark dot=graphviz vtysh=frr libosmocore.so=libosmocore19 slirp-fullbolt=slirp
PEER_TOOLS := ip=iproute2 tc=iproute2 tshark=tshark socat=socat valgrind=valgrind

.PHONY: help setup build test quick lint demo bench performance profile fuzz debug clean
.DELETE_ON_ERROR:

help:
	@echo 'make demo    set everything up and run the main job (root)'
	@echo 'make setup   .venv with msapemu in it: .venv/bin/msapemu'
	@echo 'make build   compile the extensions again, when their sources changed'
	@echo 'make test    the whole test suite; what needs root says so when it is skipped'
	@echo 'make quick   the tests that need no root, in less than 90 s'
	@echo 'make lint    ruff, cython-lint, mypy'
	@echo 'make bench   how fast each layer is'
	@echo 'make performance  measure everything and write docs/performance.md (root, 8 minutes, a quiet machine)'
	@echo 'make profile count instructions an octet, and show what differs from docs/performance.md'
	@echo 'make fuzz    mutated input for every decoder, a short run (SEED=n, SECONDS=n)'
	@echo 'make debug   the tests under the address and undefined-behaviour sanitizers (DEBUG_ARGS=...)'
	@echo 'make clean   remove what was built'

setup: $(VENV)/.built

build: $(VENV)/.built

# The Python side and its dependencies
$(VENV)/.installed: pyproject.toml setup.py tools/venv tools/need
	tools/venv $(VENV)
	$(PIP) $(BUILD_TOOLS)
	MSAPEMU_EXTENSIONS=0 $(PIP) --no-build-isolation --editable .
	@touch $@

# The extensions, in place
$(VENV)/.built: $(VENV)/.installed $(SOURCES)
	$(PY) setup.py --quiet build_ext --inplace --parallel 2
	@touch $@

# What tests and lint need on top
$(VENV)/.tested: $(VENV)/.installed
	MSAPEMU_EXTENSIONS=0 $(PIP) --no-build-isolation --editable '.[test]'
	@touch $@

test: $(VENV)/.built $(VENV)/.tested
	tools/need $(TEST_TOOLS)
	$(PYTEST)

# Left to `make test`: the long comparisons with the second implementation, and whatever else takes long
LONG := $(wildcard tests/test_ref_*.py) tests/interop tests/cli/test_line_files.py tests/dataplane/test_shelf.py \
	tests/dataplane/test_channels.py tests/dataplane/test_pdh.py tests/dataplane/test_pw_shelves.py \
	tests/lab/test_bad_labs.py tests/lab/test_bad_pdh.py tests/test_captures_timeslots.py \
	tests/lab/test_schema.py $(patsubst %,tests/wire/test_%.py,line_stmn map cross impair random_frames line e1_map \
	e3_map lcas lcas_random vcat_groups gfp_errors gfp_management gfp_tshark gfp_t_source gfp_t_tshark gfp_t_vc4 \
	hdlc_client hdlc_pdh hdlc_tshark mux pw_sink pw_random bank bank_tx p12_many kernels_check) tests/bench
quick: $(VENV)/.built $(VENV)/.tested
	$(PYTEST) -m 'not root and not slow' $(addprefix --ignore=,$(LONG))

lint: $(VENV)/.tested
	$(BIN)/ruff check .
	PATH="$(CURDIR)/$(BIN):$$PATH" cython-lint msapemu
	$(BIN)/mypy

demo: $(VENV)/.built
	tools/need $(DEMO_TOOLS)
	$(BIN)/msapemu demo

bench: $(VENV)/.built $(VENV)/.tested
	$(PYTEST) -q -o python_files="bench_*.py" --benchmark-enable --benchmark-columns=median,iqr,rounds bench

# What is not there is told in the page, with its reason
performance: $(VENV)/.built $(VENV)/.tested
	-tools/need $(PEER_TOOLS)
	$(PY) -m bench.page

profile: $(VENV)/.built $(VENV)/.tested
	tools/need valgrind=valgrind
	$(PY) -m bench.page --compare

SEED ?=
SECONDS ?= 5
fuzz: $(VENV)/.built
	$(PY) -m fuzz $(if $(SEED),--seed $(SEED)) --seconds $(SECONDS)

# A copy of the tree with an environment of its own: the normal build is not touched.
DEBUG_VENV := .venv-debug
DEBUG_TREE := build-debug
DEBUG_PY := $(DEBUG_VENV)/bin/python

$(DEBUG_VENV)/.installed: pyproject.toml setup.py tools/venv tools/need tools/debug-tree tools/sanitizers.py
	tools/venv $(DEBUG_VENV)
	tools/debug-tree $(DEBUG_TREE)
	$(DEBUG_PY) $(PIP_INSTALL) $(BUILD_TOOLS)
	cd $(DEBUG_TREE) && MSAPEMU_EXTENSIONS=0 PYTHONWARNINGS=ignore ../$(DEBUG_PY) $(PIP_INSTALL) \
		--no-build-isolation --editable '.[test]'
	$(DEBUG_PY) tools/sanitizers.py
	@touch $@

debug: $(DEBUG_VENV)/.installed
	tools/need $(TEST_TOOLS)
	tools/debug-tree $(DEBUG_TREE)
	cd $(DEBUG_TREE) && MSAPEMU_DEBUG=1 ../$(DEBUG_PY) setup.py --quiet build_ext --inplace --parallel 2
	cd $(DEBUG_TREE) && MSAPEMU_CAPTURES=$(abspath ../shared/captures) ../$(DEBUG_PY) -m pytest $(DEBUG_ARGS)

clean:
	rm -rf build build-debug dist *.egg-info .pytest_cache .hypothesis .mypy_cache .ruff_cache .benchmarks
	rm -f $(VENV)/.built
	find msapemu -name '*.so' -delete
	find . -name __pycache__ -not -path './.venv*' -prune -exec rm -rf {} +
