"""A page of lamps, on which a good deal is deprecated."""

LAMPS = "/tenants/{tenantUid}/lamps"


def lamps_page(api):
    """A page of lamps, on which a good deal is deprecated."""
    deprecated = {"deprecated": True}
    kinds = {"type": "string", "enum": ["SCREW", "PIN"]}
    schemas = {
        "LampSchema": api.obj(
            {
                "lampUid": {"type": "string"},
                "socket": {"type": "string", "description": "Deprecated.", **deprecated},
                "watt": {"type": "number", "description": "Deprecated: Use lumen <br>instead.", **deprecated},
                "mount": kinds,
                "fitting": {**kinds, **deprecated},
                "code": api.ref("OldCodeSchema"),
                "shade": api.ref("OldShadeSchema"),
                "finish": {"nullable": True, "allOf": [api.ref("OldFinishENUM")]},
            },
            "lampUid",
            "socket",
        ),
        "OldCodeSchema": {"type": "string", **deprecated},
        "OldShadeSchema": api.obj(
            {"colour": {"type": "string"}}, description="Use finishes instead.", **deprecated
        ),
        "OldFinishENUM": {"type": "string", "enum": ["MATT", "GLOSS"], **deprecated},
    }
    lamp = api.answer(api.ref("LampSchema"))
    page = api.answer(api.obj({"items": api.array(api.ref("LampSchema")), "paging": api.ref("Paging")}))

    def query(name, **more):
        return {"name": name, "in": "query", "schema": {"type": "string"}, **more}

    shared = {"oldSortQuery": query("oldSort", **deprecated), **api.PAGE_PARAMETERS}
    listed = {"schemas": {**schemas, "Paging": api.PAGING}, "parameters": shared}
    batch = api.obj({"delete": api.array(api.obj({"lampUid": {"type": "string"}}, "lampUid"))})
    return [
        api.document(
            LAMPS,
            "get",
            api.operation(
                "lamps.list",
                parameters=[
                    *api.PAGED,
                    api.ref("oldSortQuery", "parameters"),
                    query("colour", description='Say "shade" instead.', **deprecated),
                    query("kind", required=True, **deprecated),
                    {"name": "X-Old", "in": "header", "schema": {"type": "string", **deprecated}},
                ],
                responses={"200": page},
            ),
            **listed,
        ),
        api.document(
            LAMPS,
            "post",
            api.operation(
                "lamps.create", requestBody=api.content(api.ref("LampSchema")), responses={"201": lamp}
            ),
            schemas=schemas,
        ),
        api.document(
            f"{LAMPS}/{{lampUid}}",
            "get",
            api.operation(
                "lamps.get",
                description="Gets a lamp. Deprecated since v2, list them.",
                responses={"200": lamp},
                **deprecated,
            ),
            schemas=schemas,
        ),
        api.document(
            f"{LAMPS}/broken",
            "get",
            api.operation(
                "lamps.find",
                summary="Lamps that are broken",
                parameters=[*api.PAGED, query("colour", **deprecated)],
                responses={"200": page},
                **deprecated,
            ),
            **listed,
        ),
        api.document(
            f"{LAMPS}/batch",
            "post",
            api.operation(
                "lamps.batch",
                requestBody=api.content(batch),
                responses={"200": api.answer(api.obj({"delete": api.obj({"count": {"type": "integer"}})}))},
                **deprecated,
            ),
        ),
    ]
