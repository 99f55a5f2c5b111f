"""The one spec that the generator reads: fragments merged by rule, corrected by overlay, named."""

from collections.abc import Mapping, Sequence
from typing import Any

from attrs import evolve, frozen

from pipeline.document.references import Pointer, json_pointer
from pipeline.document.shapes import is_enum, is_object
from pipeline.document.structure import check_structure, cycles, reference_problems
from pipeline.errors import collected, refuse, refuse_all
from pipeline.naming.classes import assign_names, write_titles
from pipeline.naming.methods import method_names, name_operations
from pipeline.naming.name_registry import Exceptions, NameRegistry
from pipeline.spec.environments import environments
from pipeline.spec.inline_schemas import InlineSchemas, prune
from pipeline.spec.merge import merge
from pipeline.spec.overlay import corrected
from pipeline.spec.rules import apply_rules, values_as_text
from pipeline.spec.schemas import normalise
from pipeline.spec.unsupported import check_sendable
from pipeline.spec.validation import check_meaning
from pipeline.vendor.pages import Fragment


@frozen
class Spec:
    """The corrected spec and the class names in it."""

    document: dict[str, Any]
    classes: dict[str, str]  # the names of its classes, per component key
    registry: NameRegistry  # every name ever published
    origins: Mapping[Pointer, str]  # the fragment that each operation and component came from
    operations: int  # how many operations were vendored


def build_spec(
    fragments: Sequence[Fragment],
    overlay: dict[str, Any],
    *,
    overlay_name: str,
    registry: NameRegistry,
    exceptions: Exceptions,
) -> Spec:
    """Merge, correct, name and validate."""
    merged = merge(fragments)
    document = merged.document
    apply_rules(document)
    inline = InlineSchemas(registry.inline, frozenset(document["components"]["schemas"]))

    def shape() -> None:
        values_as_text(document)
        normalise(document)
        names = method_names(document, recorded=registry.methods, exceptions=exceptions.methods)
        inline.move(document, names)

    shape()
    document = corrected(document, overlay, where=overlay_name)
    _check_corrected(document, overlay_name)
    # What the overlay replaced must not keep a name from what stands in its place.
    prune(document)
    shape()
    methods = name_operations(document, recorded=registry.methods, exceptions=exceptions.methods)
    problems: list[str] = []
    with collected(problems):
        check_sendable(document, merged.origins)
    with collected(problems):
        environments(document)
    schemas = document["components"].get("schemas", {})
    classes = [key for key, schema in schemas.items() if is_object(schema) or is_enum(schema)]
    # Where components changed their keys, the class keeps its name.
    recorded = {inline.moved.get(key, key): name for key, name in registry.classes.items()}
    names: dict[str, str] = {}
    with collected(problems):
        names = assign_names(document, classes, recorded=recorded, exceptions=exceptions.classes)
        write_titles(document, names)
    with collected(problems):
        check_meaning(document, merged.origins)
    refuse_all(problems)
    return Spec(
        document=document,
        classes=names,
        registry=evolve(
            registry,
            classes={**recorded, **names},
            inline=inline.locations,
            methods={**registry.methods, **methods},
        ),
        origins=merged.origins,
        operations=len(fragments),
    )


def _check_corrected(document: dict[str, Any], overlay_name: str) -> None:
    check_structure(document, where=f"{overlay_name}: after the overlay")
    # Circles are looked for along references, so those must be right.
    for problems in (reference_problems(document, document), cycles(document)):
        refuse(
            f"{overlay_name}: after the overlay, references are wrong; correct the action:",
            [f"{json_pointer(pointer)}: {problem}" for pointer, problem in problems],
        )
