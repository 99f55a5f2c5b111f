"""Checks of what a caller passed, each naming the argument."""


def check_whole(name: str, value: object, *, at_least: int) -> None:
    """Check that an argument is a whole number.

    Args:
        name: How the message names the argument.
        value: What was passed.
        at_least: The smallest value allowed.

    Raises:
        TypeError: It is not an int; a bool is none either.
        ValueError: It is too small.
    """
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError(f"{name} must be an int, not {type(value).__name__}")
    if value < at_least:
        raise ValueError(f"{name} must be at least {at_least}, got {value}")
