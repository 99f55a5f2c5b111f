"""What the machine says about connections: its certificate authorities and its proxies."""

import os
import ssl
from functools import lru_cache
from urllib.request import getproxies, proxy_bypass

import httpx

from flow_retail_core.urls import is_loopback


def tls_context() -> ssl.SSLContext:
    """Give the settings for https, with SSL_CERT_FILE and SSL_CERT_DIR where they are set.

    The same one for all clients of the process: reading the authorities takes 20 ms.
    """
    return _tls_context(os.environ.get("SSL_CERT_FILE"), os.environ.get("SSL_CERT_DIR"))


@lru_cache(maxsize=8)
def _tls_context(_cert_file: str | None, _cert_dir: str | None) -> ssl.SSLContext:
    # The arguments are the cache's key; httpx reads the variables itself.
    return httpx.create_ssl_context()


def environment_proxy(base_url: str) -> httpx.Proxy | None:
    """Give the proxy that HTTPS_PROXY, ALL_PROXY and NO_PROXY name for a URL; None for none.

    Raises:
        ValueError: It has no valid URL.
    """
    url = httpx.URL(base_url)
    if is_loopback(url.host) or proxy_bypass(url.host):
        # Loopback may be plain http, and the token must not travel to a proxy in plain.
        return None
    proxies = getproxies()
    proxy = proxies.get(url.scheme) or proxies.get("all")
    if not proxy:
        return None
    try:
        return httpx.Proxy(proxy if "://" in proxy else f"http://{proxy}")
    except (httpx.InvalidURL, ValueError):
        pass
    # The URL is left out, since it may hold a password.
    raise ValueError(f"the proxy that the environment names for {url.scheme} has no valid URL")
