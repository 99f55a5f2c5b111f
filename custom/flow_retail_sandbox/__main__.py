"""The command `flow-retail-sandbox`."""

import argparse
import asyncio
import contextlib
import re
import sqlite3
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import orjson

from flow_retail_sandbox.faults import fault_spec
from flow_retail_sandbox.plugins.seed import DEFAULT_CUSTOMERS, DEFAULT_SEED
from flow_retail_sandbox.sandbox import Sandbox
from flow_retail_sandbox.server.admission import ADMIN_TOKEN_VARIABLE
from flow_retail_sandbox.server.server import SandboxServer, base_url, listen
from flow_retail_sandbox.server.tokens import DEFAULT_TENANTS, integration_token, user_token
from flow_retail_sandbox.store.paging import DEFAULT_MAX_PAGE_SIZE

_INTERRUPTED = 130
"""The exit code that shells give a command stopped by Ctrl-C."""

_NUMBER = re.compile(r"-?[0-9]{1,18}")

_TOKENS = "\n".join(
    f"  {tenant}: {integration_token(tenant)}, and to exchange for access tokens {user_token(tenant)}"
    for tenant in DEFAULT_TENANTS
)


def _whole(least: int, most: int | None = None) -> Callable[[str], int]:
    """Make a reader of whole numbers from `least` to `most`."""
    wanted = f"{least} or more" if most is None else f"from {least} to {most}"

    def read(text: str) -> int:
        number = int(text) if _NUMBER.fullmatch(text) else least - 1
        if number < least or (most is not None and number > most):
            raise argparse.ArgumentTypeError(f"has to be a whole number, {wanted}, not {text!r}")
        return number

    return read


def _faults(text: str) -> str:
    """Read the faults' text, from a file if it names one."""
    if not text.startswith("@"):
        return text
    try:
        return Path(text[1:]).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is no text in UTF-8"
        raise argparse.ArgumentTypeError(f"cannot read {text[1:]!r}: {reason}") from None


def _load(sandbox: Sandbox, named: str) -> None:
    """Add the records of a file."""
    collection, _, name = named.rpartition("=")
    path = Path(name)
    stem = collection or path.name.partition(".")[0]
    known = {name.replace("/", "-"): name for name in sandbox.state.model.collections}
    with path.open("rb") as file:
        sandbox.load(known.get(stem, stem), _lines(file))


def _lines(file: Iterable[bytes]) -> Iterator[Any]:
    for number, line in enumerate(file, 1):
        if line.strip():
            try:
                yield orjson.loads(line)
            except orjson.JSONDecodeError:
                raise ValueError(f"line {number} is no JSON") from None


def _parser(prog: str) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog=prog,
        description="A local server that speaks the Flow Retail API v2 with invented data.\n\n"
        "The first line on standard output is the base URL, printed once connections are accepted.\n"
        "Ctrl-C stops it. While it runs, tests look inside and plan faults under /__sandbox__, with the\n"
        f"token of --admin-token or {ADMIN_TOKEN_VARIABLE}.",
        epilog=f"Tenants and their tokens:\n{_TOKENS}\n\nFaults:\n{fault_spec.__doc__}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (%(default)s)")
    parser.add_argument(
        "--port",
        type=_whole(0, 65_535),
        default=8080,
        metavar="N",
        help="port, 0 for a free one (%(default)s)",
    )
    parser.add_argument(
        "--customers",
        type=_whole(0),
        default=DEFAULT_CUSTOMERS,
        metavar="N",
        help="customers of the first tenant to begin with, ten times what others have (%(default)s)",
    )
    parser.add_argument(
        "--seed",
        type=int,
        default=DEFAULT_SEED,
        metavar="N",
        help="the same seed and number of customers give the same data (%(default)s)",
    )
    parser.add_argument(
        "--database",
        default=":memory:",
        metavar="FILE",
        help="keep the state in this file; one that holds records is not seeded again (in memory)",
    )
    parser.add_argument(
        "--seed-file",
        action="append",
        default=[],
        metavar="FILE",
        help="records of the first tenant to add, a JSON object a line; the file is named after their"
        " collection, as in customers.ndjson, or given as COLLECTION=FILE; may be repeated",
    )
    parser.add_argument(
        "--snapshot",
        default="",
        metavar="FILE",
        help="begin with what this file holds in place of invented data; Sandbox.save writes one",
    )
    parser.add_argument(
        "--faults",
        type=_faults,
        default="",
        metavar="SPEC",
        help="what goes wrong, or @FILE with it; see below",
    )
    parser.add_argument(
        "--admin-token",
        metavar="TOKEN",
        help=f"opens the endpoints under /__sandbox__; better set {ADMIN_TOKEN_VARIABLE}, which no list of"
        " processes shows (random, so that nobody can use them)",
    )
    parser.add_argument(
        "--allowed-host",
        action="append",
        default=[],
        metavar="NAME",
        help="a host name or address to serve besides loopback's and --host; may be repeated",
    )
    parser.add_argument(
        "--page-base", type=int, choices=(0, 1), default=0, help="number of the first page (%(default)s)"
    )
    parser.add_argument(
        "--max-page-size",
        type=_whole(1),
        default=DEFAULT_MAX_PAGE_SIZE,
        metavar="N",
        help="what a larger pageSize is cut down to (%(default)s)",
    )
    return parser


def main(argv: Sequence[str] | None = None, *, prog: str = "flow-retail-sandbox") -> None:
    """Run the sandbox until SIGTERM or SIGINT.

    Exits with 0 when it was stopped, 2 when an argument cannot be used; standard error says why.
    """
    parser = _parser(prog)
    arguments = parser.parse_args(argv)
    try:
        listening = listen(arguments.host, arguments.port)
    except OSError as error:
        parser.exit(
            2,
            f"{parser.prog}: cannot listen on {arguments.host}:{arguments.port}: {error.strerror};"
            " choose another with --port, or --port 0 for a free one\n",
        )
    with listening:
        try:
            sandbox = Sandbox(
                customers=arguments.customers,
                seed=arguments.seed,
                database=arguments.database,
                snapshot=arguments.snapshot,
                page_base=arguments.page_base,
                max_page_size=arguments.max_page_size,
                admin_token=arguments.admin_token,
                allowed_hosts=(arguments.host, *arguments.allowed_host),
            )
        except ValueError as error:
            parser.error(f"argument --admin-token: {error}")
        except sqlite3.Error as error:
            option, file = ("--database", arguments.database)
            if arguments.snapshot and arguments.database == ":memory:":
                option, file = "--snapshot", arguments.snapshot
            parser.error(
                f"argument {option}: {file}: {error}; name a file that a sandbox made and no"
                " other one is using, or one that does not exist yet in a folder that does"
            )
        except KeyboardInterrupt:
            parser.exit(_INTERRUPTED)  # while it was making up customers
        with contextlib.closing(sandbox):
            for named in arguments.seed_file:
                try:
                    _load(sandbox, named)
                except (OSError, ValueError) as error:
                    reason = error.strerror if isinstance(error, OSError) else error
                    parser.error(f"argument --seed-file: {named}: {reason}")
            try:
                fault_spec.add_faults(sandbox.faults, arguments.faults)
            except ValueError as error:
                parser.error(f"argument --faults: {error} (what is possible: {parser.prog} --help)")

            def announce() -> None:
                sys.stdout.write(base_url(listening) + "\n")
                sys.stdout.flush()

            asyncio.run(SandboxServer(sandbox, announce).serve(listening))


if __name__ == "__main__":
    main()
