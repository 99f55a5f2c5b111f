"""Imports that wait until a client is made.

Importing the package stays cheap for programs that may never make a client, and the first call finds
everything there: an import inside it would stall the event loop for all tasks.
"""

from contextlib import suppress
from importlib import import_module

_OURS = (
    "dateutil.parser",
    "email.utils",
    "flow_retail_core.batch",
    "flow_retail_core.models.decoding",
    "flow_retail_core.models.encoding",
    "flow_retail_core.pager",
)
# What httpcore imports when it first connects; names of its own that a release may move.
_THEIRS = ("anyio", "anyio.streams.tls", "anyio._backends._asyncio", "httpcore._backends.anyio")


def import_ahead() -> None:
    """Import what the calls of a client will need."""
    for module in _OURS:
        import_module(module)


def import_network_ahead() -> None:
    """Import what httpcore's connections will need, as far as it is there."""
    for module in _THEIRS:
        with suppress(ImportError):
            import_module(module)
