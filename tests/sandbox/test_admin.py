"""The endpoints under /__sandbox__."""

import pytest


@pytest.fixture
def admin(api, sandbox):
    def call(method, path, json=None, **options):
        if json is not None:
            options["json"] = json
        headers = {"content-type": "application/json", **sandbox.admin_headers}
        return api.pool.request(method, sandbox.admin_url + path, headers=headers, **options)

    return call


def test_health_names_the_tenants(admin):
    assert admin("GET", "/health").json() == {"status": "ok", "tenants": ["acme", "nordlys"], "pageBase": 0}


def test_the_state_is_counted_and_read(admin, api):
    api.ok("POST", "/customers", {"customerType": "PERSON", "customerUid": "c-1"})
    counts = admin("GET", "/state").json()
    assert (
        counts["acme"]["customers"],
        counts["nordlys"]["customers"],
        counts["acme"]["customer-groups"],
    ) == (
        41,
        4,
        4,
    )
    assert admin("GET", "/state/acme/customers/c-1").json() == api.ok("GET", "/customers/c-1")
    contact = admin("GET", "/state/acme/customer-contacts/contact-00001").json()
    assert contact == api.ok("GET", "/customer-contacts/contact-00001")
    assert admin("GET", "/state/acme/customer-groups/group-vip").json()["name"] == "Gullkunder"


@pytest.mark.parametrize(
    "path", ["/state/acme/customers/nope", "/state/nobody/customers/c-1", "/state/acme/x/y", "/x"]
)
def test_what_is_not_there_is_not_found(admin, path):
    response = admin("GET", path)
    assert (response.status_code, response.json()["code"]) == (404, "NOT_FOUND")


def test_another_method_is_not_allowed(admin):
    assert admin("PUT", "/state").status_code == 405


def test_requests_are_counted_and_kept_without_credentials(admin, api, sandbox):
    api.ok("GET", "/customers?pageSize=1", headers={"accept-language": "nb", "cookie": "a=b"})
    api("GET", "/nothing")
    seen = admin("GET", "/requests").json()
    assert seen["total"] == 2
    assert seen["byOperation"] == {"": 1, "customers.list": 1}
    assert seen["byStatus"] == {"200": 1, "404": 1}
    assert seen["mostInFlight"] == 1
    latest = seen["latest"][0]
    assert (latest["operation"], latest["path"], latest["query"]) == (
        "customers.list",
        "/v2/tenants/acme/customers",
        "pageSize=1",
    )
    assert latest["headers"]["accept-language"] == "nb"
    assert not {"authorization", "cookie"} & set(latest["headers"])
    assert "sandbox-token" not in repr(sandbox.sandbox.requests.latest)
    assert admin("DELETE", "/requests").status_code == 204
    assert admin("GET", "/requests").json()["total"] == 0


def test_faults_are_planned_seen_and_cleared(admin, api, sandbox):
    assert (
        admin("POST", "/faults", {"type": "status", "status": 503, "operation": "customers.list"}).status_code
        == 201
    )
    assert admin("POST", "/faults", {"spec": "429@customers.get"}).status_code == 201
    assert len(admin("POST", "/faults", [{"type": "not_json"}]).json()["active"]) == 3
    api.refused(503, "GET", "/customers")
    injected = admin("GET", "/faults").json()["injected"]
    assert [(i["type"], i["operation"], i["detail"]) for i in injected] == [("status", "customers.list", 503)]
    assert admin("DELETE", "/faults").status_code == 204
    assert admin("GET", "/faults").json() == {"active": [], "injected": injected}
    admin("DELETE", "/faults?injected=true")
    assert sandbox.faults.injected == []


@pytest.mark.parametrize("content", [b"", b"{", b"[1]", b'{"spec": "earthquake"}', b'{"spec": 7}', b"null"])
def test_a_fault_that_cannot_be_understood_is_refused(admin, content):
    response = admin("POST", "/faults", content=content)
    assert (response.status_code, response.json()["code"]) == (400, "INVALID_FAULT")


def test_access_tokens_are_revoked_expired_and_shortened(admin, api):
    def granted():
        return api("POST", "/account", headers={"authorization": "Bearer sandbox-user-acme"}).json()

    granted()
    assert admin("POST", "/tokens/expire", {"tenant": "acme"}).json() == {"count": 1}
    assert admin("POST", "/tokens/revoke").json() == {"count": 1}
    assert admin("PUT", "/tokens", {"accessTokenSeconds": 5}).json() == {"accessTokenSeconds": 5, "issued": 1}
    assert granted()["expiresIn"] == 5
    for content in (b"{", b"[]", b'{"tenant":"nobody"}', b'{"tenant":[]}'):
        assert admin("POST", "/tokens/revoke", content=content).status_code == 400
    for content in (b"{", b"{}", b'{"accessTokenSeconds":-1}', b'{"accessTokenSeconds":true}'):
        assert admin("PUT", "/tokens", content=content).status_code == 400


def test_a_reset_goes_back_to_the_beginning(admin, api, sandbox):
    before = api("GET", "/customers").content
    api.ok("DELETE", "/customers/customer-00001")
    sandbox.faults.script([None, None])
    assert admin("POST", "/reset").json()["acme"]["customers"] == 40
    assert api("GET", "/customers").content == before
    assert sandbox.faults.active() == []
