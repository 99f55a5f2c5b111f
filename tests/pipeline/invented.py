"""Pages that no rule was written for: products, stores, orders, gift cards. All of it is invented."""

import json
from typing import Any

JSON = dict[str, Any]

SERVERS = [
    {"url": "https://api.example.com/v2", "description": "Example Production"},
    {"url": "https://api.stage.example.com/v2/", "description": "Example Stage"},
]


def ref(key: str, section: str = "schemas") -> JSON:
    return {"$ref": f"#/components/{section}/{key}"}


def obj(properties: JSON, *required: str, **more: Any) -> JSON:
    return {
        "type": "object",
        "properties": properties,
        **({"required": list(required)} if required else {}),
        **more,
    }


def array(items: JSON) -> JSON:
    return {"type": "array", "items": items}


def content(schema: JSON, media: str = "application/json") -> JSON:
    return {"content": {media: {"schema": schema}}}


def answer(schema: JSON | None = None, media: str = "application/json") -> JSON:
    return {"description": "As asked.", **({} if schema is None else content(schema, media))}


def operation(operation_id: str | None = None, /, **more: Any) -> JSON:
    """An operation; without `responses`, one that answers 204."""
    return {
        **({} if operation_id is None else {"operationId": operation_id}),
        "responses": {"204": answer()},
        **more,
    }


def document(path: str, method: str, op: JSON, /, **sections: JSON) -> JSON:
    """A document of one operation as the reference publishes it; keywords are sections of `components`."""
    return {
        "openapi": "3.0.2",
        "info": {"title": "Example API", "version": "2.0.0"},
        "servers": SERVERS,
        "security": [{"accessToken": []}],
        "tags": [{"name": "Product", "description": "Things to sell"}],
        "paths": {path: {method: op}},
        "components": {"securitySchemes": {"accessToken": {"type": "http", "scheme": "bearer"}}, **sections},
    }


def markdown(*documents: JSON, title: str = "A page") -> str:
    blocks = "\n".join(f"## An operation\n\n```json\n{json.dumps(each)}\n```\n" for each in documents)
    other = "Prose, `code`, and a block that is none of ours:\n\n```bash\ncurl example\n```"
    return f"# {title}\n\n{other}\n\n{blocks}"


UID = {"title": "UID", "type": "string", "pattern": "^[A-Za-z0-9-_]+"}
PAGING = obj(
    {"pageNumber": {"type": "integer"}, "pageSize": {"type": "integer"}, "totalCount": {"type": "integer"}},
    "totalCount",
    title="Paging",
)
PAGE_PARAMETERS = {
    "pageNumberQuery": {"name": "pageNumber", "in": "query", "schema": {"type": "integer"}},
    "pageSizeQuery": {"name": "pageSize", "in": "query", "schema": {"type": "integer", "default": 50}},
}
PAGED = [ref("pageNumberQuery", "parameters"), ref("pageSizeQuery", "parameters")]

FILE = {"type": "string", "format": "binary"}

PRODUCT = obj(
    {
        "productUid": ref("UID"),
        "name": {"type": "string"},
        "price": {"type": "number", "nullable": True},
        "active": {"type": "boolean"},
        "class": {"type": "string", "description": "A keyword of Python."},
        "tax-code": {"type": "string"},
        "taxCode": {"type": "string"},
        "from_dict": {"type": "string"},
        "toDict": {"type": "string"},
        "additional_properties": {"type": "string"},
        "availableFrom": {"type": "string", "format": "date"},
        "changedAt": {"type": "string", "format": "date-time", "nullable": True},
        "externalId": {"type": "string", "format": "uuid"},
        "image": {"type": "string", "format": "byte"},
        "thumbnail": {"type": "string", "format": "binary"},
        "old": {"type": "string", "deprecated": True},
        "colour": {
            "type": "string",
            "enum": ["red", "RED", "light-blue", "light blue", "2-tone", "", "class", "ø"],
        },
        "rank": {"type": "integer", "enum": [-1, 0, 10]},
        "state": {"type": "string", "enum": ["NEW", "OLD", None], "nullable": True},
        "dimensions": obj({"width": {"type": "integer"}, "depth": {"type": "integer"}}, "width"),
        "supplier": obj({"name": {"type": "string"}}, nullable=True),
        "labels": {"type": "object", "additionalProperties": {"type": "string"}},
        "anything": {},
        "tree": ref("CategorySchema"),
        "variants": array(ref("ProductResponseSchema")),
        "discount": {"oneOf": [{"type": "number"}, ref("CategorySchema")]},
        "matrix": array(array({"type": "integer"})),
        "moments": array({"type": "string", "format": "date-time"}),
        "nullableNames": array({"type": "string", "nullable": True}),
        "nothing": {"type": "string", "nullable": True, "enum": [None]},
        **{
            name: {"type": "string"}
            for name in ("self", "data", "known", "written", "read_json", "write_kept")
        },
        "place": {"type": "string", "enum": ["SHELF", "", "FLOOR"]},
        "item": array({"type": "string", "enum": ["ONE"]}),
        "what is or was": array(ref("CategorySchema")),
        "deviation": obj({"value": {"type": "integer"}}, "value"),
        "read_product": {"type": "boolean", "nullable": True},
        "array": array(array(ref("CategorySchema"))),
        "unknown": array({"type": "number"}),
        "ranks": array({"type": "integer", "enum": [0, 1]}),
        "rows": array({"nullable": True, **array({"type": "integer"})}),
    },
    "productUid",
    "name",
    "place",
    "deviation",
    "what is or was",
    title="Product",
)
CATEGORY = obj(
    {
        "name": {"type": "string"},
        "parent": {"nullable": True, "allOf": [ref("CategorySchema")]},
        "children": array(ref("CategorySchema")),
        "best": ref("ProductResponseSchema"),
    },
    "name",
    title="Product",
)
PRODUCT_SCHEMAS = {"ProductResponseSchema": PRODUCT, "CategorySchema": CATEGORY, "UID": UID}
PRODUCT_REQUEST = obj(
    {"productUid": ref("UID"), "name": {"type": "string"}, "price": {"type": "number"}}, "productUid"
)
ENVELOPE = obj({"items": array(ref("ProductResponseSchema")), "paging": ref("Paging")})

