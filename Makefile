# Everything a developer or CI does. Needs Python 3.11+, make and git. The rest is installed into .venv: each target
# adds only what its group of pyproject.toml ([dependency-groups]) names.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# A stamp for each group that is installed.
GROUPS := $(VENV)/groups
SOURCES := $(shell find flow_retail_client custom openapi/openapi.json pyproject.toml README.md LICENSE -type f -not -name '*.pyc' 2>/dev/null)

export PYTHONDONTWRITEBYTECODE := 1

# $(call install,WHAT,ARGUMENTS OF PIP). Without a network, one sentence takes the place of pip's messages.
define install
	@echo 'Installing $(1) into $(VENV)'
	@$(BIN)/python -m pip install --disable-pip-version-check --retries 1 --constraint constraints.txt $(2) 2>$(VENV)/errors || { \
		if grep -qE 'NewConnection|NameResolution|ConnectTimeout|ProxyError' $(VENV)/errors; \
		then echo 'The package index cannot be reached: connect to a network, or set PIP_INDEX_URL to a mirror.' >&2; \
		else cat $(VENV)/errors >&2; fi; exit 1; }
endef

.DEFAULT_GOAL := help
# All targets share one environment.
.NOTPARALLEL:
.PHONY: help demo test test-spark contract soak lint lint-workflows fix vendor try-pages generate check-generated refresh docs screenshots bench bench-sandbox bench-spark wheel clean

help: ## Show the commands.
	@awk -F ':.*## ' '/^##@ / { print "\n" substr($$0, 5) } /^[a-z-]+:.*## / { printf "  make %-16s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

$(VENV)/pip: constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or newer is needed, this is " + sys.version.split()[0] + ": make PYTHON=python3.12 ...") if sys.version_info < (3, 11) else None'
	@echo 'Making $(VENV) with $(PYTHON)'
	@$(PYTHON) -m venv $(VENV)
	@# The pip that comes with Python 3.11 to 3.13 does not know dependency groups.
	$(call install,pip and the build tool,--quiet pip hatchling)
	@touch $@

