"""A document that no plug-in knows is served by rule: collections, members, batches, actions."""

from collections.abc import Iterator

import httpx
import pytest
from invented_document import DOCUMENT

from flow_retail_sandbox import Fault, RunningSandbox, Sandbox, run_sandbox


@pytest.fixture(scope="module")
def invented() -> Iterator[RunningSandbox]:
    with run_sandbox(document=DOCUMENT, customers=200) as running:
        yield running


@pytest.fixture
def api(api_of, invented):
    invented.sandbox.reset()
    return api_of(invented)


@pytest.fixture
def shared(invented, pool):
    """Calls a path without a tenant."""

    def call(method, path, json=None, **headers):
        sent = {"authorization": f"Bearer {invented.token}", **headers}
        return pool.request(method, invented.base_url + path, json=json, headers=sent)

    return call


def listed(api, path, key="brandUid"):
    return [item[key] for item in api.ok("GET", path)["items"]]


class TestACollection:
    def test_begins_with_a_tenth_as_many_records_as_customers_for_each_tenant(self, invented, api):
        counts = invented.sandbox.counts()
        assert (counts["acme"]["brands"], counts["nordlys"]["brands"]) == (20, 2)
        assert counts["acme"]["countries"] == counts["nordlys"]["countries"] == 20
        assert listed(api, "/brands?pageSize=3") == ["brand-1", "brand-2", "brand-3"]

    def test_is_the_same_for_the_same_seed(self, invented):
        with run_sandbox(document=DOCUMENT, customers=200) as other:
            for name in invented.sandbox.counts()["acme"]:
                assert other.sandbox.records(name) == invented.sandbox.records(name)

    def test_creates_reads_changes_and_deletes_with_the_documented_statuses(self, api):
        response = api("POST", "/brands", {"brandUid": "b", "name": "Fjord"})
        made = response.json()
        assert (response.status_code, made["name"], made["externalId"]) == (201, "Fjord", "")
        changed = api.ok("PATCH", "/brands/b", {"externalId": "x"})
        assert (changed["name"], changed["externalId"]) == ("Fjord", "x")
        assert changed["createdAt"] == made["createdAt"] < changed["lastModifiedAt"]
        assert api.ok("GET", "/brands/b") == changed
        assert api("DELETE", "/brands/b").status_code == 204
        assert api.refused(404, "GET", "/brands/b")["code"] == "BRAND_NOT_FOUND"

    def test_generates_an_identifier_where_the_client_sent_none(self, api):
        made = api.ok("POST", "/brands", {"name": "Fjord"})
        assert api.ok("GET", f"/brands/{made['brandUid']}") == made

    @pytest.mark.parametrize(
        ("uid", "status", "code"), [("brand-1", 409, "BRAND_EXISTS"), ("search", 422, "BRAND_UID_RESERVED")]
    )
    def test_refuses_an_identifier_that_is_taken_or_could_not_be_reached(self, api, uid, status, code):
        assert api.refused(status, "POST", "/brands", {"brandUid": uid, "name": "x"})["code"] == code

    def test_names_a_record_in_both_languages(self, api):
        norwegian = api("GET", "/brands/nope", headers={"accept-language": "nb"}).json()["message"]
        assert (norwegian, api("GET", "/brands/nope").json()["message"]) == (
            "Brand nope finnes ikke", "Brand nope does not exist",
        )  # fmt: skip

    def test_checks_a_reference_to_a_collection_that_it_knows(self, api):
        body = {"sku": "s", "type": "STOCK", "brandUid": "nope"}
        assert api.refused(422, "POST", "/products", body)["code"] == "UNKNOWN_BRAND"
        assert api.ok("POST", "/products", {**body, "brandUid": "brand-1"})["brandUid"] == "brand-1"

    def test_keeps_of_a_request_what_a_response_may_hold(self, api):
        body = {
            "productUid": "p",
            "sku": "s",
            "type": "ELSE",
            "price": -1,
            "size": {"width": 2},
            "secret": "x",
        }
        made = api.ok("POST", "/products", body)
        assert (made["type"], made["price"], made["size"]) == ("STOCK", 0, {"width": 2, "depth": 0})
        assert "secret" not in made
        assert api.ok("PUT", "/products/p", {"size": {"width": 3}})["size"] == {"width": 3, "depth": 0}

    def test_is_filtered_by_its_parameters(self, api):
        for number, name in enumerate(("Fjord", "Tind", "Fjord")):
            api.ok("POST", "/brands", {"brandUid": f"b-{number}", "name": name})
        assert listed(api, "/brands?brandName=Fjord&sortBy=brandUid") == ["b-0", "b-2"]
        assert listed(api, "/brands?brandName=nobody") == []
        since = api.ok("GET", "/brands/b-1")["lastModifiedAt"]
        assert listed(api, f"/brands?modifiedFrom={since}") == ["b-1", "b-2"]

    def test_is_filtered_by_lists_separated_by_commas_or_repeated(self, api):
        for uid, kind in (("a", "STOCK"), ("b", "SERVICE")):
            api.ok("POST", "/products", {"productUid": uid, "sku": "mine", "type": kind})
        for asked, found in (
            ("STOCK,SERVICE", ["a", "b"]),
            ("SERVICE", ["b"]),
            ("STOCK&types=SERVICE", ["a", "b"]),
        ):
            assert listed(api, f"/products?productSku=mine&types={asked}", "productUid") == found

    @pytest.mark.parametrize("asked", ["withStock=maybe", "pageSize=x", "sortBy=size", "modifiedFrom=today"])
    def test_refuses_a_parameter_that_is_not_as_documented(self, api, asked):
        path = "/brands" if "From" in asked else "/products"
        assert api.refused(400, "GET", f"{path}?{asked}")["code"] == "INVALID_PARAMETER"

    def test_is_searched_for_words_in_any_text(self, api):
        api.ok("POST", "/brands", {"brandUid": "b", "name": "Zåkari Bygg", "externalId": "e-77"})
        found = api.ok("POST", "/brands/search", {"query": "zåkari E-77"})["items"]
        assert [brand["brandUid"] for brand in found] == ["b"]
        assert api.ok("POST", "/brands/search", {"query": "zåkari nobody"})["items"] == []

    def test_works_through_a_batch_item_by_item(self, api):
        good = {"productUid": "p", "sku": "s", "type": "STOCK"}
        response = api("POST", "/products/batch", {"create": [good, good], "update": [{"sku": "t"}]})
        assert response.status_code == 207
        assert response.json()["create"]["success"] == 1
        assert response.json()["create"]["errors"][0]["productUid"] == "p"
        assert response.json()["update"]["errors"][0]["errorCode"] == "PRODUCT_UID_REQUIRED"
        assert api("POST", "/products/batch", {"upsert": [good], "delete": [good]}).status_code == 200
        api.refused(404, "GET", "/products/p")

    def test_without_creation_is_created_by_an_update(self, api):
        api.refused(404, "GET", "/config/colour")
        assert api.ok("PUT", "/config/colour", {"value": "red"}) == {"key": "colour", "value": "red"}
        assert api.ok("PUT", "/config/colour", {"value": "blue"}) == api.ok("GET", "/config/colour")
        api.ok("DELETE", "/config/colour")
        api.refused(404, "GET", "/config/colour")


