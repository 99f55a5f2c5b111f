"""One fault: its type, its options, and where and how often it happens."""

from dataclasses import dataclass, field, fields
from typing import Any, Final, Literal, NamedTuple

from jsonschema_rs import Draft4Validator

from flow_retail_sandbox.spec.json_values import Json, is_list

Stage = Literal["instead", "before", "batch", "after"]

STAGES: Final[dict[str, Stage]] = {
    **dict.fromkeys(("status", "html_error", "empty_error", "not_json", "reset_before"), "instead"),
    **dict.fromkeys(
        ("latency", "page_size_clamp", "page_base", "records_added", "records_removed"), "before"
    ),
    "batch_refusal": "batch",
    **dict.fromkeys(
        ("reset_after", "truncate_body", "unknown_enum", "unexpected_null", "missing_field"), "after"
    ),
}
"""When in a request's life each type of fault happens; "instead" of it, at most one does."""

_TEXT: Final[Json] = {"type": ["string", "null"], "maxLength": 1000}
_RETRY_AFTER: Final = r"^(date:-?[0-9]+(\.[0-9]+)?|(?!date:)[!-~ ]*)$"


def _option(default: Any, **schema: Any) -> Any:
    """Declare an option: its default, and the JSON Schema of its values."""
    return field(default=default, metadata=schema)


@dataclass(frozen=True, slots=True, kw_only=True)
class FaultOptions:
    """How a fault shows itself; every type reads the options that concern it.

    Attributes:
        status: The HTTP status of `status` (503), `html_error` (502) and `empty_error` (502).
        retry_after: The Retry-After header of these three: seconds (`2`), an HTTP date that many seconds
            ahead (`"date:2"`), any other text as it is, None for no header.
        seconds: How long `latency` waits, in seconds.
        item: Which record of a list `unknown_enum`, `unexpected_null` and `missing_field` change, from 0.
        field: Which field they change; dots lead deeper (`contacts.0.role`). None for a fitting one.
        value: What `unknown_enum` puts there.
        part: How much of the body `truncate_body` sends, from 0 to 1.
        size: The largest page of `page_size_clamp`.
        base: The first page's number of `page_base`, 0 or 1.
        records: How many records `records_added` adds and `records_removed` deletes.
        where: Which end of the list `records_removed` deletes from, "start" or "end".
        uids: Which records `records_removed` deletes; which items `batch_refusal` refuses.
        items: How many items `batch_refusal` refuses when `uids` names none: the first ones.
        code: The `errorCode` of `batch_refusal`, the `code` of `status`.
        shape: What `batch_refusal` keys the response's errors by: "customer", "product" or "price"; None
            for what the document says.
        unmatched: Whether the errors of `batch_refusal` name UIDs that nobody sent.
        miscount: What `batch_refusal` adds to every `success`.
    """

    status: int | None = _option(None, type=["integer", "null"], minimum=400, maximum=599)
    retry_after: int | str | None = _option(None, type=["integer", "string", "null"], pattern=_RETRY_AFTER)
    seconds: float = _option(0.1, type="number", minimum=0, maximum=3600)
    item: int = _option(0, type="integer", minimum=0)
    field: str | None = _option(None, **_TEXT)
    value: str = _option("SANDBOX_UNKNOWN", type="string", maxLength=1000)
    part: float = _option(0.5, type="number", minimum=0, maximum=1, exclusiveMaximum=True)
    size: int = _option(10, type="integer", minimum=1)
    base: int = _option(1, type="integer", enum=[0, 1])
    records: int = _option(1, type="integer", minimum=1, maximum=10_000)
    where: Literal["start", "end"] = _option("start", type="string", enum=["start", "end"])
    uids: tuple[str, ...] = _option((), type="array", items={"type": "string"})
    items: int = _option(1, type="integer", minimum=0)
    code: str | None = _option(None, **_TEXT)
    shape: Literal["customer", "product", "price"] | None = _option(
        None, type=["string", "null"], enum=["customer", "product", "price", None]
    )
    unmatched: bool = _option(False, type="boolean")  # the default
    miscount: int = _option(0, type="integer")


OPTIONS: Final[Json] = {
    "count": {"type": ["integer", "null"], "minimum": 1},
    "after": {"type": "integer", "minimum": 0},
    "operation": _TEXT,
    "seed": {"type": "integer"},
    "rate": {"type": "number", "minimum": 0, "maximum": 1},
    **{option.name: dict(option.metadata) for option in fields(FaultOptions)},
}
"""The JSON Schema of each option, of those that say when a fault happens too."""


_VALIDATORS = {name: Draft4Validator(schema) for name, schema in OPTIONS.items()}


def check_options(given: Json) -> None:
    """Raise ValueError if an option is unknown, or its value impossible."""
    for name, value in given.items():
        if name not in OPTIONS:
            raise ValueError(f"{name} is an option that no fault has; there are {', '.join(OPTIONS)}")
        error = next(_VALIDATORS[name].iter_errors(value), None)
        if error is not None:
            raise ValueError(f"a fault cannot have {name}={value!r}: {error.message}")


class Fault:
    """Something that goes wrong.

    Args:
        fault_type: What, one of the types that `flow-retail-sandbox --help` lists.
        operation: Where: an operation's name (`customers.list`), or method and path template
            (`GET /tenants/{tenantUid}/customers`); None for everywhere.
        count: How often; None for always.
        after: How many requests of that operation it lets pass first. All that begin once it is planned
            count, whatever becomes of them: also those that another fault hits, or that are refused.
        **options: How; see FaultOptions.

    Raises:
        ValueError: If there is no such type or option, or its value is impossible.
    """

    def __init__(
        self,
        fault_type: str,
        *,
        operation: str | None = None,
        count: int | None = 1,
        after: int = 0,
        **options: Any,
    ) -> None:
        if fault_type not in STAGES:
            raise ValueError(f"no fault is called {fault_type!r}; there are {', '.join(STAGES)}")
        check_options({"operation": operation, "count": count, "after": after, **options})
        if is_list(options.get("uids")):
            options["uids"] = tuple(options["uids"])
        self.options = FaultOptions(**options)
        self.type = fault_type
        self.stage = STAGES[fault_type]
        self.operation = operation
        self.remaining = count
        self.after = after
        self._seen = 0

    def __repr__(self) -> str:
        where, count = self.operation, self.remaining
        return f"Fault({self.type!r}, operation={where!r}, count={count!r}, after={self.after!r})"

    def due(self, operation: str, path: str) -> bool:
        """Count a request that the fault concerns, and return whether the fault may happen to it."""
        if self.operation not in {None, operation, path}:
            return False
        if self.stage == "batch" and not operation.endswith(".batch") and not path.endswith("/batch"):
            return False
        self._seen += 1
        return self._seen > self.after


class Injected(NamedTuple):
    """A fault that happened.

    Attributes:
        type: What went wrong.
        operation: The operation's name.
        request: The request's number, counting from 1.
        detail: More about it: a status, UIDs (the first 100), a field.
    """

    type: str
    operation: str
    request: int
    detail: Any
