"""The pytest plugin: a sandbox and a client for tests of services that await this SDK.

pytest loads it in every environment that has both packages, so this module imports nothing that its user has
not asked for by naming a fixture.
"""

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flow_retail_client import FlowRetail
    from flow_retail_sandbox import RunningSandbox

_MARKER = "flow_retail_sandbox"


def pytest_configure(config: pytest.Config) -> None:
    """Register the marker.

    Args:
        config: pytest's configuration.
    """
    config.addinivalue_line(
        "markers",
        f"{_MARKER}(customers=..., faults=..., **options): what the sandbox of this test is like;"
        " see flow_retail_sandbox.run_sandbox",
    )


@pytest.fixture(scope="session")
def flow_retail_sandbox_options() -> dict[str, Any]:
    """Say what every test's sandbox is like; define a fixture of this name to say it.

    Returns:
        Arguments of `flow_retail_sandbox.run_sandbox`; a test's marker goes before them.
    """
    return {}


@pytest.fixture
def flow_retail_sandbox(
    request: pytest.FixtureRequest, flow_retail_sandbox_options: dict[str, Any]
) -> "Iterator[RunningSandbox]":
    """Run a sandbox of its own for one test, on a free port of 127.0.0.1.

    Yields:
        The running sandbox: `base_url`, `tenant`, `token`, `faults`, `requests`, `sandbox`.
    """
    options = dict(flow_retail_sandbox_options)
    for marker in reversed(list(request.node.iter_markers(_MARKER))):
        if marker.args:
            pytest.fail(
                f"@pytest.mark.{_MARKER} takes keyword arguments, such as customers=50", pytrace=False
            )
        options.update(marker.kwargs)
    from flow_retail_sandbox import run_sandbox  # noqa: PLC0415  # only for tests that ask for it

    with run_sandbox(**options) as running:
        yield running


@pytest.fixture
def flow_retail(flow_retail_sandbox: "RunningSandbox") -> "Iterator[FlowRetail]":
    """Bind a client to the test's sandbox; it is closed at the end, whatever event loop the test ran it on.

    Its retries wait hundredths of a second. Other options: `flow_retail.with_options(...)`.

    Yields:
        The client.
    """
    from flow_retail_pytest.client import client_of  # noqa: PLC0415  # only for tests that ask for it

    with client_of(flow_retail_sandbox) as client:
        yield client