class TestRecordsOfAnOwner:
    def test_are_the_owners_alone_and_go_with_it(self, api, invented):
        for store in ("s-1", "s-10"):
            api.ok("POST", "/stores", {"storeUid": store})
            api.ok("POST", f"/stores/{store}/tills", {"tillUid": "t", "name": store})
        assert api.ok("GET", "/stores/s-1/tills")["paging"]["totalCount"] == 1
        assert api.ok("GET", "/stores/s-10/tills/t")["name"] == "s-10"
        assert invented.sandbox.record("acme", "stores/tills", "s-1/t")["name"] == "s-1"
        api.ok("DELETE", "/stores/s-1")
        assert invented.sandbox.record("acme", "stores/tills", "s-1/t") is None
        assert invented.sandbox.record("acme", "stores/tills", "s-10/t") is not None

    @pytest.mark.parametrize("path", ["/stores/nope/tills", "/stores/nope/tills/till-1"])
    def test_are_not_found_without_it(self, api, path):
        assert api.refused(404, "GET", path)["code"] == "STORE_NOT_FOUND"

    def test_of_an_owner_that_has_an_owner_itself_are_counted_upwards(self, api):
        path = "/stores/store-1/tills/till-1/counts"
        assert [count["countId"] for count in api.ok("GET", path)["items"]] == [1, 2, 3]
        api.ok("DELETE", f"{path}/2")
        assert [api.ok("POST", path, {"amount": 5})["countId"] for _ in range(2)] == [4, 5]
        assert api.refused(404, "GET", "/stores/store-1/tills/nope/counts")["code"] == "TILL_NOT_FOUND"

    def test_are_batched_and_cleared_for_one_owner(self, api):
        path, other = (f"/stores/store-1/tills/till-{number}/counts" for number in (1, 2))
        sent = [{"countId": 1, "amount": 7}, {"countId": 9, "amount": 8}]
        assert api.ok("POST", f"{path}/batch", {"upsert": sent})["upsert"]["success"] == 2
        assert [api.ok("GET", f"{path}/{number}")["amount"] for number in (1, 9)] == [7, 8]
        api.refused(404, "GET", f"{other}/9")
        api.ok("DELETE", path)
        assert [api.ok("GET", one)["paging"]["totalCount"] for one in (path, other)] == [0, 3]

    def test_a_record_is_seen_from_another_place(self, api):
        assert api.ok("GET", "/stores/store-1/products/product-1") == api.ok("GET", "/products/product-1")
        api.refused(404, "GET", "/stores/nope/products/product-1")


