"""The vendor's exchange of a user's auth token for a short-lived access token."""

from typing import Any, cast

from flow_retail_core.auth.token_source import SendWithToken, TokenCallable, check_source, hide, usable_token
from flow_retail_core.errors import TokenError
from flow_retail_core.messages import Response, Secret
from flow_retail_core.operation import Operation

_EXCHANGE: Operation[Any] = Operation(
    "account.login", "POST", "/tenants/{tenantUid}/account", idempotent=True
)
"""Idempotent: asking twice returns two tokens, and harms no one."""


class AccountTokenProvider:
    """Short-lived access tokens, exchanged for a user's auth token at `POST /tenants/{tenantUid}/account`.

    Args:
        auth_token: The auth token of the user, or an async callable that returns one.

    Raises:
        TypeError: It is neither.
        ValueError: It is a string that is no token.

    Example:
        ```python
        flow = FlowRetail(tenant="acme", token=AccountTokenProvider(auth_token))
        ```
    """

    __slots__ = ("_auth_token",)

    def __init__(self, auth_token: str | TokenCallable) -> None:
        source, auth_token = hide(auth_token), ""
        self._auth_token: Any = check_source(source, "auth_token")

    async def fetch_token(self, send: SendWithToken) -> str:
        """Exchange the auth token for an access token.

        Args:
            send: Sends the exchange with the client's retries and errors.

        Returns:
            The access token.

        Raises:
            APIStatusError: The API refused the exchange.
            TokenError: The response holds no `accessToken`, or `auth_token` returned no token.
        """
        source = self._auth_token
        auth_token = source if isinstance(source, Secret) else hide(await source())
        response = await send(_EXCHANGE, usable_token(auth_token, "what auth_token returned"))
        access_token = _access_token(response)
        if access_token is None:
            raise TokenError(
                f"{_EXCHANGE.name}: the response holds no accessToken",
                operation=_EXCHANGE.name,
                attempts=response.attempts,
            )
        return cast("str", access_token.reveal())


def _access_token(response: Response) -> Secret | None:
    content: Any = response.json()
    token: object = content.get("accessToken") if isinstance(content, dict) else None  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]  # JSON from outside
    return Secret(token) if isinstance(token, str) else None
