"""Draws the site's pictures, docs/assets/*.svg: run it by its path, with custom/ importable."""  # noqa: INP001  # a program by itself

import inspect
import re
import tomllib
from collections.abc import Iterable
from html import escape
from pathlib import Path

from attrs import frozen

from flow_retail_client import FlowRetailError
from flow_retail_core import errors as errors_module

ASSETS = Path(__file__).parents[1] / "assets"
_ROOT = Path(__file__).parents[2]

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
    """A box with a name and a line or two of explanation.

    Attributes:
        x: Its left edge.
        y: Its upper edge.
        width: How wide it is.
        height: How high it is.
        name: What stands in it in code letters.
        lines: What stands below that.
        kind: "plain" for what is published by others, "made" for what is generated, "written" for our own.
    """

    x: float
    y: float
    width: float
    height: float
    name: str
    lines: tuple[str, ...] = ()
    kind: str = "plain"

    def svg(self, colours: Palette) -> str:
        """Draw it."""
        fill, stroke = {
            "plain": (colours.plain, colours.line),
            "made": (colours.made, colours.made_line),
            "written": (colours.written, colours.written_line),
        }[self.kind]
        dash = ' stroke-dasharray="6 4"' if self.kind == "made" else ""
        middle = self.x + self.width / 2
        top = self.y + (self.height - 18 * len(self.lines)) / 2 + 5
        texts = [_text(middle, top, self.name, colours.text, mono=True)]
        texts += [
            _text(middle, top + 18 * (number + 1), line, colours.quiet, size=13)
            for number, line in enumerate(self.lines)
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


def drawing(
    colours: Palette, size: tuple[int, int], title: str, parts: Iterable[Box | Arrow], extra: str = ""
) -> str:
    """Put a drawing together.

    Args:
        colours: Its colours.
        size: Width and height.
        title: What it shows, for those who can't see it.
        parts: What is in it.
        extra: Further SVG.
    """
    width, height = size
    body = "\n".join(part.svg(colours) for part in parts)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}"'
        f' height="{height}" role="img" aria-label="{escape(title)}">\n<title>{escape(title)}</title>\n'
        '<defs><marker id="head" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="7" markerHeight="7"'
        f' orient="auto"><path d="M0 0L10 5L0 10z" fill="{colours.line}"/></marker></defs>\n'
        f"{body}{extra}\n</svg>\n"
    )


def pipeline(colours: Palette) -> str:
    """From the published reference to the client."""
    row, low, high = 40, 190, 74
    parts: list[Box | Arrow] = [
        Box(10, row, 130, high, "page.md", ("the published", "reference")),
        Box(200, row, 150, high, "fragments/", ("one operation a file,", "as published"), "made"),
        Box(410, row, 150, high, "openapi.json", ("merged, corrected,", "validated"), "made"),
        Box(650, row, 190, high, "flow_retail_client", ("models, resources,", "FlowRetail"), "made"),
        Box(
            395,
            low,
            180,
            high,
            "overlay.yaml",
            ("corrections of one place,", "each with its reason"),
            "written",
        ),
        Box(200, low, 150, high, "rules", ("corrections of what is", "wrong everywhere"), "written"),
        Box(650, low, 190, high, "templates/", ("what a method and", "a model look like"), "written"),
        Arrow(((140, 77), (198, 77)), "vendor", (169, 68)),
        Arrow(((350, 77), (408, 77)), "merge", (379, 68)),
        Arrow(((560, 77), (648, 77)), "generate", (603, 68)),
        Arrow(((275, 190), (275, 152), (455, 152), (455, 116))),
        Arrow(((485, 190), (485, 116))),
        Arrow(((745, 190), (745, 116))),
    ]
    return drawing(
        colours, (850, 280), "From pages of the reference to the client", parts, _legend(colours, 10, 190)
    )