class TestMembers:
    def test_are_seen_from_both_sides(self, api):
        sent = [{"productUid": "product-1", "weight": 3}]
        tag = api.ok("POST", "/tags", {"tagUid": "t", "products": sent})
        sku = api.ok("GET", "/products/product-1")["sku"]
        assert tag["products"] == [{"productUid": "product-1", "sku": sku, "weight": 3}]
        assert "t" in api.ok("GET", "/products/product-1")["tagUids"]
        assert listed(api, "/tags/t/products", "productUid") == ["product-1"]

    def test_follow_what_the_others_become(self, api):
        api.ok("POST", "/tags", {"tagUid": "t", "products": [{"productUid": "product-1"}]})
        api.ok("PUT", "/products/product-1", {"sku": "new"})
        assert api.ok("GET", "/tags/t")["products"][0]["sku"] == "new"
        api.ok("DELETE", "/products/product-1")
        assert api.ok("GET", "/tags/t")["products"] == []

    def test_are_replaced_as_a_whole_and_taken_away_one_by_one(self, api):
        api.ok("POST", "/tags", {"tagUid": "t", "products": [{"productUid": "product-1"}]})
        api.ok("PUT", "/tags/t/products", {"productUids": ["product-2", "product-3"]})
        assert listed(api, "/tags/t/products", "productUid") == ["product-2", "product-3"]
        assert "t" not in api.ok("GET", "/products/product-1")["tagUids"]
        api.ok("DELETE", "/tags/t/products/product-2")
        assert listed(api, "/tags/t/products", "productUid") == ["product-3"]
        api.refused(404, "DELETE", "/tags/t/products/product-2")
        assert (
            api.refused(422, "PUT", "/tags/t/products", {"productUids": ["nope"]})["code"]
            == "UNKNOWN_PRODUCT"
        )


