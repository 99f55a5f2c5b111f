"""Checks of arguments, of the base URL and of paths; each message names the argument."""

import inspect
import ipaddress
import math
import re
from collections.abc import Callable
from typing import Any
from urllib.parse import quote, unquote, urlsplit

_VISIBLE_ASCII = re.compile(r"[\x21-\x7e]+")
_SAFE_IN_PATH = "/{}:@!$&'()*+,;=~%"


def type_name(value: object) -> str:
    """The name of a value's type with its module, such as `httpx.Timeout`; built-in types go without."""
    cls = type(value)
    return cls.__qualname__ if cls.__module__ == "builtins" else f"{cls.__module__}.{cls.__qualname__}"


def check_whole(name: str, value: object, *, at_least: int) -> None:
    """Check that an argument is a whole number."""
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError(f"{name} must be an int, not {type_name(value)}")
    if value < at_least:
        raise ValueError(f"{name} must be at least {at_least}, got {value}")


def check_seconds(name: str, value: object, *, zero: bool = False, unit: str = "a number of seconds") -> None:
    """Check that an argument is a finite number above 0."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError(f"{name} must be {unit}, not {type_name(value)}")
    # Compared before it is converted, because an int may be too large for a float.
    if not (0 <= value < math.inf) or (value == 0 and not zero):
        raise ValueError(f"{name} must be finite and {'at least' if zero else 'above'} 0, got {value}")


def check_instance(name: str, value: object, cls: type, example: str) -> None:
    """Check that an argument is an object of one class."""
    if not isinstance(value, cls):
        raise TypeError(f"{name} must be a {cls.__name__}, such as {example}, not {type_name(value)}")


def check_function(name: str, value: object) -> None:
    """Check that an argument is a plain function, or None."""
    if value is not None and not callable(value):
        raise TypeError(f"{name} must be callable, not {type_name(value)}")
    if inspect.iscoroutinefunction(value):
        raise TypeError(f"{name} must be a plain function: it is called, not awaited")


def validator(check: Callable[..., None], **options: Any) -> Any:
    """Turn one of the checks above into a validator of an attrs field."""

    def validate(_: object, attribute: Any, value: object) -> None:
        check(attribute.name, value, **options)

    return validate


def check_base_url(url: object, *, name: str = "base_url") -> str:
    """Check a URL that a token will be sent to."""
    if not isinstance(url, str):
        raise TypeError(f"{name} must be a str, not {type(url).__name__}")
    # urlsplit silently drops line breaks and tabs.
    if _VISIBLE_ASCII.fullmatch(url) is None or "\\" in url:
        raise ValueError(f"{name} holds spaces, backslashes, control or non-ASCII characters, or is empty")
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        host, port, parts = None, None, urlsplit("")
    if parts.scheme not in {"http", "https"} or not host or port == 0:
        raise ValueError(f"{name} must be an absolute URL such as https://api.example.com/v2")
    if "@" in parts.netloc:
        raise ValueError(f"{name} must not hold a user name or password")
    if "?" in url or "#" in url:
        raise ValueError(f"{name} must not hold a query or a fragment")
    path = parts.path.rstrip("/")
    if any(unquote(segment) in {"", ".", ".."} for segment in path.split("/")[1:]):
        raise ValueError(f"{name} must not hold empty, . or .. path segments")
    if parts.scheme == "http" and not is_loopback(host):
        raise ValueError(f"{name} must be https: over plain http a token may go to this machine only")
    return f"{parts.scheme}://{parts.netloc}{path}"


def is_loopback(host: str) -> bool:
    """Whether a host name or address means this machine: localhost, 127.0.0.0/8 or ::1."""
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def check_path(path: object) -> str:
    """Check a path that a user wrote, relative to the base URL."""
    if not isinstance(path, str):
        raise TypeError(f"path must be a str, not {type(path).__name__}")
    if not path.startswith("/"):
        raise ValueError("path must start with / and is relative to the base URL")
    if re.search(r"[?#\\\x00-\x1f\x7f]", path):
        raise ValueError(
            "path must not hold ?, #, backslashes or control characters; pass a query as query={...}"
        )
    segments = path.split("/")[1:]
    # A slash at the end is an empty last segment, and harmless.
    if any(unquote(segment) in {".", ".."} for segment in segments) or "" in segments[:-1] or path == "/":
        raise ValueError("path must not hold empty, . or .. segments")
    if re.search(r"[{}]", path.replace("{tenantUid}", "")):
        raise ValueError("path may hold no placeholder but {tenantUid}; write the other values into it")
    try:
        return quote(path, safe=_SAFE_IN_PATH)
    except UnicodeEncodeError:
        raise ValueError("path holds a lone surrogate, which has no UTF-8 form") from None
