"""Draws the site's pictures, docs/assets/*.svg: run it by its path, with custom/ importable."""

import inspect
import re
import textwrap
import tomllib
from collections.abc import Iterable
from html import escape
from pathlib import Path

from attrs import frozen

from flow_retail_client import FlowRetailError
from flow_retail_core import errors as errors_module

ASSETS = Path(__file__).parents[1] / "assets"
_ROOT = Path(__file__).parents[2]

_WIDTH = 380
"""Of every drawing: it fits a phone without being scrolled or made smaller."""
_CHARACTER = 6.6
"""The width of a character of 13 pixels on average."""

_FONT = "ui-sans-serif, system-ui, 'Segoe UI', Roboto, 'DejaVu Sans', sans-serif"
_MONO = "ui-monospace, SFMono-Regular, 'DejaVu Sans Mono', monospace"


@frozen
class Palette:
    """The colours of one form of a drawing."""

    text: str
    quiet: str
    line: str
    plain: str
    made: str
    made_line: str
    written: str
    written_line: str


LIGHT = Palette("#1f2933", "#52606d", "#7b8794", "#ffffff", "#fff4d6", "#c99a2e", "#e0f2f1", "#00796b")
DARK = Palette("#e4e7eb", "#a3b1bf", "#8594a3", "#262932", "#3d3420", "#d9ae4a", "#1d3a38", "#4db6ac")


@frozen
class Box:
    """A box with a name and a short text.

    Attributes:
        x: Its left edge.
        y: Its upper edge.
        width: How wide it is.
        height: How high it is.
        name: Its title, in monospace.
        text: What is written below that, wrapped to the box.
        origin: "published" by others, "generated", or "handwritten".
    """

    x: float
    y: float
    width: float
    height: float
    name: str
    text: str = ""
    origin: str = "published"

    def svg(self, colours: Palette) -> str:
        """Draw it."""
        fill, stroke = {
            "published": (colours.plain, colours.line),
            "generated": (colours.made, colours.made_line),
            "handwritten": (colours.written, colours.written_line),
        }[self.origin]
        dash = ' stroke-dasharray="6 4"' if self.origin == "generated" else ""
        middle = self.x + self.width / 2
        lines = textwrap.wrap(self.text, int((self.width - 14) / _CHARACTER))
        top = self.y + (self.height - 18 * len(lines)) / 2 + 5
        texts = [_text(middle, top, self.name, colours.text, size=13, mono=True)]
        texts += [
            _text(middle, top + 18 * (number + 1), line, colours.quiet, size=13)
            for number, line in enumerate(lines)
        ]
        return (
            f'<rect x="{self.x}" y="{self.y}" width="{self.width}" height="{self.height}" rx="8"'
            f' fill="{fill}" stroke="{stroke}" stroke-width="1.5"{dash}/>' + "".join(texts)
        )


@frozen
class Arrow:
    """An arrow along straight pieces, with a word beside it.

    Attributes:
        points: Its corners, from the first to the one with the head.
        label: The word.
        label_at: Where the word's middle is.
    """

    points: tuple[tuple[float, float], ...]
    label: str = ""
    label_at: tuple[float, float] = (0, 0)

    def svg(self, colours: Palette) -> str:
        """Draw it."""
        path = " ".join(f"{x},{y}" for x, y in self.points)
        drawn = (
            f'<polyline points="{path}" fill="none" stroke="{colours.line}" stroke-width="1.8"'
            ' marker-end="url(#head)"/>'
        )
        if self.label:
            drawn += _text(*self.label_at, self.label, colours.quiet, size=13)
        return drawn


def _text(
    x: float, y: float, text: str, colour: str, *, size: int = 14, mono: bool = False, anchor: str = "middle"
) -> str:
    family, weight = (_MONO, "600") if mono else (_FONT, "400")
    return (
        f'<text x="{x}" y="{y}" text-anchor="{anchor}" font-family="{family}" font-size="{size}"'
        f' font-weight="{weight}" fill="{colour}">{escape(text)}</text>'
    )


