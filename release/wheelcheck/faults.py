"""What stops a release."""


class WheelError(Exception):
    """What was built can't be published; the message says why, and what to do."""
