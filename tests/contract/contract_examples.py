"""Records made before a run, for each operation its own, so that each can be asked about what exists."""

from itertools import product

import httpx
from contract_document import Json, operations

STORES = ("store-1", "store-2", "store-3")
EXTENSIONS = ("TWO_INVOICE", "KLAVIYO_PROFILE_ID")


def make_examples(document: Json, client: httpx.Client) -> None:
    """Make a customer with a contact, a group and every extension for each operation that is asked about one.

    Operations share none of it: what one deletes, no other misses. The UIDs become the examples of the
    operation's path parameters.

    Args:
        document: The document, which is changed.
        client: Calls the API of one tenant.
    """
    for number, (_, _, operation) in enumerate(operations(document)):
        uids = {
            "customerUid": f"customer-of-{number}",
            "customerContactUid": f"contact-of-{number}",
            "customerGroupUid": f"group-of-{number}",
            "storeUid": STORES[0],
        }
        asked = [one for one in operation.get("parameters", []) if one.get("name") in uids]
        if asked:
            _make(client, uids)
        for parameter in asked:
            parameter["example"] = uids[parameter["name"]]


def _make(client: httpx.Client, uids: dict[str, str]) -> None:
    customer = f"/customers/{uids['customerUid']}"
    contact = f"{customer}/contacts/{uids['customerContactUid']}"
    _send(client, "POST", "/customers", {"customerUid": uids["customerUid"], "customerType": "COMPANY"})
    person = {"customerContactUid": uids["customerContactUid"], "firstname": "Example", "lastname": "Example"}
    _send(client, "POST", f"{customer}/contacts", person)
    _send(
        client, "POST", "/customer-groups", {"customerGroupUid": uids["customerGroupUid"], "name": "Example"}
    )
    members = {"addCustomerUids": [uids["customerUid"]]}
    _send(client, "PUT", f"/customer-groups/{uids['customerGroupUid']}/customers", members)
    for store, code, owner in product(STORES, EXTENSIONS, (customer, contact)):
        _send(client, "POST", f"{owner}/extensions/{code}", {"storeUid": store})


def _send(client: httpx.Client, method: str, path: str, body: Json) -> None:
    client.request(method, path, json=body).raise_for_status()
