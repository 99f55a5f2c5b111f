"""What a client is told at construction, checked: arguments, environment variables, defaults."""

import math
import os
import re
from collections.abc import Mapping
from typing import Any

from attrs import Attribute, field, frozen
from attrs.validators import instance_of, optional

from flow_retail_core import defaults
from flow_retail_core.hooks import Hooks
from flow_retail_core.retry import Retry
from flow_retail_core.urls import check_base_url

TENANT_VARIABLE = "FLOW_RETAIL_TENANT"
TOKEN_VARIABLE = "FLOW_RETAIL_TOKEN"  # noqa: S105  # the name of a variable
BASE_URL_VARIABLE = "FLOW_RETAIL_BASE_URL"

_UID = re.compile(r"[A-Za-z0-9_-]+")
_LOCALE = re.compile(r"[A-Za-z0-9*,;=. -]+")


def _check_seconds(_: object, attribute: "Attribute[Any]", value: Any) -> None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError(f"{attribute.name} must be a number of seconds, not {type(value).__name__}")
    if not (math.isfinite(value) and value > 0):
        raise ValueError(f"{attribute.name} must be a finite number of seconds above 0, got {value}")


def _check_rate(_: object, attribute: "Attribute[Any]", value: Any) -> None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError(f"{attribute.name} must be a number, not {type(value).__name__}")
    # Compared, not asked of math: an int may be too long for a float.
    if not 0 < value < math.inf:
        raise ValueError(f"{attribute.name} must be a finite number above 0, got {value}")


def _check_tenant(_: object, attribute: "Attribute[Any]", value: Any) -> None:
    if not isinstance(value, str):
        raise TypeError(f"{attribute.name} must be a str, not {type(value).__name__}")
    if _UID.fullmatch(value) is None:
        raise ValueError(f"{attribute.name} is not a valid UID: letters, digits, - and _ only, at least one")


def _check_locale(_: object, attribute: "Attribute[Any]", value: Any) -> None:
    if value is None:
        return
    if not isinstance(value, str):
        raise TypeError(f"{attribute.name} must be a str, not {type(value).__name__}")
    if _LOCALE.fullmatch(value) is None:
        raise ValueError(
            f"{attribute.name} must be a language tag or an Accept-Language header, such as nb-NO"
        )


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

    connect: float = field(default=defaults.CONNECT_TIMEOUT, validator=_check_seconds)
    read: float = field(default=defaults.READ_TIMEOUT, validator=_check_seconds)
    write: float = field(default=defaults.WRITE_TIMEOUT, validator=_check_seconds)


def _to_timeout(value: Any) -> Any:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return value
    if not (math.isfinite(value) and value > 0):
        raise ValueError(f"timeout must be a finite number of seconds above 0, got {value}")
    return Timeout(connect=value, read=value, write=value)


def _check_timeout(_: object, attribute: "Attribute[Any]", value: Any) -> None:
    if not isinstance(value, Timeout):
        raise TypeError(
            f"{attribute.name} must be a number of seconds or a Timeout, not {type(value).__name__}"
        )


@frozen(kw_only=True)
class Settings:
    """What may differ between a client and its scoped copies; holds no credential.

    Args:
        tenant: The UID of the tenant.
        timeout: How long one attempt may take at each step; a number of seconds stands for all three.
        deadline: Seconds that one call may take in all; None for no limit.
        retry: How calls are repeated.
        requests_per_second: How many requests may start in a second; None for no limit.
        locale: Sent as Accept-Language.
        strict: Whether an answer that leaves the spec raises `DecodeError`.
        hooks: What is told about requests, answers and retries.

    Raises:
        TypeError: An argument has the wrong type; the message names it.
        ValueError: An argument is out of range; the message names it.
    """

    tenant: str = field(validator=_check_tenant)
    timeout: Timeout = field(converter=_to_timeout, validator=_check_timeout)
    deadline: float | None = field(validator=optional(_check_seconds))
    retry: Retry = field(validator=instance_of(Retry))
    requests_per_second: float | None = field(validator=optional(_check_rate))
    locale: str | None = field(validator=_check_locale)
    strict: bool = field(validator=instance_of(bool))
    hooks: Hooks = field(validator=instance_of(Hooks))


def from_environment(value: Any, *, argument: str, variable: str) -> Any:
    """Take an argument, or else the environment variable that stands for it.

    Raises:
        ValueError: Neither is given.
    """
    if value is not None:
        return value
    found = os.environ.get(variable)
    if not found:
        raise ValueError(f"no {argument}: pass {argument}=... or set the environment variable {variable}")
    return found


def choose_base_url(base_url: str | None, environment: str, environments: Mapping[str, str]) -> str:
    """Choose where the API is: the argument, else the environment variable, else the named environment.

    Args:
        base_url: The argument.
        environment: The name of one of the environments of the spec.
        environments: URLs by name.

    Returns:
        A checked URL without a slash at its end.

    Raises:
        TypeError: The URL is not a string.
        ValueError: The environment is unknown, or the URL is not one that a token may be sent to.
    """
    if environment not in environments:
        raise ValueError(
            f"unknown environment {environment!r}: choose one of {', '.join(sorted(environments))}"
        )
    if base_url is None:
        variable = os.environ.get(BASE_URL_VARIABLE)
        if not variable:
            return check_base_url(environments[environment])
        return check_base_url(variable, name=BASE_URL_VARIABLE)
    return check_base_url(base_url)


def check_max_concurrency(value: object) -> int:
    """Check the number of requests that may be in flight at once.

    Raises:
        TypeError: It is not an int.
        ValueError: It is below 1.
    """
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError(f"max_concurrency must be an int, not {type(value).__name__}")
    if value < 1:
        raise ValueError(f"max_concurrency must be at least 1, got {value}")
    return value
