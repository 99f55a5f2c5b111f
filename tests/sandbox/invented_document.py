"""An OpenAPI document of an API that nobody has: every shape that a page of the reference may bring."""

from typing import Any

Json = dict[str, Any]

UID: Json = {"type": "string", "pattern": "^[A-Za-z0-9-_]+"}
TEXT: Json = {"type": "string"}
STAMPS: Json = {
    "createdAt": {"type": "string", "format": "date-time"},
    "lastModifiedAt": {"type": "string", "format": "date-time"},
}


def thing(required: str = "", **properties: Json) -> Json:
    return {"type": "object", "properties": properties, "required": required.split()}


def ref(name: str) -> Json:
    return {"$ref": f"#/components/schemas/{name}"}


def page(name: str) -> Json:
    return thing("items", items={"type": "array", "items": ref(name)}, paging=ref("Paging"))


def json_body(schema: Json) -> Json:
    return {"content": {"application/json": {"schema": schema}}}


def operation(
    name: str, result: Json | None, *, body: Json | None = None, status: int = 200, **more: Any
) -> Json:
    found: Json = {"operationId": name, "responses": {str(status): {"description": ""}}, **more}
    if result is not None:
        found["responses"][str(status)] |= json_body(result)
    if body is not None:
        found["requestBody"] = {**json_body(body), "required": True}
    return found


def query(name: str, schema: Json, *, required: bool = False) -> Json:
    return {"name": name, "in": "query", "schema": schema, "required": required}


