"""One call: what is sent for it, and what its response becomes."""

import pytest
from attrs import define, evolve

from flow_retail_core.errors import APIStatusError, DecodeError
from flow_retail_core.models.decoders import ANYTHING, STRING, ListDecoder
from flow_retail_core.models.model import Model
from flow_retail_core.operation import Operation

TEXTS = ListDecoder(STRING)


@define(kw_only=True, repr=False, weakref_slot=False)
class Body(Model):
    """What a test sends."""

    name: str


@pytest.fixture
def get_texts(get):
    """An operation that promises a list of strings."""
    return evolve(get, returns=TEXTS)


# -- Requests --------------------------------------------------------------------------------------


async def test_a_request_carries_what_it_should(server, make_client, get, token):
    await make_client(locale="nb-NO").send(get, ("c-1",), query={"pageSize": 5, "q": "a b"})
    (seen,) = server.seen
    assert (seen.method, seen.target) == ("GET", "/v2/tenants/acme/customers/c-1?pageSize=5&q=a%20b")
    assert seen.headers["authorization"] == f"Bearer {token}"
    assert seen.headers["accept"] == "application/json"
    assert seen.headers["accept-language"] == "nb-NO"
    assert seen.headers["user-agent"].startswith("flow-retail-client/")
    assert seen.headers["host"] == server.url.split("/")[2]
    assert "content-type" not in seen.headers
    assert "content-length" not in seen.headers


async def test_a_body_is_json_with_its_length(server, make_client, create):
    await make_client().call(create, body=Body(name="Kåre"))
    (seen,) = server.seen
    assert seen.body == '{"name":"Kåre"}'.encode()
    assert seen.headers["content-type"] == "application/json"


async def test_a_post_without_body_has_length_zero_and_no_type(server, make_client, create):
    await make_client().send(create)
    assert server.seen[0].headers["content-length"] == "0"
    assert "content-type" not in server.seen[0].headers


@pytest.mark.parametrize("uid", ["", "..", "a/b", "a\n", "c-1?x=1"])
async def test_a_uid_that_addresses_something_else_is_refused_before_anything_is_sent(
    uid, server, make_client, get
):
    with pytest.raises(ValueError, match="customerUid"):
        await make_client().send(get, (uid,))
    assert server.connections == 0


async def test_an_operation_that_needs_no_token_is_sent_without_one(server, make_client):
    async def never():
        raise AssertionError("asked for a token that nothing needs")

    public = Operation("countries.list", "GET", "/countries", authenticated=False)
    await make_client(token=never).send(public)
    assert "authorization" not in server.seen[0].headers


async def test_what_an_operation_promises_is_what_is_accepted(server, make_client):
    await make_client().send(Operation("customers.print", "GET", "/print", accept="application/pdf"))
    assert server.seen[0].headers["accept"] == "application/pdf"


# -- Responses -------------------------------------------------------------------------------------


async def test_call_decodes_the_response(server, make_client, get, get_texts):
    flow = make_client()
    server.default = server.reply(200, ["a", "b"])
    assert await flow.call(get_texts, ("c-1",)) == ["a", "b"]
    assert await flow.call(get, ("c-1",)) is None


NO_RECORD = {
    "204": (204, b""),
    "an empty 200": (200, b""),
    "an empty 201": (201, b""),
    "blanks": (200, b" \r\n"),
    "an error page": (200, b"<html>Kari</html>"),
    "null": (200, b"null"),
    "text": (200, b'"Kari"'),
}


@pytest.mark.parametrize("case", NO_RECORD)
@pytest.mark.parametrize("method", ["GET", "POST", "PUT"])
async def test_a_success_without_what_is_promised_is_a_decode_error_and_never_none(
    case, method, server, make_client, get
):
    status, body = NO_RECORD[case]
    server.default = server.reply(status, body=body)
    promising = evolve(get, method=method, returns=TEXTS)
    with pytest.raises(DecodeError, match=r"customers.get: .* \$ is ") as caught:
        await make_client().call(promising, ("c-1",))
    assert (caught.value.attempts, caught.value.may_have_been_processed) == (1, True)
    assert "Kari" not in str(caught.value)
    assert len(server.seen) == 1


@pytest.mark.parametrize("status", [200, 202, 204])
async def test_where_no_body_is_promised_any_success_is_none(status, server, make_client, delete):
    server.default = server.reply(status, body=b"" if status == 204 else b"whatever")
    assert await make_client().call(delete, ("c-1",)) is None


