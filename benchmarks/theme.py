"""How the plots look, in light and in dark."""

CARD = "#fcfcfb"
TEXT = "#24292f"
GRID = "#d8dee4"
BARS = "#a9b4c0"
HIGHLIGHT = "#0d8a7f"
GOAL = "#bc4c00"

_DARK = {
    CARD: "#161b22",
    TEXT: "#e6edf3",
    GRID: "#30363d",
    BARS: "#56616d",
    HIGHLIGHT: "#2bb8aa",
    GOAL: "#f0883e",
}

SETTINGS = {
    "svg.hashsalt": "flow-retail-client",
    # Text stays text: it can be read aloud, searched, and is small.
    "svg.fonttype": "none",
    "font.family": "sans-serif",
    "font.size": 9.5,
    "text.color": TEXT,
    "axes.facecolor": "none",
    "axes.labelcolor": TEXT,
    "axes.titlecolor": TEXT,
    "xtick.color": TEXT,
    "ytick.color": TEXT,
}


def with_dark_twin(svg: str) -> str:
    """Let a drawing turn dark where its reader's screen is.

    The card is part of the drawing, so text is legible on any page, whatever that page thinks is dark.
    """
    rules = "".join(
        f'[style*="{kind}: {light}"]{{{kind}:{dark} !important}}'
        for light, dark in _DARK.items()
        for kind in ("fill", "stroke")
    )
    style = f"<style>@media (prefers-color-scheme:dark){{{rules}}}</style>"
    head, separator, rest = svg.partition("<defs>")
    return f"{head}{style}\n {separator}{rest}"
