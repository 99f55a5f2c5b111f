"""The figures that a client starts with; each can be changed by an argument unless it says otherwise."""

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

RETRY_ATTEMPTS = 4
"""Requests for one call, the first included."""

RETRY_BASE_DELAY = 0.5
"""Seconds up to which the first wait is drawn; doubled for each that follows."""

RETRY_MAX_DELAY = 8.0
"""Seconds up to which any wait is drawn."""

MAX_RETRY_AFTER = 120.0
"""Seconds of Retry-After that a call sits out rather than raising at once."""

RETRY_STATUSES = frozenset({408, 429, 500, 502, 503, 504})
"""Statuses that may pass."""

RETRY_BUDGET = 500
"""Retries that a client may spend before answers have earned new ones."""

RETRY_EARNED = 0.5
"""Retries earned by one answer that needs no retry; not an argument.

At 0.5 a client that loses up to a third of its requests at random never runs dry.
"""

ERROR_BODY_BYTES = 64 * 1024
"""Bytes of an error's body that the exception keeps; not an argument."""

BATCH_CHUNK_SIZE = 500
"""Items in one request of a batch."""

BATCH_CONCURRENCY = 4
"""Requests of one batch in flight at once."""

BATCH_CHUNK_BYTES = 1024 * 1024
"""Bytes of the body of one request of a batch."""
