"""The proxy that the environment names for a URL."""

from collections.abc import Callable
from contextlib import suppress
from typing import TypeVar
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

from flow_retail_core.validation import is_loopback

P = TypeVar("P")


def environment_proxy(base_url: str, make: Callable[[str], P]) -> P | None:
    """Find the proxy that HTTPS_PROXY, ALL_PROXY and NO_PROXY name for a URL."""
    url = urlsplit(base_url)
    host = url.hostname or ""
    bracketed = f"[{host}]" if ":" in host else host
    names = (host, bracketed, f"{bracketed}:{url.port or 443}")
    # Only loopback may be plain http, and the token must not travel to a proxy in plain text.
    if is_loopback(host) or not _address() or any(map(proxy_bypass, names)):
        return None
    # InvalidURL of some library, whose text holds the address, and that a password.
    with suppress(Exception):
        return make(_address())
    raise ValueError("the proxy that the environment names for https has no valid URL")


def _address() -> str:
    """The proxy's address; a call and no variable, because tracebacks show those."""
    proxies = getproxies()
    found = proxies.get("https") or proxies.get("all") or ""
    return found if not found or "://" in found else f"http://{found}"
