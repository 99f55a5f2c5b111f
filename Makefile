# Everything a developer or CI does. Needs Python 3.11+, make and git; the rest is installed into .venv.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
SOURCES := $(shell find flow_retail_client custom openapi/openapi.json pyproject.toml README.md LICENSE -type f -not -name '*.pyc' 2>/dev/null)

export PYTHONDONTWRITEBYTECODE := 1

.DEFAULT_GOAL := help
.PHONY: help setup demo test test-spark contract soak bench bench-sandbox bench-spark docs screenshots lint lint-workflows fix vendor try-pages generate check-generated refresh wheel clean

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
	@# Measured from the start, since pytest imports the plugin before any plugin of its own could measure it.
	$(BIN)/python -P -m coverage run -m pytest --numprocesses 2 --dist loadfile
	@$(BIN)/coverage combine --quiet
	@$(BIN)/coverage report

test-spark: $(VENV)/installed ## Read and write 100,000 customers through a real Spark; skipped where there is no Java.
	$(BIN)/python -P -m pytest -m spark tests/spark

contract: $(VENV)/installed ## Hold the sandbox to openapi.json with schemathesis. [SEED=7] [EXAMPLES=200]
	$(BIN)/python tests/contract --seed $(or $(SEED),1) --max-examples $(or $(EXAMPLES),100)

soak: $(VENV)/installed ## Upsert 100,000 customers and read them all with 20 % faults; compare the final state.
	$(BIN)/python tests/faults/soak.py --items 100000 --faults 0.2 --seed 1

bench: $(VENV)/tools ## Measure beside other clients; writes docs/benchmarks/ and fails if a goal is missed.
	$(BIN)/python -m benchmarks

bench-sandbox: $(VENV)/installed ## Measure the sandbox against its goals.
	$(BIN)/python benchmarks/sandbox.py

bench-spark: $(VENV)/installed ## Measure the way of records through Spark beside the client alone.
	PYTHONPATH=. $(BIN)/python benchmarks/spark.py

# mkdocs imports the packages for the reference; its own notice about a successor is no warning of ours.
docs: $(VENV)/tools ## Build the site into build/docs; warnings are errors, links and anchors are checked.
	PYTHONPATH=custom:. NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict

screenshots: $(VENV)/installed ## Make the pictures of the command line, in docs/images/.
	$(BIN)/python docs/screenshots.py

lint: $(VENV)/tools lint-workflows ## Check style, types and the directions of dependencies.
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/pyright
	PYTHONPATH=custom:openapi $(BIN)/lint-imports

# actionlint installs only where its binary can be fetched, so that it is a must on the workflows' own machines alone.
lint-workflows: $(VENV)/tools ## Check the workflows of .github/.
	$(BIN)/zizmor --offline --quiet --persona=pedantic .github
	@if command -v actionlint >/dev/null; then actionlint; \
	elif [ -n "$$GITHUB_ACTIONS" ]; then echo 'actionlint is missing: pip install -r .github/requirements-ci.txt' >&2; exit 1; \
	else echo 'actionlint is not installed; the workflow ci runs it (.github/requirements-ci.txt)'; fi

fix: $(VENV)/tools ## Mend what the linters can mend.
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

vendor: $(VENV)/tools ## Take over pages of the reference: make vendor PAGE="one.md another.md".
	@test -n "$(PAGE)" || { echo 'Which page? make vendor PAGE=file.md' >&2; exit 2; }
	PYTHONPATH=openapi:custom $(BIN)/python -m pipeline vendor $(PAGE)

# The pages are input of the trial alone: nothing of them stays here.
try-pages: $(VENV)/tools ## Vendor pages into a clone, alone and together, and run everything there. [PAGES="one.md two.md"]
	$(BIN)/python tests/pages --python $(PYTHON) $(or $(PAGES),$(wildcard ../shared/pages-more/*.md))

generate: $(VENV)/tools ## Merge, correct, validate the spec and generate flow_retail_client/.
	PYTHONPATH=openapi:custom $(BIN)/python -m pipeline generate

check-generated: $(VENV)/tools ## Prove that generating again would change nothing.
	PYTHONPATH=openapi:custom $(BIN)/python -m pipeline check

refresh: $(VENV)/tools ## Follow the published reference: fetch, vendor, generate, report. [REPORT=file.md] [VANISHED=accept]
	PYTHONPATH=openapi:custom $(BIN)/python -m pipeline refresh $(if $(REPORT),--markdown "$(REPORT)") \
		$(if $(filter accept,$(VANISHED)),--accept-vanished)

wheel: $(VENV)/tools ## Build sdist and wheel, look inside, try them under every Python. [PYTHONS="3.11 3.12"]
	PYTHONPATH=release $(BIN)/python -m wheelcheck $(foreach python,$(PYTHONS),--python $(python))

clean: ## Remove everything that was made here.
	rm -rf $(VENV) build dist .coverage .coverage.* .hypothesis .mypy_cache .pytest_cache .ruff_cache .import_linter_cache