def layers(colours: Palette) -> str:
    """The packages and who knows whom."""
    parts: list[Box | Arrow] = [
        Box(20, 20, 180, 62, "your program", ("flow.customers.get(...)",)),
        Box(215, 20, 145, 62, "flow_retail_cli", ("flow-retail",), "written"),
        Box(375, 20, 160, 62, "flow_retail_spark", ("a data source",), "written"),
        Box(215, 130, 285, 62, "flow_retail_records", ("resources, fields, rows",), "written"),
        Box(
            20,
            240,
            480,
            62,
            "flow_retail_client",
            ("thin typed methods: what is called, what comes back",),
            "made",
        ),
        Box(
            20,
            350,
            480,
            98,
            "flow_retail_core",
            (
                "lists · batches · models · errors",
                "retries · deadlines · tokens · rate limit",
                "transports: the only room with an HTTP library",
            ),
            "written",
        ),
        Box(
            600,
            240,
            220,
            98,
            "flow_retail_sandbox",
            ("a local server with state,", "faults on demand;", "imports none of the SDK"),
            "written",
        ),
        Box(600, 20, 220, 62, "flow_retail_pytest", ("fixtures for your tests",), "written"),
        Box(600, 386, 220, 62, "api.flowretail.com", ("the vendor's API",)),
        Arrow(((110, 82), (110, 238))),
        Arrow(((287, 82), (287, 128))),
        Arrow(((437, 82), (437, 128))),
        Arrow(((357, 192), (357, 238))),
        Arrow(((270, 302), (270, 348)), "calls", (295, 330)),
        Arrow(((600, 60), (560, 60), (560, 260), (502, 260))),
        Arrow(((710, 82), (710, 238))),
        Arrow(((500, 380), (550, 380), (550, 300), (598, 300)), "HTTP", (574, 360)),
        Arrow(((500, 417), (598, 417)), "HTTPS", (549, 435)),
    ]
    return drawing(colours, (840, 480), "The packages, and which of them knows which", parts)


_ROOMS = {
    "resource": ("the methods of one resource",),
    "client": ("options, scoped copies",),
    "pagination": ("lists, page by page",),
    "batch": ("chunks and outcomes",),
    "http": ("one call: attempts, connections, rate limit",),
    "auth": ("tokens, fetched once for all tasks",),
    "retry": ("policy, Retry-After, budget",),
    "observability": ("hooks, spans, captured responses",),
    "transports": ("httpx, aiohttp, TLS, proxies",),
    "models": ("decoding, encoding, schema drift",),
}


def rooms(colours: Palette) -> str:
    """The rooms of the core, read from the contract that import-linter holds; each knows those below it."""
    width, gap, y = 640, 12, 10
    parts: list[Box | Arrow] = []
    for names in _rows(_layers_of("flow_retail_core")):
        if parts:
            parts.append(Arrow(((width / 2 + 10, y), (width / 2 + 10, y + 20))))
            y += 22
        if names[0] in _ROOMS:
            each = (width - gap * (len(names) - 1)) / len(names)
            parts += [
                Box(10 + number * (each + gap), y, each, 62, name, _ROOMS[name], "written")
                for number, name in enumerate(names)
            ]
            y += 62
        else:
            lines = tuple(", ".join(names[start : start + 7]) for start in range(0, len(names), 7))
            height = 44 + 18 * len(lines)
            parts.append(Box(10, y, width, height, "single files", lines, "written"))
            y += height
    return drawing(
        colours, (width + 20, y + 10), "The rooms of the core, each above those that it knows", parts
    )


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

    def place(cls: type[FlowRetailError], depth: int, parent_y: float | None) -> None:
        nonlocal y
        y += 34
        here, x = y, 20 + 40 * depth
        if parent_y is not None:
            lines.append(
                f'<path d="M{x - 26} {parent_y + 10}V{here - 5}H{x - 6}" fill="none" stroke="{colours.line}"'
                ' stroke-width="1.5"/>'
            )
        lines.append(_text(x, here, cls.__name__, colours.text, mono=True, anchor="start", size=15))
        lines.append(_text(290, here, meanings.get(cls.__name__, ""), colours.quiet, anchor="start"))
        for child in cls.__subclasses__():
            if child.__module__ == FlowRetailError.__module__:
                place(child, depth + 1, here)

    place(FlowRetailError, 0, None)
    return drawing(colours, (760, y + 24), "The tree of exceptions", (), "\n".join(lines))


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
