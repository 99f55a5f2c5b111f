"""Retries: the policy, Retry-After, the budget, and the one engine that acts on them.

Import `Retry` for the policy, `RetryEngine` to wait before a request is sent again.
"""
