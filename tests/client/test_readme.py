"""The README's examples do what they say."""

import re
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from flow_retail_client import models

README = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```python\n(.*?)```", README, re.DOTALL)


def test_the_first_program_runs_as_typed(sandbox, tmp_path):
    program = tmp_path / "program.py"
    assert "http://127.0.0.1:8080/v2" in BLOCKS[0]
    program.write_text(BLOCKS[0].replace("http://127.0.0.1:8080/v2", sandbox.base_url), encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-W", "error", str(program)],
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip().endswith("Kari Nordmann")


@pytest.mark.parametrize("block", BLOCKS[1:])
async def test_every_other_example_runs_in_a_program(flow, block):
    await flow.customers.batch(
        upsert=[models.CustomerCreate(customer_type=models.CustomerType.PERSON, customer_uid="c-1")]
    )
    names = {
        **{name: getattr(models, name) for name in models.__all__},
        "flow": flow,
        "people": [models.CustomerCreate(customer_type=models.CustomerType.PERSON, customer_uid="c-2")],
        "gone": [],
    }
    exec("async def example():\n" + textwrap.indent(block, "    "), names)  # noqa: S102  # our own README
    await names["example"]()


async def test_the_calls_named_in_passing_work(flow):
    await flow.customers.batch(
        upsert=[models.CustomerCreate(customer_type=models.CustomerType.PERSON, customer_uid="c-1")]
    )
    calls = re.findall(r"`(flow\.[^`]*\([^`]*\))`", README)
    assert calls
    for call in calls:
        if "stores" in call:
            continue  # an endpoint that the sandbox lacks, too
        result = eval(call, {"flow": flow, "CustomerUpdate": models.CustomerUpdate})  # noqa: S307  # our own README
        await result


def test_the_table_of_operations_is_complete():
    from flow_retail_client import FlowRetail

    for name, methods in re.findall(r"^\| `flow\.(\w+)` \| (.*?) \|$", README, re.MULTILINE):
        resource = getattr(FlowRetail, name).fget.__annotations__["return"]
        module = __import__(f"flow_retail_client.resources.{name}", fromlist=[resource])
        listed = re.findall(r"`(\w+)`", methods)
        public = [method for method in vars(getattr(module, resource)) if not method.startswith("_")]
        assert listed == [method for method in public if method != "batch_stream"]
