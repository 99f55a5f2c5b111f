"""One call: parameters, connections, the rate limiter, and the sender that makes its attempts.

Import `Caller` to call operations; the rest serves it.
"""
