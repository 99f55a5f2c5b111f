"""Makes the pictures of the command line in docs/images/: the real command against a sandbox of its own.

    python docs/screenshots.py            writes them
    python docs/screenshots.py --check    fails if one is not as it would be written now

The sandbox's data depends on a seed, and what differs from run to run (ports, times) is replaced by a
fixed text, so that the same code and packages give the same pictures.
"""

import argparse
import os
import re
import shlex
import subprocess
import sys
import tempfile
from pathlib import Path

from rich.console import Console
from rich.text import Text

from flow_retail_sandbox import RunningSandbox, run_sandbox

IMAGES = Path(__file__).parent / "images"
COLUMNS = 100
BASE_URL = "http://127.0.0.1:8080/v2"

SHOTS = {
    "help": "flow-retail --help",
    "search": "flow-retail search customers tromsø --limit 5",
    "doctor": "flow-retail doctor",
    "import": "flow-retail import customers people.csv --mode upsert",
    "error": "flow-retail import customers old-excel.csv --mode create",
}
"""The commands by the name of their picture."""

_BAR = re.compile("Checking .*━|Importing .*━")

PEOPLE = """customerUid;customerType;firstname;lastname;city
kari-1;PERSON;Kari;Nordmann;Tromsø
ola-1;ROBOT;Ola;Nordmann;Ålesund
"""


def shown(command: str, folder: Path, sandbox: RunningSandbox) -> str:
    """What a terminal shows of a command, with colours.

    Args:
        command: The command.
        folder: Where it runs.
        sandbox: What it talks to.

    Returns:
        The text with its escape sequences, without what differs from run to run.
    """
    # The tree that this file is in, if it is not installed.
    here = Path(__file__).resolve().parent.parent
    path = os.pathsep.join([str(here / "custom"), str(here)])
    environment = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": path,
        "COLUMNS": str(COLUMNS),
        "TERM": "xterm-256color",
        "FORCE_COLOR": "1",
        "FLOW_RETAIL_TENANT": sandbox.tenant,
        "FLOW_RETAIL_TOKEN": sandbox.token,
        "FLOW_RETAIL_BASE_URL": sandbox.base_url,
    }
    ended = subprocess.run(
        [sys.executable, "-m", "flow_retail_cli", *shlex.split(command)[1:]],
        cwd=folder,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    return settled(ended.stdout, sandbox)


def settled(text: str, sandbox: RunningSandbox) -> str:
    """Replace what differs from run to run.

    Args:
        text: What was shown.
        sandbox: What it talked to.
    """
    text = text.replace(sandbox.base_url.ljust(len(BASE_URL)), BASE_URL.ljust(len(sandbox.base_url)))
    text = re.sub(r"within \d+ ms", lambda match: "within 3 ms".ljust(len(match[0])), text)
    text = re.sub(r"within \d+ s\b", lambda match: "within 1 s".ljust(len(match[0])), text)
    # A bar is gone when the command has ended; its frames are not part of the picture.
    lines = re.split(r"\r?\n|\r|\x1b\[2K|\x1b\[1A", re.sub(r"\x1b\[\?25[lh]", "", text))
    return "\n".join(line for line in lines if line and not _BAR.search(line))


def picture(command: str, text: str) -> str:
    """Draw a terminal.

    Args:
        command: What was typed.
        text: What was shown.

    Returns:
        SVG.
    """
    with Path(os.devnull).open("w", encoding="utf-8") as nowhere:
        console = Console(
            record=True, width=COLUMNS, file=nowhere, force_terminal=True, color_system="truecolor"
        )
        console.print(Text.assemble(("$ ", "bold green"), command))
        console.print(Text.from_ansi(text))
        return console.export_svg(title="flow-retail", unique_id=f"shot-{abs(hash_of(command))}")


def hash_of(text: str) -> int:
    """A number that is the same in every run.

    Args:
        text: Any text.
    """
    return sum(position * ord(character) for position, character in enumerate(text, 1))


def main() -> int:
    """Write the pictures, or check them.

    Returns:
        The exit code.
    """
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument(
        "--check", action="store_true", help="fail if a picture is out of date; write nothing"
    )
    check: bool = parser.parse_args().check
    IMAGES.mkdir(exist_ok=True)
    stale: list[str] = []
    with tempfile.TemporaryDirectory() as name, run_sandbox(customers=200, seed=1) as sandbox:
        folder = Path(name)
        (folder / "people.csv").write_text(PEOPLE, encoding="utf-8")
        (folder / "old-excel.csv").write_text(PEOPLE, encoding="cp1252")
        for shot, command in SHOTS.items():
            drawn = picture(command, shown(command, folder, sandbox))
            target = IMAGES / f"{shot}.svg"
            if check and (not target.exists() or target.read_text(encoding="utf-8") != drawn):
                stale.append(target.name)
            elif not check:
                target.write_text(drawn, encoding="utf-8")
    if stale:
        sys.stderr.write(f"Out of date: {', '.join(stale)}. Run it without --check.\n")
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main())
