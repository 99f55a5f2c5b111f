"""A page of the reference: Markdown with a JSON block, a small OpenAPI document, for each operation."""

import re
from typing import Any

from attrs import frozen
from markdown_it import MarkdownIt

from pipeline.document.operations import METHODS
from pipeline.document.structure import check_structure
from pipeline.errors import PipelineError, collected, refuse_all
from pipeline.text import strict_json


@frozen
class Fragment:
    """One operation as published."""

    where: str  # the file it was read from, with the line where there is more than one in it
    document: dict[str, Any]
    path: str
    method: str

    @property
    def operation(self) -> dict[str, Any]:
        """The operation object."""
        found: dict[str, Any] = self.document["paths"][self.path][self.method]
        return found

    @property
    def operation_id(self) -> str:
        """The published operation id, or one made of method and path where there is none."""
        return self.operation.get("operationId") or f"{self.method}-{self.path}"


def slug(text: str, *, otherwise: str) -> str:
    """Make a file name of any text: letters, digits, `-`, `_` and inner dots, at most 100 characters."""
    return re.sub(r"[^A-Za-z0-9_.]+|\.{2,}", "-", text)[:100].strip("-.") or otherwise


def read_page(text: str, *, name: str) -> list[Fragment]:
    """Read the operations of a page."""
    lines = text.splitlines()
    found: list[Fragment] = []
    problems: list[str] = []
    for token in MarkdownIt("commonmark").parse(text):
        if token.type != "fence" or not token.map:
            continue
        begin, end = token.map
        if token.level == 0 and (end - begin < 2 or set(lines[end - 1].strip()) != {token.markup[0]}):
            problems.append(f"{name}: the page ends inside a block: it is cut short. Fetch it again.")
        elif token.info.lower().split()[:1] == ["json"]:
            with collected(problems):
                document = strict_json.read(token.content, where=name, first_line=begin + 2)
                found.extend(split(document, where=f"{name}:{begin + 2}"))
    refuse_all(problems)
    if not found:
        raise PipelineError(
            f"{name}: no operation: the page holds no ```json block. "
            "Give a page of the API reference, as Markdown."
        )
    return found


def address_of(text: str) -> str | None:
    """The address that a page gives as its own, in what stands before its first block."""
    match = re.search(r"\[Markdown\]\((https://[^\s()]+\.md)\)", text.partition("```")[0])
    return match[1] if match else None


def split(document: Any, *, where: str) -> list[Fragment]:
    """Split an OpenAPI document into fragments of one operation each."""
    if not isinstance(document, dict):
        raise PipelineError(
            f"{where}: not an OpenAPI document: a JSON object is expected. Remove or correct the block."
        )
    version = document.get("openapi")
    if not isinstance(version, str) or not version.startswith("3.0."):
        raise PipelineError(
            f"{where}: #/openapi: not an OpenAPI 3.0 document (its version is {version!a}). "
            "The reference is published as 3.0: remove or correct the block."
        )
    check_structure(document, where=where)
    found: list[Fragment] = []
    for path, item in document["paths"].items():
        shared = {key: value for key, value in item.items() if key not in METHODS}
        for method in METHODS:
            if method in item:
                one = {**document, "paths": {path: {**shared, method: item[method]}}}
                found.append(Fragment(where=where, document=one, path=path, method=method))
    if not found:
        raise PipelineError(
            f"{where}: #/paths: no operation. Every block of a page describes one; correct or remove it."
        )
    return found
