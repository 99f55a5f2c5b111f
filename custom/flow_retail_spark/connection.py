"""How a task reaches the API: settings of the driver, and a token that each task finds itself."""

import asyncio
import os
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from anyio.from_thread import BlockingPortal, start_blocking_portal
from attrs import frozen

from flow_retail_client import FlowRetail, Retry
from flow_retail_core.errors import TokenError
from flow_retail_core.settings import (
    TOKEN_VARIABLE,
    choose_base_url,
    from_environment,
)
from flow_retail_spark.options import SourceOptions

ATTEMPTS = 8
"""Requests per call: more than in a service, because a failed task starts again."""


@frozen
class TaskConnection:
    """Settings of the connection; sent from the driver to the tasks, without secrets.

    Attributes:
        tenant: The UID of the tenant; None if nothing needs one.
        base_url: Where the API is.
        token_file: A file with the token, on every machine; None for the environment variable.
        attempts: Requests for one call, the first included.
        requests_per_second: Of the whole job; None for no limit.
        tasks_in_flight: Tasks that share that limit at a time; None if not given.
    """

    tenant: str | None
    base_url: str
    token_file: str | None
    attempts: int
    requests_per_second: float | None
    tasks_in_flight: int | None

    @classmethod
    def of(cls, options: SourceOptions, *, tenant: bool = True) -> "TaskConnection":
        """Read options and the driver's environment variables; `tenant` says whether it is needed."""
        tasks = options.whole("tasks_in_flight", 0)
        return cls(
            tenant=from_environment("tenant", options.text("tenant"), needed=tenant),
            base_url=choose_base_url(
                options.text("base_url"), options.text("environment") or "production", FlowRetail.ENVIRONMENTS
            ),
            token_file=options.text("token_file"),
            attempts=options.whole("attempts", ATTEMPTS),
            requests_per_second=options.number("requests_per_second"),
            tasks_in_flight=tasks or None,
        )

    def client(self, sharing: int) -> FlowRetail:
        """Create a client."""
        if self.token_file is None and not os.environ.get(TOKEN_VARIABLE):
            raise ValueError(
                f"no token: set the environment variable {TOKEN_VARIABLE} for the driver and for executors"
                f" (spark.executorEnv.{TOKEN_VARIABLE}, or a secret of your cluster manager), or name a file"
                " with the option token_file"
            )
        rate = self.requests_per_second
        return FlowRetail(
            tenant=self.tenant,
            base_url=self.base_url,
            token=None if self.token_file is None else _from_file(self.token_file),
            retry=Retry(max_retries=self.attempts - 1),
            requests_per_second=None if rate is None else rate / sharing,
        )

    @contextmanager
    def open(self, sharing: int) -> "Generator[tuple[FlowRetail, BlockingPortal]]":
        """Open a client with an event loop in its own thread, so that it runs while Spark works."""
        client = self.client(sharing)
        with start_blocking_portal() as portal, portal.wrap_async_context_manager(client) as flow:
            yield flow, portal


def _from_file(name: str) -> Callable[[], Any]:
    """Read the token from a file, again after each refusal: mounted secrets are replaced in place."""

    async def read() -> str:
        try:
            return (await asyncio.to_thread(Path(name).read_text, encoding="utf-8")).strip()
        except OSError as error:
            problem = error.strerror
        raise TokenError(
            f"the file that the option token_file names can't be read here ({problem});"
            " driver and executors all need it"
        )

    return read
