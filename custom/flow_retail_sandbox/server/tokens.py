"""Tenants and the bearer tokens that open them."""

import secrets
from collections.abc import Sequence
from math import inf
from typing import NamedTuple

from flow_retail_sandbox.clock import Clock
from flow_retail_sandbox.errors import ApiError
from flow_retail_sandbox.spec.json_values import Json

DEFAULT_TENANTS = ("acme", "nordlys")
"""The tenants of a sandbox by default."""

MOST_ACCESS_TOKENS = 10_000
"""How many access tokens are good at once; each one more ends the oldest."""


def integration_token(tenant: str) -> str:
    """Name the token that opens a tenant and never expires."""
    return f"sandbox-token-{tenant}"


def user_token(tenant: str) -> str:
    """Name the user auth token that is exchanged for access tokens."""
    return f"sandbox-user-{tenant}"


class _Token(NamedTuple):
    type: str
    tenant: str
    expires_at: float = inf


class Tokens:
    """Knows every token of the sandbox, and issues short-lived ones."""

    def __init__(self, tenants: Sequence[str], clock: Clock) -> None:
        self._clock = clock
        self._tenants = frozenset(tenants)
        self._lasting = {integration_token(tenant): _Token("integration", tenant) for tenant in tenants}
        self._lasting |= {user_token(tenant): _Token("user", tenant) for tenant in tenants}
        self._access: dict[str, _Token] = {}
        self.reset()

    def check(self, authorization: str, tenant: str | None, *types: str) -> None:
        """Refuse a request without a token of these types ("integration", "user", "access") for the tenant.

        401 without a good token, 404 for an unknown tenant, 403 for another tenant's token.
        """
        scheme, _, text = authorization.strip().partition(" ")
        token = self._lasting.get(text.strip()) or self._access.get(text.strip())
        if scheme.lower() != "bearer" or token is None or token.type not in types:
            raise ApiError("UNAUTHORIZED")
        if token.expires_at <= self._clock.seconds():
            raise ApiError("TOKEN_EXPIRED")
        if tenant is not None and tenant not in self._tenants:
            raise ApiError("TENANT_NOT_FOUND", uid=tenant)
        if tenant not in {None, token.tenant}:
            raise ApiError("FORBIDDEN")

    def exchange(self, authorization: str, tenant: str) -> Json:
        """Return an access token for a user auth token."""
        self.check(authorization, tenant, "user")
        self.issued += 1
        while len(self._access) >= MOST_ACCESS_TOKENS:
            del self._access[next(iter(self._access))]
        token = f"sandbox-access-{tenant}-{self.issued}-{secrets.token_urlsafe(12)}"
        self._access[token] = _Token("access", tenant, self._clock.seconds() + self.access_token_seconds)
        return {"accessToken": token, "expiresIn": self.access_token_seconds}

    def revoke(self, tenant: str | None = None) -> int:
        """Take access tokens back, as if an administrator had logged everybody out."""
        revoked = self._of(tenant)
        for token in revoked:
            del self._access[token]
        return len(revoked)

    def expire(self, tenant: str | None = None) -> int:
        """Let access tokens run out at once."""
        expired = self._of(tenant)
        self._access |= {token: self._access[token]._replace(expires_at=0.0) for token in expired}
        return len(expired)

    def _of(self, tenant: str | None) -> list[str]:
        return [text for text, token in self._access.items() if tenant in {None, token.tenant}]

    def reset(self) -> None:
        """Take every access token back and issue new ones for the usual time."""
        self._access.clear()
        self.access_token_seconds = 3600
        self.issued = 0
