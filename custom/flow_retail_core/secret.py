"""A credential on its way through the client."""

import re
from typing import NoReturn

from flow_retail_core.validation import type_name


class Secret:
    """A value that no repr, log, pickle or local variable of a traceback shows."""

    __slots__ = ("_value",)

    def __init__(self, value: object) -> None:
        self._value = value

    def reveal(self) -> str:
        """Return the credential; to be passed on at once, never kept in a variable of a frame that raises."""
        return str(self._value)

    @property
    def is_text(self) -> bool:
        """Whether it is a string."""
        return isinstance(self._value, str)

    @property
    def type_name(self) -> str:
        """The name of the value's type."""
        return type_name(self._value)

    def __repr__(self) -> str:
        return "<Secret>"

    def __reduce__(self) -> NoReturn:
        raise TypeError("a credential can't be pickled")


_ENTITIES = {'"': "quot", "&": "amp", "'": "apos", "<": "lt", ">": "gt"}
_LONGEST_FORM = 8
"""Bytes; what one character of a credential may become, such as `\\u002f` or `&quot;`."""


def mask(content: bytes, secrets: list[Secret], limit: int) -> bytes:
    """Replace credentials in what a server sent back, in every form that JSON, HTML and URLs have."""
    slack = max((len(secret.reveal()) for secret in secrets), default=0) * _LONGEST_FORM
    masked = content[: limit + slack]
    for secret in secrets:
        # Letters and digits are written as they are everywhere: where the longest run of them is missing, the
        # credential is, and its pattern need not be compiled.
        if max(re.findall(r"[A-Za-z0-9]*", secret.reveal()), key=len).encode() in masked:
            masked = re.sub("".join(map(_forms, secret.reveal())).encode(), b"***", masked)
    if len(content) > limit + slack:
        # The start of a credential may stand at the end.
        masked = masked[: len(masked) - slack]
    return masked[:limit]


def _forms(character: str) -> str:
    """The pattern of one character."""
    if character.isalnum():
        return character
    code = ord(character)
    forms = [re.escape(character), rf"u{code:04x}", f"%{code:02x}", f"&#0*{code};", f"&#x0*{code:x};"]
    if character in _ENTITIES:
        forms.append(f"&{_ENTITIES[character]};")
    # JSON puts a backslash before some, and JSON inside JSON several.
    return rf"\\*(?i:{'|'.join(forms)})"
