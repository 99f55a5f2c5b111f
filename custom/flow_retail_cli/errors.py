"""Errors that end a command: a sentence, a remedy and an exit code each."""

import enum

from flow_retail_core.errors import (
    APIConnectionError,
    APIStatusError,
    APITimeoutError,
    AuthenticationError,
    DeadlineExceededError,
    DecodeError,
    FlowRetailError,
    InternalServerError,
    NotFoundError,
    PermissionDeniedError,
    RateLimitError,
    TokenError,
)


class ExitCode(enum.IntEnum):
    """The exit codes of every command; `docs/command-line.md` lists them."""

    DONE = 0
    SOME_FAILED = 1
    USAGE = 2
    UNREACHABLE = 3
    BUG = 70
    INTERRUPTED = 130
    TERMINATED = 143


class CommandError(Exception):
    """A command can't go on."""

    def __init__(self, sentence: str, remedy: str = "", *, code: ExitCode = ExitCode.USAGE) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.remedy = remedy
        self.code = code


class Interrupted(CommandError):  # noqa: N818  # not an error of the program
    """Ctrl-C or SIGTERM."""


_DOCTOR = "`flow-retail doctor` shows the settings and where each comes from."

_REMEDIES: dict[type[FlowRetailError], tuple[str, ExitCode]] = {
    AuthenticationError: (
        f"The token is not accepted: check FLOW_RETAIL_TOKEN or --token-file. {_DOCTOR}",
        ExitCode.SOME_FAILED,
    ),
    PermissionDeniedError: ("Ask for a token with the permission that this needs.", ExitCode.SOME_FAILED),
    NotFoundError: (f"Check the UID and the tenant. {_DOCTOR}", ExitCode.SOME_FAILED),
    RateLimitError: ("Wait, then run the same command again.", ExitCode.SOME_FAILED),
    InternalServerError: (
        "Run the same command again later; the vendor's support asks for the logId.",
        ExitCode.SOME_FAILED,
    ),
    APIStatusError: ("Check the arguments.", ExitCode.SOME_FAILED),
    APIConnectionError: (f"Check the network and the address. {_DOCTOR}", ExitCode.UNREACHABLE),
    APITimeoutError: (
        "Run the same command again, with a longer --timeout if it is slow.",
        ExitCode.UNREACHABLE,
    ),
    DeadlineExceededError: ("Run the same command again.", ExitCode.UNREACHABLE),
    TokenError: (f"Check the token. {_DOCTOR}", ExitCode.SOME_FAILED),
    DecodeError: (
        f"The response is not the API's: check the address, it may be a proxy's. {_DOCTOR}",
        ExitCode.SOME_FAILED,
    ),
}


def explain(error: FlowRetailError) -> CommandError:
    """Turn an error of the client into one with a remedy and an exit code."""
    for class_ in type(error).__mro__:
        if class_ in _REMEDIES:
            remedy, code = _REMEDIES[class_]
            return CommandError(str(error), remedy, code=code)
    return CommandError(str(error), code=ExitCode.SOME_FAILED)
