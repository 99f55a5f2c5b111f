"""The base of every generated resource."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flow_retail_core.client import BaseClient


class Resource:
    """The operations of one kind of record, such as `flow.customers`."""

    __slots__ = ("_client",)

    def __init__(self, client: "BaseClient") -> None:
        self._client = client

    def __repr__(self) -> str:
        return f"<{type(self).__name__} of {self._client!r}>"
