# Everything a developer or CI does. Needs Python 3.11+, make and git; the rest is installed into .venv.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
SOURCES := $(shell find flow_retail_client custom openapi/openapi.json pyproject.toml README.md LICENSE -type f -not -name '*.pyc' 2>/dev/null)

export PYTHONDONTWRITEBYTECODE := 1

.DEFAULT_GOAL := help
.PHONY: help setup demo test soak lint fix vendor generate check-generated wheel clean

help: ## Show the commands.
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  make \1|\2/' | column -t -s '|' 2>/dev/null || grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST)

$(VENV)/tools: requirements-dev.txt constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or newer is needed, this is " + sys.version.split()[0] + ": make PYTHON=python3.12 ...") if sys.version_info < (3, 11) else None'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check --constraint constraints.txt --requirement requirements-dev.txt
	@touch $@

# What is tested and shown is the wheel, as users get it.
$(VENV)/installed: $(VENV)/tools $(SOURCES)
	@rm -rf build/wheel && mkdir -p build/wheel
	$(BIN)/python -m hatchling build --target wheel --directory build/wheel
	$(BIN)/pip install --quiet --disable-pip-version-check --force-reinstall --no-deps build/wheel/*.whl
	@touch $@

setup: $(VENV)/installed ## Install the tools and the wheel into .venv.

demo: $(VENV)/installed ## Run the main job against a sandbox of its own.
	$(BIN)/python examples/demo.py

test: $(VENV)/installed ## Run every test against the installed wheel, with coverage.
	@rm -f .coverage .coverage.*
	$(BIN)/pytest --cov --cov-report=term

soak: $(VENV)/installed ## Upsert 100,000 customers and read them all with 20 % faults; compare the final state.
	$(BIN)/python tests/faults/soak.py --items 100000 --faults 0.2 --seed 1

lint: $(VENV)/tools ## Check style, types and the directions of dependencies.
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/pyright
	PYTHONPATH=custom $(BIN)/lint-imports

fix: $(VENV)/tools ## Mend what the linters can mend.
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

vendor: $(VENV)/tools ## Take over pages of the reference: make vendor PAGE="one.md another.md".
	@test -n "$(PAGE)" || { echo 'Which page? make vendor PAGE=file.md' >&2; exit 2; }
	PYTHONPATH=openapi $(BIN)/python -m pipeline vendor $(PAGE)

generate: $(VENV)/tools ## Merge, correct, validate the spec and generate flow_retail_client/.
	PYTHONPATH=openapi $(BIN)/python -m pipeline generate

check-generated: $(VENV)/tools ## Prove that generating again would change nothing.
	PYTHONPATH=openapi $(BIN)/python -m pipeline check

wheel: $(VENV)/tools ## Build sdist and wheel into dist/.
	@rm -rf dist
	$(BIN)/python -m hatchling build --directory dist

clean: ## Remove everything that was made here.
	rm -rf $(VENV) build dist .coverage .coverage.* .hypothesis .mypy_cache .pytest_cache .ruff_cache .import_linter_cache
