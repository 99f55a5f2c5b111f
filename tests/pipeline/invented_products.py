"""The invented page of products."""

from documents import (
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
