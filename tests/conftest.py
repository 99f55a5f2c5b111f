"""What holds for every test."""

import os
import sys
from collections import Counter
from collections.abc import Generator
from importlib.util import find_spec

import pytest

if "PYTEST_XDIST_WORKER" in os.environ:
    # `make test` measures coverage in the processes that pytest starts; the programs that tests start run as
    # users run them.
    os.environ.pop("COVERAGE_PROCESS_CONFIG", None)

NEEDED = {"spark": ("pyspark", "make test-spark"), "docs/test_site.py": ("mkdocs", "make docs")}
"""What some tests need besides the group `test` of pyproject.toml, and the command that installs it."""

MISSING = {part: needed for part, needed in NEEDED.items() if find_spec(needed[0]) is None}

collect_ignore = list(MISSING)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    for part, (package, command) in MISSING.items():
        terminalreporter.write_line(f"NOT RUN tests/{part}: {package} is not installed; run `{command}`")


FOLLOWED = 8
"""Cases of one test that coverage follows; later ones go the same ways, and following doubles their time."""

_cases: Counter[str] = Counter()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    test = item.nodeid.partition("[")[0]
    _cases[test] += 1
    follow = sys.gettrace()
    if _cases[test] > FOLLOWED:
        sys.settrace(None)
    try:
        return (yield)
    finally:
        sys.settrace(follow)