def drawing(colours: Palette, height: int, title: str, parts: Iterable[Box | Arrow], extra: str = "") -> str:
    """Put a drawing together.

    Args:
        colours: Its colours.
        height: How high it is.
        title: What it shows, for those who can't see it.
        parts: What is in it.
        extra: Further SVG.
    """
    body = "\n".join(part.svg(colours) for part in parts)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" width="{_WIDTH}"'
        f' height="{height}" role="img" aria-label="{escape(title)}">\n<title>{escape(title)}</title>\n'
        '<defs><marker id="head" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="7" markerHeight="7"'
        f' orient="auto"><path d="M0 0L10 5L0 10z" fill="{colours.line}"/></marker></defs>\n'
        f"{body}{extra}\n</svg>\n"
    )


def pipeline(colours: Palette) -> str:
    """From the published reference to the client."""
    left, right, wide, high = 10, 205, 165, 74
    steps = [10, 120, 230, 340]
    parts: list[Box | Arrow] = [
        Box(left, steps[0], wide, high, "page.md", "the published reference"),
        Box(left, steps[1], wide, high, "fragments/", "one operation a file, as published", "generated"),
        Box(left, steps[2], wide, high, "openapi.json", "merged, corrected, validated", "generated"),
        Box(left, steps[3], wide, high, "flow_retail_client", "models, resources, FlowRetail", "generated"),
        Box(right, 95, wide, high, "rules", "corrections of what is wrong everywhere", "handwritten"),
        Box(
            right, 185, wide, high, "overlay.yaml", "corrections of one path, each with reason", "handwritten"
        ),
        Box(right, 340, wide, high, "templates/", "what methods and models look like", "handwritten"),
        *(
            Arrow(((92, top + high), (92, top + 108)), word, (135, top + high + 22))
            for top, word in zip(steps, ("vendor", "merge", "generate"), strict=False)
        ),
        Arrow(((205, 132), (190, 132), (190, 250), (177, 250))),
        Arrow(((205, 222), (190, 222), (190, 250), (177, 250))),
        Arrow(((205, 377), (177, 377))),
    ]
    title = "From pages of the reference to the client"
    return drawing(colours, 520, title, parts, _legend(colours, 10, 440))


def layers(colours: Palette) -> str:
    """The packages and who imports whom."""
    core = "lists, batches, models, errors, retries, deadlines, tokens, rate limit, transports"
    sandbox = "a local server; imports none of the SDK"
    parts: list[Box | Arrow] = [
        Box(20, 10, 150, 62, "flow_retail_pytest", "fixtures for tests", "handwritten"),
        Box(190, 10, 180, 62, "flow_retail_cli", "and flow_retail_spark", "handwritten"),
        Box(20, 92, 150, 62, "your program", "flow.customers.get()"),
        Box(190, 92, 180, 62, "flow_retail_records", "rows of tables", "handwritten"),
        Box(20, 184, 350, 62, "flow_retail_client", "thin typed methods, models", "generated"),
        Box(20, 276, 350, 80, "flow_retail_core", core, "handwritten"),
        Box(20, 400, 165, 80, "flow_retail_sandbox", sandbox, "handwritten"),
        Box(205, 400, 165, 80, "api.flowretail.com", "the vendor's API"),
        Arrow(((170, 41), (180, 41), (180, 182))),
        Arrow(((280, 72), (280, 90))),
        Arrow(((95, 154), (95, 182))),
        Arrow(((280, 154), (280, 182))),
        Arrow(((195, 246), (195, 274))),
        Arrow(((20, 41), (8, 41), (8, 440), (18, 440))),
        Arrow(((102, 356), (102, 398)), "HTTP", (130, 381)),
        Arrow(((287, 356), (287, 398)), "HTTPS", (318, 381)),
    ]
    return drawing(colours, 490, "The packages, and which of them imports which", parts)


_ROOMS = {
    "resource": "the methods of one resource",
    "client": "options, scoped copies",
    "pagination": "lists, page by page",
    "batch": "chunks and outcomes",
    "http": "one call: attempts, connections, rate limit",
    "auth": "tokens, fetched once for all tasks",
    "retry": "policy, Retry-After, budget",
    "observability": "hooks, spans, captured responses",
    "transports": "httpx, aiohttp, TLS, proxies",
    "models": "decoding, encoding, schema drift",
}


