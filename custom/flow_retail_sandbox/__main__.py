"""The command `flow-retail-sandbox`."""

import argparse
import asyncio
import contextlib
import sqlite3
import sys
from collections.abc import Sequence

from flow_retail_sandbox import fault_spec
from flow_retail_sandbox.paging import DEFAULT_MAX_PAGE_SIZE
from flow_retail_sandbox.sandbox import Sandbox
from flow_retail_sandbox.seed import DEFAULT_CUSTOMERS, DEFAULT_SEED
from flow_retail_sandbox.server import SandboxServer, base_url, listen
from flow_retail_sandbox.tenants import DEFAULT_TENANTS, integration_token, user_token

_TOKENS = "\n".join(
    f"  {tenant}: {integration_token(tenant)}, and to exchange for access tokens {user_token(tenant)}"
    for tenant in DEFAULT_TENANTS
)


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("has to be at least 1")
    return number


def _not_negative(text: str) -> int:
    number = int(text)
    if number < 0:
        raise argparse.ArgumentTypeError("cannot be negative")
    return number


def _port(text: str) -> int:
    number = _not_negative(text)
    if number > 65_535:
        raise argparse.ArgumentTypeError("there are 65535 ports")
    return number


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="flow-retail-sandbox",
        description="A local server that speaks the Flow Retail API v2 with invented data.\n\n"
        "The first line on standard output is the base URL, printed once connections are answered.",
        epilog=f"Tenants and their tokens:\n{_TOKENS}\n\nFaults:\n{fault_spec.__doc__}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (%(default)s)")
    parser.add_argument("--port", type=_port, default=8080, help="port, 0 for a free one (%(default)s)")
    parser.add_argument(
        "--customers",
        type=_not_negative,
        default=DEFAULT_CUSTOMERS,
        metavar="N",
        help="customers of the first tenant to begin with; others have a tenth (%(default)s)",
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
        help="keep the state in this file; one that holds customers is not seeded again (memory)",
    )
    parser.add_argument("--faults", default="", metavar="SPEC", help="what goes wrong; see below")
    parser.add_argument(
        "--page-base", type=int, choices=(0, 1), default=0, help="number of the first page (%(default)s)"
    )
    parser.add_argument(
        "--max-page-size",
        type=_positive,
        default=DEFAULT_MAX_PAGE_SIZE,
        metavar="N",
        help="what a larger pageSize is cut down to (%(default)s)",
    )
    return parser


def main(argv: Sequence[str] | None = None) -> None:
    """Run the sandbox until SIGTERM or SIGINT.

    Args:
        argv: The command line's arguments, None for those of the process.
    """
    parser = _parser()
    arguments = parser.parse_args(argv)
    try:
        listening = listen(arguments.host, arguments.port)
    except OSError as error:
        parser.exit(
            2, f"{parser.prog}: cannot listen on {arguments.host}:{arguments.port}: {error.strerror}\n"
        )
    with listening:
        try:
            sandbox = Sandbox(
                customers=arguments.customers,
                seed=arguments.seed,
                database=arguments.database,
                page_base=arguments.page_base,
                max_page_size=arguments.max_page_size,
            )
        except sqlite3.Error as error:
            parser.error(f"argument --database: {error}")
        with contextlib.closing(sandbox):
            try:
                fault_spec.add_faults(sandbox.faults, arguments.faults)
            except ValueError as error:
                parser.error(f"argument --faults: {error}")

            def announce() -> None:
                sys.stdout.write(base_url(listening) + "\n")
                sys.stdout.flush()

            asyncio.run(SandboxServer(sandbox, announce).serve(sockets=[listening]))


if __name__ == "__main__":
    main()