PRODUCTS = [
    document(
        "/tenants/{tenantUid}/products",
        "get",
        operation(
            "get-tenants-products",
            tags=["Product", "Catalogue"],
            summary="List products",
            description="List products.<br>Required permissions: PRODUCT_READ",
            parameters=[
                *PAGED,
                {"name": "from", "in": "query", "schema": {"type": "string", "format": "date"}},
                {
                    "name": "type",
                    "in": "query",
                    "required": True,
                    "schema": {"type": "string", "enum": ["A", "B"]},
                },
                {"name": "tag", "in": "query", "schema": array({"type": "string"})},
                {"name": "models", "in": "query", "schema": {"type": "string"}},
                {"name": "prefetch", "in": "query", "schema": {"type": "boolean"}},
            ],
            responses={"200": answer(ENVELOPE)},
        ),
        schemas={**PRODUCT_SCHEMAS, "Paging": PAGING},
        parameters=PAGE_PARAMETERS,
    ),
    document(
        "/tenants/{tenantUid}/products",
        "post",
        operation(
            "post-tenants-products",
            tags=["Product"],
            requestBody=content(ref("ProductRequestSchema")),
            responses={"201": answer(ref("ProductResponseSchema"))},
        ),
        schemas={**PRODUCT_SCHEMAS, "ProductRequestSchema": PRODUCT_REQUEST},
    ),
    document(
        "/tenants/{tenantUid}/products/{productUid}",
        "get",
        operation(
            "get-tenants-products-details",
            tags=["Product"],
            responses={"200": answer(ref("ProductResponseSchema"))},
        ),
        schemas=PRODUCT_SCHEMAS,
    ),
    document(
        "/tenants/{tenantUid}/products/batch",
        "post",
        operation(
            "post-tenants-products-batch",
            tags=["Product"],
            requestBody=content(
                obj(
                    {
                        "upsert": array(ref("ProductRequestSchema")),
                        "delete": array(obj({"productUid": ref("UID")}, "productUid")),
                    }
                )
            ),
            responses={
                "200": answer(
                    obj({name: obj({"count": {"type": "integer"}}) for name in ("upsert", "delete")})
                )
            },
        ),
        schemas={"ProductRequestSchema": PRODUCT_REQUEST, "UID": UID},
    ),
    document(
        "/tenants/{tenantUid}/products/{productUid}/images/{position}",
        "get",
        operation(
            tags=["Product"],
            parameters=[
                {"name": "position", "in": "path", "required": True, "schema": {"type": "integer"}},
                {"name": "productUid", "in": "path", "required": True, "schema": ref("UID")},
            ],
            responses={"200": answer({"type": "string", "format": "binary"}, "image/png")},
        ),
        schemas={"UID": UID},
    ),
    document(
        "/tenants/{tenantUid}/products/labels",
        "get",
        operation(
            "Product labels: all!",
            tags=["Product"],
            deprecated=True,
            responses={"200": answer(array({"type": "string"}))},
        ),
    ),
]

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
