"""What is imported when: little with the package, everything with the first client, nothing in a call."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any


def run(program: str, *arguments: str) -> Any:
    """Run a program in a fresh interpreter, outside the repository, and read the JSON that it prints."""
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", program, *arguments],
        capture_output=True,
        text=True,
        check=False,
        cwd=Path(sys.prefix),
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_importing_the_client_imports_no_model_and_no_network_library():
    loaded = run("""
import json, sys
from flow_retail_client import FlowRetail
print(json.dumps(sorted(sys.modules)))
""")
    assert not [name for name in loaded if name.startswith("flow_retail_client.models.")]
    assert not {"httpx", "httpcore", "anyio", "dateutil"} & set(loaded)


def test_an_error_class_is_imported_without_the_client():
    loaded = run("""
import json, sys
from flow_retail_client import NotFoundError
print(json.dumps(sorted(sys.modules)))
""")
    assert "flow_retail_core.errors" in loaded
    assert not [
        name for name in loaded if name.startswith(("flow_retail_client.client", "flow_retail_core.client"))
    ]


CALLS = """
import asyncio, datetime, json, sys
from flow_retail_client import FlowRetail, NotFoundError, Retry
from flow_retail_client.models import CustomerCreate, CustomerType

async def main():
    base_url, tenant, token = sys.argv[1:]
    async with FlowRetail(base_url=base_url, tenant=tenant, token=token) as flow:
        before = set(sys.modules)
        page = await flow.customers.list(page_size=5)
        await flow.customers.get(page.items[0].customer_uid)
        await flow.customers.list(page_size=20, prefetch=4).collect(limit=60)
        await flow.customer_contacts.list(page_size=5)
        await flow.customer_groups.list(page_size=5)
        new = CustomerCreate(customer_type=CustomerType.PERSON, customer_uid="imports-1", firstname="Kari")
        await flow.customers.batch(upsert=[new])
        try:
            await flow.customers.get("not-there")
        except NotFoundError:
            pass
        try:
            await flow.with_options(deadline=5).request("GET", "/nothing/here")
        except NotFoundError:
            pass
        print(json.dumps(sorted(set(sys.modules) - before)))

asyncio.run(main())
"""


def test_no_call_imports_anything(sandbox):
    assert run(CALLS, sandbox.base_url, sandbox.tenant, sandbox.token) == []


def test_names_are_listed_without_being_imported_and_unknown_ones_are_refused():
    listed, dashed, error = run("""
import json, sys
import flow_retail_client
listed = set(flow_retail_client.__all__) <= set(dir(flow_retail_client))
light = "flow_retail_core.client" not in sys.modules
try:
    flow_retail_client.Nonsense
except AttributeError as caught:
    print(json.dumps([listed, light, str(caught)]))
""")
    assert (listed, dashed) == (True, True)
    assert error == "module 'flow_retail_client' has no attribute 'Nonsense'"
