"""A credential on its way through the client."""

from typing import NoReturn


class Secret:
    """A value that no repr, log, pickle or local variable of a traceback shows.

    Args:
        value: The credential, or whatever was passed in its place.
    """

    __slots__ = ("_value",)

    def __init__(self, value: object) -> None:
        self._value = value

    def reveal(self) -> str:
        """Return the credential; to be passed on at once, never kept in a variable of a frame that raises."""
        return str(self._value)

    @property
    def type_name(self) -> str:
        """The name of the value's type."""
        return type(self._value).__name__

    def __repr__(self) -> str:
        return "<Secret>"

    def __reduce__(self) -> NoReturn:
        raise TypeError("a credential can't be pickled")


def mask(content: bytes, secrets: list[Secret]) -> bytes:
    """Replace credentials in what a server sent back, in the forms in which JSON and HTML write them."""
    for secret in secrets:
        value = secret.reveal()
        for form in (value, value.replace("/", "\\/"), value.replace("&", "&amp;").replace("<", "&lt;")):
            content = content.replace(form.encode(), b"***")
    return content
