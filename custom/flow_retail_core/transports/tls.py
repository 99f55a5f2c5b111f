"""The TLS context: certificate authorities from certifi or from the environment."""

import os
import ssl
from functools import lru_cache
from pathlib import Path

import certifi

_FILE = "SSL_CERT_FILE"
_FOLDER = "SSL_CERT_DIR"


def tls_context() -> ssl.SSLContext:
    """Return the TLS context, with the authorities of SSL_CERT_FILE or SSL_CERT_DIR where one is set.

    All clients of the process share it, because reading the authorities takes 20 ms.
    """
    return _tls_context(os.environ.get(_FILE), os.environ.get(_FOLDER))


@lru_cache(maxsize=8)
def _tls_context(file: str | None, folder: str | None) -> ssl.SSLContext:
    if file:
        if not Path(file).is_file():
            raise ValueError(f"{_FILE} must name a file of certificates; there is no such file")
        try:
            return ssl.create_default_context(cafile=file)
        except (OSError, ValueError):
            pass
        raise ValueError(f"{_FILE} must name a file of certificates in PEM; this one can't be read as such")
    if folder:
        if not Path(folder).is_dir():
            raise ValueError(f"{_FOLDER} must name a folder of certificates; there is no such folder")
        return ssl.create_default_context(capath=folder)
    return ssl.create_default_context(cafile=certifi.where())
