"""Tenants and the bearer tokens that open them."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass

from flow_retail_sandbox.clock import Clock
from flow_retail_sandbox.errors import ApiError
from flow_retail_sandbox.spec.json_values import Json

DEFAULT_TENANTS = ("acme", "nordlys")
"""The tenants of a sandbox by default."""

DEFAULT_ACCESS_TOKEN_SECONDS = 3600

MOST_ACCESS_TOKENS = 10_000
"""How many access tokens are good at once; each one more ends the oldest."""


def integration_token(tenant: str) -> str:
    """Name the token that opens a tenant and never expires."""
    return f"sandbox-token-{tenant}"


def user_token(tenant: str) -> str:
    """Name the user auth token that is exchanged for access tokens."""
    return f"sandbox-user-{tenant}"


@dataclass(slots=True)
class _AccessToken:
    tenant: str
    expires_at: float


class Tokens:
    """Knows every token of the sandbox, and issues short-lived ones."""

    def __init__(self, tenants: Sequence[str], clock: Clock) -> None:
        self._clock = clock
        self._tenants = frozenset(tenants)
        self._integration = {integration_token(tenant): tenant for tenant in tenants}
        self._users = {user_token(tenant): tenant for tenant in tenants}
        self._access: dict[str, _AccessToken] = {}
        self.access_token_seconds = DEFAULT_ACCESS_TOKEN_SECONDS
        self.issued = 0

    def check(self, authorization: str, tenant: str | None, *, users: bool = False) -> None:
        """Refuse a request whose token does not open the tenant, or any if its path names none.

        401 without a good token, 404 for an unknown tenant, 403 for another tenant's token; with
        `users`, a user auth token is good as well.
        """
        token = _bearer(authorization)
        owner = self._integration.get(token) or (self._users.get(token) if users else None)
        if owner is None:
            access = self._access.get(token)
            if access is None:
                raise _unauthorized("UNAUTHORIZED")
            if access.expires_at <= self._clock.seconds():
                raise _unauthorized("TOKEN_EXPIRED")
            owner = access.tenant
        if tenant is not None:
            self._check_owner(owner, tenant)

    def exchange(self, authorization: str, tenant: str) -> Json:
        """Return an access token for a user auth token."""
        owner = self._users.get(_bearer(authorization))
        if owner is None:
            raise _unauthorized("UNAUTHORIZED")
        self._check_owner(owner, tenant)
        self.issued += 1
        while len(self._access) >= MOST_ACCESS_TOKENS:
            del self._access[next(iter(self._access))]
        token = f"sandbox-access-{tenant}-{self.issued}-{secrets.token_urlsafe(12)}"
        self._access[token] = _AccessToken(tenant, self._clock.seconds() + self.access_token_seconds)
        return {"accessToken": token, "expiresIn": self.access_token_seconds}

    def revoke(self, tenant: str | None = None) -> int:
        """Take access tokens back, as if an administrator had logged everybody out."""
        revoked = [token for token, access in self._access.items() if tenant in {None, access.tenant}]
        for token in revoked:
            del self._access[token]
        return len(revoked)

    def expire(self, tenant: str | None = None) -> int:
        """Let access tokens run out at once."""
        expired = [access for access in self._access.values() if tenant in {None, access.tenant}]
        for access in expired:
            access.expires_at = 0.0
        return len(expired)

    def reset(self) -> None:
        """Take every access token back and issue new ones for the usual time."""
        self._access.clear()
        self.access_token_seconds = DEFAULT_ACCESS_TOKEN_SECONDS
        self.issued = 0

    def _check_owner(self, owner: str, tenant: str) -> None:
        if tenant not in self._tenants:
            raise ApiError("TENANT_NOT_FOUND", uid=tenant)
        if owner != tenant:
            raise ApiError("FORBIDDEN")


def _bearer(authorization: str) -> str:
    scheme, _, token = authorization.strip().partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


def _unauthorized(code: str) -> ApiError:
    return ApiError(code, headers={"www-authenticate": "Bearer"})
