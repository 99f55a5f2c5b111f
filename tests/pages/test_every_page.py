"""Whatever page of the reference is vendored is served, exported, imported and tested through the plugin.

By rule, from the client's operations: `make try-pages` runs this with pages that nobody wrote a line for.
`tests/spark/test_every_list.py` does the same for Spark.
"""

import asyncio
import json
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

# importlib mode puts no folder of tests on the path.
sys.path.append(str(Path(__file__).parent))

from samples import body, path_values, read, required_arguments

from flow_retail_cli.app import app
from flow_retail_client import (
    BadRequestError,
    ConflictError,
    FlowRetail,
    NotFoundError,
    UnprocessableEntityError,
)
from flow_retail_records.resources import Method, find_writing, lists, resource_types
from flow_retail_records.writing import is_model
from flow_retail_sandbox import RunningSandbox

METHODS = {
    method.operation.name: method
    for resource_type in resource_types().values()
    for method in resource_type.methods.values()
}
# Batches are called by the imports.
SINGLE = [name for name, method in METHODS.items() if not method.operation.batch]
WRITINGS = [
    (resource_type.name, mode)
    for resource_type in resource_types().values()
    if resource_type.writing is not None
    for mode in resource_type.writing.operations
]
RESOURCES_WITH_A_LIST = [name for name, listing in lists().items() if listing.key and "." not in name]

# What the reference calls deprecated is served all the same.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")

Run = Callable[..., str]


@pytest.fixture
def run(flow_retail_sandbox: RunningSandbox, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Run:
    """Run the command line against the test's sandbox, in a folder of its own."""
    for name in ("tenant", "token", "base_url"):
        monkeypatch.setenv(f"FLOW_RETAIL_{name.upper()}", getattr(flow_retail_sandbox, name))
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str, code: int = 0) -> str:
        ended = CliRunner().invoke(app, arguments, prog_name="flow-retail")
        assert ended.exit_code == code, ended.output
        return ended.stdout

    return run


def params(arguments: dict[str, Any]) -> Iterator[str]:
    for name, value in arguments.items():
        yield from ("--param", f"{name}={','.join(value) if isinstance(value, list) else value}")


@pytest.mark.parametrize("name", SINGLE)
async def test_every_operation_is_served_and_read(flow_retail: FlowRetail, name: str) -> None:
    method: Method = METHODS[name]
    operation = method.operation
    given = await required_arguments(flow_retail, method)
    path = [given.pop(argument) for argument in method.operation.arguments]
    if operation.body_required and is_model(operation.body):
        path.append(operation.body.from_dict(body(operation.body)))
    # Refused are records that do not exist, and samples that do not fit each other.
    with suppress(BadRequestError, ConflictError, NotFoundError, UnprocessableEntityError):
        await method.of(flow_retail)(*path, **given)


@pytest.mark.parametrize("name", lists())
def test_every_list_is_listed_and_exported_in_each_format(
    run: Run, flow_retail: FlowRetail, name: str
) -> None:
    arguments, expected = read(flow_retail, lists()[name])
    assert json.loads(run("list", name, "--output", "json", *params(arguments))) == expected
    for ending in ("ndjson", "csv", "parquet"):
        run("export", name, "--out", f"all.{ending}", *params(arguments))
    assert list(map(json.loads, Path("all.ndjson").read_text("utf-8").splitlines())) == expected


@pytest.mark.parametrize(("name", "mode"), WRITINGS)
def test_every_resource_that_can_be_written_is_imported(
    run: Run, flow_retail: FlowRetail, name: str, mode: str
) -> None:
    writing, listing = find_writing(name, "import"), resource_types()[name].listing
    values = asyncio.run(path_values(flow_retail, METHODS[writing.operations[mode].name]))
    owners = dict(zip(writing.owners(mode), values, strict=False))
    uid_key = writing.spec.uid_key
    rows: list[dict[str, Any]] = [{uid_key: values[-1]} if len(values) > len(owners) else {}]
    if listing is not None:
        rows = read(flow_retail, listing)[1][:5]
    elif mode == "delete" and "update" in writing.operations:
        write_rows(rows, body(writing.spec.models["update"]))
        run("import", name, "rows.ndjson", "--mode", "update", *params(owners))
    if mode == "create":
        rows = [{key: value for key, value in row.items() if key != uid_key} for row in rows]
    write_rows(rows, body(writing.spec.models[mode]))
    counts = json.loads(run("import", name, "rows.ndjson", "--mode", mode, "--json", *params(owners)))
    assert counts["succeeded"] == len(rows)


def write_rows(rows: list[dict[str, Any]], required: dict[str, Any]) -> None:
    Path("rows.ndjson").write_text("".join(json.dumps({**required, **row}) + "\n" for row in rows))


@pytest.mark.parametrize("name", RESOURCES_WITH_A_LIST)
class TestEveryRecord:
    def test_it_is_got_created_updated_and_deleted_by_the_command_line(
        self, run: Run, flow_retail: FlowRetail, name: str
    ) -> None:
        resource_type, listing = resource_types()[name], lists()[name]
        arguments, records = read(flow_retail, listing)
        owners = [arguments[argument] for argument in listing.operation.arguments]
        uid = [*owners, records[0][listing.key_name or ""]]
        if resource_type.can("get"):
            Path("one.json").write_text(run("get", name, *uid, "--output", "json"))
            if resource_type.can("update"):
                run("update", name, *uid, "--file", "one.json")
        if resource_type.can("create"):
            model = resource_type.methods["create"].operation.body
            Path("new.json").write_text(json.dumps(body(model)))
            made = json.loads(run("create", name, *owners, "--file", "new.json", "--output", "json"))
            uid = [*owners, made[listing.key_name or ""]]
        if resource_type.can("delete"):
            run("delete", name, *uid)
            run("delete", name, *uid, code=1)

    def test_a_test_counts_its_records_in_the_sandbox(
        self, flow_retail_sandbox: RunningSandbox, flow_retail: FlowRetail, name: str
    ) -> None:
        _, records = read(flow_retail, lists()[name])
        segments = lists()[name].operation.path.split("/")
        words = [word for word in segments if word and word != "tenants" and not word.startswith("{")]
        counts = flow_retail_sandbox.sandbox.counts()[flow_retail_sandbox.tenant]
        assert counts["/".join(words)] >= len(records) > 0
