"""Links between operations, which the reference lacks: what one gives, another can be asked about."""

from contract_document import Json, operations, properties, resolved

TENANT = "tenantUid"


def add_links(document: Json) -> int:
    """Link every operation that gives a new UID to every operation that can be asked with it.

    An operation returns the UIDs at the top of its response that have the name of a path parameter. Together
    with the parameters of its own path they may be all that the path of another operation needs; what none
    returns, such as a store or an extension's code, is left to be generated. Operations that need nothing and
    give a UID follow each other, so that a sequence holds records of several kinds.

    Args:
        document: The document, which is changed.

    Returns:
        How many links were added.
    """
    every = list(operations(document))
    items = {path for _, path, _ in every}
    sources = [
        (path, response, given)
        for _, path, op in every
        # Of the record itself: a reference to another record may be empty.
        for response, given in _returned_uids(
            document, op, {name for name in path_names("".join(items)) if f"{path}/{{{name}}}" in items}
        )
    ]
    ever_given = {name for _, _, given in sources for name in given}
    beginnings = {path for path, _, _ in sources if set(path_names(path)) <= {TENANT}}
    added = 0
    for path, response, given in sources:
        own = {name: f"$request.path.{name}" for name in path_names(path)}
        known = own | {name: f"$response.body#/{name}" for name in given}
        links: Json = {}
        for method, target_path, target in every:
            needed = [name for name in path_names(target_path) if name in ever_given]
            begins = method == "POST" and target_path in beginnings - {path}
            if begins or (not given.isdisjoint(needed) and known.keys() >= set(needed)):
                parameters = {f"path.{name}": known[name] for name in needed}
                links[target["operationId"]] = {
                    "operationId": target["operationId"],
                    "parameters": parameters,
                }
        response["links"] = links
        added += len(links)
    return added


def path_names(path: str) -> list[str]:
    """Give the names of a path template's parameters."""
    return [part[1:-1] for part in path.split("/") if part.startswith("{")]


def _returned_uids(document: Json, operation: Json, taken: set[str]) -> list[tuple[Json, set[str]]]:
    """Give the good responses that hold a UID which was not asked with, and those UIDs' names."""
    asked = {resolved(document, parameter)["name"] for parameter in operation.get("parameters", [])}
    found: list[tuple[Json, set[str]]] = []
    for status, described in operation["responses"].items():
        response = resolved(document, described)
        schema = response.get("content", {}).get("application/json", {}).get("schema", {})
        given = (taken - asked) & properties(document, schema).keys()
        if status.startswith("2") and given:
            found.append((response, given))
    return found
