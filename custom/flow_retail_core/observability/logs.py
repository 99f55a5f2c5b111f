"""FLOW_RETAIL_LOG: the log of the client on standard error, without a line of code."""

import logging
import os

LOG_VARIABLE = "FLOW_RETAIL_LOG"

_LEVELS = ("debug", "info", "warning", "error")
_FORMAT = "%(asctime)s %(levelname)s %(name)s: %(message)s"


def log_as_environment_says() -> None:
    """Set the level that FLOW_RETAIL_LOG names, and log to standard error unless the program logs already.

    Raises:
        ValueError: The variable names no level.
    """
    level = os.environ.get(LOG_VARIABLE, "").lower()
    if not level:
        return
    if level not in _LEVELS:
        raise ValueError(f"{LOG_VARIABLE} must be one of {', '.join(_LEVELS)}")
    log = logging.getLogger("flow_retail_client")
    log.setLevel(level.upper())
    if not log.hasHandlers():
        handler = logging.StreamHandler()
        handler.setFormatter(logging.Formatter(_FORMAT))
        log.addHandler(handler)
