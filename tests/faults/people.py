"""Invented customers, and what the sandbox has of them."""

from typing import Any

from flow_retail_client import BatchOutcome, BatchResult
from flow_retail_client.models import CustomerCreate, CustomerType
from flow_retail_sandbox import RunningSandbox, Sandbox


def person(uid: str | None = None, **fields: Any) -> CustomerCreate:
    """A customer to send; the sandbox chooses the uid if there is none."""
    given = fields if uid is None else {"customer_uid": uid, **fields}
    return CustomerCreate(customer_type=CustomerType.PERSON, **given)


def stored(sandbox: RunningSandbox | Sandbox) -> list[dict[str, Any]]:
    """All customers of the first tenant, read past the API, in the order of their creation."""
    inner = sandbox.sandbox if isinstance(sandbox, RunningSandbox) else sandbox
    return inner.records("customers")


def by_uid(sandbox: RunningSandbox) -> dict[str, dict[str, Any]]:
    """The same by uid; no uid is there twice."""
    records = stored(sandbox)
    found = {record["customerUid"]: record for record in records}
    assert len(found) == len(records)
    return found


def outcomes(result: BatchResult[Any]) -> list[BatchOutcome[Any]]:
    """All outcomes of a batch."""
    return [*result.succeeded, *result.failed, *result.unknown]
