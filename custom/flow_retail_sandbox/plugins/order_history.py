"""What seeded customers have bought and handed in for repair, made up when an export asks for it."""

from random import Random
from typing import Final

from flow_retail_sandbox.operations.call import Call, Result
from flow_retail_sandbox.plugins.customers import HISTORIES
from flow_retail_sandbox.spec.json_values import Json
from flow_retail_sandbox.store.table import Table

PATH: Final = "/tenants/{tenantUid}/customers/{customerUid}/export"


def histories_of(table: Table, uid: str) -> list[str]:
    """Return the numbers of a customer's histories; only seeded customers have one."""
    found = table.store.notes(HISTORIES).find(uid)
    return [] if found is None else found.read()["numbers"]


def export(call: Call) -> Result:
    """Return all that is known about a customer."""
    table = call.store.tables["customers"]
    customer = table.find(call.path["customerUid"]).read()
    properties = call.spec.properties(call.operation.result or {})
    exported: Json = {"customer": customer}
    for name, most in (("orders", 4), ("services", 2)):
        schema: Json = call.spec.resolve(properties[name])["items"]
        exported[name] = [
            _entry(call, schema, f"{number}-{place}", customer)
            for number in histories_of(table, customer["customerUid"])
            for place in range(Random(f"{name}/{number}").randrange(most))
        ]
    return call.result(exported)


def _entry(call: Call, schema: Json, number: str, customer: Json) -> Json:
    """Make an order or a service up: the same number always gives the same one."""
    made: Json = call.store.state.samples.sample(schema, Random(number))
    own = {"customerUid": customer["customerUid"], "tenantUid": call.store.uid}
    own |= {name: f"{name.removesuffix('Uid')}-{number}" for name in made if name.endswith("OrderUid")}
    return made | {name: value for name, value in own.items() if isinstance(made.get(name), str)}


OPERATIONS: Final = {f"GET {PATH}": export}
