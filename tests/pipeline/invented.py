"""Pages that no rule was written for: products, stores, orders, gift cards. All of it is invented."""

from documents import (
    FILE,
    PAGE_PARAMETERS,
    PAGED,
    PAGING,
    UID,
    answer,
    array,
    content,
    document,
    obj,
    operation,
    ref,
)
from invented_products import PRODUCTS

STORES = [
    document(
        "/tenants/{tenantUid}/stores/{storeUid}/shelves/{shelfKind}",
        "get",
        operation(
            "getShelves",
            tags=["Store"],
            responses={"200": answer(array(ref("ShelfSchema")))},
        ),
        schemas={
            "ShelfSchema": obj({"shelfKind": ref("ShelfKindENUM"), "note": {"type": "string"}}, "shelfKind"),
            "ShelfKindENUM": {"type": "string", "enum": ["FRIDGE", "WALL"], "title": "Kind"},
        },
    ),
    document(
        "/tenants/{tenantUid}/stores/{storeUid}",
        "put",
        operation(
            "putStore",
            tags=["Store"],
            requestBody=content(ref("StoreSchema")),
            responses={"200": answer(ref("StoreSchema")), "204": answer()},
        ),
        schemas={
            "StoreSchema": obj({"name": {"type": "string"}, "hours": obj({"open": {"type": "string"}})})
        },
    ),
    document(
        "/tenants/{tenantUid}/stores/{storeUid}/note",
        "get",
        operation("getNote", tags=["Store"], responses={"200": answer({"type": "string"}, "text/plain")}),
    ),
    document(
        "/tenants/{tenantUid}/stores/{storeUid}/opening",
        "post",
        operation(
            "openStore", tags=["Store"], responses={"202": answer(), "200": answer(ref("StoreSchema"))}
        ),
        schemas={
            "StoreSchema": obj({"name": {"type": "string"}, "hours": obj({"open": {"type": "string"}})})
        },
    ),
    document(
        "/tenants/{tenantUid}/stores/{storeUid}/staff",
        "get",
        operation(
            "listStaff",
            tags=["Store"],
            parameters=PAGED,
            responses={"200": answer(obj({"staff": array({"type": "string"}), "paging": ref("Paging")}))},
        ),
        schemas={"Paging": PAGING},
        parameters=PAGE_PARAMETERS,
    ),
]

ORDER_BASE = obj({"orderUid": ref("UID"), "note": {"type": "string"}}, "orderUid")
ORDER = {
    "allOf": [
        ref("OrderBaseSchema"),
        obj(
            {
                "lines": array(obj({"sku": {"type": "string"}, "count": {"type": "integer"}}, "sku")),
                "properties": {"type": "object"},
                "title": {"type": "string"},
                "description": {"type": "string"},
                "customer": ref("OrderCustomerSchema"),
            },
            "lines",
        ),
    ]
}
ORDER_SCHEMAS = {
    "OrderSchema": ORDER,
    "OrderBaseSchema": ORDER_BASE,
    "OrderCustomerSchema": obj({"orders": array(ref("OrderSchema"))}),
    "UID": UID,
}
ORDERS = [
    document(
        "/tenants/{tenantUid}/orders/search",
        "post",
        operation(
            "order.search now",
            tags=["Order"],
            parameters=PAGED,
            requestBody=content(obj({"text": {"type": "string"}})),
            responses={"200": answer(ref("OrderListSchema"))},
        ),
        schemas={
            **ORDER_SCHEMAS,
            "OrderListSchema": obj({"items": array(ref("OrderSchema")), "paging": ref("Paging")}),
            "Paging": PAGING,
        },
        parameters=PAGE_PARAMETERS,
    ),
    document(
        "/tenants/{tenantUid}/orders/{orderUid}",
        "get",
        operation("class", tags=["Order"], responses={"200": answer(ref("OrderSchema"))}),
        schemas=ORDER_SCHEMAS,
    ),
    document(
        "/tenants/{tenantUid}/orders/{orderUid}/parcels",
        "get",
        operation("list", tags=["Parcel"], responses={"default": answer(array(ref("ParcelSchema")))}),
        schemas={"ParcelSchema": obj({"weight": {"type": "number"}, "list": array({"type": "string"})})},
    ),
    document(
        "/tenants/{tenantUid}/orders/{orderUid}/parcels",
        "post",
        operation(
            "str",
            tags=["Parcel"],
            requestBody=content(ref("ParcelSchema")),
            responses={"200": {"description": "JSON of any kind", "content": {"application/json": {}}}},
        ),
        schemas={"ParcelSchema": obj({"weight": {"type": "number"}, "list": array({"type": "string"})})},
    ),
    document(
        "/tenants/{tenantUid}/orders/{orderUid}/attachments",
        "post",
        operation(
            "attach",
            tags=["Order"],
            requestBody=content(
                obj({"file": FILE, "pages": array(FILE), "note": {"type": "string"}}, "file"),
                "multipart/form-data",
            ),
        ),
    ),
    document(
        "/tenants/{tenantUid}/orders/{orderUid}/signature",
        "put",
        operation("sign", tags=["Order"], requestBody=content(FILE, "image/*")),
    ),
]

GIFT_CARDS = [
    document(
        "/tenants/{tenantUid}/gift-cards/{giftCardUid}",
        "delete",
        operation("delete gift card"),
    ),
    document(
        "/tenants/{tenantUid}/gift-cards",
        "post",
        operation(
            "import",
            requestBody=ref("GiftCardBody", "requestBodies"),
            responses={"200": ref("GiftCardAnswer", "responses")},
        ),
        schemas={
            "GiftCardSchema": obj(
                {"amount": {"type": "number"}, "until": {"type": "string", "format": "date"}}
            )
        },
        requestBodies={"GiftCardBody": content(obj({"amount": {"type": "number"}}, "amount"))},
        responses={"GiftCardAnswer": answer(ref("GiftCardSchema"))},
    ),
    document(
        "/tenants/{tenantUid}/requests/{requestUid}",
        "get",
        operation("get", tags=["request"], responses={"200": answer({"nullable": True})}),
    ),
]

PAGES = {"products": PRODUCTS, "stores": STORES, "orders": ORDERS, "gift-cards": GIFT_CARDS}
