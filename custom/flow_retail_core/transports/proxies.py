"""The proxy that the environment names for a URL."""

from collections.abc import Callable
from contextlib import suppress
from typing import TypeVar
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

from flow_retail_core.validation import is_loopback

P = TypeVar("P")

_DEFAULT_PORTS = {"http": 80, "https": 443}


def environment_proxy(base_url: str, make: Callable[[str], P]) -> P | None:
    """Find the proxy that HTTPS_PROXY, ALL_PROXY and NO_PROXY name for a URL."""
    url = urlsplit(base_url)
    host = url.hostname or ""
    port = url.port or _DEFAULT_PORTS[url.scheme]
    bracketed = f"[{host}]" if ":" in host else host
    # Loopback may be plain http, and the token must not travel to a proxy in plain text.
    if is_loopback(host) or any(map(proxy_bypass, (host, bracketed, f"{bracketed}:{port}"))):
        return None
    if not _address(url.scheme):
        return None
    # InvalidURL of some library, whose text holds the address, and that a password.
    with suppress(Exception):
        return make(_address(url.scheme))
    raise ValueError(f"the proxy that the environment names for {url.scheme} has no valid URL")


def _address(scheme: str) -> str:
    """The proxy's address; a call and no variable, because tracebacks show those."""
    proxies = getproxies()
    found = proxies.get(scheme) or proxies.get("all") or ""
    return found if not found or "://" in found else f"http://{found}"
