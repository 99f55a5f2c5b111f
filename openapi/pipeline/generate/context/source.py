"""Python source among values whose `repr` is printed."""


class Source(str):
    """An expression: its `repr` is itself, where that of a text is a literal with everything escaped."""

    __slots__ = ()

    def __repr__(self) -> str:
        return str(self)
