"""Bearer tokens: where they come from, and the cache that refreshes them once for all who wait.

Import `TokenCache`, `TokenSource`, `TokenProvider` and the vendor's exchange, `AccountTokenProvider`.
"""
