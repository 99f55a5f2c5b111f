"""Paths: what a value in them may be."""

import pytest

from flow_retail_core.operation import Operation, path_segment

UID = r"^[A-Za-z0-9-_]+"
IN_STORE = Operation(
    "customers.get_in_store",
    "GET",
    "/tenants/{tenantUid}/stores/{storeUid}/customers/{customerUid}",
    patterns={"storeUid": UID, "customerUid": UID},
)


def test_values_fill_the_path_in_its_order_without_the_tenant():
    assert IN_STORE.path_parameters == ("storeUid", "customerUid")
    assert IN_STORE.url_path("acme", ("s-1", "c_1")) == "/tenants/acme/stores/s-1/customers/c_1"


def test_the_number_of_values_must_be_right():
    with pytest.raises(TypeError, match=r"customers\.get_in_store takes 2 path values, got 1"):
        IN_STORE.url_path("acme", ("s-1",))


@pytest.mark.parametrize(
    "value", ["", ".", "..", "a/b", "a b", "a?b", "a#b", "a%2f", "æ", "c-1\n", "\x00", "a.b"]
)
def test_a_value_that_would_address_something_else_is_refused_without_being_shown(value):
    with pytest.raises(ValueError, match="customerUid") as caught:
        IN_STORE.url_path("acme", ("s-1", value))
    assert not value.strip(".") or repr(value) not in str(caught.value)


@pytest.mark.parametrize("value", [None, 7, b"c-1", ["c-1"]])
def test_a_value_that_is_no_text_is_a_type_error(value):
    with pytest.raises(TypeError, match="customerUid must be a str"):
        IN_STORE.url_path("acme", ("s-1", value))


def test_a_value_without_a_pattern_is_one_encoded_segment_all_the_same():
    assert path_segment("blå/grønn?", name="colour") == "bl%C3%A5%2Fgr%C3%B8nn%3F"
    with pytest.raises(ValueError, match="lone surrogate"):
        path_segment("\ud800", name="colour")


@pytest.mark.parametrize(
    ("method", "path", "idempotent"),
    [
        ("GET", "/x", True),
        ("PUT", "/x", True),
        ("DELETE", "/x", True),
        ("POST", "/x", False),
        ("PATCH", "/x", False),
        ("POST", "/x/search", True),
        ("POST", "/x/search/external", True),
        ("POST", "/x/research", False),
    ],
)
def test_what_may_be_sent_twice_follows_from_method_and_path(method, path, idempotent):
    assert Operation("x.y", method, path).idempotent is idempotent


def test_a_post_that_returns_a_page_of_a_list_only_reads():
    assert Operation("x.find", "POST", "/x/find", paged=True).idempotent


def test_a_path_without_a_tenant_needs_none_and_one_with_it_says_what_to_pass():
    assert Operation("countries.list", "GET", "/countries").url_path(None, ()) == "/countries"
    with pytest.raises(ValueError, match=r"get_in_store needs a tenant: pass tenant=.* FLOW_RETAIL_TENANT"):
        IN_STORE.url_path(None, ("s-1", "c-1"))
