"""The defaults of a client's arguments, and fixed values that no argument changes."""

# Seconds: for one attempt to connect, TLS included; without a byte from the server; without it taking one.
CONNECT_TIMEOUT = 5.0
READ_TIMEOUT = 30.0
WRITE_TIMEOUT = 30.0

MAX_CONCURRENCY = 50  # requests in flight at once
MAX_RESPONSE_BYTES = 256 * 1024 * 1024  # of one response body, decompressed

MAX_RETRIES = 3  # after the first request of a call
RETRY_STATUSES = frozenset({408, 429, 500, 502, 503, 504})
# Seconds: the upper bound of the first random wait, doubled for each that follows, and that of any.
RETRY_BASE_DELAY = 0.5
RETRY_MAX_DELAY = 8.0
MAX_RETRY_AFTER = 120.0  # seconds of Retry-After; a longer one is raised at once
RETRY_BUDGET: int | None = 500  # retries that a client may make before clean responses refund some

BATCH_CHUNK_SIZE = 500  # items in one request
BATCH_CONCURRENCY = 4  # requests of one batch in flight at once

# Fixed:

KEEPALIVE_EXPIRY = 4.5
"""Seconds that an idle connection is kept.

Just under the 5 s after which common servers (Node, uvicorn) close one: a POST sent on a connection that is
being closed can't be repeated.
"""
RETRY_REFUND = 0.5
"""Retries refunded by one response that needs no retry.

At 0.5 a client that loses up to a third of its requests at random never runs dry.
"""
ERROR_BODY_BYTES = 64 * 1024  # of an error's body that the exception keeps
BATCH_CHUNK_BYTES = 1024 * 1024  # of the body of one request of a batch
