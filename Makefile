# Sets up .venv from requirements.lock and runs the project in it; `make` alone lists what there is to run.
# Nothing has to be activated: every recipe puts .venv/bin first on its own PATH.

PYTHON ?= python3
CASES ?= 2000

# Written by the last step of the set-up, so that a set-up that was interrupted is never taken for a finished one.
INSTALLED := .venv/.installed

INSTALL := .venv/bin/python -m pip install -qq --disable-pip-version-check --require-hashes

ENTER := export PATH="$(CURDIR)/.venv/bin:$$PATH";

.DEFAULT_GOAL := help
.PHONY: help reproduce test campaign audit lint benchmark profiles mutants more slurm crate release lock clean .venv

help: ## list these targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-10s %s\n", $$1, $$2 }' Makefile

# Snakemake wants a folder for its cache, and takes one at home unless told of another.
reproduce: .venv ## regenerate every printed number, with its proof and figure
	@test -w "$$HOME" || export XDG_CACHE_HOME="$(CURDIR)/.snakemake/cache"; $(ENTER) snakemake --cores 4

test: .venv ## run the tests
	@$(ENTER) pytest

campaign: .venv ## look for input that breaks a program, much longer than the tests do (CASES=2000 of each kind)
	@$(ENTER) CASES=$(CASES) pytest tests/campaign -s

# The weekly run is in .github; nothing in the lock is there for it.
audit: ## look up the known vulnerabilities of what requirements.lock pins (fetches pip-audit)
	@"$(PYTHON)" -m venv --clear .audit
	@.audit/bin/python -m pip install -qq --disable-pip-version-check pip-audit
	@.audit/bin/pip-audit --require-hashes --disable-pip --requirement requirements.lock

lint: .venv ## check style, types and the workflow
	@$(ENTER) ruff check --quiet
	@$(ENTER) ruff format --check --quiet
	@$(ENTER) snakefmt --check --compact-diff Snakefile workflow
	@$(ENTER) snakemake --lint
	@$(ENTER) mypy

benchmark: .venv ## compare speeds: proofs with scalar loops, ensembles with single networks; sweeps
	@$(ENTER) python benchmarks/balls.py
	@echo
	@$(ENTER) python benchmarks/batch.py
	@echo
	@$(ENTER) python benchmarks/sweeps.py

profiles: .venv ## run the three-layer program under other NumPys and BLAS kernels (fetches them; some minutes)
	@$(ENTER) python scripts/profile_stacks.py

# Of what is committed, in a copy: a mutant never touches the clone itself.
mutants: .venv ## change the core modules in a thousand ways, and count what the fast tests miss (needs mutmut; ten minutes)
	@$(ENTER) command -v mutmut >/dev/null || { echo 'make mutants needs mutmut: .venv/bin/pip install mutmut==3.8.1' >&2; exit 1; }
	@rm -rf results/mutants && git clone --quiet . results/mutants
	@$(ENTER) cd results/mutants && mv scripts/lastdigit . && mkdir mutants && export PYTHONPATH="$$PWD/mutants" && \
	    mutmut run && mutmut results

more: .venv ## add to .venv what few need: Slurm's executor, RO-Crates and their validator
	@$(INSTALL) -r requirements-more.lock

slurm: more ## run a sweep on a Slurm of one node, which is installed (needs root on Debian)
	@$(ENTER) tests/slurm.sh

crate: reproduce more ## describe the run in results/crate, a Workflow Run RO-Crate
	@rm -rf results/crate && $(ENTER) python scripts/crate.py --output results/crate

release: reproduce ## pack reference data, figures and compare.py into results/last-digit.zip
	@$(ENTER) python scripts/release.py --output results/last-digit.zip

# A pin that still fits stays as it is; for the newest of everything, delete requirements.lock first.
lock: ## pin the dependencies of pyproject.toml in requirements.lock (needs uv)
	@command -v uv >/dev/null || { echo 'make lock needs uv: $(PYTHON) -m pip install uv' >&2; exit 1; }
	@uv pip compile pyproject.toml --group build --group documents --group tests --group lints --universal \
	    --fork-strategy fewest --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate --no-header -q -o requirements.lock
	@uv pip compile --group cluster --group archives -c requirements.lock --universal --fork-strategy fewest \
	    --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate --no-header -q -o requirements-more.lock
	@echo 'Now give environment.yml the same versions: make test compares the two.'

clean: ## remove .venv, results and caches: back to a fresh clone
	@rm -rf .venv .audit results .snakemake .pytest_cache .mypy_cache .ruff_cache .hypothesis
	@find benchmarks scripts tests workflow -type d -name __pycache__ -exec rm -rf {} +

.venv: $(INSTALLED)

# The programs in a virtual environment name the folder it was made in, so after its clone has moved it is made again.
ifneq ($(shell cat $(INSTALLED) 2>/dev/null),$(CURDIR))
.PHONY: $(INSTALLED)
endif

# 3.11 is requires-python of pyproject.toml, said again here because no older Python can read that file.
# Always from nothing: a package that an interrupted installation left half unpacked looks installed to pip, and one
# that the lock no longer names would stay. Downloads are not repeated: pip keeps them.
# Wheels only, but for one package that has none: the lock pins what builds it, too, which is installed first.
$(INSTALLED): requirements.lock
	@command -v "$(PYTHON)" >/dev/null || \
	    { echo 'There is no $(PYTHON). Name a Python from 3.11 on, as in: make test PYTHON=python3.12' >&2; exit 1; }
	@"$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	    { echo "Python 3.11 or newer is needed, and $(PYTHON) is $$("$(PYTHON)" --version 2>&1)." \
	           'Name another one, as in: make test PYTHON=python3.12' >&2; exit 1; }
	@echo 'Setting up .venv (once; it takes a minute or two) ...'
	@"$(PYTHON)" -m venv --clear .venv
	@sed -n '/^setuptools==/,/[^\\]$$/p' requirements.lock >.venv/build.txt
	@(while sleep 10 >/dev/null 2>&1; do printf .; done) & dots=$$!; trap 'kill $$dots; echo' EXIT; \
	    $(INSTALL) -r .venv/build.txt && \
	    $(INSTALL) --no-build-isolation --only-binary :all: --no-binary connection-pool -r requirements.lock
	@printf '%s\n' "$(CURDIR)" >$(INSTALLED)
