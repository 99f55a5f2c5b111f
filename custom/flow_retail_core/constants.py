"""The defaults of a client; each is an argument of its own unless its text says otherwise."""

CONNECT_TIMEOUT = 5.0
"""Seconds for one attempt to connect, TLS included."""

READ_TIMEOUT = 30.0
"""Seconds without a byte from the server."""

WRITE_TIMEOUT = 30.0
"""Seconds without the server taking a byte."""

MAX_CONCURRENCY = 50
"""Requests in flight at once."""

KEEPALIVE_EXPIRY = 4.5
"""Seconds that an idle connection is kept; not an argument.

Just under the 5 s after which common servers (Node, uvicorn) close one: a POST sent on a connection that is
being closed can't be repeated.
"""

MAX_RETRIES = 3
"""Retries of one call after its first request."""

RETRY_BASE_DELAY = 0.5
"""Seconds; the upper bound of the first random wait, doubled for each wait that follows."""

RETRY_MAX_DELAY = 8.0
"""Seconds; the upper bound of any random wait."""

MAX_RETRY_AFTER = 120.0
"""Seconds of Retry-After that a call waits; a longer one is raised at once."""

RETRY_STATUSES = frozenset({408, 429, 500, 502, 503, 504})
"""HTTP statuses of transient failures."""

RETRY_BUDGET: int | None = 500
"""Retries that a client may make before clean responses refund some."""

RETRY_REFUND = 0.5
"""Retries refunded by one response that needs no retry; not an argument.

At 0.5 a client that loses up to a third of its requests at random never runs dry.
"""

MAX_RESPONSE_BYTES = 256 * 1024 * 1024
"""Bytes of one response body, decompressed, that a client reads."""

ERROR_BODY_BYTES = 64 * 1024
"""Bytes of an error's body that the exception keeps; not an argument."""

BATCH_CHUNK_SIZE = 500
"""Items in one request of a batch."""

BATCH_CONCURRENCY = 4
"""Requests of one batch in flight at once."""

BATCH_CHUNK_BYTES = 1024 * 1024
"""Bytes of the body of one request of a batch."""
