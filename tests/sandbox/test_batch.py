"""Many customers in one request."""

import pytest


def person(uid: str | None = None, **fields):
    return {"customerType": "PERSON", **({"customerUid": uid} if uid else {}), **fields}


def test_a_batch_that_succeeds_returns_200_and_counts(api):
    response = api(
        "POST", "/customers/batch", {"create": [person("a"), person("b")], "upsert": [person("c")]}
    )
    assert response.status_code == 200
    nothing = {"success": 0, "errors": []}
    assert response.json() == {
        "create": {"success": 2, "errors": []},
        "update": nothing,
        "upsert": {"success": 1, "errors": []},
        "delete": nothing,
    }


def test_what_a_batch_sent_is_read_back(api):
    sent = person(
        "a",
        firstname="Åse",
        email="aase@example.com",
        consents=[{"consentUid": "x", "status": False, "source": "s"}],
    )
    api.ok("POST", "/customers/batch", {"create": [sent]})
    customer = api.ok("GET", "/customers/a")
    assert {name: customer[name] for name in ("customerUid", "firstname", "email")} == {
        "customerUid": "a",
        "firstname": "Åse",
        "email": "aase@example.com",
    }
    assert customer["consents"][0]["status"] is False


def test_upsert_creates_what_is_new_and_updates_what_is_there(api):
    api.ok("POST", "/customers/batch", {"upsert": [person("a", city="Oslo", firstname="Kari")]})
    api.ok("POST", "/customers/batch", {"upsert": [person("a", city="Moss"), person("b")]})
    assert (api.ok("GET", "/customers/a")["city"], api.ok("GET", "/customers/a")["firstname"]) == (
        "Moss",
        "Kari",
    )
    api.ok("GET", "/customers/b")


def test_a_consent_sent_again_replaces_the_one_that_is_there(api):
    for status in (True, False):
        consents = [{"consentUid": "x", "status": status, "source": "s"}]
        api.ok("POST", "/customers/batch", {"upsert": [person("a", consents=consents)]})
    assert [c["status"] for c in api.ok("GET", "/customers/a")["consents"]] == [False]


def test_items_that_are_refused_do_not_stop_the_others(api):
    api.ok("POST", "/customers", person("taken"))
    response = api(
        "POST",
        "/customers/batch",
        {
            "create": [person("taken"), person("a"), person("b", email="nobody")],
            "update": [person("nope"), person("a", city="Moss"), person()],
            "upsert": [person("c", customerGroupUids=["nope"])],
            "delete": [{"customerUid": "nope"}, {"customerUid": "a"}],
        },
    )
    assert response.status_code == 207
    response = response.json()
    assert {name: part["success"] for name, part in response.items()} == {
        "create": 1,
        "update": 1,
        "upsert": 0,
        "delete": 1,
    }
    codes = {name: [e["errorCode"] for e in part["errors"]] for name, part in response.items()}
    assert codes == {
        "create": ["CUSTOMER_EXISTS", "INVALID_EMAIL"],
        "update": ["CUSTOMER_NOT_FOUND", "CUSTOMER_UID_REQUIRED"],
        "upsert": ["UNKNOWN_CUSTOMER_GROUP"],
        "delete": ["CUSTOMER_NOT_FOUND"],
    }
    assert [e["customerUid"] for e in response["create"]["errors"]] == ["taken", "b"]
    api.refused(404, "GET", "/customers/a")


def test_the_same_uid_twice_in_create_succeeds_once(api):
    response = api.ok("POST", "/customers/batch", {"create": [person("a", city="1"), person("a", city="2")]})
    assert (response["create"]["success"], len(response["create"]["errors"])) == (1, 1)
    assert api.ok("GET", "/customers/a")["city"] == "1"


def test_error_messages_are_in_the_language_asked_for(api):
    body = {"delete": [{"customerUid": "nope"}]}
    response = api.ok("POST", "/customers/batch", body, headers={"accept-language": "nb"})
    assert response["delete"]["errors"][0]["message"] == "Kunde nope finnes ikke"


def test_a_batch_that_is_not_as_documented_is_refused_whole(api, sandbox):
    body = {"create": [person("a"), {"customerUid": "b"}]}
    problem = api.refused(400, "POST", "/customers/batch", body)
    assert "create/1/customerType" in problem["message"]
    assert sandbox.sandbox.customer("a") is None


def test_a_batch_of_nothing_is_fine(api):
    assert api.ok("POST", "/customers/batch", {})["create"] == {"success": 0, "errors": []}
    assert api("POST", "/customers/batch").status_code == 200


def test_a_batch_may_hold_thousands_of_items(api, sandbox):
    items = [person(f"bulk-{number}") for number in range(5000)]
    assert api.ok("POST", "/customers/batch", {"upsert": items})["upsert"]["success"] == 5000
    assert sandbox.sandbox.counts()["acme"]["customers"] == 5040


def test_a_new_customer_without_a_type_is_an_items_error_where_the_document_lets_it_through(sandbox):
    from flow_retail_sandbox.errors import ApiError

    with sandbox.sandbox.lock, pytest.raises(ApiError) as refused:
        sandbox.sandbox.state.tenants["acme"].tables["customers"].create({"customerUid": "a"})
    assert refused.value.code == "CUSTOMER_TYPE_REQUIRED"
