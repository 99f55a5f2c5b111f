"""What `make vendor`, `make generate` and `make check-generated` do to a repository."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from pipeline.errors import PipelineError
from pipeline.generate.config import read_config
from pipeline.generate.package import Generator
from pipeline.naming import name_registry
from pipeline.spec.builder import build_spec
from pipeline.spec.merge import merge
from pipeline.spec.overlay import read_overlay
from pipeline.text import strict_json
from pipeline.text.files import Tree, differences, read_bytes, read_tree, replace_atomically
from pipeline.vendor.fragments import fragment_files, load, page_name, read_pages
from pipeline.vendor.pages import Fragment, read_page

PACKAGE = "flow_retail_client"
SPEC = "openapi.json"


def vendor(root: Path, pages: Sequence[Path]) -> None:
    """Write the fragments of pages, in place of those that they had.

    Args:
        root: The repository.
        pages: The pages, as Markdown.

    Raises:
        PipelineError: A page is refused, or does not fit to the others; nothing is changed.
    """
    folder = root / "openapi" / "fragments"
    vendored: dict[str, list[Fragment]] = {}
    counts: list[str] = []
    for page in pages:
        name = page_name(page)
        if name in vendored:
            raise PipelineError(f"{page.name}: a second page named {name}. Rename one of the files.")
        vendored[name] = read_page(page)
        counts.append(f"{page.name}: {len(vendored[name])} operations in openapi/fragments/{name}/")
    known = {name: files for name, files in read_pages(folder).items() if name not in vendored}
    whole = _in_order({name: load(name, files) for name, files in known.items()} | vendored)
    merge(whole)
    contents: dict[Path, str | Tree] = {
        folder / name: fragment_files(fragments) for name, fragments in vendored.items()
    }
    names = root / "openapi" / name_registry.FILE
    if names.exists():
        before = name_registry.read_file(names)
        after = before.without_vanished([(found.path, found.method) for found in whole])
        if gone := [title for title in before.methods if title not in after.methods]:
            contents[names] = after.text()
            counts.extend(f"{title} is gone, and its name {before.methods[title]} free" for title in gone)
    replace_atomically(contents)
    print("\n".join(counts))


def build(root: Path) -> tuple[dict[str, str], Tree]:
    """Build everything that is generated.

    Args:
        root: The repository.

    Returns:
        The files `openapi.json` and `names.json`, and the package.

    Raises:
        PipelineError: The input is refused.
    """
    folder = root / "openapi"
    config, exceptions = read_config(root / "generator-config.yaml")
    names = folder / name_registry.FILE
    known = name_registry.read_file(names) if names.exists() else name_registry.NameRegistry()
    pages = {name: load(name, files) for name, files in read_pages(folder / "fragments").items()}
    spec = build_spec(
        _in_order(pages),
        read_overlay(folder / "overlay.yaml"),
        overlay_name="overlay.yaml",
        registry=known,
        exceptions=exceptions,
    )
    package = Generator(spec, config, folder / "templates").package()
    return {SPEC: strict_json.write(spec.document), name_registry.FILE: spec.registry.text()}, package


def generate(root: Path) -> None:
    """Write the spec, the record of names and the package, all or none.

    Args:
        root: The repository.

    Raises:
        PipelineError: The input is refused; nothing is changed.
    """
    files, package = build(root)
    places: dict[Path, str | Tree] = {root / "openapi" / name: text for name, text in files.items()}
    replace_atomically({root / PACKAGE: package, **places})
    print(f"{PACKAGE}/: {len(package)} files")


def check(root: Path) -> None:
    """Compare what is committed with what would be generated, both ways.

    Args:
        root: The repository.

    Raises:
        PipelineError: With every file that is missing, stale or different.
    """
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


def _in_order(pages: Mapping[str, list[Fragment]]) -> list[Fragment]:
    """Pages by name, operations in the order of the page."""
    return [fragment for _, fragments in sorted(pages.items()) for fragment in fragments]
