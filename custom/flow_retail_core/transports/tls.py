"""The TLS context: certificate authorities from certifi or from the environment."""

import os
import ssl
from contextlib import suppress
from functools import lru_cache
from pathlib import Path

import certifi


def tls_context() -> ssl.SSLContext:
    """Return the TLS context, with the authorities of SSL_CERT_FILE or SSL_CERT_DIR where one is set.

    All clients of the process share it, because reading the authorities takes 20 ms.
    """
    return _tls_context(os.environ.get("SSL_CERT_FILE"), os.environ.get("SSL_CERT_DIR"))


@lru_cache(maxsize=8)
def _tls_context(file: str | None, folder: str | None) -> ssl.SSLContext:
    if file:
        with suppress(OSError, ValueError):
            return ssl.create_default_context(cafile=file)
        raise ValueError("SSL_CERT_FILE must name a file of certificates in PEM")
    if folder:
        # OpenSSL takes any name.
        if not Path(folder).is_dir():
            raise ValueError("SSL_CERT_DIR must name a folder of certificates; there is no such folder")
        return ssl.create_default_context(capath=folder)
    return ssl.create_default_context(cafile=certifi.where())
