import copy
import pickle

import httpx
import pytest
from attrs import frozen

from flow_retail_core.client import BaseClient
from flow_retail_core.errors import APIStatusError, DecodeError, NotFound
from flow_retail_core.models.decoders import ANYTHING, STRING, ListDecoder
from flow_retail_core.models.model import Model
from flow_retail_core.retry import Retry
from flow_retail_core.settings import Timeout


@frozen
class Body(Model):
    """What a test sends."""

    name: str

    def to_dict(self):
        return {"name": self.name}


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
    await make_client().call(create, body=Body("Kåre"), returns=None)
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


# -- Answers ---------------------------------------------------------------------------------------


async def test_call_reads_the_answer(server, make_client, get):
    flow = make_client()
    server.default = server.reply(200, ["a", "b"])
    assert await flow.call(get, ("c-1",), returns=ListDecoder(STRING)) == ["a", "b"]
    assert await flow.call(get, ("c-1",), returns=None) is None


async def test_no_content_is_none(server, make_client, delete, get):
    server.default = server.reply(204)
    flow = make_client()
    assert await flow.call(delete, ("c-1",), returns=None) is None
    assert await flow.call(get, ("c-1",), returns=ANYTHING) is None


@pytest.mark.parametrize("status", [200, 201, 202, 207, 299])
async def test_any_2xx_is_a_success(status, server, make_client, get):
    server.default = server.reply(status, {"a": 1})
    answer = await make_client().send(get, ("c-1",))
    assert (answer.status_code, answer.json(), answer.attempts) == (status, {"a": 1}, 1)


async def test_an_answer_that_can_not_be_read_says_so_without_showing_it(server, make_client, get):
    server.default = server.reply(200, body=b"<html>Kari Nordmann</html>")
    with pytest.raises(DecodeError) as caught:
        await make_client().call(get, ("c-1",), returns=ListDecoder(STRING))
    error = caught.value
    assert (error.operation, error.path, error.attempts, error.may_have_been_processed) == (
        "customers.get", "$", 1, True,
    )  # fmt: skip
    assert error.__cause__ is None
    assert error.__context__ is None
    assert "Kari" not in str(error)


async def test_strict_makes_a_deviation_an_error_and_otherwise_it_is_counted(server, make_client, get):
    server.default = server.reply(200, ["a", 5])
    flow = make_client()
    assert await flow.call(get, ("c-1",), returns=ListDecoder(STRING)) == ["a", 5]
    assert len(flow.drift) == 1
    with pytest.raises(DecodeError, match=r"\$\[1\]"):
        await flow.with_options(strict=True).call(get, ("c-1",), returns=ListDecoder(STRING))


# -- request() -------------------------------------------------------------------------------------


async def test_request_reaches_an_endpoint_that_the_spec_lacks(server, make_client, token):
    server.default = server.reply(200, {"stores": []})
    answer = await make_client().request("get", "/tenants/{tenantUid}/stores", query={"q": "æ", "x": None})
    assert answer.json() == {"stores": []}
    assert server.seen[0].target == "/v2/tenants/acme/stores?q=%C3%A6"
    assert server.seen[0].headers["authorization"] == f"Bearer {token}"


async def test_request_sends_json_and_models(server, make_client):
    flow = make_client()
    await flow.request("POST", "/x", json={"a": [1, None]})
    await flow.request("PUT", "/x", json=Body("b"))
    assert [seen.body for seen in server.seen] == [b'{"a":[1,null]}', b'{"name":"b"}']


@pytest.mark.parametrize(
    ("method", "path", "sent"),
    [("GET", "/x", 4), ("DELETE", "/x", 4), ("PUT", "/x", 4), ("POST", "/x", 1), ("POST", "/x/search", 4),
     ("PATCH", "/x", 1)],
)  # fmt: skip
async def test_request_repeats_what_is_repeatable(method, path, sent, server, make_client):
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


# -- Pages -----------------------------------------------------------------------------------------


@frozen
class Listed:
    """A page as a test reads it."""

    items: list
    paging: object


