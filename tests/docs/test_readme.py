"""What the README says besides its blocks of code, which test_examples runs."""

import re

from example_pages import ROOT

from flow_retail_client import FlowRetail, models, resources
from flow_retail_sandbox import run_sandbox

README = (ROOT / "README.md").read_text(encoding="utf-8")


async def test_the_calls_named_in_passing_work():
    calls = re.findall(r"`(flow\.[^`]*\([^`]*\))`", README)
    assert calls
    with run_sandbox(customers=20) as sandbox:
        async with FlowRetail(tenant=sandbox.tenant, token=sandbox.token, base_url=sandbox.base_url) as flow:
            await flow.customers.create(
                models.CustomerCreate(customer_type=models.CustomerType.PERSON, customer_uid="c-1")
            )
            for call in calls:
                if "stores" in call:
                    continue  # an endpoint that the sandbox lacks, too
                await eval(call, {"flow": flow, "CustomerUpdate": models.CustomerUpdate})  # noqa: S307  # our own README


def test_the_table_of_operations_is_complete():
    for name, methods in re.findall(r"^\| `flow\.(\w+)` \| (.*?) \|$", README, re.MULTILINE):
        resource = getattr(resources, FlowRetail.RESOURCES[name])
        assert re.findall(r"`(\w+)`", methods) == list(resource.OPERATIONS)
