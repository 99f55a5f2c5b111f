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


_DOCTOR = "`flow-retail doctor` shows the settings and where each comes from."

_REMEDIES: dict[type[FlowRetailError], str] = {
    AuthenticationError: (f"The token is not accepted: check FLOW_RETAIL_TOKEN or --token-file. {_DOCTOR}"),
    PermissionDeniedError: "Ask for a token with the permission that this needs.",
    NotFoundError: f"Check the UID and the tenant. {_DOCTOR}",
    RateLimitError: "Wait, then run the same command again.",
    InternalServerError: "Run the same command again later; the vendor's support asks for the logId.",
    APIStatusError: "Check the arguments.",
    APIConnectionError: f"Check the network and the address. {_DOCTOR}",
    APITimeoutError: "Run the same command again, with a longer --timeout if it is slow.",
    DeadlineExceededError: "Run the same command again.",
    TokenError: f"Check the token. {_DOCTOR}",
    DecodeError: f"The response is not the API's: check the address, it may be a proxy's. {_DOCTOR}",
}


def explain(error: FlowRetailError) -> CommandError:
    """Turn an error of the client into one with a remedy and an exit code."""
    remedy = next((_REMEDIES[class_] for class_ in type(error).__mro__ if class_ in _REMEDIES), "")
    lost = isinstance(error, APIConnectionError | DeadlineExceededError)
    return CommandError(str(error), remedy, code=ExitCode.UNREACHABLE if lost else ExitCode.SOME_FAILED)