class ListedDecoder:
    """Reads a page whatever it holds."""

    def strict(self, value):
        return Listed(value["items"], None)

    def lenient(self, value, _location):
        return self.strict(value)


async def test_pages_are_asked_for_by_number_and_size_beside_the_other_parameters(
    server, make_client, search
):
    server.script = [server.reply(200, {"items": ["a", "b"]})]
    pager = make_client().paged(
        search, query={"sortBy": "name"}, body=Body("x"), returns=ListedDecoder(), page_number=3, page_size=2
    )
    assert server.seen == []
    page = await pager
    assert list(page.items) == ["a", "b"]
    assert server.seen[0].target == "/v2/tenants/acme/customers/search?sortBy=name&pageNumber=3&pageSize=2"
    assert server.seen[0].body == b'{"name":"x"}'


async def test_a_mistake_in_a_list_is_refused_where_it_is_made(make_client, server, get):
    with pytest.raises(ValueError, match="customerUid"):
        make_client().paged(get, ("..",), returns=ListedDecoder())
    with pytest.raises(TypeError, match="sortBy"):
        make_client().paged(get, ("c-1",), query={"sortBy": object()}, returns=ListedDecoder())


# -- Scoped copies ---------------------------------------------------------------------------------


async def test_a_scoped_copy_differs_and_the_original_stays(server, make_client, get):
    flow = make_client()
    other = flow.with_options(
        tenant="other",
        token="tok-2",
        timeout=1.0,
        deadline=9.0,
        retry=Retry(attempts=1),
        locale="sv",
        strict=True,
    )
    await other.send(get, ("c-1",))
    await flow.send(get, ("c-1",))
    theirs, ours = server.seen
    assert theirs.target == "/v2/tenants/other/customers/c-1"
    assert (theirs.headers["authorization"], theirs.headers["accept-language"]) == ("Bearer tok-2", "sv")
    assert ours.target == "/v2/tenants/acme/customers/c-1"
    assert "accept-language" not in ours.headers
    assert other._settings.timeout == Timeout(connect=1.0, read=1.0, write=1.0)
    assert flow._settings.timeout == Timeout()


async def test_a_scoped_copy_shares_connections_tokens_budget_and_drift(server, make_client, get):
    flow = make_client()
    copied = flow.with_options(deadline=5.0)
    await flow.send(get, ("c-1",))
    await copied.send(get, ("c-1",))
    assert server.connections == 1
    assert copied.drift is flow.drift
    assert copied._tokens is flow._tokens
    assert copied._budget is flow._budget
    assert copied._exchange.pace is None
    assert flow.with_options(retry=Retry(budget=3))._budget is not flow._budget
    assert copied.with_options(deadline=None)._settings.deadline is None


async def test_a_scoped_copy_checks_its_arguments(make_client, server):
    flow = make_client()
    with pytest.raises(ValueError, match="deadline"):
        flow.with_options(deadline=-1)
    with pytest.raises(TypeError, match="token"):
        flow.with_options(token=None)
    with pytest.raises(ValueError, match="requests_per_second"):
        flow.with_options(requests_per_second=0)
    with pytest.raises(TypeError, match="requests_per_second"):
        flow.with_options(requests_per_second=True)
    with pytest.raises(ValueError, match="tenant"):
        flow.with_options(tenant="a/b")


async def test_closing_a_scoped_copy_leaves_the_original_usable(server, make_client, get):
    flow = make_client()
    await flow.send(get, ("c-1",))
    async with flow.with_options(deadline=5.0) as scoped:
        await scoped.send(get, ("c-1",))
    with pytest.raises(RuntimeError, match="closed"):
        await scoped.send(get, ("c-1",))
    with pytest.raises(RuntimeError, match="closed"):
        scoped.with_options()
    await flow.send(get, ("c-1",))
    assert server.connections == 1