def rooms(colours: Palette) -> str:
    """The rooms of the core, read from the contract that import-linter holds; each knows those below it."""
    gap, y, width = 8, 10, _WIDTH - 20
    parts: list[Box | Arrow] = []
    for names in _rows(_layers_of("flow_retail_core")):
        if parts:
            parts.append(Arrow(((_WIDTH / 2, y), (_WIDTH / 2, y + 20))))
            y += 22
        if names[0] in _ROOMS:
            each = (width - gap * (len(names) - 1)) / len(names)
            parts += [
                Box(10 + number * (each + gap), y, each, 76, name, _ROOMS[name], "handwritten")
                for number, name in enumerate(names)
            ]
            y += 76
        else:
            text = ", ".join(names)
            height = 44 + 18 * len(textwrap.wrap(text, int((width - 14) / _CHARACTER)))
            parts.append(Box(10, y, width, height, "single files", text, "handwritten"))
            y += height
    return drawing(colours, y + 10, "The rooms of the core, each above those that it imports", parts)


def _rows(layers: list[list[str]]) -> list[list[str]]:
    """The rows of the drawing: a layer with rooms is one, and layers of single files are one together."""
    rows: list[list[str]] = []
    for layer in layers:
        rooms = [name for name in layer if name in _ROOMS]
        if rooms or not rows or rows[-1][0] in _ROOMS:
            rows.append(rooms or layer)
        else:
            rows[-1] = [*rows[-1], *layer]
    return rows


def _layers_of(package: str) -> list[list[str]]:
    settings = tomllib.loads((_ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    (contract,) = (
        contract
        for contract in settings["tool"]["importlinter"]["contracts"]
        if contract.get("containers") == [package]
    )
    return [[name.strip() for name in layer.split("|")] for layer in contract["layers"]]


def errors(colours: Palette) -> str:
    """The tree of exceptions, read from the classes."""
    lines: list[str] = []
    meanings = _meanings()
    y = 0

    def draw(cls: type[FlowRetailError], depth: int, parent_y: float | None) -> None:
        nonlocal y
        y += 28
        here, x = y, 16 + 26 * depth
        if parent_y is not None:
            lines.append(
                f'<path d="M{x - 16} {parent_y + 8}V{here - 5}H{x - 5}" fill="none" stroke="{colours.line}"'
                ' stroke-width="1.5"/>'
            )
        lines.append(_text(x, here, cls.__name__, colours.text, mono=True, anchor="start"))
        meaning = meanings.get(cls.__name__, "")
        if len(meaning) <= len("5xx"):
            beside = x + 9 * len(cls.__name__) + 6
            lines.append(_text(beside, here, meaning, colours.quiet, size=13, anchor="start"))
        else:
            for line in textwrap.wrap(meaning, int((_WIDTH - x - 20) / _CHARACTER)):
                y += 17
                lines.append(_text(x + 14, y, line, colours.quiet, size=13, anchor="start"))
        for child in cls.__subclasses__():
            if child.__module__ == FlowRetailError.__module__:
                draw(child, depth + 1, here)

    draw(FlowRetailError, 0, None)
    return drawing(colours, y + 20, "The tree of exceptions", (), "\n".join(lines))


def _meanings() -> dict[str, str]:
    """What the tree in the module's docstring says beside each class."""
    text = (inspect.getdoc(errors_module) or "").replace("`", "")
    return dict(re.findall(r"(\w+) {2,}(.+)", text))


def _legend(colours: Palette, x: float, y: float) -> str:
    entries = (
        ("by others", colours.plain, colours.line, ""),
        ("generated, never edited", colours.made, colours.made_line, ' stroke-dasharray="4 3"'),
        ("written by hand", colours.written, colours.written_line, ""),
    )
    drawn: list[str] = []
    for number, (text, fill, stroke, dash) in enumerate(entries):
        top = y + 25 * number
        drawn.append(
            f'<rect x="{x}" y="{top}" width="20" height="14" rx="3" fill="{fill}" stroke="{stroke}"{dash}/>'
        )
        drawn.append(_text(x + 28, top + 12, text, colours.quiet, size=12, anchor="start"))
    return "".join(drawn)


def drawings() -> dict[str, str]:
    """Every drawing in both forms, by file name."""
    return {
        f"{draw.__name__}{suffix}.svg": draw(colours)
        for draw in (pipeline, layers, rooms, errors)
        for suffix, colours in (("", LIGHT), ("-dark", DARK))
    }


def main() -> None:
    """Write the drawings."""
    for name, svg in drawings().items():
        (ASSETS / name).write_text(svg, encoding="utf-8")


if __name__ == "__main__":
    main()
