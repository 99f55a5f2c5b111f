"""The commands of the pipeline: `make vendor`, `make generate`, `make check-generated`, `make refresh`."""

import argparse
import sys
import traceback
from collections.abc import Sequence
from pathlib import Path

from pipeline import commands
from pipeline.errors import PipelineError
from pipeline.refresh.report import printable
from pipeline.refresh.update import refresh


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command."""
    options = vars(_parser().parse_args(arguments))
    command = options.pop("command")
    try:
        command(**options)
    except PipelineError as error:
        return _failed(str(error))
    except OSError as error:
        return _failed(
            f"{error.filename or options['root']}: {error.strerror or error}. Nothing was changed."
        )
    except Exception as error:  # noqa: BLE001  # shown whole: it must not look like an error of the input
        traceback.print_exc()
        return _failed(
            f"an error of the pipeline itself ({type(error).__name__}), see above. Nothing was changed."
        )
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m pipeline", description=__doc__)
    parser.add_argument("--root", type=Path, default=Path(), help="the repository (default: this folder)")
    found = parser.add_subparsers(metavar="COMMAND", required=True)
    vendor = found.add_parser("vendor", help="take over the operations of pages of the reference")
    vendor.add_argument("pages", nargs="+", type=Path, metavar="PAGE", help="a page, as Markdown")
    vendor.set_defaults(command=commands.vendor)
    generate = found.add_parser("generate", help="merge, correct, validate, and generate the client")
    generate.set_defaults(command=commands.generate)
    check = found.add_parser("check", help="prove that generating again would change nothing")
    check.set_defaults(command=commands.check)
    follow = found.add_parser("refresh", help="fetch the pages, take them over, generate, report the changes")
    follow.add_argument("--markdown", type=Path, metavar="FILE", help="write the report there, too")
    follow.add_argument(
        "--accept-vanished",
        action="store_true",
        help="take a page even if it lacks more than a third of the operations that it had",
    )
    follow.set_defaults(command=refresh)
    return parser


def _failed(message: str) -> int:
    # A page's own characters may steer a terminal; an error shows them, but does not send them.
    shown = "\n".join(printable(line, longest=_LONGEST) for line in message.split("\n"))
    print(f"error: {shown}", file=sys.stderr)
    return 1


_LONGEST = 2000
"""Characters of one line of an error."""


if __name__ == "__main__":
    sys.exit(main())
