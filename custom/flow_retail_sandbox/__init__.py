"""A local server that speaks the Flow Retail API v2, with real state, several tenants and faults on demand.

In tests, over a real socket:

    from flow_retail_sandbox import Fault, run_sandbox

    with run_sandbox(customers=100) as sandbox:
        sandbox.faults.add(Fault("status", status=503, retry_after=1, operation="customers.list"))
        ...  # a client with sandbox.base_url, sandbox.tenant and sandbox.token

Or as an ASGI application (`create_app()`), or as the command `flow-retail-sandbox`. It shares no code with
the client: the two agree on the OpenAPI document alone.
"""

from typing import NoReturn

try:
    from flow_retail_sandbox.faults.fault import Fault, FaultOptions, Injected
    from flow_retail_sandbox.faults.fault_spec import add_faults
    from flow_retail_sandbox.faults.plan import Faults
    from flow_retail_sandbox.sandbox import Sandbox
    from flow_retail_sandbox.server.app import SandboxApp, create_app
    from flow_retail_sandbox.server.server import RunningSandbox, run_sandbox
except ModuleNotFoundError as error:
    _missing = (error.name or "").partition(".")[0]
    if _missing.startswith("flow_retail"):
        raise

    def __getattr__(name: str) -> NoReturn:
        # Not while the package is imported: the command says it without a traceback.
        remedy = 'pip install "flow-retail-client[sandbox]"'
        raise ModuleNotFoundError(
            f"the sandbox needs {_missing}, which is not installed: {remedy}", name=_missing
        )


__all__ = [
    "Fault",
    "FaultOptions",
    "Faults",
    "Injected",
    "RunningSandbox",
    "Sandbox",
    "SandboxApp",
    "add_faults",
    "create_app",
    "run_sandbox",
]
