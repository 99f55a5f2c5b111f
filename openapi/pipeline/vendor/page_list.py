"""Where the pages of the reference are published: pages.txt, a name and an address a line."""

import re
from pathlib import Path

import httpx
from attrs import frozen

from pipeline.errors import PipelineError, refuse
from pipeline.text import strict_json

FILE = "pages.txt"

_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})


@frozen
class Source:
    """A published page."""

    name: str
    url: httpx.URL


def read_sources(file: Path) -> list[Source]:
    """Read the list of pages."""
    found = parse(strict_json.read_file(file, remedy="Restore it from git."))
    if not found:
        raise PipelineError(f"{FILE}: no page is listed. Add a line: a name and an https address.")
    return found


def parse(text: str) -> list[Source]:
    """Read the list of pages from its text."""
    found: list[Source] = []
    problems: list[str] = []
    for number, line in enumerate(text.splitlines(), start=1):
        words = line.partition("#")[0].split()
        if not words:
            continue
        problem = _problem(words, found)
        if problem:
            problems.append(f"line {number}: {problem}")
        else:
            found.append(Source(words[0], httpx.URL(words[1])))
    refuse(f"{FILE}: a line is a name and an https address; correct these:", problems)
    return found


def with_page(text: str, name: str, address: str) -> tuple[str, str | None]:
    """The list with a page that was vendored, and a remark where its address is not taken as it is.

    A page is data: its address is listed only if the pages of that site are followed already.
    """
    sources = parse(text)
    if any((name, address) == (source.name, str(source.url)) for source in sources):
        return text, None
    problem = _problem([name, address], sources)
    if problem is None and sources and httpx.URL(address).host not in {each.url.host for each in sources}:
        problem = f"{address!a} is of another site than the pages in it."
    if problem:
        return text, f"{name} is not listed in {FILE}: {problem} Correct the list if the page is to be in it."
    width = max((len(source.name) for source in sources), default=0)
    before = f"{text.rstrip()}\n" if text.strip() else ""
    return f"{before}{name.ljust(width)} {address}\n", None


def _problem(words: list[str], found: list[Source]) -> str | None:
    if len(words) != 2:
        return f"{len(words)} words."
    name, address = words
    # The name becomes the name of a folder.
    if not re.fullmatch(r"[a-z0-9][a-z0-9_-]{0,99}", name):
        return f"{name!a} can't be the name of a page: lower-case letters, digits, `-` and `_` can."
    try:
        url = httpx.URL(address)
    except httpx.InvalidURL as error:
        return f"{address!a} is no address: {error}."
    # What comes over https, or from this machine, can't have been changed on its way.
    trusted = url.scheme == "https" or (url.scheme == "http" and url.host in _LOOPBACK)
    if not trusted or not re.fullmatch(r"[A-Za-z0-9.:-]+", url.host) or url.userinfo or url.fragment:
        return f"{address!a} is not an https address without user and fragment."
    for other in found:
        if other.name == name or other.url == url:
            return f"{other.name} is listed at {other.url} already, which is its name or its address."
    return None
