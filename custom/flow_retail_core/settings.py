"""The settings of a client: arguments, environment variables, defaults; all checked."""

import os
import re
import sys
from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import Any, cast

from attrs import field, frozen
from attrs.validators import optional

from flow_retail_core import constants
from flow_retail_core.http.parameters import encode_headers
from flow_retail_core.messages import HeaderLines
from flow_retail_core.observability.hooks import Hooks
from flow_retail_core.retry.policy import Retry
from flow_retail_core.validation import (
    check_base_url,
    check_instance,
    check_seconds,
    check_whole,
    type_name,
    validator,
)

TENANT_VARIABLE = "FLOW_RETAIL_TENANT"
TOKEN_VARIABLE = "FLOW_RETAIL_TOKEN"  # noqa: S105  # the name of a variable
BASE_URL_VARIABLE = "FLOW_RETAIL_BASE_URL"

_TENANT = re.compile(r"[A-Za-z0-9_-]+")
_LOCALE = re.compile(r"[A-Za-z0-9*,;=. -]+")


def _text(form: re.Pattern[str], expected: str) -> Any:
    """Validate that a setting is None or a text of a certain form."""

    def check(name: str, value: object) -> None:
        if not isinstance(value, str):
            raise TypeError(f"{name} must be a str, not {type_name(value)}")
        if form.fullmatch(value) is None:
            raise ValueError(f"{name} {expected}")

    return optional(validator(check))


def _to_headers(value: Any) -> Mapping[str, str]:
    if not isinstance(value, Mapping | None):
        raise TypeError(f"headers must be a mapping of names to values, not {type_name(value)}")
    headers = cast("Mapping[str, str]", value or {})
    encode_headers(headers)
    return MappingProxyType(dict(headers))


@frozen(kw_only=True)
class Timeout:
    """How long one attempt may take at each of its steps.

    Args:
        connect: Seconds to connect, TLS included.
        read: Seconds without a byte from the server.
        write: Seconds without the server taking a byte.

    Raises:
        TypeError: An argument is not a number.
        ValueError: An argument is not finite and above 0.
    """

    connect: float = field(default=constants.CONNECT_TIMEOUT, validator=validator(check_seconds))
    read: float = field(default=constants.READ_TIMEOUT, validator=validator(check_seconds))
    write: float = field(default=constants.WRITE_TIMEOUT, validator=validator(check_seconds))

    def by_step(self) -> dict[str, float | None]:
        """The seconds as transports take them; the wait for a connection has no limit of its own."""
        return {"connect": self.connect, "read": self.read, "write": self.write, "pool": None}


def _to_timeout(value: Any) -> Timeout:
    if isinstance(value, Timeout):
        return value
    check_seconds("timeout", value, unit="a number of seconds or a Timeout(...)")
    return Timeout(connect=value, read=value, write=value)


@frozen(kw_only=True)
class Settings:
    """The checked arguments that may differ between a client and its scoped copies; holds no credential."""

    tenant: str | None = field(
        validator=_text(_TENANT, "is not a valid UID: letters, digits, - and _ only, at least one")
    )
    timeout: Timeout = field(converter=_to_timeout)
    deadline: float | None = field(validator=optional(validator(check_seconds)))
    retry: Retry = field(validator=validator(check_instance, cls=Retry, example="Retry(max_retries=3)"))
    requests_per_second: float | None = field(
        validator=optional(validator(check_seconds, unit="a number of requests"))
    )
    max_response_bytes: int = field(validator=validator(check_whole, at_least=1))
    locale: str | None = field(
        validator=_text(_LOCALE, "must be a language tag or an Accept-Language header, such as nb-NO")
    )
    headers: Mapping[str, str] = field(converter=_to_headers, repr=False)
    strict: bool = field(validator=validator(check_instance, cls=bool, example="True"))
    hooks: Hooks = field(validator=validator(check_instance, cls=Hooks, example="Hooks(on_retry=print)"))

    def header_lines(self) -> HeaderLines:
        """The headers of every request."""
        agent = _user_agent()
        lines = [(b"Accept-Encoding", b"gzip")]
        for name, value in encode_headers(self.headers):
            if name.lower() == b"user-agent":
                agent = value + b" " + agent
            else:
                lines.append((name, value))
        if self.locale is not None and all(name.lower() != b"accept-language" for name, _ in lines):
            lines.append((b"Accept-Language", self.locale.encode("ascii")))
        return (*lines, (b"User-Agent", agent))


@lru_cache(maxsize=1)
def _user_agent() -> bytes:
    # Here, because it takes longer to import than most of this package.
    from flow_retail_core import __version__  # noqa: PLC0415  # see above

    python = ".".join(map(str, sys.version_info[:3]))
    return f"flow-retail-client/{__version__} python/{python}".encode("ascii")


def from_environment(argument: str, value: Any, *, needed: bool) -> Any:
    """Take an argument, or else the environment variable that stands for it; None if neither is set."""
    variable = f"FLOW_RETAIL_{argument.upper()}"
    if value is None:
        value = os.environ.get(variable) or None
    if value is None and needed:
        raise ValueError(f"no {argument}: pass {argument}=... or set the environment variable {variable}")
    return value


def choose_base_url(base_url: str | None, environment: object, environments: Mapping[str, str]) -> str:
    """Choose and check where the API is: the argument, else the variable, else the named environment."""
    if environment not in environments:
        raise ValueError(
            f"unknown environment {environment!r}: choose one of {', '.join(sorted(environments))}"
        )
    if base_url is None and (variable := os.environ.get(BASE_URL_VARIABLE)):
        return check_base_url(variable, name=BASE_URL_VARIABLE)
    return check_base_url(environments[str(environment)] if base_url is None else base_url)
