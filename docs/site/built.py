"""Checks the built site: every link and anchor leads somewhere, and nothing is loaded from another host."""

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.exceptions import PluginError

_LOADED = {
    "audio": "src", "embed": "src", "iframe": "src", "image": "href", "img": "src", "input": "src",
    "link": "href", "object": "data", "script": "src", "source": "src", "track": "src", "use": "href",
    "video": "src",
}  # fmt: skip
"""The attribute by which an element loads something."""

_CSS_LOAD = re.compile(r"@import\s+[\"']([^\"']+)|url\(\s*[\"']?([^\"')\s]+)")


class _Document(HTMLParser):
    """What a page loads, links to, and can be linked at."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.anchors: set[str] = set()
        self.links: list[str] = []
        self.loads: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = dict(attrs)
        for name in ("id", "name"):
            if value := attributes.get(name):
                self.anchors.add(value)
        if tag == "a" and (target := attributes.get("href")) is not None:
            self.links.append(target)
        if (loaded := attributes.get(_LOADED.get(tag, ""))) and attributes.get("rel") != "canonical":
            self.loads.append(loaded)
        for candidate in (attributes.get("srcset") or "").split(","):
            if candidate.strip():
                self.loads.append(candidate.split()[0])
        self.loads.extend(_css_loads(attributes.get("style") or ""))


def problems_of(site: Path) -> list[str]:
    """Find the problems of a built site.

    Args:
        site: Its folder.

    Returns:
        A line for each broken link or anchor, and for each thing that is loaded from elsewhere.
    """
    pages = {
        page.resolve(): _Document(page.read_text(encoding="utf-8")) for page in sorted(site.rglob("*.html"))
    }
    root = site.resolve()
    found: list[str] = []
    for page, document in pages.items():
        name = page.relative_to(root).as_posix()
        # The page for what is not there doesn't know where it will be shown from.
        folder = root if name == "404.html" else page.parent
        found += [f"{name} loads {target} from elsewhere" for target in document.loads if _foreign(target)]
        for target in (*document.links, *(load for load in document.loads if not _foreign(load))):
            problem = _broken(target, page, folder, root, pages)
            if problem:
                found.append(f"{name} links to {target}: {problem}")
    for sheet in sorted(site.rglob("*.css")):
        found += [
            f"{sheet.relative_to(site).as_posix()} loads {target} from elsewhere"
            for target in _css_loads(sheet.read_text(encoding="utf-8"))
            if _foreign(target)
        ]
    return found


def on_post_build(config: MkDocsConfig) -> None:
    """Refuse a site that has problems."""
    problems = problems_of(Path(config.site_dir))
    if problems:
        raise PluginError("the built site is not sound:\n  " + "\n  ".join(problems))


def _css_loads(text: str) -> Iterator[str]:
    for match in _CSS_LOAD.finditer(text):
        yield match[1] or match[2]


def _foreign(target: str) -> bool:
    parts = urlsplit(target)
    return bool(parts.netloc) or parts.scheme in {"http", "https", "ws", "wss"}


def _broken(target: str, page: Path, folder: Path, root: Path, pages: dict[Path, _Document]) -> str | None:
    parts = urlsplit(target)
    if parts.scheme or parts.netloc:
        return None
    path = unquote(parts.path)
    if not path:
        file = page
    else:
        file = (root / path.lstrip("/") if path.startswith("/") else folder / path).resolve()
        if file.is_dir():
            file /= "index.html"
    if not file.exists():
        return "there is no such file"
    anchor = unquote(parts.fragment)
    document = pages.get(file)
    if anchor and document is not None and anchor not in document.anchors:
        return f"the page has no anchor {anchor}"
    return None
