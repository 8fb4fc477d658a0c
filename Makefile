# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
#
# make demo    the strain map of a running tibia
# make test    all tests
# make docs    runs the lessons, writes the documentation to docs/_build/html
# make check   style, types, room order, contents of the wheel
# make mutate  the share of small faults that the tests notice, in docs/tables/mutation.csv; an hour
# make clean   removes what the others made
#
# Each sets up what it needs; the stamp keeps it from being done twice.

MAKEFLAGS += --no-print-directory
BIN := .venv/bin
STAMP := .venv/.stamp

.PHONY: demo test docs check mutate setup clean

demo: $(STAMP)
	@$(BIN)/bonefea run tibia running --out runs/demo
	@echo "The strain map is runs/demo/map.png"

# A file of tests stays with one process, because its tests share meshes; a process takes up to 2 GB. Each solves on
# one thread, since the others have the other cores.
test: $(STAMP)
	@OMP_NUM_THREADS=1 $(BIN)/pytest -n logical --maxprocesses 4 --dist loadfile

docs: $(STAMP)
	@$(BIN)/sphinx-build -q -E -W --keep-going docs docs/_build/html
	@echo "The documentation is docs/_build/html/index.html"

check: $(STAMP)
	@$(BIN)/ruff check
	@$(BIN)/ruff format --check
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/python scripts/check_wheel.py

mutate: $(STAMP)
	@$(BIN)/python scripts/mutate.py

setup: $(STAMP)
	@:

$(STAMP): pyproject.toml .ci/constraints.txt
	@sh scripts/setup.sh

clean:
	@rm -rf .venv mutants build dist docs/_build *.egg-info runs/demo
	@rm -rf .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache
	@find fea meshes loadcases scripts tests -name __pycache__ -type d -prune -exec rm -rf {} + 2>/dev/null || true
