"""The code blocks of a page, as a reader sees them."""

import re
from collections.abc import Iterator
from pathlib import Path

from attrs import field, frozen
from markdown_it import MarkdownIt
from markdown_it.token import Token

ROOT = Path(__file__).parents[2]

_COMMENT = re.compile(r"<!--(.*?)-->", re.DOTALL)
_TITLE = re.compile(r'title="([^"]+)"')


@frozen
class Block:
    """A fenced code block.

    Attributes:
        page: The page, from the root of the repository.
        line: The line of its first line of code, from 1.
        language: The first word after the fence.
        info: The text after the fence.
        code: What it holds.
        comment: The HTML comment right before it, without its marks; empty if there is none.
        output: What the next block shows as its output; None if the next block is no output.
    """

    page: str
    line: int
    language: str
    info: str
    code: str
    comment: str
    output: str | None = field(default=None)

    @property
    def title(self) -> str | None:
        """The file that it is said to be."""
        found = _TITLE.search(self.info)
        return found[1] if found else None

    @property
    def is_run(self) -> bool:
        """Whether it is to be run."""
        return "no-run" not in self.info.split()

    @property
    def where(self) -> str:
        """Where it is, as editors read it."""
        return f"{self.page}:{self.line}"


def pages() -> list[str]:
    """Every page that may hold examples: the README, and all of docs/."""
    found = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
    return [page.relative_to(ROOT).as_posix() for page in found]


def blocks_of(page: str, text: str | None = None) -> list[Block]:
    """Read the blocks of a page.

    Args:
        page: The page, from the root of the repository.
        text: Its text, if not that of the file.

    Returns:
        Its fenced blocks, in order.
    """
    if text is None:
        text = (ROOT / page).read_text(encoding="utf-8")
    tokens = list(_flat(MarkdownIt("commonmark").parse(text)))
    fences = [position for position, token in enumerate(tokens) if token.type == "fence"]
    found: list[Block] = []
    for number, position in enumerate(fences):
        token = tokens[position]
        before = tokens[position - 1] if position else None
        comment = (
            _COMMENT.fullmatch(before.content.strip()) if before and before.type == "html_block" else None
        )
        following = tokens[fences[number + 1]] if number + 1 < len(fences) else None
        # A block of text is the output of the code before it, unless a new section comes between.
        section_ends = following is not None and any(
            other.type == "heading_open" for other in tokens[position : fences[number + 1]]
        )
        shows_output = following is not None and _language(following) == "text" and not section_ends
        found.append(
            Block(
                page=page,
                line=token.map[0] + 2 if token.map else 0,
                language=_language(token),
                info=token.info,
                code=token.content,
                comment=" ".join(comment[1].split()) if comment else "",
                output=following.content if following is not None and shows_output else None,
            )
        )
    return found


def _flat(tokens: list[Token]) -> Iterator[Token]:
    for token in tokens:
        if token.type not in {"paragraph_close", "list_item_open", "bullet_list_open", "ordered_list_open"}:
            yield token


def _language(token: Token) -> str:
    return (token.info.split() or [""])[0]