class TestWithoutATenant:
    def test_all_tenants_share_the_records(self, shared, invented):
        first = shared("GET", "/countries?pageSize=1").json()["items"][0]
        nordlys = {"authorization": "Bearer sandbox-token-nordlys"}
        uid = first["countryUid"]
        assert shared("GET", f"/countries/{uid}", **nordlys).json() == first
        assert shared("GET", "/countries", authorization="").status_code == 401

    def test_a_list_is_filtered_by_the_path(self, shared, invented):
        whole = shared("GET", "/vat").json()
        code = whole[0]["countryCode"]
        wanted = [vat for vat in whole if vat["countryCode"] == code]
        assert shared("GET", f"/vat/{code}").json() == wanted
        assert shared("GET", "/vat/nowhere").json() == []

    def test_one_object_at_a_path_is_kept(self, shared, api):
        before = shared("GET", "/device").json()
        assert shared("GET", "/device").json() == before
        assert shared("PUT", "/device", {"name": "Kasse 1"}).status_code == 204
        assert shared("GET", "/device").json() == {**before, "name": "Kasse 1"}

    def test_an_operation_without_security_needs_no_token(self, shared, api):
        first = shared("POST", "/device", {"name": "a"}, authorization="")
        assert first.status_code == 200
        assert first.json() == shared("POST", "/device", {"name": "a"}, authorization="").json()


class TestAnAction:
    def test_responds_as_documented_about_what_exists(self, api):
        assert api("POST", "/products/product-1/activate").status_code == 204
        assert api.refused(404, "POST", "/products/nope/activate")["code"] == "PRODUCT_NOT_FOUND"

    def test_responds_the_same_to_the_same_request_with_what_is_known(self, api):
        first = api.ok("POST", "/products/product-1/receipt", {"note": "Hei"})
        assert first == api.ok("POST", "/products/product-1/receipt", {"note": "Hei"})
        assert (first["note"], first["product"]) == ("Hei", api.ok("GET", "/products/product-1"))

    def test_returns_a_file_of_the_documented_type(self, api):
        response = api("GET", "/products/product-1/label")
        assert response.headers["content-type"] == "application/pdf"
        assert response.content.startswith(b"%PDF")


class TestABodyThatIsNoJson:
    IMAGES = "/products/product-1/images"

    def test_the_fields_of_a_form_are_read(self, api):
        sent = {"files": {"file": ("a.png", b"\x89PNG\r\n\x00\xff", "image/png")}, "data": {"note": "Blå"}}
        assert api.ok("POST", self.IMAGES, **sent)["note"] == "Blå"

    @pytest.mark.parametrize(
        ("options", "status", "code"),
        [
            ({"files": {"other": b"x"}}, 400, "INVALID_FIELD"),
            ({"content": b"", "headers": {"content-type": "multipart/form-data; boundary=x"}}, 400,
             "BODY_REQUIRED"),
            ({"content": b"x", "headers": {"content-type": "multipart/form-data; boundary=x"}}, 400,
             "MALFORMED_FORM"),
            ({"content": b"x", "headers": {"content-type": "multipart/form-data"}}, 400, "MALFORMED_FORM"),
            ({"json": {"file": "x"}}, 415, "UNSUPPORTED_MEDIA_TYPE"),
            ({"files": {"file": b"x" * (20 * 1024 * 1024)}}, 413, "BODY_TOO_LARGE"),
        ],
        ids=["a field is missing", "empty", "no form", "no boundary", "JSON", "too large"],
    )  # fmt: skip
    def test_what_is_no_such_form_is_refused(self, api, options, status, code):
        assert api.refused(status, "POST", self.IMAGES, **options)["code"] == code

    @pytest.mark.parametrize("kind", ["image/png", "application/octet-stream"])
    def test_bytes_of_a_documented_type_are_taken(self, api, kind):
        taken = api("PUT", self.IMAGES, content=b"\x00\xff", headers={"content-type": kind})
        assert taken.status_code == 204

    def test_bytes_of_another_type_are_refused(self, api):
        problem = api.refused(415, "PUT", self.IMAGES, content=b"x", headers={"content-type": "video/mp4"})
        assert "application/octet-stream" in problem["message"]