async def test_where_a_204_is_documented_beside_a_body_it_is_none(server, make_client, get):
    flow = make_client()
    documented = evolve(get, returns=ANYTHING, may_be_empty=True)
    server.script = [server.reply(204), server.reply(200, {"a": 1}), server.reply(200, body=b"")]
    assert await flow.call(documented, ("c-1",)) is None
    assert await flow.call(documented, ("c-1",)) == {"a": 1}
    with pytest.raises(DecodeError):
        await flow.call(documented, ("c-1",))


@pytest.mark.parametrize("status", [200, 201, 202, 207, 299])
async def test_any_2xx_is_a_success(status, server, make_client, get):
    server.default = server.reply(status, {"a": 1})
    response = await make_client().send(get, ("c-1",))
    assert (response.status_code, response.json(), response.attempts) == (status, {"a": 1}, 1)


async def test_a_response_that_can_not_be_read_says_so_without_showing_it(server, make_client, get_texts):
    server.default = server.reply(200, body=b"<html>Kari Nordmann</html>")
    with pytest.raises(DecodeError) as caught:
        await make_client().call(get_texts, ("c-1",))
    error = caught.value
    assert (error.operation, error.path, error.attempts, error.may_have_been_processed) == (
        "customers.get", "$", 1, True,
    )  # fmt: skip
    assert error.__cause__ is None
    assert error.__context__ is None
    assert "Kari" not in str(error)


async def test_strict_makes_a_deviation_an_error_and_otherwise_it_is_counted(server, make_client, get_texts):
    server.default = server.reply(200, ["a", 5])
    flow = make_client()
    assert await flow.call(get_texts, ("c-1",)) == ["a", 5]
    assert len(flow.schema_drift) == 1
    with pytest.raises(DecodeError, match=r"\$\[1\]"):
        await flow.with_options(strict=True).call(get_texts, ("c-1",))


# -- request() -------------------------------------------------------------------------------------


async def test_request_reaches_an_endpoint_that_the_spec_lacks(server, make_client, token):
    server.default = server.reply(200, {"stores": []})
    response = await make_client().request("get", "/tenants/{tenantUid}/stores", query={"q": "æ", "x": None})
    assert response.json() == {"stores": []}
    assert server.seen[0].target == "/v2/tenants/acme/stores?q=%C3%A6"
    assert server.seen[0].headers["authorization"] == f"Bearer {token}"


async def test_request_sends_json_and_models(server, make_client):
    flow = make_client()
    await flow.request("POST", "/x", json={"a": [1, None]})
    await flow.request("PUT", "/x", json=Body(name="b"))
    assert [seen.body for seen in server.seen] == [b'{"a":[1,null]}', b'{"name":"b"}']


@pytest.mark.parametrize(
    ("method", "path", "sent"),
    [("GET", "/x", 4), ("DELETE", "/x", 4), ("PUT", "/x", 4), ("POST", "/x", 1), ("POST", "/x/search", 4),
     ("PATCH", "/x", 1)],
)  # fmt: skip
async def test_request_repeats_what_is_idempotent(method, path, sent, server, make_client):
    server.default = server.reply(503, {"code": "DOWN"})
    with pytest.raises(APIStatusError, match=f"request {method}: 503 DOWN"):
        await make_client().request(method, path)
    assert len(server.seen) == sent


@pytest.mark.parametrize("path", ["https://evil.example/x", "//evil.example", "/../x", "/a?b=1", "/a#b", "x"])
async def test_request_goes_nowhere_else(path, server, make_client):
    with pytest.raises(ValueError, match="path"):
        await make_client().request("GET", path)
    assert server.connections == 0


async def test_request_refuses_unknown_methods_and_bodies_without_json_form(make_client, server):
    with pytest.raises(ValueError, match="method must be one of"):
        await make_client().request("GET /x HTTP/1.1\r\n", "/x")
    with pytest.raises(TypeError, match="JSON"):
        await make_client().request("POST", "/x", json=object())


async def test_request_to_a_path_with_a_tenant_needs_a_client_that_has_one(server, make_client):
    flow = make_client(tenant=None, needs_tenant=False)
    await flow.request("GET", "/countries")
    with pytest.raises(ValueError, match=r"needs a tenant: pass tenant="):
        await flow.request("GET", "/tenants/{tenantUid}/stores")
    assert [seen.target for seen in server.seen] == ["/v2/countries"]
