"""Records as the server would send them, read as the client reads them."""

from typing import Any

import orjson

from flow_retail_core.models.decoding import decode
from flow_retail_core.models.schema_drift import SchemaDrift

MOMENT = "2026-03-01T10:20:30+01:00"


def group(**changes: Any) -> dict[str, Any]:
    """A customer group as the server would send it."""
    return {
        "customerGroupUid": "g-1",
        "name": "Stamkunder",
        "createdBy": "kari",
        "createdAt": MOMENT,
        "lastModifiedBy": "kari",
        "lastModifiedAt": MOMENT,
    } | changes


def customer(**changes: Any) -> dict[str, Any]:
    """A customer as the server would send it."""
    texts = (
        "address city companyName countryCode customerParentUid email externalId firstname lastname mobile "
        "postalCode pricelistUid vatNumber origin loyaltyId displayName internalNote"
    )
    return (
        dict.fromkeys(texts.split(), "")
        | {
            "customerUid": "c-1",
            "customerType": "PERSON",
            "createdAt": MOMENT,
            "lastModifiedAt": MOMENT,
            "addresses": [],
            "contacts": [],
            "extensions": [{"extensionCode": "TWO_INVOICE", "organizationUid": "o-1"}],
            "consents": [],
            "credit": {"limit": 5, "balance": 1},
            "paymentTerms": 14,
            "accountManager": {"tenantUserUid": "u-1", "displayName": "Ola", "userCode": "7"},
            "ehf": {"enabled": False, "address": ""},
            "customerGroupUids": ["g-1"],
            "defaultStore": None,
            "relevance": 1.5,
        }
        | changes
    )


def read(model: Any, data: Any, *, strict: bool = False) -> tuple[Any, SchemaDrift]:
    drift = SchemaDrift()
    return decode(model, orjson.dumps(data), operation="test.read", schema_drift=drift, strict=strict), drift


def deviations(drift: SchemaDrift) -> dict[str, str]:
    return {deviation.path: deviation.kind for deviation in drift}