class TestFaults:
    def test_records_come_and_go_in_any_list(self, api, invented):
        invented.faults.add(Fault("records_added", records=2, operation="tills.list"))
        page = api.ok("GET", "/stores/store-1/tills?sortBy=tillUid")
        assert page["paging"]["totalCount"] == 5
        assert [till["tillUid"] for till in page["items"]][:2] == invented.faults.injected[-1].detail
        invented.faults.add(Fault("records_removed", where="end", operation="brands.list"))
        assert listed(api, "/brands?pageSize=500")[-1] == "brand-19"

    @pytest.mark.parametrize(
        ("kind", "broken"),
        [
            ("unknown_enum", {"type": "SANDBOX_UNKNOWN"}),
            ("unexpected_null", {"sku": None}),
            ("missing_field", None),
        ],
    )
    def test_a_record_deviates_where_its_schema_says_something(self, api, invented, kind, broken):
        good = api.ok("GET", "/products/product-1")
        invented.faults.add(Fault(kind))
        found = api("GET", "/products/product-1").json()
        assert found == ({**good, **broken} if broken else {k: v for k, v in good.items() if k != "sku"})

    @pytest.mark.parametrize(("shape", "key"), [(None, "productUid"), ("price", "priceUid")])
    def test_items_of_any_batch_are_refused(self, api, invented, shape, key):
        invented.faults.add(Fault("batch_refusal", uids=("p",), shape=shape))
        response = api(
            "POST", "/products/batch", {"upsert": [{"productUid": "p", "sku": "s", "type": "STOCK"}]}
        )
        assert response.status_code == 207
        assert response.json()["upsert"]["errors"][0][key] == "p"
        api.refused(404, "GET", "/products/p")

    def test_a_fault_knows_the_operations_of_the_document_that_is_served(self, invented):
        with pytest.raises(ValueError, match=r"did you mean 'brands\.list'"):
            invented.faults.add(Fault("status", operation="brands.lits"))


def test_an_empty_sandbox_has_no_records():
    with run_sandbox(document=DOCUMENT, customers=0) as running:
        assert set(running.sandbox.counts()["acme"].values()) == {0}
        url = f"{running.base_url}/tenants/acme/brands"
        headers = {"authorization": f"Bearer {running.token}"}
        assert httpx.get(url, headers=headers).json()["items"] == []


def test_what_is_no_collection_is_refused_by_name():
    sandbox = Sandbox(document=DOCUMENT, customers=0)
    with pytest.raises(ValueError, match=r"no collection is called 'brand'; there are brands, config"):
        sandbox.records("brand")
    with pytest.raises(ValueError, match="no tenant is called 'nobody'"):
        sandbox.records("brands", tenant="nobody")
    sandbox.close()


def test_two_collections_may_call_the_parameter_of_their_items_the_same(api_of):
    from invented_document import SCHEMAS, operation, page, ref, thing

    paths = {}
    for name, schema in (("brands", "Brand"), ("notes", "Note")):
        body = thing(name={"type": "string"}, text={"type": "string"})
        paths[f"/tenants/{{tenantUid}}/{name}"] = {
            "get": operation(f"{name}.list", page(schema)),
            "post": operation(f"{name}.create", ref(schema), body=body),
        }
        paths[f"/tenants/{{tenantUid}}/{name}/{{id}}"] = {"get": operation(f"{name}.get", ref(schema))}
        paths[f"/tenants/{{tenantUid}}/{name}/{{id}}/close"] = {
            "post": operation(f"{name}.close", None, status=204)
        }
    note = thing("id", id={"type": "integer"}, text={"type": "string"})
    document = {**DOCUMENT, "paths": paths, "components": {"schemas": {**SCHEMAS, "Note": note}}}
    with run_sandbox(document=document, customers=20) as running:
        api = api_of(running)
        assert [brand["brandUid"] for brand in api.ok("GET", "/brands")["items"]] == ["brand-1", "brand-2"]
        made = api.ok("POST", "/notes", {"text": "Hei"})
        assert made == api.ok("GET", f"/notes/{made['id']}") == {"id": 3, "text": "Hei"}
        assert api("POST", "/notes/3/close").status_code == 204
        assert api.refused(404, "POST", "/brands/3/close")["code"] == "BRAND_NOT_FOUND"