# What is tested and shown is the wheel, as users get it.
$(VENV)/wheel: $(VENV)/pip $(SOURCES)
	@rm -rf build/wheel && mkdir -p build/wheel
	$(BIN)/python -m hatchling build --target wheel --directory build/wheel
	$(call install,the wheel,--quiet --force-reinstall --no-deps build/wheel/*.whl)
	@touch $@

$(GROUPS)/%: pyproject.toml constraints.txt | $(VENV)/pip
	$(call install,what `$*` needs,--group $*)
	@mkdir -p $(GROUPS) && touch $@

# These groups name extras of the package itself, which must be there before.
$(GROUPS)/demo $(GROUPS)/test $(GROUPS)/spark $(GROUPS)/lint $(GROUPS)/docs: | $(VENV)/wheel

##@ In a fresh clone
demo: $(VENV)/wheel $(GROUPS)/demo ## Run the main job against a sandbox of its own.
	@$(BIN)/python examples/demo.py

test: $(VENV)/wheel $(GROUPS)/test ## Run the tests against the installed wheel, with coverage.
	@rm -f .coverage .coverage.*
	@# Measured from the start, since pytest imports the plugin before any plugin of its own could measure it.
	$(BIN)/python -P -m coverage run -m pytest --numprocesses 2 --dist loadfile
	@$(BIN)/coverage combine --quiet
	@$(BIN)/coverage report --omit '*/flow_retail_spark/*'

##@ Check
lint: $(VENV)/wheel $(GROUPS)/lint lint-workflows ## Check style, types and the directions of dependencies.
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/pyright
	PYTHONPATH=custom:openapi $(BIN)/lint-imports
	$(BIN)/python -P -m pytest --quiet -m types

# actionlint installs only where its binary can be fetched, so that it is a must on the workflows' own machines alone.
lint-workflows: $(GROUPS)/lint ## Check the workflows of .github/.
	$(BIN)/zizmor --offline --quiet --persona=pedantic .github
	@if command -v actionlint >/dev/null; then actionlint; \
	elif [ -n "$$GITHUB_ACTIONS" ]; then echo 'actionlint is missing: pip install -r .github/requirements-ci.txt' >&2; exit 1; \
	else echo 'actionlint is not installed; the workflow ci runs it (.github/requirements-ci.txt)'; fi

fix: $(GROUPS)/lint ## Fix what the linters can fix.
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

test-spark: $(VENV)/wheel $(GROUPS)/spark ## Test the Spark data source; on a real Spark, too, where there is Java.
	@rm -f .coverage .coverage.*
	$(BIN)/python -P -m coverage run -m pytest tests/spark
	@$(BIN)/coverage combine --quiet
	@$(BIN)/coverage report --include '*/flow_retail_spark/*'
	$(BIN)/python -P -m pytest -m spark tests/spark

contract: $(VENV)/wheel $(GROUPS)/test ## Check the sandbox against openapi.json with schemathesis. [SEED=7] [EXAMPLES=200]
	$(BIN)/python tests/contract --seed $(or $(SEED),1) --max-examples $(or $(EXAMPLES),100)

soak: $(VENV)/wheel $(GROUPS)/test ## Upsert 100,000 customers and read them all with 20 % faults; compare the final state.
	$(BIN)/python tests/faults/soak.py --items 100000 --faults 0.2 --seed 1

##@ Generate
vendor: $(GROUPS)/pipeline ## Take over pages of the reference: make vendor PAGE="one.md another.md".
	@test -n "$(PAGE)" || { echo 'Which page? make vendor PAGE=file.md' >&2; exit 2; }
	PYTHONPATH=openapi:custom $(BIN)/python -m pipeline vendor $(PAGE)

generate: $(GROUPS)/pipeline ## Merge, correct, validate the spec and generate flow_retail_client/.
	PYTHONPATH=openapi:custom $(BIN)/python -m pipeline generate

check-generated: $(GROUPS)/pipeline ## Check that generating again would change nothing.
	PYTHONPATH=openapi:custom $(BIN)/python -m pipeline check

refresh: $(GROUPS)/pipeline ## Follow the published reference: fetch, vendor, generate, report. [REPORT=file.md] [VANISHED=accept]
	PYTHONPATH=openapi:custom $(BIN)/python -m pipeline refresh $(if $(REPORT),--markdown "$(REPORT)") \
		$(if $(filter accept,$(VANISHED)),--accept-vanished)

# The pages are input of the trial alone: nothing of them stays here.
try-pages: $(VENV)/pip ## Vendor pages into a clone, alone and together, and run everything there. [PAGES="one.md two.md"] [QUICK=1]
	$(BIN)/python tests/pages --python $(PYTHON) $(if $(QUICK),--quick) $(or $(PAGES),$(wildcard ../shared/pages-more/*.md))

##@ Documents and figures
# The reference imports the packages from the tree; MkDocs' notice about its successor is no warning of ours.
docs: $(VENV)/wheel $(GROUPS)/docs ## Build the site into build/docs and test it; warnings are errors.
	PYTHONPATH=custom:. NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict
	$(BIN)/python -P -m pytest --quiet tests/docs/test_site.py

screenshots: $(VENV)/wheel $(GROUPS)/test ## Make the pictures of the command line, in docs/images/.
	$(BIN)/python docs/screenshots.py

bench: $(VENV)/pip ## Measure beside other clients with every Python; fails if a goal is missed. [PYTHONS="3.11 3.13"]
	PYTHONPATH=release $(BIN)/python -m benchmarks $(foreach python,$(PYTHONS),--python $(python))

bench-sandbox: $(VENV)/wheel $(GROUPS)/demo ## Measure the sandbox against its goals.
	$(BIN)/python benchmarks/sandbox.py

bench-spark: $(VENV)/wheel $(GROUPS)/spark ## Measure the way of records through Spark beside the client alone.
	PYTHONPATH=. $(BIN)/python benchmarks/spark.py

##@ Release
wheel: $(GROUPS)/release ## Build sdist and wheel, look inside, try them under every Python. [PYTHONS="3.11 3.12"]
	PYTHONPATH=release $(BIN)/python -m wheelcheck $(foreach python,$(PYTHONS),--python $(python))

clean: ## Remove everything that was made here.
	rm -rf $(VENV) build dist .coverage .coverage.* .hypothesis .mypy_cache .pytest_cache .ruff_cache .import_linter_cache
