"""Settings of the connection, from options and environment variables, and the client made of them."""

import os
import sys
from pathlib import Path
from typing import Any

import typer
from attrs import field, frozen

from flow_retail_cli.errors import CommandError
from flow_retail_cli.profiles import Profile, find_profile
from flow_retail_client import FlowRetail, Operation
from flow_retail_core.settings import BASE_URL_VARIABLE, TENANT_VARIABLE, TOKEN_VARIABLE
from flow_retail_core.validation import check_base_url

DEFAULT_ENVIRONMENT = "production"


@frozen
class Setting:
    """The value of one setting, None if it is missing, and where it comes from, in words."""

    # One of them is the token.
    value: str | None = field(repr=False)
    source: str


@frozen
class ConnectionOptions:
    """The options that every command shares."""

    profile: str | None = None
    tenant: str | None = None
    token_file: Path | None = None
    base_url: str | None = None
    environment: str | None = None
    timeout: float | None = None
    debug: bool = False


def find_tenant(options: ConnectionOptions, profile: Profile | None) -> Setting:
    """Find the tenant: option, profile, environment variable."""
    if options.tenant is not None:
        return Setting(options.tenant, "--tenant")
    if profile is not None and profile.tenant is not None:
        return Setting(profile.tenant, f"profile {profile.name}")
    found = os.environ.get(TENANT_VARIABLE)
    return Setting(found, TENANT_VARIABLE) if found else Setting(None, "missing")


def find_base_url(options: ConnectionOptions, profile: Profile | None) -> Setting:
    """Find the base URL: option, profile, environment variable, default."""
    if options.base_url is not None and options.environment is not None:
        raise CommandError("--base-url and --environment are both given.", "Pass one of them.")
    if options.base_url is not None:
        return Setting(_checked(options.base_url, "--base-url"), "--base-url")
    if options.environment is not None:
        return Setting(_url_of(options.environment), f"--environment {options.environment}")
    if profile is not None and profile.base_url is not None:
        return Setting(_checked(profile.base_url, "base_url"), f"profile {profile.name}")
    if profile is not None and profile.environment is not None:
        return Setting(_url_of(profile.environment), f"profile {profile.name}, {profile.environment}")
    variable = os.environ.get(BASE_URL_VARIABLE)
    if variable:
        return Setting(_checked(variable, BASE_URL_VARIABLE), BASE_URL_VARIABLE)
    return Setting(FlowRetail.ENVIRONMENTS[DEFAULT_ENVIRONMENT], f"the default, {DEFAULT_ENVIRONMENT}")


def _url_of(environment: str) -> str:
    if environment not in FlowRetail.ENVIRONMENTS:
        raise CommandError(
            f"There is no environment {environment!r}.",
            f"Choose one of: {', '.join(FlowRetail.ENVIRONMENTS)}.",
        )
    return FlowRetail.ENVIRONMENTS[environment]


def _checked(url: str, name: str) -> str:
    try:
        return check_base_url(url, name=name)
    except ValueError as error:
        raise CommandError(f"{error}.", "Such as https://api.example.com/v2.") from None


def find_token(options: ConnectionOptions, profile: Profile | None, *, ask: bool) -> Setting:
    """Find the token: file, command of the profile, environment variable, prompt.

    There is no option for the token itself: other users of the machine see the arguments of its processes,
    and shells write them down.
    """
    if options.token_file is not None:
        try:
            token = options.token_file.read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            reason = error.strerror if isinstance(error, OSError) else "it is not text"
            raise CommandError(
                f"The token file {options.token_file} can't be read: {reason}.", "Check --token-file."
            ) from None
        return Setting(token, "--token-file")
    if profile is not None and profile.token_command is not None:
        return Setting(profile.read_token(), f"the token command of the profile {profile.name}")
    found = os.environ.get(TOKEN_VARIABLE)
    if found:
        return Setting(found, TOKEN_VARIABLE)
    if ask and sys.stdin.isatty() and sys.stderr.isatty():
        return Setting(str(typer.prompt("Token", hide_input=True, err=True)), "typed")
    return Setting(None, "missing")


def connect(
    options: ConnectionOptions, operation: Operation[Any] | None = None, **further: Any
) -> FlowRetail:
    """Create a client; a tenant is needed unless the operation needs none."""
    profile = find_profile(options.profile)
    tenant = find_tenant(options, profile)
    if tenant.value is None and (operation is None or operation.needs_tenant):
        raise CommandError(
            "No tenant is given.",
            f"Pass --tenant or --profile, or set the environment variable {TENANT_VARIABLE}.",
        )
    base_url = find_base_url(options, profile)
    token = find_token(options, profile, ask=True)
    if token.value is None:
        raise CommandError(
            "No token is given.",
            f"Set the environment variable {TOKEN_VARIABLE}, pass --token-file with a file that holds it, or"
            " pass --profile with a profile that has a token_command.",
        )
    if options.timeout is not None:
        further["timeout"] = options.timeout
    renewable = profile is not None and profile.token_command is not None and options.token_file is None
    try:
        return FlowRetail(
            tenant=tenant.value,
            token=profile.token_source(token.value) if profile and renewable else token.value,
            base_url=base_url.value,
            **further,
        )
    except ValueError as error:
        # The client's messages name the setting, never its value.
        raise CommandError(f"{error}.", "`flow-retail doctor` shows where each setting comes from.") from None
