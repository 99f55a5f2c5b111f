"""One sandbox on a real socket for the whole folder, as good as new for every test."""

import json
import socket
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from flow_retail_sandbox import Faults, RunningSandbox, run_sandbox
from flow_retail_sandbox.operations.call import Call, Result
from flow_retail_sandbox.server.api import Api as SandboxApi
from flow_retail_sandbox.spec.collections import parameter_of
from flow_retail_sandbox.spec.document import SpecOperation
from flow_retail_sandbox.spec.validators import first_error

# Helper modules stand beside the tests that use them, and importlib mode puts no folder of tests on the path.
sys.path.append(str(Path(__file__).parent))

CUSTOMERS = 40


@pytest.fixture(scope="session", autouse=True)
def checked_responses() -> Iterator[None]:
    """Every response of every sandbox in this folder is as documented, or a 500."""
    run = SandboxApi._run

    def checked(self: SandboxApi, call: Call) -> Result:
        result = run(self, call)
        validator = self._sandbox.state.validators.response(call.operation, result.status)
        wrong = validator and first_error(validator, json.loads(result.body or b"null"))
        if wrong:
            raise RuntimeError(f"{call.operation.operation_id} responds otherwise than documented: {wrong}")
        return result

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(SandboxApi, "_run", checked)
        yield


@pytest.fixture(scope="session")
def shared_sandbox() -> Iterator[RunningSandbox]:
    with run_sandbox(customers=CUSTOMERS) as running:
        yield running


@pytest.fixture
def sandbox(shared_sandbox: RunningSandbox) -> RunningSandbox:
    shared_sandbox.sandbox.reset()
    return shared_sandbox


@pytest.fixture
def faults(sandbox: RunningSandbox) -> Faults:
    return sandbox.faults


@pytest.fixture(scope="session")
def pool() -> Iterator[httpx.Client]:
    with httpx.Client(timeout=10) as client:
        yield client


class Api:
    """Calls the API as a client of a tenant would, with JSON in and out."""

    def __init__(self, pool: httpx.Client, running: RunningSandbox, tenant: str = "acme") -> None:
        self.pool = pool
        self.sandbox = running.sandbox
        self.base_url = running.base_url
        self.tenant = tenant
        self.url = f"{running.base_url}/tenants/{tenant}"
        self.headers = {"authorization": f"Bearer sandbox-token-{tenant}"}

    def __call__(self, method: str, path: str, json=None, *, headers=None, **options) -> httpx.Response:
        if json is not None:
            options["json"] = json
        url = path if path.startswith("http") else self.url + path
        return self.pool.request(method, url, headers={**self.headers, **(headers or {})}, **options)

    def at(self, operation: SpecOperation, **values: str) -> tuple[str, str]:
        """An operation's method and URL, about records that exist but for the values given."""
        state = self.sandbox.state
        collections, found = state.model.along(operation.path), {"tenantUid": self.tenant}
        schemas = {one.name: state.model.spec.resolve(one.schema) for one in operation.parameters}
        for part in operation.path.split("/"):
            name = parameter_of(part)
            if name is not None and name not in found:
                found[name] = str(next(iter(schemas.get(name, {}).get("enum", ["x"]))))
                if name in collections:
                    found[name] = self._first_uid(collections[name], found)
        return operation.method, self.base_url + operation.path.format(**{**found, **values})

    def _first_uid(self, collection, above: dict[str, str]) -> str:
        records = self.sandbox.state.tenants[self.tenant].table(collection).records
        owner = "/".join(above.get(name, "") for name in collection.owners)
        ids = records.ids(owner)[:1]
        return records.stored(ids)[0].uid.rpartition("/")[2] if ids else "x"

    def ok(self, method: str, path: str, json=None, **options):
        response = self(method, path, json, **options)
        assert response.is_success, response.text
        return response.json() if response.content else None

    def refused(self, status: int, method: str, path: str, json=None, **options) -> dict[str, str]:
        response = self(method, path, json, **options)
        assert response.status_code == status, response.text
        assert response.headers["content-type"] == "application/json"
        problem = response.json()
        assert set(problem) == {"code", "message", "logId"}
        assert all(problem.values())
        return problem

    def uids(self, path: str, json=None) -> list[str]:
        found = self.ok("GET" if json is None else "POST", path, json)
        return [item["customerUid"] for item in found["items"]]


@pytest.fixture
def api(pool: httpx.Client, sandbox: RunningSandbox) -> Api:
    return Api(pool, sandbox)


@pytest.fixture
def nordlys(pool: httpx.Client, sandbox: RunningSandbox) -> Api:
    return Api(pool, sandbox, "nordlys")


@pytest.fixture
def api_of(pool: httpx.Client):
    """Makes an Api for a sandbox that a test runs itself."""
    return lambda running, tenant="acme": Api(pool, running, tenant)


@pytest.fixture
def talk(sandbox):
    """Sends bytes over a connection of its own, and gives all that comes back until the server ends it."""

    def call(*parts: bytes) -> bytes:
        url = httpx.URL(sandbox.base_url)
        with socket.create_connection((url.host, url.port), timeout=10) as connection:
            for part in parts:
                connection.sendall(part)
            return b"".join(iter(lambda: connection.recv(65_536), b""))

    return call
