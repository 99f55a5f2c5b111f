"""What `make vendor`, `make generate` and `make check-generated` do to a repository."""

from collections.abc import Container, Mapping, Sequence
from pathlib import Path
from typing import Any

from attrs import evolve, frozen

from pipeline.errors import collected, refuse, refuse_all
from pipeline.generate.package import PACKAGE, Generator
from pipeline.naming.name_registry import FILE, Exceptions, NameRegistry
from pipeline.spec.builder import build_spec
from pipeline.spec.overlay import read_overlay
from pipeline.text import strict_json
from pipeline.text.files import Tree, differences, read, read_bytes, replace_atomically
from pipeline.vendor import page_list
from pipeline.vendor.fragments import fragment_files, read_fragments
from pipeline.vendor.pages import Fragment, address_of, read_page, slug

SPEC = "openapi/openapi.json"
NAMES = f"openapi/{FILE}"
PAGES = f"openapi/{page_list.FILE}"
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
        folders = sorted((root / "openapi/fragments").glob("*/"))
        return cls(
            root,
            {folder.name: read_fragments(folder) for folder in folders if folder.name not in without},
            read_overlay(root / "openapi" / OVERLAY),
            NameRegistry.read(root / NAMES) if (root / NAMES).exists() else NameRegistry(),
        )

    def with_pages(self, pages: Mapping[str, Sequence[Fragment]]) -> "Project":
        """The project with pages as they are now; the names of operations that are gone are free."""
        whole = {**self.pages, **pages}
        there = [(found.path, found.method) for fragments in whole.values() for found in fragments]
        return evolve(self, pages=whole, registry=self.registry.without_vanished(there))

    def generator(self) -> Generator:
        """What generates the client, with the spec that it reads."""
        spec = build_spec(
            # Pages by name, operations in the order of the page.
            [fragment for _, fragments in sorted(self.pages.items()) for fragment in fragments],
            self.overlay,
            overlay_name=OVERLAY,
            registry=self.registry,
            exceptions=Exceptions.read(self.root / "generator-config.yaml"),
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
    """Write the fragments of pages, in place of those that they had, and list the pages."""
    listed = read_bytes(root / PAGES) if (root / PAGES).exists() else ""
    vendored: dict[str, list[Fragment]] = {}
    lines: list[str] = []
    remarks: list[str | None] = []
    problems: list[str] = []
    for page in pages:
        name = slug(page.stem.lower(), otherwise="page")
        if name in vendored:
            problems.append(f"{page.name}: a second page named {name}. Rename one of the files.")
        with collected(problems):
            text = strict_json.read_file(
                page, remedy="Give the path of a page of the reference, as Markdown."
            )
            vendored[name] = read_page(text, name=page.name)
            lines.append(f"{page.name}: {len(vendored[name])} operations in openapi/fragments/{name}/")
            if address := address_of(text):
                listed, remark = page_list.with_page(listed, name, address)
                remarks.append(remark)
    refuse_all(problems)
    before = Project.read(root, without=vendored)
    after = before.with_pages(vendored)
    after.generator().package(formatted=False)
    contents = fragment_folders(root, vendored)
    if after.registry != before.registry:
        contents[root / NAMES] = after.registry.text()
        gone = before.registry.methods.keys() - after.registry.methods.keys()
        lines += [
            f"{title} is gone, and its name {before.registry.methods[title]} free" for title in sorted(gone)
        ]
    replace_atomically(contents | ({root / PAGES: listed} if listed else {}))
    print("\n".join([*lines, *filter(None, remarks)]))


def fragment_folders(root: Path, pages: Mapping[str, Sequence[Fragment]]) -> dict[Path, str | Tree]:
    """The folder of fragments of each page."""
    return {root / "openapi/fragments" / name: fragment_files(found) for name, found in pages.items()}


def generate(root: Path) -> None:
    """Write the spec, the record of names and the package, all or none."""
    built = Project.read(root).build()
    replace_atomically({root / path: content for path, content in built.items()})
    print(f"{PACKAGE}/: {len(built[PACKAGE])} files")


def check(root: Path) -> None:
    """Compare what is committed with what would be generated, both ways."""
    built = Project.read(root).build()
    found = differences(built, {path: read(root / path) for path in built})
    refuse("what is committed is not what the spec gives; run make generate:", found)
    print(f"{PACKAGE}/ is what openapi/ gives: {len(built[PACKAGE])} files, byte for byte")
