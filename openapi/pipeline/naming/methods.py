"""Which resource and method each operation becomes: `customers.list`."""

import keyword
import re
from collections import Counter
from collections.abc import Collection, Mapping
from typing import Any

from openapi_python_client.strings import snake_case

from pipeline.document.operations import operations, title_of
from pipeline.errors import PipelineError
from pipeline.naming.classes import LONGEST

_WORD = r"[a-z][a-z0-9]*(_[a-z0-9]+)*"
_NAMED = re.compile(rf"{_WORD}\.{_WORD}")
# With what tells them from keywords and types.
_METHOD = re.compile(rf"{_WORD}_?\.{_WORD}_?")

# As methods they would hide, inside their class, what annotations and defaults name (but `list`, which is
# written in full).
_TYPES = frozenset(
    {"str", "int", "float", "bool", "bytes", "dict", "object", "type", "datetime", "builtins", "defaults"}
)

OF_CLIENT = frozenset(
    {
        "aclose",
        "base_url",
        "batch_stream",
        "call",
        "drift",
        "paged",
        "request",
        "send",
        "tenant",
        "with_options",
    }
)
"""What a client has beside its resources."""


def is_method_name(text: str) -> bool:
    """Whether a text can be the resource and the method of an operation."""
    return _METHOD.fullmatch(text) is not None and max(map(len, text.split("."))) <= LONGEST


def name_operations(
    document: dict[str, Any], *, recorded: Mapping[str, str], chosen: Collection[tuple[str, str]]
) -> dict[str, str]:
    """Give each operation its final id, `<resource>.<method>`, and its resource as only tag, in place.

    What people chose in the overlay stands, then what was published before, then an id of that form.
    Otherwise the resource follows from the tag, and the method is the published id in snake case.

    Args:
        document: The corrected document.
        recorded: Names that were published before, per `METHOD /path`.
        chosen: The operations, path and method, whose ids people chose; they overrule the record.

    Returns:
        The name of each operation, per `METHOD /path`.

    Raises:
        PipelineError: Two operations would be one method, or a name is too long.
    """
    kept = {title: name for title, name in recorded.items() if title not in {title_of(*at) for at in chosen}}
    resources = _resources_of_tags(document, kept)
    descriptions = {tag["name"]: tag.get("description") for tag in document.get("tags", [])}
    taken: dict[str, str] = {}
    used: dict[str, Any] = {}
    for path, method, operation in operations(document):
        tag = _tag(path, operation)
        title = title_of(path, method)
        name = kept.get(title) or operation["operationId"]
        if title not in kept and not _NAMED.fullmatch(name):
            name = f"{resources[tag]}.{_identifier(name)}"
        resource, _, attribute = name.partition(".")
        # The generator knows keywords, and what it makes of them; of our client it does not know.
        resource = f"{resource}_resource" if resource in OF_CLIENT else _not_keyword(resource)
        attribute = f"{attribute}_" if attribute in _TYPES else _not_keyword(attribute)
        name = f"{resource}.{attribute}"
        if name in taken:
            raise PipelineError(_clash(taken[name], title, name, kept))
        if max(len(resource), len(attribute)) > LONGEST:
            raise PipelineError(
                f"{title}: the name {name[:40]}... is longer than {LONGEST} characters. "
                "Give it another operationId in openapi/overlay.yaml."
            )
        taken[name] = title
        operation["operationId"] = name
        operation["tags"] = [resource]
        used[resource] = used.get(resource) or descriptions.get(tag)
    document["tags"] = [
        {"name": resource} | ({"description": description} if description else {})
        for resource, description in used.items()
    ]
    return {title: name for name, title in taken.items()}


def _clash(one: str, other: str, name: str, recorded: Mapping[str, str]) -> str:
    known = [title for title in (one, other) if title in recorded]
    if len(known) != 1:
        remedy = "Give one of them another operationId in openapi/overlay.yaml."
    else:
        newcomer = other if one in known else one
        remedy = (
            f"{known[0]} was published under that name (openapi/names.json): "
            f"give {newcomer} another operationId in openapi/overlay.yaml."
        )
    return f"{one} and {other} would both be the method {name}. {remedy}"


def _tag(path: str, operation: dict[str, Any]) -> str:
    tags = operation.get("tags")
    return str(tags[0]) if tags else next(iter(_segments(path)), "default")


def _segments(path: str) -> list[str]:
    return [segment for segment in path.split("/") if segment and "{" not in segment and segment != "tenants"]


def _resources_of_tags(document: dict[str, Any], recorded: Mapping[str, str]) -> dict[str, str]:
    """The resource of each tag: as its named operations say, or its plural, if its paths have that."""
    named: dict[str, Counter[str]] = {}
    segments: dict[str, list[str]] = {}
    for path, method, operation in operations(document):
        tag = _tag(path, operation)
        votes = named.setdefault(tag, Counter())
        name = recorded.get(title_of(path, method), operation["operationId"])
        if _METHOD.fullmatch(name):
            votes[name.partition(".")[0]] += 1
        segments.setdefault(tag, []).extend(_identifier(segment) for segment in _segments(path))
    return {
        tag: votes.most_common(1)[0][0] if votes else _plural(_identifier(tag), segments[tag])
        for tag, votes in named.items()
    }


def _plural(singular: str, segments: list[str]) -> str:
    for candidate in (f"{singular}s", f"{singular}es", f"{singular.removesuffix('y')}ies"):
        if candidate in segments:
            return candidate
    return singular


def _identifier(text: str) -> str:
    """Any text as a name in snake case: ASCII letters, digits and single underscores."""
    words = re.findall(r"[a-z0-9]+", snake_case(re.sub(r"[^A-Za-z0-9]+", "_", text)))
    name = "_".join(words) or "unnamed"
    return name if name[0].isalpha() else f"op_{name}"


def _not_keyword(name: str) -> str:
    return f"{name}_" if keyword.iskeyword(name) else name
