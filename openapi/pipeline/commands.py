"""What `make vendor`, `make generate` and `make check-generated` do to a repository."""

from collections.abc import Container, Mapping, Sequence
from pathlib import Path
from typing import Any

from attrs import evolve, frozen

from pipeline.errors import PipelineError, collected, refuse_all
from pipeline.generate.config import read_exceptions
from pipeline.generate.package import PACKAGE, Generator
from pipeline.naming import name_registry
from pipeline.naming.name_registry import NameRegistry
from pipeline.spec.builder import build_spec
from pipeline.spec.overlay import read_overlay
from pipeline.text import strict_json
from pipeline.text.files import Tree, differences, read, read_bytes, replace_atomically
from pipeline.vendor import page_list
from pipeline.vendor.fragments import fragment_files, load, page_name, read_pages
from pipeline.vendor.pages import Fragment, address_of, read_page

SPEC = "openapi/openapi.json"
NAMES = f"openapi/{name_registry.FILE}"
OVERLAY = "overlay.yaml"


@frozen
class Project:
    """What the client is generated from."""

    root: Path
    pages: Mapping[str, Sequence[Fragment]]
    overlay: dict[str, Any]
    registry: NameRegistry

    @classmethod
    def read(cls, root: Path, *, without: Container[str] = ()) -> "Project":
        """Read it from a repository, without the pages that come anew."""
        folder = root / "openapi"
        names = folder / name_registry.FILE
        return cls(
            root,
            {
                page: load(page, files)
                for page, files in read_pages(folder / "fragments").items()
                if page not in without
            },
            read_overlay(folder / OVERLAY),
            name_registry.read_file(names) if names.exists() else NameRegistry(),
        )

    def with_pages(self, pages: Mapping[str, Sequence[Fragment]]) -> "Project":
        """The project with pages as they are now; the names of operations that are gone are free."""
        whole = {**self.pages, **pages}
        there = [(found.path, found.method) for fragments in whole.values() for found in fragments]
        return evolve(self, pages=whole, registry=self.registry.without_vanished(there))

    def generator(self) -> Generator:
        """What generates the client, with the spec that it reads."""
        exceptions = read_exceptions(self.root / "generator-config.yaml")
        spec = build_spec(
            # Pages by name, operations in the order of the page.
            [fragment for _, fragments in sorted(self.pages.items()) for fragment in fragments],
            self.overlay,
            overlay_name=OVERLAY,
            registry=self.registry,
            exceptions=exceptions,
        )
        return Generator(spec, self.root / "openapi/templates")

    def build(self) -> dict[str, str | Tree]:
        """Everything that is generated, by its path: spec, names and package."""
        generator = self.generator()
        return {
            PACKAGE: generator.package(),
            SPEC: strict_json.write(generator.spec.document),
            NAMES: generator.spec.registry.text(),
        }


def vendor(root: Path, pages: Sequence[Path]) -> None:
    """Write the fragments of pages, in place of those that they had."""
    folder = root / "openapi"
    vendored = _read(pages)
    before = Project.read(root, without=vendored)
    after = before.with_pages(vendored)
    after.generator().package(formatted=False)
    contents: dict[Path, str | Tree] = {
        folder / "fragments" / name: fragment_files(fragments) for name, fragments in vendored.items()
    }
    lines = [
        f"{page.name}: {len(vendored[page_name(page)])} operations in openapi/fragments/{page_name(page)}/"
        for page in pages
    ]
    if after.registry != before.registry:
        contents[root / NAMES] = after.registry.text()
        lines.extend(
            f"{title} is gone, and its name {name} free"
            for title, name in before.registry.methods.items()
            if title not in after.registry.methods
        )
    listed, remarks = _listed(folder / page_list.FILE, pages)
    replace_atomically(contents | listed)
    print("\n".join(lines + remarks))


def _read(pages: Sequence[Path]) -> dict[str, list[Fragment]]:
    """Read pages, and list what is wrong with any of them."""
    found: dict[str, list[Fragment]] = {}
    problems: list[str] = []
    for page in pages:
        name = page_name(page)
        if name in found:
            problems.append(f"{page.name}: a second page named {name}. Rename one of the files.")
        with collected(problems):
            found[name] = read_page(page)
    refuse_all(problems)
    return found


def _listed(file: Path, pages: Sequence[Path]) -> tuple[dict[Path, str | Tree], list[str]]:
    """The list of pages with those that were vendored, if it changes, and what to say of it."""
    before = text = read_bytes(file) if file.exists() else ""
    remarks: list[str] = []
    for page in pages:
        address = address_of(page)
        if address is not None:
            text, remark = page_list.with_page(text, page_name(page), address)
            remarks.extend([remark] if remark else [])
    return ({file: text} if text != before else {}), remarks


def generate(root: Path) -> None:
    """Write the spec, the record of names and the package, all or none."""
    built = Project.read(root).build()
    replace_atomically({root / path: content for path, content in built.items()})
    print(f"{PACKAGE}/: {len(built[PACKAGE])} files")


def check(root: Path) -> None:
    """Compare what is committed with what would be generated, both ways."""
    built = Project.read(root).build()
    found = differences(built, {path: read(root / path) for path in built})
    if found:
        raise PipelineError(
            "what is committed is not what the spec gives; run make generate:\n  " + "\n  ".join(found)
        )
    print(f"{PACKAGE}/ is what openapi/ gives: {len(built[PACKAGE])} files, byte for byte")
