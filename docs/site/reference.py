"""Makes the reference's pages of the generated package: what is vendored tomorrow has a page by itself."""

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files

_PACKAGE = Path(__file__).parents[2] / "flow_retail_client"


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add a page for each resource, one for models and one for enums; put them into the navigation."""
    section = _section(config.nav or [], "Reference")
    position = 2  # after the overview and the client, which they belong to
    for name, resource in _resources().items():
        uri = f"reference/{name}.md"
        files.append(File.generated(config, uri, content=_resource_page(name, resource)))
        section.insert(position, {f"flow.{name}": uri})
        position += 1
    for title, page in (("Models", _models_page()), ("Enums", _enums_page())):
        uri = f"reference/{title.lower()}.md"
        files.append(File.generated(config, uri, content=page))
        section.insert(position, {title: uri})
        position += 1
    return files


def _section(nav: list[Any], title: str) -> list[Any]:
    for entry in nav:
        if isinstance(entry, dict) and title in entry:
            found: list[Any] = entry[title]
            return found
    raise KeyError(f"mkdocs.yml has no section {title}")


def _resources() -> dict[str, str]:
    """The class of each resource, by the name that it has on the client."""
    found: dict[str, str] = {}
    for file in sorted((_PACKAGE / "resources").glob("*.py")):
        for node in ast.parse(file.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.ClassDef):
                found[file.stem] = node.name
    return found


def _classes() -> Iterator[ast.ClassDef]:
    for file in sorted((_PACKAGE / "models").glob("*.py")):
        for node in ast.parse(file.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.ClassDef):
                yield node


def _is_enum(cls: ast.ClassDef) -> bool:
    return any("Enum" in ast.unparse(base) for base in cls.bases)


def _models() -> list[str]:
    return sorted(cls.name for cls in _classes() if not _is_enum(cls))


def _enums() -> dict[str, list[str]]:
    """The members of each enum."""
    return {
        cls.name: [ast.unparse(node.targets[0]) for node in cls.body if isinstance(node, ast.Assign)]
        for cls in sorted(_classes(), key=lambda cls: cls.name)
        if _is_enum(cls)
    }


def _resource_page(name: str, resource: str) -> str:
    return (
        f"# flow.{name}\n\n"
        f"The operations of `flow.{name}`. Path values come first, then the body, then query parameters as"
        " keywords.\n\n"
        f"::: flow_retail_client.resources.{name}.{resource}\n"
        "    options:\n"
        "      show_root_heading: false\n"
        "      show_root_toc_entry: false\n"
        "      show_bases: false\n"
        "      inherited_members: false\n"
        "      heading_level: 2\n"
    )


def _models_page() -> str:
    intro = "What is sent and what comes back. Import them from `flow_retail_client.models`."
    return f"# Models\n\n{intro}\n\n" + "\n".join(map(_class_block, _models()))


def _enums_page() -> str:
    intro = "Sets of values. A value that the spec does not list is kept: its `is_known` is false."
    blocks = (
        f"{_class_block(name)}\nMembers: {', '.join(f'`{member}`' for member in members)}\n"
        for name, members in _enums().items()
    )
    return f"# Enums\n\n{intro}\n\n" + "\n".join(blocks)


def _class_block(name: str) -> str:
    return (
        f"::: flow_retail_client.models.{name}\n"
        "    options:\n"
        "      inherited_members: false\n"
        "      separate_signature: false\n"
        "      show_signature: false\n"
        "      show_bases: false\n"
        "      members: []\n"
    )
