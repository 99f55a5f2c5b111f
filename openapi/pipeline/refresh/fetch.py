"""Fetching a page of the reference: whole and from where it was asked for, or not at all."""

import time

import httpx
from attrs import frozen

from pipeline.errors import PipelineError
from pipeline.vendor.page_list import Source

_HEADERS = {
    "Accept": "text/markdown, text/plain;q=0.9",
    # What is compressed has no length until it is unpacked.
    "Accept-Encoding": "identity",
    "User-Agent": "flow-retail-client-refresh",
}
_REDIRECTS = 3


@frozen
class Limits:
    """What a page may cost."""

    size: int = 8_000_000  # bytes; the largest page today has a hundred and fifty thousand
    step: float = 20.0  # seconds to wait for a connection, or for the next bytes
    whole: float = 60.0  # seconds that a page may take


LIMITS = Limits()


def fetch(source: Source, limits: Limits) -> str:
    """Fetch a page."""
    url, end = source.url, time.monotonic() + limits.whole
    # Between this machine and itself there is no proxy.
    environment = url.scheme == "https"
    try:
        with httpx.Client(timeout=limits.step, headers=_HEADERS, trust_env=environment) as client:
            for _ in range(_REDIRECTS + 1):
                with client.stream("GET", url) as response:
                    if not response.has_redirect_location:
                        return _body(response, source, limits, end).decode("utf-8-sig")
                    location = response.headers["location"]
                    url = url.join(location)
                if _origin(url) != _origin(source.url) or url.userinfo:
                    raise _refused(
                        source,
                        f"sends us elsewhere, to {location!a}. If that is where the page is published "
                        "now, put it into openapi/pages.txt.",
                    )
        raise _refused(source, f"sends us on more than {_REDIRECTS} times.")
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        reason = str(error) or type(error).__name__
        raise _refused(source, f"can't be fetched: {reason}. Try again later.") from None
    except UnicodeDecodeError as error:
        raise _refused(source, f"not UTF-8 text (byte {error.start}).") from None


def _origin(url: httpx.URL) -> tuple[str, str, int | None]:
    return url.scheme, url.host, url.port


def _body(response: httpx.Response, source: Source, limits: Limits, end: float) -> bytes:
    headers = response.headers
    if response.status_code != 200:
        remedy = "Try again later; if the page is gone for good, remove its line from openapi/pages.txt."
        raise _refused(source, f"the answer is {response.status_code}, not 200. {remedy}")
    kind = headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind in {"text/html", "application/xhtml+xml"}:
        raise _refused(source, "the answer is a page of HTML, not Markdown.")
    if headers.get("content-encoding", "identity").lower() != "identity":
        raise _refused(source, f"the answer is encoded as {headers['content-encoding']!a}, unasked.")
    if "content-length" not in headers and "transfer-encoding" not in headers:
        raise _refused(source, "the answer does not tell its length: whether it is whole can't be known.")
    body = bytearray()
    for part in response.iter_raw():
        body += part
        if len(body) > limits.size:
            raise _refused(source, f"more than {limits.size} bytes.")
        if time.monotonic() > end:
            raise _refused(source, f"not there after {limits.whole:g} seconds.")
    return bytes(body)


def _refused(source: Source, what: str) -> PipelineError:
    return PipelineError(f"{source.name}: {source.url}: {what} Nothing was changed.")
