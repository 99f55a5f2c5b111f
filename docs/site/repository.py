"""Adds files outside docs/ to the site: the texts at the root, and the files that pages link to."""

import posixpath
import re
from collections.abc import Iterator
from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files, InclusionLevel
from mkdocs.structure.pages import Page

_ROOT = Path(__file__).parents[2]

_TEXTS = {
    "CHANGELOG.md": "changelog.md",
    "CONTRIBUTING.md": "contributing.md",
    "README.md": "index.md",
    "SECURITY.md": "security.md",
}
"""Texts at the root, and the pages that show them."""

_FENCE = re.compile(r"^( *)(`{3,}|~{3,}).*?^\1\2`*~* *$", re.MULTILINE | re.DOTALL)
_FENCE_INFO = re.compile(r"^( *`{3,}\w+)([^`\n]*?) no-run\b", re.MULTILINE)
_LINK = re.compile(r"(?<=\]\()(?![a-z]+:|[#/])([^)\s#]+)(#[^)\s]*)?(?=\))")
_LANGUAGES = {".py": "python", ".toml": "toml", ".yml": "yaml", ".yaml": "yaml", ".json": "json", ".md": "md"}
_UNSHOWN = {"__pycache__"}


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the texts at the root, and a page for each file outside docs/ that a page links to."""
    for name, uri in _TEXTS.items():
        if files.get_file_from_path(uri) is None:
            files.append(File.generated(config, uri, abs_src_path=str(_ROOT / name)))
    for file in list(files.documentation_pages()):
        for target, _ in _links(file.content_string):
            path = _path(file.src_uri, target)
            uri = _uri(path)
            if uri.startswith("source/") and (_ROOT / path).exists() and not files.get_file_from_path(uri):
                shown = File.generated(config, uri, content=_source_page(path))
                shown.inclusion = InclusionLevel.NOT_IN_NAV
                files.append(shown)
    return files


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Turn links to files of the repository into links to the pages that show them."""
    del config
    here = page.file.src_uri

    def rewrite(match: re.Match[str]) -> str:
        uri = _uri(_path(here, match[1]))
        if files.get_file_from_path(uri) is None:
            return match[0]
        return posixpath.relpath(uri, posixpath.dirname(here) or ".") + (match[2] or "")

    parts: list[str] = []
    end = 0
    for fence in _FENCE.finditer(markdown):
        parts.append(_LINK.sub(rewrite, markdown[end : fence.start()]))
        # `no-run` is for the tests; the highlighter has no such option.
        parts.append(_FENCE_INFO.sub(r"\1\2", fence[0]))
        end = fence.end()
    return "".join([*parts, _LINK.sub(rewrite, markdown[end:])])


def _links(markdown: str) -> Iterator[tuple[str, str]]:
    for match in _LINK.finditer(_FENCE.sub("", markdown)):
        yield match[1], match[2] or ""


def _path(page: str, target: str) -> str:
    """Where a link of a page leads, seen from the root of the repository."""
    origin = next((name for name, uri in _TEXTS.items() if uri == page and page != "index.md"), None)
    folder = "" if origin is not None else posixpath.dirname(posixpath.join("docs", page))
    return posixpath.normpath(posixpath.join(folder, target))


def _uri(path: str) -> str:
    if path in _TEXTS:
        return _TEXTS[path]
    return path.removeprefix("docs/") if path.startswith("docs/") else f"source/{path}.md"


def _source_page(path: str) -> str:
    found = _ROOT / path
    if found.is_file():
        return f"# {path}\n\n{_listing(found)}"
    shown = [
        file
        for file in sorted(found.rglob("*"))
        if file.is_file() and not _UNSHOWN & set(file.relative_to(found).parts)
    ]
    sections = (f"## {file.relative_to(found).as_posix()}\n\n{_listing(file)}" for file in shown)
    return f"# {path}\n\n" + "\n\n".join(sections)


def _listing(file: Path) -> str:
    return f"~~~~~{_LANGUAGES.get(file.suffix, 'text')}\n{file.read_text(encoding='utf-8').rstrip()}\n~~~~~"
