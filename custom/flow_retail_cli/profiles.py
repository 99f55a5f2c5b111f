"""Profiles: named settings of a connection in a configuration file, without any token."""

import asyncio
import os
import shlex
import stat
import subprocess
import tomllib
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, cast

import typer
from attrs import field, frozen

from flow_retail_cli.errors import CommandError
from flow_retail_records.item_builder import suggestion

PROFILE_VARIABLE = "FLOW_RETAIL_PROFILE"
CONFIG_VARIABLE = "FLOW_RETAIL_CONFIG"
_KEYS = ("tenant", "environment", "base_url", "token_command")
_SECRETS = ("token", "secret", "password")


@frozen
class Profile:
    """One profile; None is what it does not set."""

    name: str
    tenant: str | None = None
    environment: str | None = None
    base_url: str | None = None
    token_command: tuple[str, ...] | None = field(default=None, repr=False)

    def read_token(self) -> str:
        """Run the token command and return what it prints."""
        command = self.token_command or ()
        source = f"The token command of the profile {self.name}"
        try:
            # Without a shell; password managers may prompt on standard input and error.
            ended = subprocess.run(command, stdout=subprocess.PIPE, check=False)  # noqa: S603  # the user's own
        except OSError as error:
            raise CommandError(f"{source} can't be run: {error.strerror}.", _CHECK_COMMAND) from None
        if ended.returncode:
            raise CommandError(f"{source} ended with exit code {ended.returncode}.", _CHECK_COMMAND)
        token = ended.stdout.decode("utf-8", "replace").strip()
        if not token:
            raise CommandError(f"{source} printed nothing.", _CHECK_COMMAND)
        return token

    def token_source(self, first: str) -> Callable[[], Awaitable[str]]:
        """Return the first token, then run the command again each time that a token is refused."""
        tokens = [first]

        async def read() -> str:
            return tokens.pop() if tokens else await asyncio.to_thread(self.read_token)

        return read


_CHECK_COMMAND = "Run it yourself: it must print the token and nothing else."


def config_file() -> Path:
    """The configuration file: in the platform's folder, or where an environment variable says."""
    given = os.environ.get(CONFIG_VARIABLE)
    return Path(given) if given else Path(typer.get_app_dir("flow-retail")) / "config.toml"


def find_profile(name: str | None) -> Profile | None:
    """Read the profile of a name, or the one that an environment variable names; None if there is no name."""
    chosen = name or os.environ.get(PROFILE_VARIABLE)
    if not chosen:
        return None
    path = config_file()
    profiles = _read(path)
    found = profiles.get(chosen)
    if found is None:
        raise CommandError(
            f"There is no profile {chosen!r} in {path}.",
            f"Choose one of: {', '.join(profiles) or 'none'}; or add a table [profiles.{chosen}].",
        )
    return _profile(chosen, found, path)


def _read(path: Path) -> dict[str, Any]:
    try:
        with path.open("rb") as file:
            _check_owner(path, os.fstat(file.fileno()))
            content = tomllib.load(file)
    except FileNotFoundError:
        raise CommandError(
            f"There is no configuration file {path}.",
            f"Create it with a table such as [profiles.stage], or set {CONFIG_VARIABLE} to its path.",
        ) from None
    except OSError as error:
        raise CommandError(f"{path} can't be read: {error.strerror}.", "Check its permissions.") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        where = str(error) if isinstance(error, tomllib.TOMLDecodeError) else "it is not UTF-8"
        raise CommandError(f"{path} is not TOML: {where}.", "Correct it.") from None
    profiles = content.get("profiles", {})
    if not isinstance(profiles, dict):
        raise CommandError(f"{path}: profiles is not a table.", "Write tables such as [profiles.stage].")
    return cast("dict[str, Any]", profiles)


def _check_owner(path: Path, found: os.stat_result) -> None:
    """Refuse a file that others can write: it names a command to run."""
    if not hasattr(os, "geteuid"):  # pragma: no cover  # Windows
        return
    if found.st_uid not in {os.geteuid(), 0} or stat.S_IMODE(found.st_mode) & stat.S_IWOTH:
        raise CommandError(
            f"{path} can be changed by other users, and it names commands to run.",
            f"Make it yours alone: chmod go-w {shlex.quote(str(path))}.",
        )


def _profile(name: str, found: Any, path: Path) -> Profile:
    where = f"{path}, profile {name}"
    if not isinstance(found, dict):
        raise CommandError(f"{where}: it is not a table.", f"Write a table [profiles.{name}].")
    settings = cast("dict[str, Any]", found)
    for key, value in settings.items():
        if key not in _KEYS:
            if key.replace("-", "_").endswith(_SECRETS):
                raise CommandError(
                    f"{where}: {key} does not belong in this file.",
                    "Use token_command, a command that prints the token.",
                )
            raise CommandError(
                f"{where}: there is no setting {key}{suggestion(key, _KEYS).rstrip('?')}.",
                f"Settings: {', '.join(_KEYS)}.",
            )
        if key != "token_command" and not isinstance(value, str):
            raise CommandError(f"{where}: {key} is not a string.", "Put it in double quotes.")
    if "environment" in settings and "base_url" in settings:
        raise CommandError(f"{where}: environment and base_url are both set.", "Keep one of them.")
    command = settings.pop("token_command", None)
    return Profile(name, token_command=None if command is None else _words(command, where), **settings)


def _words(command: Any, where: str) -> tuple[str, ...]:
    try:
        words: list[Any] = shlex.split(command) if isinstance(command, str) else list(command)
    except (TypeError, ValueError):
        words = []
    if not words or not all(isinstance(word, str) and word for word in words):
        raise CommandError(
            f"{where}: token_command is not a command.",
            'Write it as a string or a list, such as ["pass", "show", "flow-retail/stage"].',
        )
    return tuple(words)