async def test_the_last_copy_in_use_closes_the_connections_and_the_original_can_open_them_again(
    server, make_client, get
):
    flow = make_client()
    async with flow.with_options(deadline=5.0) as scoped:
        await scoped.send(get, ("c-1",))
    await server.until(lambda: not server.open)
    await flow.send(get, ("c-1",))
    assert server.connections == 2


async def test_closing_the_original_closes_its_copies(server, make_client, get):
    flow = make_client()
    scoped = flow.with_options()
    await scoped.send(get, ("c-1",))
    await flow.aclose()
    await flow.aclose()
    for client in (flow, scoped):
        with pytest.raises(RuntimeError, match="closed; make a new one"):
            await client.send(get, ("c-1",))
    await scoped.aclose()
    await server.until(lambda: not server.open)


# -- What users bring ------------------------------------------------------------------------------


async def test_a_clients_own_http_client_is_used_and_left_open(server, make_client, get, token):
    async with httpx.AsyncClient(headers={"X-Gateway": "g"}, auth=("user", "password")) as http_client:
        flow = make_client(http_client=http_client)
        await flow.send(get, ("c-1",), query={"q": "x y"})
        await flow.aclose()
        assert not http_client.is_closed
    (seen,) = server.seen
    assert seen.headers["x-gateway"] == "g"
    assert seen.headers["authorization"] == f"Bearer {token}"
    assert seen.target.endswith("?q=x%20y")


async def test_a_redirect_is_never_followed_even_by_a_users_http_client(server, make_client, get):
    server.default = server.reply(302, headers={"Location": "https://evil.example/"})
    async with httpx.AsyncClient(follow_redirects=True) as http_client:
        for flow in (make_client(), make_client(http_client=http_client)):
            with pytest.raises(APIStatusError) as caught:
                await flow.send(get, ("c-1",))
            assert type(caught.value) is APIStatusError
            assert caught.value.status_code == 302
    assert len(server.seen) == 2


async def test_a_users_transport_is_used_and_left_open(make_client, get):
    class Transport(httpx.MockTransport):
        closed = False

        async def aclose(self):
            self.closed = True

    transport = Transport(lambda request: httpx.Response(200, json={"path": request.url.path}))
    flow = make_client(environments={"production": "https://api.example.com/v2"}, transport=transport)
    assert (await flow.send(get, ("c-1",))).json() == {"path": "/v2/tenants/acme/customers/c-1"}
    await flow.aclose()
    assert not transport.closed


async def test_both_an_http_client_and_a_transport_are_one_too_many():
    async with httpx.AsyncClient() as http_client:
        with pytest.raises(ValueError, match="not both"):
            BaseClient(
                environments={"production": "https://a.example"}, tenant="a", token="t",
                http_client=http_client,
                transport=httpx.MockTransport(lambda _: httpx.Response(200)),
            )  # fmt: skip


async def test_pytest_httpx_sees_our_requests(httpx_mock, make_client, get, create):
    flow = make_client(environments={"production": "https://api.example.com/v2"})
    httpx_mock.add_response(url="https://api.example.com/v2/tenants/acme/customers/c-1?a=1", json={"a": 1})
    httpx_mock.add_response(method="POST", match_json={"name": "x"}, status_code=404)
    httpx_mock.add_exception(httpx.ReadTimeout("slow"))
    assert (await flow.send(get, ("c-1",), query={"a": 1})).json() == {"a": 1}
    with pytest.raises(NotFound):
        await flow.call(create, body=Body("x"), returns=None)
    with pytest.raises(Exception, match="nothing received within"):
        await flow.send(create, content=b"{}")


# -- Secrets ---------------------------------------------------------------------------------------


async def test_a_client_can_be_neither_pickled_nor_copied(make_client, server):
    for attempt in (pickle.dumps, copy.copy, copy.deepcopy):
        with pytest.raises(TypeError, match="with_options"):
            attempt(make_client())


async def test_the_repr_shows_tenant_and_place_alone(make_client, server, token):
    assert repr(make_client()) == f"<Client tenant='acme' base_url='{server.url}'>"
    assert token not in repr(vars(make_client()))
