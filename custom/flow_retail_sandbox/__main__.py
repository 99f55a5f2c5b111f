"""The command `flow-retail-sandbox`."""

import argparse
import signal
import sqlite3
import sys
import time
from collections.abc import Generator, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Any

import orjson

try:
    from flow_retail_sandbox import RunningSandbox, Sandbox, add_faults
    from flow_retail_sandbox.faults import fault_spec
    from flow_retail_sandbox.plugins.seed import DEFAULT_CUSTOMERS, DEFAULT_SEED
    from flow_retail_sandbox.server.admission import ADMIN_TOKEN_VARIABLE
    from flow_retail_sandbox.server.server import listen, serve
    from flow_retail_sandbox.server.tokens import DEFAULT_TENANTS, integration_token, user_token
    from flow_retail_sandbox.store.paging import DEFAULT_MAX_PAGE_SIZE
except ModuleNotFoundError as error:
    sys.stderr.write(f"flow-retail-sandbox: {error}\n")
    sys.exit(2)

_INTERRUPTED = 130
"""The exit code that shells give a command stopped by Ctrl-C."""

_TOKENS = "\n".join(
    f"  {tenant}: {integration_token(tenant)}, and to exchange for access tokens {user_token(tenant)}"
    for tenant in DEFAULT_TENANTS
)


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
    number = partial(parser.add_argument, type=int, metavar="N")
    file = partial(parser.add_argument, metavar="FILE")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (%(default)s)")
    number("--port", default=8080, help="port, 0 for a free one (%(default)s)")
    number(
        "--customers",
        default=DEFAULT_CUSTOMERS,
        help="customers of the first tenant to begin with, ten times what others have (%(default)s)",
    )
    number(
        "--seed",
        default=DEFAULT_SEED,
        help="the same seed and number of customers give the same data (%(default)s)",
    )
    file(
        "--database",
        default=":memory:",
        help="keep the state in this file; one that holds records is not seeded again (in memory)",
    )
    file(
        "--seed-file",
        action="append",
        default=[],
        help="records of the first tenant to add, a JSON object a line; the file is named after their"
        " collection, as in customers.ndjson, or given as COLLECTION=FILE; may be repeated",
    )
    file(
        "--snapshot",
        default="",
        help="begin with what this file holds in place of invented data; Sandbox.save writes one",
    )
    parser.add_argument(
        "--faults", default="", metavar="SPEC", help="what goes wrong, or @FILE with it; see below"
    )
    parser.add_argument(
        "--admin-token",
        default=argparse.SUPPRESS,
        metavar="TOKEN",
        help=f"opens the endpoints under /__sandbox__; better set {ADMIN_TOKEN_VARIABLE}, which no list of"
        " processes shows (random, so that nobody can use them)",
    )
    parser.add_argument(
        "--allowed-host",
        action="append",
        default=[],
        dest="allowed_hosts",
        metavar="NAME",
        help="a host name or address to serve besides loopback's and --host; may be repeated",
    )
    number("--page-base", choices=(0, 1), default=0, help="number of the first page (%(default)s)")
    number(
        "--max-page-size",
        default=DEFAULT_MAX_PAGE_SIZE,
        help="what a larger pageSize is cut down to (%(default)s)",
    )
    return parser


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


@contextmanager
def _reporting(parser: argparse.ArgumentParser, argument: str, remedy: str = "") -> Generator[None]:
    """End the command with what is wrong with an argument, and the remedy."""
    try:
        yield
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        parser.error(f"argument {argument}: {reason}{remedy}")


@contextmanager
def _running(parser: argparse.ArgumentParser, arguments: argparse.Namespace) -> Generator[RunningSandbox]:
    """Run the sandbox that the arguments describe."""
    options = vars(arguments)
    host, port, faults, seed_files = (options.pop(name) for name in ("host", "port", "faults", "seed_file"))
    options["allowed_hosts"] = (host, *options["allowed_hosts"])
    with _reporting(parser, f"--port: {host}:{port}", "; choose another, or 0 for a free one"):
        listening = listen(host, port)
    with listening:
        try:
            sandbox = Sandbox(**options)
        except ValueError as error:
            parser.error(str(error))
        except sqlite3.Error as error:
            file = options["snapshot"] if options["database"] == ":memory:" else options["database"]
            parser.error(
                f"{file}: {error}; name a file that a sandbox made and no other one is using, or one that"
                " does not exist yet in a folder that does"
            )
        with closing(sandbox):
            for named in seed_files:
                with _reporting(parser, f"--seed-file: {named}"):
                    _load(sandbox, named)
            if faults.startswith("@"):
                with _reporting(parser, f"--faults: {faults}"):
                    faults = Path(faults[1:]).read_text(encoding="utf-8")
            with _reporting(parser, "--faults", f" (what is possible: {parser.prog} --help)"):
                add_faults(sandbox.faults, faults)
            with serve(sandbox, listening) as running:
                yield running


def main(argv: Sequence[str] | None = None, *, prog: str = "flow-retail-sandbox") -> None:
    """Run the sandbox until SIGTERM or SIGINT.

    Exits with 0 when it was stopped, 2 when an argument cannot be used; standard error says why.
    """
    parser = _parser(prog)
    arguments = parser.parse_args(argv)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, signal.default_int_handler)
    try:
        with _running(parser, arguments) as running, suppress(KeyboardInterrupt):
            sys.stdout.write(f"{running.base_url}\n")
            sys.stdout.flush()
            while True:
                time.sleep(3600)
    except KeyboardInterrupt:  # while it was making up customers
        parser.exit(_INTERRUPTED)


if __name__ == "__main__":
    main()
