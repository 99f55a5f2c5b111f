"""The pytest fixture `flow_retail_sandbox`, for services under test.

It is there once a conftest.py says so: `pytest_plugins = ["flow_retail_sandbox.pytest_plugin"]`. It does not
load by itself, since the package may be installed without what the sandbox needs.
"""

from collections.abc import Iterator

import pytest

from flow_retail_sandbox.server import RunningSandbox, run_sandbox


@pytest.fixture
def flow_retail_sandbox() -> Iterator[RunningSandbox]:
    """Run a sandbox on a free port for one test.

    Yields:
        The running sandbox: `base_url`, `tenant`, `token`, `faults`, `sandbox`.
    """
    with run_sandbox() as running:
        yield running
