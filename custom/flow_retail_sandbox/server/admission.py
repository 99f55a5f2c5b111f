"""Which requests are let in at all: the Host header, and the token of the sandbox's own endpoints."""

import hmac
import os
import re
import secrets
from functools import lru_cache
from ipaddress import ip_address

from starlette.datastructures import Headers

from flow_retail_sandbox.errors import ApiError

ADMIN_TOKEN_VARIABLE = "FLOW_RETAIL_SANDBOX_ADMIN_TOKEN"  # noqa: S105  # a variable's name

MAX_HEADER_BYTES = 32 * 1024
"""How much the request line and the headers may come to."""

_HOST = re.compile(r"(?P<name>\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+)(?::(?P<port>[0-9]{0,5}))?")
_TOKEN = re.compile(r"[!-~]{1,1000}")
_WILDCARDS = frozenset({"0.0.0.0", "::"})  # noqa: S104  # compared with, not listened on


def default_admin_token() -> str:
    """Return the token of the sandbox's own endpoints that the environment names, or else make one up."""
    return os.environ.get(ADMIN_TOKEN_VARIABLE) or secrets.token_urlsafe(32)


def check_admin_token(token: str) -> None:
    """Refuse a token that no header could carry, without showing it."""
    if _TOKEN.fullmatch(token) is None:
        raise ValueError("an admin token has 1 to 1,000 visible ASCII characters")


def normal_host(name: str) -> str:
    """Write a host name or an address in the one form in which it is compared."""
    name = name.strip("[]").lower().removesuffix(".")
    try:
        return str(ip_address(name))
    except ValueError:
        return name


@lru_cache(maxsize=256)  # of those that are let in
def check_host(hosts: tuple[str, ...], allowed: frozenset[str], *, in_process: bool) -> None:
    """Refuse a request whose Host is neither loopback nor allowed.

    A web page whose own name resolves to 127.0.0.1 (DNS rebinding) sends that name as Host.
    """
    match = _HOST.fullmatch(hosts[0]) if len(hosts) == 1 else None
    if match is None or int(match["port"] or 0) > 65_535:
        raise ApiError("INVALID_HOST")
    name = normal_host(match["name"])
    if name in allowed or f".{name}".endswith(".localhost") or (in_process and "." not in name):
        return
    try:
        address = ip_address(name)
    except ValueError:
        raise ApiError("HOST_NOT_ALLOWED") from None
    # Whoever listens on all addresses is reached by any of them; no name can be rebound to an address.
    is_loopback = (getattr(address, "ipv4_mapped", None) or address).is_loopback
    if not is_loopback and allowed.isdisjoint(_WILDCARDS):
        raise ApiError("HOST_NOT_ALLOWED")


def check_admin(headers: Headers, token: str) -> None:
    """Refuse a request to the sandbox's own endpoints that is not their owner's."""
    # Browsers add these to what a page sends, and no page can take them away.
    if "origin" in headers or headers.get("sec-fetch-site", "none") != "none":
        raise ApiError("CROSS_SITE_REQUEST")
    scheme, _, given = headers.get("authorization", "").strip().partition(" ")
    if scheme.lower() != "bearer" or not hmac.compare_digest(given.strip().encode(), token.encode()):
        raise ApiError("ADMIN_TOKEN_REQUIRED")
    has_body = headers.get("content-length", "0") != "0" or "transfer-encoding" in headers
    media_type = headers.get("content-type", "" if has_body else "application/json")
    if media_type.partition(";")[0].strip().lower() != "application/json":
        raise ApiError("UNSUPPORTED_MEDIA_TYPE", wanted="application/json")
