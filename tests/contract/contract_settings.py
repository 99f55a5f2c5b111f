"""The files that a run of schemathesis reads: the document, the tenants' tokens, the settings."""

import json
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from contract_document import Json, operations, properties, resolved
from contract_links import path_names

_COMMON = Path(__file__).with_name("schemathesis.toml")

DRAWN_FROM_STATE = 0.5
"""How often a UID is one that exists, rather than made up."""


@dataclass(frozen=True, slots=True)
class Extent:
    """How long a run is.

    Attributes:
        max_examples: Requests made up an operation and way of making them up.
        max_sequences: Sequences of linked requests a round.
        rounds: How often sequences are begun anew, each time with the next seed: Hypothesis ends a round
            early when too much of what it draws comes to nothing.
    """

    max_examples: int
    max_sequences: int
    rounds: int = 1


def write_settings(
    folder: Path, document: Json, tokens: dict[str, str], extent: Extent, known: dict[str, list[str]]
) -> None:
    """Write what schemathesis reads into a folder that it is then started in.

    Args:
        folder: An empty folder.
        document: The document with links.
        tokens: Every tenant's token; requests are made for the first tenant, and no other may see its data.
        extent: How long the run is.
        known: UIDs that exist from the start, by the path parameter that they are for.
    """
    (folder / "openapi.json").write_text(json.dumps(document), encoding="utf-8")
    identities = [
        {"name": tenant, "fixedHeaders": [{"name": "Authorization", "value": f"Bearer {token}"}]}
        for tenant, token in tokens.items()
    ]
    (folder / "tenants.json").write_text(json.dumps({"auth": identities}), encoding="utf-8")
    common = _COMMON.read_text(encoding="utf-8")
    common += "".join(f"{name}.values = {json.dumps(uids)}\n" for name, uids in known.items())
    bound = _bindings(document, list(tomllib.loads(common)["dictionaries"]))
    tables = [
        common,
        "[auth.wfc]",
        'path = "tenants.json"',
        f"user = {json.dumps(next(iter(tokens)))}",
        f"peers = {json.dumps(list(tokens))}",
        *(
            f"[phases.{phase}.generation]\n"
            + "\n".join(f"{name} = {json.dumps(value)}" for name, value in chosen.items())
            for phase, chosen in _generation(extent).items()
        ),
        "[parameters]",
        *(
            f"{json.dumps(place)} = {{ dictionary = {json.dumps(name)}, probability = {DRAWN_FROM_STATE} }}"
            for place, name in sorted(bound.items())
        ),
        *(f'[reports.{kind}]\npath = "report.{kind}"' for kind in ("json", "ndjson")),
    ]
    (folder / "schemathesis.toml").write_text("\n".join(tables) + "\n", encoding="utf-8")


def _generation(extent: Extent) -> dict[str, dict[str, int | bool]]:
    # Properties beside those of the document fill what Hypothesis has room for, and it gives up on whole
    # sequences of requests; the other phases send such properties.
    sequences = {"max-examples": extent.max_sequences, "allow-extra-parameters": False}
    requests = {"max-examples": extent.max_examples}
    return {"examples": requests, "fuzzing": requests, "stateful": sequences}


def _bindings(document: Json, names: list[str]) -> dict[str, str]:
    """Bind each place in a path or a body to the dictionary that its name, in the singular, ends with."""
    places = {(f"path.{name}", name) for _, path, _ in operations(document) for name in path_names(path)}
    for _, _, operation in operations(document):
        body = resolved(document, operation.get("requestBody", {}))
        schema = body.get("content", {}).get("application/json", {}).get("schema", {})
        places.update(_body_places(document, schema, "body"))
    return {
        place: name
        for place, called in places
        for name in names
        if called.lower().removesuffix("s").endswith(name.lower())
    }


def _body_places(document: Json, schema: Json, above: str) -> Iterator[tuple[str, str]]:
    for name, described in properties(document, schema).items():
        field, place = resolved(document, described), f"{above}.{name}"
        if field.get("type") == "array":
            field, place = resolved(document, field["items"]), place + "[*]"
        if field.get("type") == "string":
            yield place, name
        else:
            yield from _body_places(document, field, place)
