"""The options of a read or a write, checked."""

import difflib
from collections.abc import Mapping
from urllib.parse import urlsplit

from flow_retail_core.settings import TOKEN_VARIABLE
from flow_retail_spark.storage import Folder

_SECRET = ("token", "bearer", "authorization", "password", "passphrase", "secret", "apikey", "credentials")
"""Suffixes of names of secrets, such as `access_token`, `clientSecret`, `api-key`."""


class OptionError(ValueError):
    """An option is missing, unknown or out of range; the message names it and the remedy."""


class SourceOptions:
    """The given options; each that is read becomes known."""

    def __init__(self, given: Mapping[str, str], purpose: str) -> None:
        # Spark ignores the case of option names.
        self._given = {name.lower(): value for name, value in given.items()}
        self._purpose = purpose
        self._known: list[str] = []
        for name in self._given:
            if "".join(filter(str.isalnum, name)).endswith(_SECRET):
                raise OptionError(
                    f"option {name}: secrets do not belong into options, which Spark shows in plans. Set"
                    f" {TOKEN_VARIABLE} for driver and executors, or name a file with token_file"
                )

    def text(self, name: str) -> str | None:
        """Read an option."""
        self._known.append(name)
        return self._given.get(name.lower()) or None

    def needed(self, name: str, remedy: str) -> str:
        """Read a required option."""
        value = self.text(name)
        if value is None:
            raise OptionError(f"option {name} is missing: {remedy}")
        return value

    def whole(self, name: str, default: int) -> int:
        """Read an integer of at least 1."""
        value = self.text(name)
        if value is None:
            return default
        if not value.isdecimal() or int(value) < 1:
            raise OptionError(f"option {name} must be a whole number of at least 1, not {value!r}")
        return int(value)

    def number(self, name: str) -> float | None:
        """Read a number above 0."""
        value = self.text(name)
        if value is None:
            return None
        try:
            number = float(value)
        except ValueError:
            number = 0.0
        if not 0 < number < float("inf"):
            raise OptionError(f"option {name} must be a number above 0, not {value!r}")
        return number

    def choice(self, name: str, *choices: str) -> str:
        """Read one of several choices; the first is the default."""
        value = self.text(name) or choices[0]
        if value.lower() not in choices:
            raise OptionError(f"option {name} must be one of {', '.join(choices)}, not {value!r}")
        return value.lower()

    def folder(self, name: str) -> Folder | None:
        """Read a folder."""
        value = self.text(name)
        if value is None:
            return None
        if "://" in value and urlsplit(value).password is not None:
            raise OptionError(
                f"option {name}: secrets do not belong into options, which Spark shows in plans; leave them"
                " out of the URI, and let driver and executors find them where the store's own tools do"
            )
        folder = Folder(value)
        try:
            folder.check()
        except ValueError as error:
            problem = str(error)
        else:
            return folder
        raise OptionError(f"option {name}: {problem}")

    def check_all_taken(self) -> None:
        """Refuse options that were never read."""
        known = {name.lower(): name for name in self._known}
        for name in self._given:
            if name not in known:
                close = difflib.get_close_matches(name, known, n=1)
                hint = f"did you mean {known[close[0]]}?" if close else f"there are: {', '.join(self._known)}"
                raise OptionError(f"option {name} is unknown to a {self._purpose}; {hint}")
