"""What `make vendor`, `make generate` and `make check-generated` do to a repository."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from pipeline.errors import PipelineError, collected, refuse_all
from pipeline.generate.config import read_config
from pipeline.generate.package import Generator
from pipeline.naming import name_registry
from pipeline.spec.builder import build_spec
from pipeline.spec.overlay import read_overlay
from pipeline.text import strict_json
from pipeline.text.files import Tree, differences, read_bytes, read_tree, replace_atomically
from pipeline.vendor import page_list
from pipeline.vendor.fragments import fragment_files, load, page_name, read_pages
from pipeline.vendor.pages import Fragment, address_of, read_page

PACKAGE = "flow_retail_client"
SPEC = "openapi.json"


def vendor(root: Path, pages: Sequence[Path]) -> None:
    """Write the fragments of pages, in place of those that they had."""
    folder = root / "openapi" / "fragments"
    vendored = _read(pages)
    known = {name: files for name, files in read_pages(folder).items() if name not in vendored}
    whole = {name: load(name, files) for name, files in known.items()} | vendored
    published = _registry(root)
    registry = published.without_vanished(
        [(found.path, found.method) for fragments in whole.values() for found in fragments]
    )
    _generator(root, whole, registry).package(formatted=False)
    contents: dict[Path, str | Tree] = {
        folder / name: fragment_files(fragments) for name, fragments in vendored.items()
    }
    lines = [
        f"{page.name}: {len(vendored[page_name(page)])} operations in openapi/fragments/{page_name(page)}/"
        for page in pages
    ]
    if registry != published:
        contents[root / "openapi" / name_registry.FILE] = registry.text()
        lines.extend(
            f"{title} is gone, and its name {name} free"
            for title, name in published.methods.items()
            if title not in registry.methods
        )
    listed, remarks = _listed(root / "openapi" / page_list.FILE, pages)
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


def _registry(root: Path) -> name_registry.NameRegistry:
    file = root / "openapi" / name_registry.FILE
    return name_registry.read_file(file) if file.exists() else name_registry.NameRegistry()


def _generator(
    root: Path, pages: Mapping[str, list[Fragment]], registry: name_registry.NameRegistry
) -> Generator:
    """What generates the client of pages, with the spec that it reads."""
    folder = root / "openapi"
    config, exceptions = read_config(root / "generator-config.yaml")
    spec = build_spec(
        # Pages by name, operations in the order of the page.
        [fragment for _, fragments in sorted(pages.items()) for fragment in fragments],
        read_overlay(folder / "overlay.yaml"),
        overlay_name="overlay.yaml",
        registry=registry,
        exceptions=exceptions,
    )
    return Generator(spec, config, folder / "templates")


def build(root: Path) -> tuple[dict[str, str], Tree]:
    """Build everything that is generated: `openapi.json` and `names.json`, and the package."""
    pages = read_pages(root / "openapi" / "fragments")
    generator = _generator(root, {name: load(name, files) for name, files in pages.items()}, _registry(root))
    texts = {
        SPEC: strict_json.write(generator.spec.document),
        name_registry.FILE: generator.spec.registry.text(),
    }
    return texts, generator.package()


def generate(root: Path) -> None:
    """Write the spec, the record of names and the package, all or none."""
    files, package = build(root)
    places: dict[Path, str | Tree] = {root / "openapi" / name: text for name, text in files.items()}
    replace_atomically({root / PACKAGE: package, **places})
    print(f"{PACKAGE}/: {len(package)} files")


def check(root: Path) -> None:
    """Compare what is committed with what would be generated, both ways."""
    files, package = build(root)
    expected = {
        **{f"{PACKAGE}/{path}": text for path, text in package.items()},
        **{f"openapi/{name}": text for name, text in files.items()},
    }
    actual = {
        **{f"{PACKAGE}/{path}": text for path, text in read_tree(root / PACKAGE).items()},
        **{
            f"openapi/{name}": read_bytes(root / "openapi" / name)
            for name in files
            if (root / "openapi" / name).exists()
        },
    }
    found = differences(expected, actual)
    if found:
        raise PipelineError(
            "what is committed is not what the spec gives; run make generate:\n  " + "\n  ".join(found)
        )
    print(f"{PACKAGE}/ is what openapi/ gives: {len(package)} files, byte for byte")
