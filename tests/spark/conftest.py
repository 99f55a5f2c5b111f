"""The data source in this process, without a Spark: what Spark would do to it, the tests do."""

import os
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest

# Helper modules stand beside the tests that use them, and importlib mode puts no folder of tests on the path.
sys.path.append(str(Path(__file__).parent))

from tables import Table  # found by the line above

from flow_retail_client import Retry
from flow_retail_sandbox import RunningSandbox
from flow_retail_spark import connection


@pytest.fixture(autouse=True)
def settings(monkeypatch: pytest.MonkeyPatch) -> None:
    """No settings of the developer's own, and retries that come at once."""
    for name in list(os.environ):
        if name.startswith("FLOW_RETAIL_"):
            monkeypatch.delenv(name)
    monkeypatch.setattr(connection, "Retry", partial(Retry, base_delay=0.001, max_delay=0.002))


@pytest.fixture
def table(flow_retail_sandbox: RunningSandbox, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Table]:
    """Make a table of the sandbox: a resource with options, read and written as Spark does it."""
    for name in ("tenant", "token", "base_url"):
        monkeypatch.setenv(f"FLOW_RETAIL_{name.upper()}", getattr(flow_retail_sandbox, name))

    def make(resource: str = "customers", **options: Any) -> Table:
        return Table({"resource": resource, **{name: str(value) for name, value in options.items()}})

    return make