PAGING = [
    query("pageNumber", {"type": "integer"}), query("pageSize", {"type": "integer"}),
    query("sortBy", TEXT), query("sortDirection", TEXT),
]  # fmt: skip
VERBS = ("create", "update", "upsert", "delete")
REFUSED = thing(
    "success errors", success={"type": "integer"}, errors={"type": "array", "items": ref("Error")}
)
SCHEMAS: Json = {
    "Paging": thing(
        totalCount={"type": "integer"}, pageSize={"type": "integer"}, pageNumber={"type": "integer"}
    ),
    "Error": thing("errorCode productUid", errorCode=TEXT, message=TEXT, productUid=TEXT),
    "Country": thing("countryUid name", countryUid=UID, name=TEXT),
    "Count": thing("countId", countId={"type": "integer"}, amount={"type": "number"}),
    "Vat": thing("rate", rate={"type": "number"}, countryCode=TEXT),
    "Brand": thing("brandUid name", brandUid=UID, name=TEXT, externalId=TEXT, **STAMPS),
    "BrandSent": thing("name", brandUid=UID, name={"type": "string", "maxLength": 20}, externalId=TEXT),
    "Product": thing(
        "productUid sku type",
        productUid=UID,
        sku=TEXT,
        type={"type": "string", "enum": ["STOCK", "SERVICE"]},
        brandUid={"type": "string", "nullable": True},
        price={"type": "number", "minimum": 0},
        size=thing(width={"type": "integer"}, depth={"type": "integer"}),
        tagUids={"type": "array", "items": UID},
        **STAMPS,
    ),
    "ProductSent": thing(
        "",
        productUid=UID,
        sku=TEXT,
        type=TEXT,
        brandUid=UID,
        price={"type": "number"},
        size=thing(width={"type": "integer"}),
        secret=TEXT,
    ),
    "ProductBatch": thing(
        **{
            verb: {"type": "array", "items": ref("ProductSent")}
            for verb in ("create", "update", "upsert", "delete")
        }
    ),
    "ProductBatchResult": thing(**dict.fromkeys(VERBS, REFUSED)),
    "Tag": thing("tagUid", tagUid=UID, label=TEXT, products={"type": "array", "items": ref("TagProduct")}),
    "TagProduct": thing("productUid", productUid=UID, sku=TEXT, weight={"type": "integer"}),
    "Store": thing("storeUid", storeUid=UID, name=TEXT),
    "Till": thing("tillUid", tillUid=UID, name=TEXT),
    "Setting": thing("key value", key=TEXT, value=TEXT),
    "Device": thing("name", name=TEXT, version={"type": "integer"}),
    "Receipt": thing("number product", number={"type": "integer"}, product=ref("Product"), note=TEXT),
}
OPERATIONS: Json = {
    "/countries": {"get": operation("countries.list", page("Country"), parameters=PAGING)},
    "/countries/{countryUid}": {"get": operation("countries.get", ref("Country"))},
    "/vat": {"get": operation("vat.list", {"type": "array", "items": ref("Vat")})},
    "/vat/{countryCode}": {"get": operation("vat.of_country", {"type": "array", "items": ref("Vat")})},
    "/device": {
        "get": operation("device.get", ref("Device")),
        "put": operation("device.update", None, body=ref("Device"), status=204),
        "post": operation("device.register", thing("code", code=TEXT), body=thing(name=TEXT), security=[]),
    },
    "/tenants/{tenantUid}/brands": {
        "get": operation(
            "brands.list", page("Brand"),
            parameters=[*PAGING, query("brandName", TEXT), query("modifiedFrom", STAMPS["createdAt"])],
        ),
        "post": operation("brands.create", ref("Brand"), body=ref("BrandSent"), status=201),
    },
    "/tenants/{tenantUid}/brands/search": {
        "post": operation("brands.search", page("Brand"), body=thing(query=TEXT), parameters=PAGING)
    },
    "/tenants/{tenantUid}/brands/{brandUid}": {
        "get": operation("brands.get", ref("Brand")),
        "patch": operation("brands.update", ref("Brand"), body=thing(name=TEXT, externalId=TEXT)),
        "delete": operation("brands.delete", None, status=204),
    },
    "/tenants/{tenantUid}/products": {
        "get": operation(
            "products.list", page("Product"),
            parameters=[
                *PAGING, query("types", {"type": "array", "items": TEXT}), query("productSku", TEXT),
                query("withStock", {"type": "boolean"}),
            ],
        ),
        "post": operation("products.create", ref("Product"), body=ref("ProductSent")),
    },
    "/tenants/{tenantUid}/products/batch": {
        "post": {
            **operation("products.batch", ref("ProductBatchResult"), body=ref("ProductBatch")),
            "responses": {
                status: {"description": "", **json_body(ref("ProductBatchResult"))}
                for status in ("200", "207")
            },
        }
    },
    "/tenants/{tenantUid}/products/{productUid}": {
        "get": operation("products.get", ref("Product")),
        "put": operation("products.update", ref("Product"), body=ref("ProductSent")),
        "delete": operation("products.delete", None, status=204),
    },
    "/tenants/{tenantUid}/products/{productUid}/activate": {
        "post": operation("products.activate", None, status=204)
    },
    "/tenants/{tenantUid}/products/{productUid}/receipt": {
        "post": operation("products.receipt", ref("Receipt"), body=thing(note=TEXT))
    },
    "/tenants/{tenantUid}/products/{productUid}/images": {
        "post": {
            **operation("products.add_image", ref("Receipt")),
            "requestBody": {
                "required": True,
                "content": {"multipart/form-data": {"schema": thing("file", file=TEXT, note=TEXT)}},
            },
        },
        "put": {
            **operation("products.set_image", None, status=204),
            "requestBody": {"content": {"image/*": {}, "application/octet-stream": {}}},
        },
    },
    "/tenants/{tenantUid}/products/{productUid}/label": {
        "get": {
            "operationId": "products.label",
            "responses": {"200": {"description": "", "content": {"application/pdf": {}}}},
        }
    },
    "/tenants/{tenantUid}/tags": {
        "get": operation("tags.list", page("Tag"), parameters=PAGING),
        "post": operation(
            "tags.create", ref("Tag"),
            body=thing(tagUid=UID, label=TEXT, products={"type": "array", "items": ref("TagProduct")}),
        ),
    },
    "/tenants/{tenantUid}/tags/{tagUid}": {
        "get": operation("tags.get", ref("Tag")),
        "delete": operation("tags.delete", None, status=204),
    },
    "/tenants/{tenantUid}/tags/{tagUid}/products": {
        "get": operation("tags.list_products", page("Product"), parameters=PAGING),
        "put": operation(
            "tags.set_products", None, body=thing(productUids={"type": "array", "items": UID}), status=204
        ),
    },
    "/tenants/{tenantUid}/tags/{tagUid}/products/{productUid}": {
        "delete": operation("tags.remove_product", None, status=204)
    },
    "/tenants/{tenantUid}/stores": {
        "get": operation("stores.list", page("Store"), parameters=PAGING),
        "post": operation("stores.create", ref("Store"), body=thing(storeUid=UID, name=TEXT)),
    },
    "/tenants/{tenantUid}/stores/{storeUid}": {
        "get": operation("stores.get", ref("Store")),
        "delete": operation("stores.delete", None, status=204),
    },
    "/tenants/{tenantUid}/stores/{storeUid}/tills": {
        "get": operation("tills.list", page("Till"), parameters=PAGING),
        "post": operation("tills.create", ref("Till"), body=thing(tillUid=UID, name=TEXT)),
    },
    "/tenants/{tenantUid}/stores/{storeUid}/tills/{tillUid}": {
        "get": operation("tills.get", ref("Till")),
        "delete": operation("tills.delete", None, status=204),
    },
    "/tenants/{tenantUid}/stores/{storeUid}/tills/{tillUid}/counts": {
        "get": operation("counts.list", page("Count"), parameters=PAGING),
        "post": operation("counts.create", ref("Count"), body=thing(amount={"type": "number"})),
        "delete": operation("counts.clear", None, status=204),
    },
    "/tenants/{tenantUid}/stores/{storeUid}/tills/{tillUid}/counts/batch": {
        "post": operation(
            "counts.batch", thing(upsert=REFUSED),
            body=thing(upsert={"type": "array", "items": ref("Count")}),
        )
    },
    "/tenants/{tenantUid}/stores/{storeUid}/tills/{tillUid}/counts/{countId}": {
        "get": operation("counts.get", ref("Count")),
        "delete": operation("counts.delete", None, status=204),
    },
    "/tenants/{tenantUid}/stores/{storeUid}/products/{productUid}": {
        "get": operation("products.get_in_store", ref("Product"))
    },
    "/tenants/{tenantUid}/config/{configKey}": {
        "get": operation("config.get", ref("Setting")),
        "put": operation("config.update", ref("Setting"), body=thing("value", value=TEXT)),
        "delete": operation("config.delete", None, status=204),
    },
}  # fmt: skip

DOCUMENT: Json = {
    "openapi": "3.0.2",
    "info": {"title": "Invented", "version": "1"},
    "security": [{"accessToken": []}],
    "paths": OPERATIONS,
    "components": {"schemas": SCHEMAS},
}
