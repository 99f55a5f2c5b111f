"""`flow-retail doctor`: settings and their sources, reachability, token, clock, versions."""

import platform
import sys
import time
from email.utils import parsedate_to_datetime
from importlib.metadata import PackageNotFoundError, version
from typing import Literal

from attrs import asdict, frozen
from rich.table import Table
from rich.text import Text

from flow_retail_cli.connection import ConnectionOptions, connect, find_base_url, find_tenant, find_token
from flow_retail_cli.errors import CommandError, ExitCode, explain
from flow_retail_cli.output import print_table, write_json
from flow_retail_cli.profiles import Profile, config_file, find_profile
from flow_retail_client import (
    APIStatusError,
    AuthenticationError,
    CapturedResponse,
    FlowRetail,
    FlowRetailError,
    PermissionDeniedError,
    Retry,
    capture_responses,
)
from flow_retail_records.resources import lists

_SKEW_SECONDS = 60
_PACKAGES = ("flow-retail-client", "httpx", "orjson", "pyarrow", "starlette")

Status = Literal["ok", "warning", "failed", "unknown"]
_STYLES: dict[str, str] = {"ok": "green", "warning": "yellow", "failed": "red", "unknown": "dim"}


@frozen
class Check:
    """The result of one check, in words without secrets."""

    name: str
    status: Status
    detail: str
    remedy: str = ""


async def doctor(options: ConnectionOptions, *, as_json: bool) -> ExitCode:
    """Run all checks and show the results."""
    settings, code = _settings(options)
    checks = settings
    if code is ExitCode.DONE:
        found, code = await _ask(options)
        checks = [*settings, *found]
    versions = _versions()
    if as_json:
        write_json(
            {"checks": [asdict(check) for check in checks], "versions": versions, "exit_code": int(code)}
        )
        return code
    table = Table("check", "status", "detail", title="flow-retail doctor")
    for check in checks:
        detail = f"{check.detail}\n{check.remedy}" if check.remedy else check.detail
        table.add_row(check.name, Text(check.status, style=_STYLES[check.status]), Text(detail))
    print_table(table)
    packages = Table("package", "version")
    for name, number in versions.items():
        packages.add_row(name, number)
    print_table(packages)
    return code


def _settings(options: ConnectionOptions) -> tuple[list[Check], ExitCode]:
    profile: Profile | None = None
    checks: list[Check] = []
    try:
        profile = find_profile(options.profile)
        if profile is not None:
            checks.append(Check("profile", "ok", f"{profile.name} (from {config_file()})"))
    except CommandError as error:
        checks.append(_failed("profile", error))
    tenant = find_tenant(options, profile)
    if tenant.value is None:
        checks.append(Check("tenant", "failed", "missing", "Pass --tenant, or set FLOW_RETAIL_TENANT."))
    else:
        checks.append(Check("tenant", "ok", f"{tenant.value} (from {tenant.source})"))
    try:
        base_url = find_base_url(options, profile)
        checks.append(Check("address", "ok", f"{base_url.value} (from {base_url.source})"))
    except CommandError as error:
        checks.append(_failed("address", error))
    try:
        token = find_token(options, profile, ask=False)
        if token.value:
            checks.append(Check("token", "ok", f"given, not shown (from {token.source})"))
        else:
            detail = "missing" if token.value is None else f"empty (from {token.source})"
            checks.append(Check("token", "failed", detail, "Set FLOW_RETAIL_TOKEN, or pass --token-file."))
    except CommandError as error:
        checks.append(_failed("token", error))
    bad = any(check.status == "failed" for check in checks)
    return checks, ExitCode.USAGE if bad else ExitCode.DONE


async def _ask(options: ConnectionOptions) -> tuple[list[Check], ExitCode]:
    try:
        flow = connect(options, retry=Retry(max_retries=0))
    except CommandError as refused:
        return [_failed("client", refused)], ExitCode.USAGE
    # A list that anybody may read says nothing of the token.
    listing = next(
        listing
        for listing in lists().values()
        if not listing.required and listing.operation.authenticated and listing.operation.needs_tenant
    )
    before = time.time()
    error: FlowRetailError | None = None
    async with flow:
        with capture_responses() as responses:
            try:
                await listing.pager(flow, {}, page_size=1)
            except FlowRetailError as raised:
                error = raised
    middle = (before + time.time()) / 2
    checks = [_reachable(flow, error, responses), _token(error), _clock(responses, middle)]
    if error is not None and not isinstance(error, APIStatusError):
        return checks, ExitCode.UNREACHABLE
    bad = any(check.status == "failed" for check in checks)
    return checks, ExitCode.SOME_FAILED if bad else ExitCode.DONE


def _failed(name: str, error: CommandError) -> Check:
    return Check(name, "failed", error.sentence, error.remedy)


def _reachable(flow: FlowRetail, error: FlowRetailError | None, responses: list[CapturedResponse]) -> Check:
    if error is not None and not isinstance(error, AuthenticationError | PermissionDeniedError):
        return _failed("reachable", explain(error))
    milliseconds = responses[-1].elapsed * 1000
    return Check("reachable", "ok", f"{flow.base_url} responded within {milliseconds:.0f} ms")


def _token(error: FlowRetailError | None) -> Check:
    if error is None:
        return Check("token accepted", "ok", "yes")
    if isinstance(error, AuthenticationError):
        return _failed("token accepted", explain(error))
    if isinstance(error, PermissionDeniedError):
        return Check("token accepted", "failed", f"yes, but not for this: {error}", explain(error).remedy)
    return Check("token accepted", "unknown", "it could not be checked")


def _clock(responses: list[CapturedResponse], now: float) -> Check:
    date = responses[-1].headers.get("date") if responses else None
    if date is None:
        return Check(
            "clock", "unknown", "the response has no Date header" if responses else "there was no response"
        )
    try:
        skew = now - parsedate_to_datetime(date).timestamp()
    except ValueError:
        return Check("clock", "unknown", "the response's Date header can't be read")
    # The Date header has whole seconds.
    if abs(skew) <= _SKEW_SECONDS:
        return Check("clock", "ok", f"within {max(1, round(abs(skew)))} s of the server's")
    ahead = "ahead of" if skew > 0 else "behind"
    return Check(
        "clock",
        "warning",
        f"this machine is {abs(skew):,.0f} s {ahead} the server",
        "Set the clock: tokens expire by it.",
    )


def _versions() -> dict[str, str]:
    found = {"python": f"{platform.python_version()} ({sys.platform})"}
    for package in _PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            found[package] = "not installed"
    return found
